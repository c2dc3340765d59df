#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""
bench.py [--runs N] [--only ROW,...] [LIB] - what recording call stacks costs.

Each row is run in turn without the library, with it, with a report, and with
`stacks` sampled (the default) and exact: N rounds, each column once a round.
A cell is the processor time of the column, the lowest of the rounds (what
disturbs a run only adds), as a ratio to the C library's malloc; then peak
memory in the same way. Programs that are missing are left out, and named.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

COLUMNS = {
    "glibc": None,
    "kvmalloc": "",
    "report": "report=DIR",
    "default": "report=DIR stacks",
    "exact": "report=DIR stacks exact",
}

PYTHON = r"""
import json
rows = [{"id": i, "name": "item %d" % i, "tags": [str(i * k) for k in range(5)]}
        for i in range(60000)]
text = json.dumps(rows)
again = json.loads(text)
words = {}
for r in again:
    for t in r["tags"]:
        words.setdefault(t[:3], []).append(t)
print(len(text), len(words))
"""


def sql_lines():
    yield "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INTEGER);\nBEGIN;\n"
    for i in range(300000):
        yield f"INSERT INTO t VALUES({i},'row number {i * 7919 % 300000}',{i * 31 % 1000});\n"
    yield "COMMIT;\nSELECT count(*), sum(b), max(a) FROM t;\n"


def make_rows(tmp):
    pairs = os.path.join(tmp, "pairs")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pairs.c")
    subprocess.run(["cc", "-O1", "-fno-builtin", "-pthread", "-o", pairs,
                    source], check=True)
    rows = {
        "pairs-1t": [pairs, "3000000", "1"],
        "pairs-2t": [pairs, "6000000", "2"],
        "python": ["/usr/bin/python3", "-c", PYTHON],
        "cc1plus": None,
        "sqlite": ["sqlite3", ":memory:"],
        "true": ["/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"
                 " 16 17 18 19 20; do /bin/true; done"],
    }
    cxx = os.path.join(tmp, "big.cc")
    with open(cxx, "w") as f:
        f.write("#include <bits/stdc++.h>\n#include <regex>\n"
                "std::map<std::string, std::vector<int>> m;\n"
                "int main() { std::regex r(\"a+\"); return m.size(); }\n")
    rows["cc1plus"] = ["g++", "-std=c++17", "-O1", "-c", "-o", "/dev/null", cxx]
    with open(os.path.join(tmp, "in.sql"), "w") as f:
        f.writelines(sql_lines())
    return rows


def run(command, option, lib, tmp, stdin):
    env = dict(os.environ, PYTHONMALLOC="malloc")
    env.pop("KVMALLOC", None)
    reports = os.path.join(tmp, "reports")
    shutil.rmtree(reports, ignore_errors=True)
    os.mkdir(reports)
    if option is not None:
        env["LD_PRELOAD"] = lib
        env["KVMALLOC"] = option.replace("DIR", reports)
    with open(stdin) as f:
        p = subprocess.Popen(command, env=env, stdin=f,
                             stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(p.pid, 0)
    if status:
        sys.exit(f"bench.py: {command[0]} failed under '{option}'")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("lib", nargs="?", default="build/libkvmalloc.so")
    args = parser.parse_args()
    lib = os.path.realpath(args.lib)
    if not os.path.exists(lib):
        sys.exit(f"bench.py: no library '{args.lib}'")
    with tempfile.TemporaryDirectory() as tmp:
        rows = make_rows(tmp)
        print(f"{'':10}" + "".join(f"{c:>11}" for c in COLUMNS) +
              "   peak memory: the same")
        for name, command in rows.items():
            if args.only and name not in args.only.split(","):
                continue
            if not shutil.which(command[0]):
                print(f"{name:10} absent: {command[0]}")
                continue
            stdin = os.path.join(tmp, "in.sql") if name == "sqlite" \
                else "/dev/null"
            best = {c: (9e9, 0) for c in COLUMNS}
            for _ in range(args.runs):
                for c, option in COLUMNS.items():
                    got = run(command, option, lib, tmp, stdin)
                    best[c] = min(best[c], got)
            time, rss = best["glibc"]
            cells = [f"{time:10.2f}s"] + [f"{best[c][0] / time:11.2f}"
                                          for c in list(COLUMNS)[1:]]
            memory = [f"{rss / 1024:.1f}M"] + [f"{best[c][1] / rss:.2f}"
                                               for c in list(COLUMNS)[1:]]
            print(f"{name:10}" + "".join(cells) + "   " + " ".join(memory),
                  flush=True)


if __name__ == "__main__":
    main()
