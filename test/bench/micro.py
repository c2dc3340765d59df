#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""micro.py - what single calls cost, for all allocators in one interleaved run.

  pair          nanoseconds of a malloc and a free, 16 bytes to 4 MiB, best of
                all rounds, in three patterns (pair.c)
  instructions  instructions of one malloc and one free, least and mean, counted
                by single stepping (steps.c)
  startup       what the preload adds to /bin/true (startup.c)
"""

import argparse
import os
import random
import subprocess
import sys

sys.dont_write_bytecode = True  # nothing is built next to the sources

import bench    # noqa: E402
import peers    # noqa: E402
import report   # noqa: E402

TIMEOUT = 600
SIZES = ("16", "64", "256", "1024", "4000", "20000", "100000")


def show(title, head, body):
    print("", title, *report.aligned(head, body), sep="\n")


def print_failures(failed):
    for name, why in failed.items():
        print(f"\nFAILED: {name}: {why}")


def output(name, *argv, env=None):
    """A program's lines in words, and why it failed, if it did."""
    try:
        ran = subprocess.run([str(peers.BUILD / name), *argv], text=True,
                             capture_output=True, check=False, timeout=TIMEOUT,
                             env=peers.environment(env or {}))
    except subprocess.TimeoutExpired:
        return [], f"no end after {TIMEOUT} s"
    why = ran.stderr.strip() or "beyond the limit of steps"
    return ([line.split() for line in ran.stdout.splitlines()],
            why if ran.returncode else "")


def size_name(size):
    for unit, factor in (("M", 1 << 20), ("K", 1 << 10)):
        if size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)


def pair(options, usable):
    best, dice = {}, random.Random(options.seed)
    failed = {}
    for _ in range(options.rounds):
        for peer in dice.sample(usable, len(usable)):
            run = peers.run(peer, [str(peers.BUILD / "pair")], timeout=120)
            if run.status != "ok":
                failed[peer.name] = run.status
            for line in run.stdout.read_text().splitlines():
                pattern, size, ns = line.split()
                key = pattern, int(size), peer.name
                best[key] = min(best.get(key, 1e9), float(ns))
    sizes = sorted({size for _, size, _ in best})
    for pattern in dict.fromkeys(key[0] for key in best):
        body = [[p.name, *(f"{best[pattern, s, p.name]:.1f}"
                           if (pattern, s, p.name) in best
                           else report.short(failed.get(p.name, "-"))
                           for s in sizes)]
                for p in usable]
        show(f"{pattern}: ns for a malloc and a free, best of "
             f"{options.rounds} rounds",
             ["allocator", *map(size_name, sizes)], body)
    print_failures(failed)
    return failed


def instructions(options, usable):
    """Rows: the allocator's malloc and free; cells: least (mean)."""
    body, failed = [], {}
    for peer in usable:
        lines, why = output("steps", peer.preload, str(options.batch), *SIZES,
                            env=peer.env)
        if why:
            failed[peer.name] = why
        counts = [line[1:] for line in lines]
        counts += [["-"] * 4] * (len(SIZES) - len(counts))
        for which, at in (("malloc", 0), ("free", 2)):
            body.append([f"{peer.name} {which}",
                         *(f"{c[at]} ({c[at + 1]})" for c in counts)])
    show("instructions from the entry to the return, least (mean), in batches "
         f"of {options.batch}, last in first out", ["bytes", *SIZES], body)
    print_failures(failed)
    return failed


def startup(options, usable):
    def argument(peer):
        settings = [f"{k}={v}" for k, v in peer.env.items()]
        if peer.preload:
            settings.append(f"LD_PRELOAD={peer.preload}")
        return ",".join([peer.name, *settings])
    lines, why = output("startup", str(options.count), *map(argument, usable))
    show(f"/bin/true under each preload, {options.count} times in turn",
         ["allocator", "best ms", "median ms", "faults", "RSS KiB"], lines)
    if why:
        print(f"\nFAILED: {why}")
    return why


COMMANDS = {"pair": pair, "instructions": instructions, "startup": startup}


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("what", nargs="*", metavar="what",
                   help=", ".join(COMMANDS) + " (default: all)")
    p.add_argument("--rounds", type=int, default=5, help="of pair (5)")
    p.add_argument("--batch", type=int, default=16,
                   help="blocks in turn, of instructions (16)")
    p.add_argument("--count", type=int, default=200, help="of startup (200)")
    p.add_argument("--seed", type=int, default=os.getpid())
    p.add_argument("--allocators", default="*", metavar="NAME,...")
    options = p.parse_args()
    for what in options.what:
        if what not in COMMANDS:
            p.error(f"'{what}' is not one of {', '.join(COMMANDS)}")
    bench.build()
    usable, absent, _ = peers.select(options.allocators.split(","))
    for name, why in absent:
        print(f"absent: {name}: {why}")
    failed = [COMMANDS[what](options, usable)
              for what in options.what or COMMANDS]
    return int(any(failed))


if __name__ == "__main__":
    sys.exit(main())
