# SPDX-License-Identifier: MIT
"""rows.py - the table of workloads: what is run, and what it stands for.

A row is a command. Our own workloads are in the build directory and print a
`check` line; real programs are found in PATH and, where their output depends on
the input only, it is compared between allocators. `a|b` means: the first that
is installed. `{name}` is an input of inputs.py, `@name` a file in scripts/.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field

import inputs
import peers

GROUPS = {
    "small": "one thread, small blocks",
    "threads": "several threads",
    "large": "large and growing blocks",
    "process": "whole processes: ageing, forking, starting",
    "programs": "real programs",
}

PYTHON = os.path.realpath(sys.executable)
CLEAN_PYTHON = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass
class Row:
    name: str
    group: str
    command: str
    about: str            # the pattern, and what it stands for
    env: dict = field(default_factory=dict)
    stdin: str = ""
    compare: bool = True  # stdout must be the same under every allocator
    runner: object = None  # a function, where one command is not enough


def table(threads):
    """All rows; threads is a list of thread counts for the rows that vary."""
    rows = [Row(*row) for row in SMALL]
    for name, command, about in THREADS:
        for t in threads:
            rows.append(Row(f"{name}-{t}t", "threads", f"{command} {t}", about))
    rows += [Row(*row) for row in LARGE + PROCESS]
    return rows + PROGRAMS


SMALL = [
    ("cfrac", "small", "cfrac",
     "Continued fraction with every number on the heap: interpreters, symbolic "
     "arithmetic. The length of the fast path."),
    ("glibc-simple", "small", "batch simple",
     "One size, batches of 25 to 1600, freed first in, first out: depth of the "
     "cache of one class."),
    ("batch-lifo", "small", "batch lifo",
     "A request's objects, freed last in, first out: call trees, destructors."),
    ("batch-fifo", "small", "batch fifo",
     "The same, freed in order of allocation: queues, lists."),
    ("batch-random", "small", "batch random",
     "The same, freed in shuffled order: hash tables."),
    ("alloc-test", "small", "churn alloc-test",
     "Random replacement in a half-empty set, 16 to 1023 bytes: a live heap "
     "whose objects die in no order."),
    ("churn-tiny", "small", "churn tiny",
     "The same, 8 to 63 bytes, set within the L2 cache: small records."),
    ("churn-wide", "small", "churn wide",
     "The same, 16 bytes to 32 KiB: crosses all size classes and caches."),
    ("churn-young", "small", "churn young",
     "Nine blocks in ten die at once, one lives long: the generational law."),
    ("trees", "small", "trees",
     "Binary trees built, walked and dropped: syntax trees, language heaps; "
     "density decides cache misses."),
    ("strmap", "small", "strmap",
     "Hash table with keys and values on the heap, realloc, doubling bucket "
     "array: caches, script engines."),
    ("live-nodes", "small", "live nodes",
     "A heap of 24-byte nodes that only grows: overhead of each block."),
    ("live-mixed", "small", "live mixed",
     "The same, sizes uniform to 2 KiB: waste by rounding to size classes."),
    ("live-powers", "small", "live powers",
     "The same, a power of two and 16 bytes: the worst of coarse classes."),
    ("calloc", "small", "kinds calloc",
     "Cleared blocks, 64 bytes to 32 KiB: is fresh memory cleared twice?"),
    ("aligned", "small", "kinds aligned",
     "aligned_alloc at 64 to 4096 bytes: vectors, caches, direct I/O."),
]

THREADS = [
    ("alloc-test", "churn alloc-test",
     "Threads that share nothing: what a private heap costs."),
    ("batch", "batch lifo",
     "Batches in every thread: scaling when there is no contention."),
    ("larson", "larson",
     "Arrays of blocks handed from dead threads to new ones: servers."),
    ("xmalloc", "exchange oneway",
     "Half of the threads allocate, half free: parsers and workers, loggers. "
     "Memory must find its way back."),
    ("xbatch", "exchange symmetric",
     "Every thread frees its neighbour's blocks: pipelines. Nothing need go "
     "back."),
    ("mstress", "mstress",
     "Short-lived threads, all sizes, blocks swapped through a shared array: "
     "a large threaded program."),
    ("burst", "burst",
     "A peak in every thread, all freed, then 1.2 s of small requests while "
     "the threads wait: what thread caches and empty slabs keep."),
    ("cache-thrash", "sharing active",
     "Small blocks written often by their own thread: active false sharing."),
    ("cache-scratch", "sharing passive",
     "The same after freeing a block from the main thread: passive false "
     "sharing."),
]

LARGE = [
    ("thread-churn", "threads", "threads churn",
     "Pools of 8 threads made and joined: a thread per request; set-up and "
     "tear-down of heaps."),
    ("mleak", "threads", "threads leak",
     "One short thread after another: dead threads' heaps must be reused."),
    ("grow-vectors", "large", "grow vectors",
     "Four vectors grow by half to 16 MiB: containers; in place, by moving "
     "pages, or by copying."),
    ("grow-strings", "large", "grow strings",
     "Thousands of strings grow a little at a time to 4 KiB: string builders, "
     "network buffers."),
    ("big-blocks", "large", "large big",
     "Random replacement of 16 KiB to 1 MiB, all touched: buffers, images."),
    ("large-reuse", "large", "large reuse",
     "Frame buffers up to 24 MiB dropped and made again: reuse or fault in."),
    ("malloc-large", "large", "large random",
     "Random replacement of 1 to 64 MiB, all touched: sizes never repeat."),
    ("large-sparse", "large", "large sparse",
     "1 to 64 MiB of which two pages are touched: sparse tables, arenas."),
]

PROCESS = [
    ("age", "process", "age idle",
     "Phases with other sizes, leftovers of each, then 95 % freed and 1.2 s "
     "without a call: what fragmentation costs, what goes back."),
    ("age-light", "process", "age light",
     "The same with a small request every 5 ms at the end: an idle server."),
    ("fork-heavy", "process", "forks",
     "A 60 MiB heap forks, children free and allocate: pre-forking servers; "
     "pages copied for the allocator's sake."),
    ("startup", "process", "startup 200",
     "/bin/true 200 times: shell scripts, builds; the cost of the preload."),
]


def run_redis(row, peer, env, timeout, libc):
    """The server under the allocator, its clients not; time is the clients'."""
    socket = str(peers.scratch_directory() / "redis.socket")
    server = peers.Running(
        peer, [shutil.which("redis-server"), "--port", "0", "--save", "",
               "--appendonly", "no", "--unixsocket", socket],
        timeout=timeout, env=env, libc=libc)
    def client(*argv):
        try:
            return subprocess.run(argv, env=env, capture_output=True, text=True,
                                  check=False, timeout=timeout).stdout.strip()
        except subprocess.TimeoutExpired:
            return ""
    cli = ["redis-cli", "-s", socket]
    deadline = time.monotonic() + 10
    while client(*cli, "ping") != "PONG" and time.monotonic() < deadline:
        time.sleep(0.02)
    bench = ["redis-benchmark", "-s", socket, "-q", "-P", "16", "-r", "60000"]
    start = time.monotonic()
    client(*bench, "-n", "120000", "-d", "100", "-t", "set,get,lpush,hset,sadd")
    client(*bench, "-n", "50000", "-d", "1000", "-t", "set,lpop")
    elapsed = time.monotonic() - start
    keys = client(*cli, "dbsize")
    client(*cli, "shutdown", "nosave")
    result = server.finish()
    result.wall = elapsed
    if result.status == "ok" and not re.fullmatch(r"[1-9]\d+", keys):
        result.status = "wrong"
    return result


def program(name, command, about, **more):
    return Row(name, "programs", command, about, **more)


JQ = "group_by(.group)|map({g:.[0].group,n:length,s:(map(.list|add//0)|add)})"

PROGRAMS = [
    program("redis", "redis-server",
            "Sets, lists, hashes over a socket, clients not preloaded.",
            compare=False, runner=run_redis),
    program("sqlite", "sqlite3 :memory:",
            "Inserts, index, joins, grouping in memory.", stdin="@tables.sql"),
    program("python", f"{PYTHON} -S @objects.py",
            "JSON, dictionaries, sorting; Python's own small-object allocator "
            "in front.", env=CLEAN_PYTHON),
    program("python-malloc", f"{PYTHON} -S @objects.py",
            "The same with PYTHONMALLOC=malloc: all objects from malloc.",
            env=CLEAN_PYTHON | {"PYTHONMALLOC": "malloc"}),
    program("gcc", "gcc -O2 -S -o - {large.c}",
            "Compiling generated C, -O2."),
    program("clang++", "clang++ -O1 -S -o - {large.cc}",
            "Compiling templates and the standard library's headers."),
    program("git-repack", "git -C {history.git} pack-objects --all "
            "--no-reuse-delta --no-reuse-object --threads=1 -q --stdout",
            "The work of git repack -adf: deltas between all versions."),
    program("git-log", "git -C {history.git} log -p --stat main",
            "Every commit as a patch."),
    program("lua", "lua5.4|lua @objects.lua",
            "Tables and strings with random lifetimes; every object from "
            "malloc."),
    program("perl", "perl @objects.pl",
            "Hashes of arrays, split, join, sort."),
    program("ruby", "ruby --disable=gems @objects.rb",
            "Arrays, hashes, strings; bodies from malloc."),
    program("node", "node|nodejs @objects.js",
            "Array buffers, JSON, compression; V8's own heap is not malloc's."),
    program("ghostscript", "gs -q -dBATCH -dNOPAUSE -sDEVICE=pgmraw -r40 "
            "-sOutputFile=- @pages.ps", "Rendering 120 pages."),
    program("jq", f"jq -c {JQ} {{records.json}}",
            "A JSON document as a tree, grouped."),
    program("xmllint", "xmllint --format {list.xml}",
            "An XML document as a tree, printed again."),
    program("z3", "z3 {latin.smt2}", "A Latin square in bit vectors."),
]


def resolve(row):
    """(argv, stdin path); raises LookupError if the program is missing."""
    words = row.command.split()
    if row.group == "programs":
        names = words[0].split("|")
        found = next(filter(None, map(shutil.which, names)), None)
        if not found:
            raise LookupError(f"{' or '.join(names)} is not installed")
    else:
        found = str(peers.BUILD / words[0])
    return [found, *map(expand, words[1:])], expand(row.stdin)


def expand(word):
    if word.startswith("@"):
        return str(peers.HERE / "scripts" / word[1:])
    named = re.fullmatch(r"\{([\w.]+)\}", word)
    return str(inputs.path_of(named[1])) if named else word


def linked_allocator(path):
    """A program's own allocator's library, '' for none; LookupError: static."""
    libraries = subprocess.run(["ldd", path], capture_output=True, text=True,
                               check=False).stdout
    if "libc.so" not in libraries:
        raise LookupError(f"{path} is not dynamically linked")
    own = re.search(r"lib\w*(?:je|tc|mi)malloc[\w.]*", libraries)
    return own[0] if own else ""
