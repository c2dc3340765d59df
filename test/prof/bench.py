#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""
bench.py [--runs N] [--peers N] [--only ROW,...] [--scale F] [--json FILE] [LIB]

What reports and call stacks cost, beside other heap profilers.

Each row is run in turn with the C library's malloc, with the library, with a
report (counters only), with `stacks` as they are by default and `exact`; and
with heaptrack, massif and gperftools' heap profiler where they are installed:
N rounds, each column once a round, other tools in the first --peers rounds.
A cell has the processor time of all processes (median of the rounds) as a
ratio to the C library's, what is added to the peak memory, and the bytes of
the files left. heaptrack and massif see g++'s driver alone, not its children.
What is disturbed by other load can't be told from the time alone: the line
"load" says how many processes wanted a processor.

Bars, judged at the end:
	counters only	1.02 times the library without a report
	default stacks	1.10 times the library without a report
	exact		sqlite 1.4, python 2.0, pairs 3.0 times the C library;
			with two threads 1.2 times the ratio of one
	memory		25% + 16 MB more than the library without a report
	file		16 MB for up to 20,000 stacks
Exit status: 0 all bars held, 1 some did not, 2 it could not run.
"""
import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

OURS = {
    "glibc": None,
    "kvmalloc": "",
    "counters": "report=DIR",
    "default": "report=DIR stacks",
    "exact": "report=DIR stacks exact",
}
TCMALLOC = "/usr/lib/x86_64-linux-gnu/libtcmalloc.so.4"
PEERS = {
    "heaptrack": ("heaptrack", ["heaptrack", "-o", "DIR/heaptrack"], {}),
    "massif": ("valgrind", ["valgrind", "-q", "--tool=massif", "--depth=64",
                            "--massif-out-file=DIR/massif.%p"], {}),
    "gperftools": (TCMALLOC, [], {"LD_PRELOAD": TCMALLOC,
                                  "HEAPPROFILE": "DIR/heap"}),
}
EXACT_BARS = {"sqlite": 1.4, "python": 2.0, "pairs": 3.0}
MB = 1 << 20
LIMIT = 300     # seconds for one run

PYTHON = r"""
import json
rows = [{"id": i, "name": "item %d" % i, "tags": [str(i * k) for k in range(5)]}
        for i in range(ROWS)]
text = json.dumps(rows)
again = json.loads(text)
words = {}
for r in again:
    for t in r["tags"]:
        words.setdefault(t[:3], []).append(t)
print(len(text), len(words))
"""

CXX = """#include <bits/stdc++.h>
#include <regex>
std::map<std::string, std::vector<int>> m;
int main() { std::regex r("a+"); return m.size(); }
"""

SQL = """COMMIT;
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
INSERT INTO t SELECT i, 'row number ' || (i * 7919 % 300000), i * 31 % 1000,
  i / 7.0 FROM n;
CREATE INDEX ta ON t(a);
CREATE INDEX tb ON t(b, c);
SELECT count(*), sum(b), max(a) FROM t;
SELECT count(*) FROM (SELECT substr(a, 12, 3) AS k, avg(c) FROM t GROUP BY k);
UPDATE t SET a = upper(a) || b WHERE id % 3 = 0;
SELECT count(*) FROM t WHERE a LIKE '%77%';
"""


def sql_lines(scale):
    """1.5 million allocations: statements to be parsed, and long queries."""
    yield "CREATE TABLE u(id INTEGER PRIMARY KEY, a TEXT, b INTEGER);\nBEGIN;\n"
    for i in range(int(60000 * scale)):
        yield (f"INSERT INTO u VALUES({i},'row number {i * 7919 % 300000}',"
               f"{i * 31 % 1000});\n")
    yield SQL.format(rows=int(140000 * scale))


def make_rows(tmp, scale):
    here = os.path.dirname(os.path.abspath(__file__))
    pairs, cxx = os.path.join(tmp, "pairs"), os.path.join(tmp, "big.cc")
    subprocess.run([os.environ.get("CC", "cc"), "-O1", "-fno-builtin",
                    "-pthread", "-o", pairs, os.path.join(here, "pairs.c")],
                   check=True)
    with open(cxx, "w") as f:
        f.write(CXX)
    with open(os.path.join(tmp, "sqlite.in"), "w") as f:
        f.writelines(sql_lines(scale))
    script = os.path.join(tmp, "words.py")
    with open(script, "w") as f:
        f.write(PYTHON.replace("ROWS", str(int(60000 * scale))))
    times = str(int(10000000 * scale))
    return {
        "sqlite": ["sqlite3", ":memory:"],
        "python": ["/usr/bin/python3", script],
        "g++": ["g++", "-std=c++17", "-O1", "-c", "-o", "/dev/null", cxx],
        "pairs": [pairs, times, "1"],
        "pairs-2t": [pairs, times, "2"],
    }


def run(command, column, lib, tmp, stdin):
    """(processor seconds, peak KiB, bytes of files), or None: too long."""
    env = dict(os.environ, PYTHONMALLOC="malloc")
    env.pop("KVMALLOC", None)
    out = os.path.join(tmp, "out")
    shutil.rmtree(out, ignore_errors=True)
    os.mkdir(out)
    if column in PEERS:
        _, before, more = PEERS[column]
        command = [b.replace("DIR", out) for b in before] + command
        env.update((k, v.replace("DIR", out)) for k, v in more.items())
    elif OURS[column] is not None:
        env["LD_PRELOAD"] = lib
        env["KVMALLOC"] = OURS[column].replace("DIR", out)
    with open(stdin) as f:
        p = subprocess.Popen(command, env=env, stdin=f, cwd=out,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + LIMIT
        pid = status = 0
        while not pid and time.monotonic() < end:
            pid, status, usage = os.wait4(p.pid, os.WNOHANG)
            time.sleep(0 if pid else 0.005)
        if not pid:
            os.killpg(p.pid, signal.SIGKILL)
            os.wait4(p.pid, 0)
            return None
    if status:
        sys.exit(f"bench.py: {command} failed in column {column}")
    size = [os.path.getsize(os.path.join(out, f)) for f in os.listdir(out)]
    return (usage.ru_utime + usage.ru_stime, usage.ru_maxrss,
            max(size) if column in OURS and size else sum(size))


def medians(runs):
    runs = [r for r in runs if r]
    if not runs:
        return None
    return {"seconds": statistics.median(r[0] for r in runs),
            "peak_kib": statistics.median(r[1] for r in runs),
            "file_bytes": max(r[2] for r in runs), "runs": len(runs)}


def cell(got, plain):
    if not got:
        return f"{'over ' + str(LIMIT) + ' s':>20}"
    ratio = got["seconds"] / plain["seconds"]
    more = (got["peak_kib"] - plain["peak_kib"]) / 1024
    size = f"{got['file_bytes'] / MB:.1f}" if got["file_bytes"] else "-"
    return f"{ratio:8.2f}x{more:+6.0f}{size:>6}"


def judge(rows):
    """(row, bar, value, limit) of every bar there is."""
    for name, row in rows.items():
        def ratio(a, b):
            return row[a]["seconds"] / row[b]["seconds"]
        yield name, "counters / library", ratio("counters", "kvmalloc"), 1.02
        yield name, "default / library", ratio("default", "kvmalloc"), 1.10
        if name in EXACT_BARS:
            yield name, "exact / glibc", ratio("exact", "glibc"), \
                EXACT_BARS[name]
        if name == "pairs-2t" and "pairs" in rows:
            one = rows["pairs"]
            yield name, "exact / glibc, of one thread's", \
                ratio("exact", "glibc") / (one["exact"]["seconds"] /
                                           one["glibc"]["seconds"]), 1.2
        for c in ("default", "exact"):
            plain = row["kvmalloc"]["peak_kib"]
            yield name, f"{c}: MiB more", \
                (row[c]["peak_kib"] - plain) / 1024, plain / 4096 + 16
            if name != "g++":   # which has 100,000 stacks
                yield name, f"{c}: MiB of file", \
                    row[c]["file_bytes"] / MB, 16.0


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--json", default="")
    parser.add_argument("lib", nargs="?", default="build/libkvmalloc.so")
    args = parser.parse_args()
    lib = os.path.realpath(args.lib)
    if not os.path.exists(lib):
        print(f"bench.py: no library '{args.lib}'", file=sys.stderr)
        return 2
    columns = list(OURS)
    for name, (needs, _, _) in PEERS.items():
        if args.peers and (os.path.exists(needs) or shutil.which(needs)):
            columns.append(name)
        elif args.peers:
            print(f"{name}: absent")
    result = {}
    with tempfile.TemporaryDirectory() as tmp:
        rows = make_rows(tmp, args.scale)
        print("time as a ratio to the C library's, MiB more, MiB of the "
              "largest file")
        print(f"{'':10}" + "".join(f"{c:>20}" for c in columns))
        for name, command in rows.items():
            if args.only and name not in args.only.split(","):
                continue
            if not shutil.which(command[0]):
                print(f"{name:10} absent: {command[0]}")
                continue
            stdin = os.path.join(tmp, name + ".in")
            stdin = stdin if os.path.exists(stdin) else "/dev/null"
            runs = {c: [] for c in columns}
            for i in range(args.runs):
                for c in columns:
                    if c in OURS or i < args.peers:
                        runs[c].append(run(command, c, lib, tmp, stdin))
            result[name] = {c: medians(r) for c, r in runs.items()}
            plain = result[name]["glibc"]
            first = f"{plain['seconds']:.2f} s {plain['peak_kib'] / 1024:.0f} MiB"
            print(f"{name:10}{first:>20}" + "".join(
                cell(result[name][c], plain) for c in columns[1:]), flush=True)
    print(f"load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, "
          f"{args.runs} runs")
    bars = list(judge(result))
    for row, what, value, limit in bars:
        print(f"{'held' if value <= limit else 'MISSED':7} {row:10} "
              f"{what:32} {value:8.2f}  bar {limit:.2f}")
    if args.json:
        with open(args.json, "w") as f:
            json.dump({"load": os.getloadavg()[0], "runs": args.runs,
                       "scale": args.scale, "rows": result,
                       "bars": [dict(zip(("row", "what", "value", "bar"), b))
                                for b in bars]}, f, indent=1)
            f.write("\n")
    return 0 if all(b[2] <= b[3] for b in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
