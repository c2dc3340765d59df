#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench.py - compares allocators on every workload, in one interleaved run.

For each row, every allocator runs once uncounted, then RUNS times, in an order
that is drawn anew for each round, so that no allocator always runs first, on a
colder machine or next to the same neighbour. A cell is the median of its runs
divided by the row's best. A run that crashes, hangs, or computes something else
is a result like any other, and is shown in its place.
"""

import argparse
import fnmatch
import hashlib
import json
import mmap
import os
import platform
import random
import re
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # nothing is built next to the sources

import peers    # noqa: E402
import plot     # noqa: E402
import report   # noqa: E402
import rows     # noqa: E402


def arguments():
    p = argparse.ArgumentParser(
        description=__doc__.split("\n\n", 1)[0],
        epilog="PEERS=name=/path/lib.so[+VARIABLE=VALUE],... adds allocators. "
               "Names may be patterns, and those of groups: "
               + ", ".join(rows.GROUPS))
    names = lambda s: s.split(",")  # noqa: E731
    p.add_argument("--runs", type=int, help="counted runs a cell (5; quick: 1)")
    p.add_argument("--quick", action="store_true",
                   help="shorter workloads, no uncounted run: two minutes")
    p.add_argument("--best", action="store_true",
                   help="a cell is its best run, not the median: for a machine "
                        "that is never quiet")
    p.add_argument("--only", type=names, default=["*"], metavar="ROW,...")
    p.add_argument("--skip", type=names, default=[], metavar="ROW,...")
    p.add_argument("--allocators", type=names, default=["*"],
                   metavar="NAME,...", help="of those present (all)")
    p.add_argument("--threads", type=names, default=["2", "4"],
                   metavar="N,...", help="thread counts (2,4)")
    p.add_argument("--timeout", type=int, default=60, help="seconds a run (60)")
    p.add_argument("--warm", type=int, default=1024, metavar="MIB",
                   help="memory touched before each row, so that nobody pays "
                        "for pages the machine has never used (1024; 0: none)")
    p.add_argument("--seed", type=int, default=int(time.time()),
                   help="of the order of runs")
    p.add_argument("--list", action="store_true", help="list rows and peers")
    p.add_argument("--json", metavar="FILE", help="write all samples")
    p.add_argument("--html", metavar="FILE", help="write plots and tables")
    p.add_argument("--markdown", metavar="FILE",
                   help="write tables; between its markers, if FILE has "
                        "them; with --list only that of the rows")
    p.add_argument("--from", dest="source", metavar="JSON",
                   help="report on an earlier run instead of running")
    options = p.parse_args()
    options.runs = options.runs or (1 if options.quick else 5)
    return options


def matches(row, patterns):
    return any(fnmatch.fnmatch(row.name, p) or row.group == p
               for p in patterns)


def build():
    status = subprocess.run([str(peers.HERE / "build.sh"), str(peers.BUILD)],
                            check=False).returncode
    if status:
        raise SystemExit("the workloads could not be built")


def machine():
    """What a reader needs to know about where this was measured."""
    def first(path, pattern):
        try:
            with open(path) as f:
                found = re.search(pattern, f.read(), re.M)
        except OSError:
            return "unknown"
        return found[1].strip() if found else "unknown"
    return {
        "cpu": first("/proc/cpuinfo", r"^model name\s*:(.*)$"),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_kib": first("/proc/meminfo", r"^MemTotal:\s*(\d+)"),
        "kernel": platform.release(),
        "libc": " ".join(platform.libc_ver()),
        "thp": first("/sys/kernel/mm/transparent_hugepage/enabled",
                     r"\[(\w+)\]"),
        "load": os.getloadavg()[0],
    }


def warm(mib):
    """Has the machine back memory, as huge pages where it has them."""
    size = min(mib << 20, os.sysconf("SC_AVPHYS_PAGES") * mmap.PAGESIZE // 4)
    if not size:
        return
    with mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        for at in range(0, size, mmap.PAGESIZE):
            memory[at] = 1


def sample(run, own):
    """A run as kept in the results: numbers, and the output's identity."""
    out = run.stdout.read_bytes()
    metrics = {}
    if own:  # the lines that bench.h describes
        for name, value in re.findall(rb"^metric (\w+) (\S+)$", out, re.M):
            metrics[name.decode()] = float(value)
        out = re.sub(rb"^metric .*\n", b"", out, flags=re.M)
    return {
        "status": run.status,
        "time": metrics.get("time", run.wall),
        "cpu": run.user + run.sys,
        "rss": run.rss,
        "faults": run.faults,
        **({"idle": metrics["idle_rss"]} if "idle_rss" in metrics else {}),
        "output": hashlib.sha256(out).hexdigest()[:16],
        **({"stderr": run.stderr[-400:]} if run.status != "ok" else {}),
    }


class Bench:
    def __init__(self, options, usable, libc):
        self.options = options
        self.usable = usable
        self.libc = libc
        self.dice = random.Random(options.seed)

    def run_once(self, row, argv, stdin, peer, libc):
        env = dict(row.env)
        if self.options.quick:
            env["BENCH_SCALE"] = "25"
        if row.runner:
            run = row.runner(row, peer, peers.environment(env),
                             self.options.timeout, libc)
        else:
            run = peers.run(peer, argv, env=env, stdin=stdin, libc=libc,
                            timeout=self.options.timeout, cwd=peers.BUILD)
        return sample(run, row.group != "programs")

    def row(self, row):
        """All cells of a row: {allocator: [sample, ...]}."""
        argv, stdin = rows.resolve(row)
        # A program linked with an allocator of its own is given the C
        # library's by preloading that.
        own = row.group == "programs" and rows.linked_allocator(argv[0])
        libc = self.libc if own else ""
        cells = {p.name: [] for p in self.usable}
        failed = set()
        warm(self.options.warm)
        for counted in range(0 if self.options.quick else -1,
                             self.options.runs):
            order = self.usable[:]
            self.dice.shuffle(order)
            for peer in order:
                if peer.name in failed:
                    continue  # it has had its chance
                result = self.run_once(row, argv, stdin, peer, libc)
                if result["status"] != "ok":
                    failed.add(peer.name)
                if counted >= 0 or result["status"] != "ok":
                    cells[peer.name].append(result)
        if row.compare:
            judge_output(cells)
        return cells


def judge_output(cells):
    """Right is what the first allocator, the C library's, made it print."""
    good = [r for runs in cells.values() for r in runs if r["status"] == "ok"]
    for result in good:
        if result["output"] != good[0]["output"]:
            result["status"] = "wrong"
            result["stderr"] = "its output differs"


def measure(options, chosen):
    usable, absent, libc = peers.select(options.allocators)
    results = {
        "when": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "machine": machine(),
        "settings": {"runs": options.runs, "quick": options.quick,
                     "seed": options.seed, "warm_mib": options.warm},
        "peers": [{"name": p.name, "version": p.version, "ours": p.ours}
                  for p in usable],
        "absent": absent,
        "absent_rows": [],
        "rows": [],
    }
    bench = Bench(options, usable, libc)
    try:
        for row in chosen:
            try:
                cells = bench.row(row)
            except LookupError as missing:
                results["absent_rows"].append([row.name, str(missing)])
                continue
            results["rows"].append({"name": row.name, "group": row.group,
                                    "cells": cells})
            print(report.progress(results), file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("interrupted: reporting what there is", file=sys.stderr)
    return results


def show_list(chosen):
    usable, absent, _ = peers.discover()
    for peer in usable:
        print(f"{peer.name:16} {peer.version}")
    for name, why in absent:
        print(f"{name:16} absent: {why}")
    for row in chosen:
        print(f"\n{row.name} ({row.group}): {row.command}\n    {row.about}")


def main():
    options = arguments()
    if options.best:
        report.choose = min
    chosen = [r for r in rows.table(options.threads)
              if matches(r, options.only) and not matches(r, options.skip)]
    if options.source:
        with open(options.source) as f:
            results = json.load(f)
    else:
        if not chosen:
            raise SystemExit("no row of that name; see --list")
        build()
        if options.list:
            show_list(chosen)
            if options.markdown:
                report.write_markdown(options.markdown, rows.table("N"))
            return 0
        results = measure(options, chosen)
    if options.json:
        with open(options.json, "w") as f:
            json.dump(results, f, indent=1)
    if options.html:
        plot.write_html(results, options.html)
    if options.markdown:
        report.write_markdown(options.markdown, rows.table("N"), results)
    print(report.text(results))
    return report.our_failures(results)


if __name__ == "__main__":
    sys.exit(main())
