# SPDX-License-Identifier: MIT
"""inputs.py - what the real programs work on, generated from fixed seeds; and
recordings of them.

Inputs live below the build directory, in a folder named after this file's
contents, so they are made once and again only when they would differ.
"""

import hashlib
import json
import os
import random
import subprocess
import tempfile
from pathlib import Path

import peers

DATA = peers.BUILD / "data" / hashlib.sha256(
    Path(__file__).read_bytes()).hexdigest()[:12]

WORDS = ("page slab zone order buddy node cache object free list lock thread "
         "size class map area range table entry bit mask flag count").split()


def text(rnd, words):
    return " ".join(rnd.choice(WORDS) for _ in range(words))


def c_source(path):
    """Functions with loops, switches and calls: 80 of them."""
    rnd = random.Random(1)
    out = ["int table[4096];"]
    for i in range(80):
        call = f"f{rnd.randrange(i)}(x, y)" if i else "y"
        cases = "".join(f"\tcase {n}: y += x * {rnd.randrange(99)}; break;\n"
                        for n in range(rnd.randrange(2, 9)))
        out.append(
            f"int f{i}(int x, int y)\n{{\n\tswitch (x & 15) {{\n{cases}"
            f"\tdefault: y ^= {call};\n\t}}\n"
            f"\tfor (int i = 0; i < (y & 63); i++)\n"
            f"\t\ttable[(x + i) & 4095] += i * y - table[i] / "
            f"{rnd.randrange(1, 50)};\n\treturn table[x & 4095] + y;\n}}")
    path.write_text("\n".join(out) + "\n")


def cc_source(path):
    """Templates over the standard library, each with types of its own."""
    out = ["#include <algorithm>", "#include <functional>", "#include <map>",
           "#include <memory>", "#include <string>", "#include <vector>",
           "template <int N> struct item { int key; std::string name; };",
           "template <int N> std::size_t work(int n) {",
           "  std::map<std::string, std::unique_ptr<item<N>>> map;",
           "  std::vector<item<N>> list;",
           "  for (int i = 0; i < n; i++) {",
           "    auto p = std::make_unique<item<N>>();",
           "    p->key = i * N; p->name = std::to_string(i);",
           "    list.push_back(*p); map[p->name] = std::move(p);",
           "  }",
           "  std::sort(list.begin(), list.end(), [](auto &a, auto &b) {",
           "    return a.name < b.name; });",
           "  std::function<int(int)> f = [&](int i) { return list[i].key; };",
           "  return map.size() + f(n / 2);", "}"]
    out += [f"template std::size_t work<{n}>(int);" for n in range(2)]
    path.write_text("\n".join(out) + "\n")


def json_document(path):
    rnd = random.Random(2)
    records = [{"id": i, "group": rnd.choice(WORDS), "name": text(rnd, 3),
                "value": rnd.random(), "list": rnd.sample(range(99), i % 6),
                "more": {"left": i // 2, "right": text(rnd, i % 4)}}
               for i in range(40000)]
    path.write_text(json.dumps(records))


def xml_document(path):
    rnd = random.Random(3)
    with path.open("w") as out:
        out.write("<list>\n")
        for i in range(130000):
            out.write(f'<item id="{i}" class="{rnd.choice(WORDS)}">'
                      f"<name>{text(rnd, 3)}</name><note>{text(rnd, i % 9)}"
                      f"</note></item>\n")
        out.write("</list>\n")


def formula(path):
    """A Latin square of order 9 in bit vectors, with some cells given."""
    n, rnd = 9, random.Random(5)
    cell = [[f"c{r}_{c}" for c in range(n)] for r in range(n)]
    out = ["(set-logic QF_BV)"]
    for name in sum(cell, []):
        out.append(f"(declare-const {name} (_ BitVec 8))")
        out.append(f"(assert (bvult {name} (_ bv{n} 8)))")
    lines = cell + [list(column) for column in zip(*cell)]
    lines += [[cell[i][(i + shift) % n] for i in range(n)]
              for shift in range(n)]
    out += [f"(assert (distinct {' '.join(line)}))" for line in lines]
    for value in range(4):
        out.append(f"(assert (= {rnd.choice(cell[value])} (_ bv{value} 8)))")
    out.append("(check-sat)")
    path.write_text("\n".join(out) + "\n")


def history(rnd, commits, files):
    """A fast-import stream: each commit rewrites lines of a few files."""
    lines = {f"src/part{i % 7}/file{i}.c": [text(rnd, 9) for _ in range(300)]
             for i in range(files)}
    for commit in range(commits):
        chosen = rnd.sample(sorted(lines), files if not commit else 6)
        yield (f"commit refs/heads/main\ncommitter A <a@example.org> "
               f"{1500000000 + commit * 3600} +0000\n")
        yield f"data <<END\nChange {commit}: {text(rnd, 8)}\nEND\n"
        for name in chosen:
            for _ in range(12 if commit else 0):
                lines[name][rnd.randrange(300)] = text(rnd, 9)
            body = "\n".join(lines[name]) + "\n"
            yield f"M 644 inline {name}\ndata {len(body)}\n{body}"


def repository(path):
    """A bare repository, complete or absent."""
    temporary = path.with_suffix(".new")
    subprocess.run(["git", "init", "-q", "--bare", str(temporary)], check=True)
    stream = "".join(history(random.Random(6), 180, 90)).encode()
    subprocess.run(["git", "-C", str(temporary), "fast-import", "--quiet"],
                   input=stream, check=True)
    temporary.rename(path)


MAKERS = {
    "large.c": c_source,
    "large.cc": cc_source,
    "records.json": json_document,
    "list.xml": xml_document,
    "latin.smt2": formula,
    "history.git": repository,
}


def record(path, argv, stdin, env):
    """A program's calls of malloc and its kin, as replay.c reads them.

    Of the processes of a run it is the one with the longest trace: the compiler
    rather than its driver.
    """
    tool = peers.OURS.parent / "kvmalloc"
    if not tool.exists():
        raise LookupError(f"{tool} is not built: nothing can be recorded")
    with tempfile.TemporaryDirectory(dir=DATA) as traces, \
         open(stdin or os.devnull) as source:
        done = subprocess.run(
            [tool, "run", "--no-report", f"--trace={traces}", "--", *argv],
            stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, env=peers.environment(env), check=False)
        found = sorted(Path(traces).iterdir(), key=lambda f: f.stat().st_size)
        if done.returncode or not found:
            raise LookupError(f"recording {argv[0]}: exit status "
                              f"{done.returncode} {done.stderr[-200:]}")
        events = subprocess.Popen([tool, "trace", "--text", found[-1]],
                                  stdout=subprocess.PIPE)
        temporary = path.with_suffix(".new")
        packed = subprocess.run([peers.BUILD / "replay", "pack", temporary],
                                stdin=events.stdout, check=False,
                                stdout=subprocess.DEVNULL)
        if events.wait() or packed.returncode:
            raise LookupError(f"the trace of {argv[0]} cannot be replayed")
        temporary.rename(path)


def path_of(name, maker=None):
    """The input's path; made now if it is not there."""
    path = DATA / name
    if not path.exists():
        DATA.mkdir(parents=True, exist_ok=True)
        (maker or MAKERS[name])(path)
    return path
