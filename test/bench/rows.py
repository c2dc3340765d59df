# SPDX-License-Identifier: MIT
"""rows.py - the table of workloads: what is run, and what it stands for.

A row is a command. Our own workloads are in the build directory and print a
`check` line; real programs are found in PATH and, where their output depends on
the input only, it is compared between allocators. `a|b` means: the first that
is installed. `{name}` is an input of inputs.py, `@name` a file in scripts/.
"""

import contextlib
import functools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import inputs
import peers

GROUPS = {
    "small": "one thread, small blocks",
    "threads": "several threads",
    "large": "large and growing blocks",
    "process": "whole processes: ageing, forking, starting",
    "programs": "real programs",
    "replays": "what real programs asked for, recorded",
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
    rows += [Row(f"replay-{name}", "replays",
                 f"replay {{{name}.replay}} {passes}", about)
             for name, passes, about in REPLAYS]
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
     "One short thread after another, on one CPU: dead threads' heaps must "
     "be reused."),
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


def server(peer, env, timeout, libc, argv):
    """A server's process under the allocator; what drives it is not."""
    found = shutil.which(argv[0], path=os.environ["PATH"] + ":/usr/sbin")
    return peers.Running(peer, [found, *argv[1:]], timeout=timeout, env=env,
                         libc=libc)


def client(env, timeout, *argv):
    try:
        return subprocess.run(argv, env=env, capture_output=True, text=True,
                              check=False, timeout=timeout).stdout.strip()
    except subprocess.TimeoutExpired:
        return ""


def run_redis(row, peer, env, timeout, libc):
    """The server under the allocator, its clients not; time is the clients'."""
    path = str(peers.scratch_directory() / "redis.socket")
    running = server(peer, env, timeout, libc,
                     ["redis-server", "--port", "0", "--save", "",
                      "--appendonly", "no", "--unixsocket", path])
    ask = functools.partial(client, env, timeout)
    cli = ["redis-cli", "-s", path]
    deadline = time.monotonic() + 10
    while ask(*cli, "ping") != "PONG" and time.monotonic() < deadline:
        time.sleep(0.02)
    bench = ["redis-benchmark", "-s", path, "-q", "-P", "16", "-r", "60000"]
    start = time.monotonic()
    ask(*bench, "-n", "120000", "-d", "100", "-t", "set,get,lpush,hset,sadd")
    ask(*bench, "-n", "50000", "-d", "1000", "-t", "set,lpop")
    elapsed = time.monotonic() - start
    keys = ask(*cli, "dbsize")
    ask(*cli, "shutdown", "nosave")
    result = running.finish()
    result.wall = elapsed
    if result.status == "ok" and not re.fullmatch(r"[1-9]\d+", keys):
        result.status = "wrong"
    return result


def finish_loaded(running, said, stop):
    """The time that load.c took; stop() ends the server."""
    stop()
    result = running.finish()
    took = re.fullmatch(r"(\S+) (\d+) of \2", said)
    if took:
        result.wall = float(took[1])
    elif result.status == "ok":
        result.status = "wrong"
        result.stderr += f" clients: {said}"
    return result


def signal_by_file(path, number):
    """The process whose id is in a file."""
    with contextlib.suppress(OSError, ValueError):
        os.kill(int(Path(path).read_text()), number)


def run_nginx(row, peer, env, timeout, libc):
    home = peers.scratch_directory() / "nginx"
    (home / "www").mkdir(parents=True, exist_ok=True)
    for i in range(100):
        (home / "www" / str(i)).write_text("a line of text\n" * (i * i // 4))
    conf = (peers.HERE / "scripts" / "nginx.conf").read_text()
    user = "user root;" if os.geteuid() == 0 else ""
    (home / "nginx.conf").write_text(user + conf.replace("HOME", str(home)))
    running = server(peer, env, timeout, libc,
                     ["nginx", "-p", str(home), "-e", str(home / "log"),
                      "-c", str(home / "nginx.conf")])
    said = client(env, timeout, str(peers.BUILD / "load"), "http",
                  str(home / "socket"), "24000")
    return finish_loaded(running, said, lambda: signal_by_file(
        home / "pid", signal.SIGQUIT))


def run_memcached(row, peer, env, timeout, libc):
    path = str(peers.scratch_directory() / "memcached.socket")
    user = ["-u", "root"] if os.geteuid() == 0 else []
    running = server(peer, env, timeout, libc,
                     ["memcached", "-s", path, "-A", "-t", "2", "-m", "48",
                      *user])
    said = client(env, timeout, str(peers.BUILD / "load"), "memcached", path,
                  "300000")

    def stop():
        with socket.socket(socket.AF_UNIX) as s, \
             contextlib.suppress(OSError):
            s.connect(path)
            s.sendall(b"shutdown\r\n")
            s.recv(1)
    return finish_loaded(running, said, stop)


def program(name, command, about, **more):
    return Row(name, "programs", command, about, **more)


JQ = "group_by(.group)|map({g:.[0].group,n:length,s:(map(.list|add//0)|add)})"

PROGRAMS = [
    program("redis", "redis-server",
            "Sets, lists, hashes over a socket, clients not preloaded.",
            compare=False, runner=run_redis),
    program("memcached", "memcached",
            "Sets and gets of 32 connections; the items' memory is its own.",
            compare=False, runner=run_memcached),
    program("nginx", "nginx",
            "Files, plain and gzipped, to 32 connections: pools and buffers.",
            compare=False, runner=run_nginx),
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
    program("rustc", "rustc -O --crate-type=lib --emit=obj -o /dev/null @work.rs",
            "Compiling generics and collections."),
    program("java", "java -Xmx128m -XX:+UseSerialGC @Objects.java",
            "Its compiler's arenas, direct buffers; its heap is not malloc's."),
    program("z3", "z3 {latin.smt2}", "A Latin square in bit vectors."),
]


# The row that is recorded, how often it is replayed, what it is like.
REPLAYS = [
    ("sqlite", 10, "1.6 million calls, half of them 16 and 24 bytes, few "
     "blocks alive."),
    ("python-malloc", 2, "8.7 million calls, a million blocks alive."),
    ("gcc", 10, "1.2 million calls, 7000 blocks alive: passes of a compiler."),
    ("clang++", 8, "1.4 million calls, syntax trees and arenas, 28 MiB."),
    ("node", 3, "3.6 million calls of 6 threads, array buffers."),
    ("ruby", 5, "2 million calls, many resized."),
    ("git-repack", 60, "130 thousand calls, objects of all sizes: deltas."),
    ("jq", 8, "A tree of half a million blocks, freed at the end."),
]


def recording(name):
    """How inputs.py records the row of that name."""
    row = next(r for r in PROGRAMS if r.name == name)
    argv, stdin = resolve(row)
    return lambda path: inputs.record(path, argv, stdin, row.env)


def resolve(row):
    """(argv, stdin path); raises LookupError if the program is missing."""
    words = row.command.split()
    if row.group == "programs":
        names = words[0].split("|")
        found = next(filter(None, map(find_program, names)), None)
        if not found:
            raise LookupError(f"{' or '.join(names)} is not installed")
    else:
        found = str(peers.BUILD / words[0])
    return [found, *map(expand, words[1:])], expand(row.stdin)


def find_program(name):
    """Its path, or None; of rustup's rustc the one that it would start."""
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if found and name == "rustc":
        root = client(None, 20, found, "--print", "sysroot")
        found = shutil.which(name, path=f"{root}/bin") or found
    return found


def expand(word):
    if word.startswith("@"):
        return str(peers.HERE / "scripts" / word[1:])
    named = re.fullmatch(r"\{([\w.+-]+)\}", word)
    if not named:
        return word
    program = named[1].removesuffix(".replay")
    return str(inputs.path_of(named[1], recording(program)
                              if program != named[1] else None))


def linked_allocator(path):
    """A program's own allocator's library, '' for none; LookupError: static."""
    libraries = subprocess.run(["ldd", path], capture_output=True, text=True,
                               check=False).stdout
    if "libc.so" not in libraries:
        raise LookupError(f"{path} is not dynamically linked")
    symbols = client(None, 20, "nm", "-D", "--defined-only", path)
    if re.search(r" T malloc$", symbols, re.M):
        raise LookupError(f"{os.path.basename(path)} has a malloc() built in, which no preload "
                          "replaces")
    own = re.search(r"lib\w*(?:je|tc|mi)malloc[\w.]*", libraries)
    return own[0] if own else ""
