# SPDX-License-Identifier: MIT
"""peers.py - the allocators to compare, and one measured run under one of them.

An allocator is a shared object to preload; the C library's own is none. What
the system has is asked of the dynamic linker's cache, our own library is taken
from the build directory, and PEERS adds more:

    PEERS=name=/path/lib.so,other=/path/other.so+VARIABLE=VALUE

Each is tried first on a program that says who serves its malloc(): an allocator
that cannot be preloaded is named as absent, never silently replaced.
"""

import atexit
import fnmatch
import functools
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = Path(os.environ.get("BENCH_BUILD", ROOT / "build" / "bench"))
OURS = ROOT / "build" / "libkvmalloc.so"

# name, sonames by preference
SYSTEM = (
    ("jemalloc", ("libjemalloc.so.2",)),
    ("tcmalloc", ("libtcmalloc_minimal.so.4",)),
    ("mimalloc", ("libmimalloc.so.3", "libmimalloc.so.2")),
)

EXIT_WRONG = 2  # bench.h


@dataclass
class Peer:
    name: str
    preload: str = ""  # path; empty: the C library's own
    env: dict = field(default_factory=dict)
    ours: bool = False
    version: str = ""


@dataclass
class Run:
    """One run: what it took, how it ended, what it printed."""
    wall: float
    user: float
    sys: float
    rss: int       # KiB, largest process
    faults: int
    status: str    # "ok", or what went wrong, in a word or two
    stdout: Path
    stderr: str


def linker_cache():
    """soname -> path, of what the dynamic linker would find."""
    tool = shutil.which("ldconfig", path="/sbin:/usr/sbin:/bin:/usr/bin")
    out = subprocess.run([tool, "-p"], capture_output=True, text=True,
                         check=False).stdout if tool else ""
    found = {}
    for soname, path in re.findall(r"^\s*(\S+) \(.*\) => (\S+)$", out, re.M):
        found.setdefault(soname, path)
    return found


def package_version(path):
    """The Debian package's version, or the file's full name elsewhere."""
    real = os.path.realpath(path)
    if shutil.which("dpkg-query"):
        for name in (real, path, real.removeprefix("/usr")):
            owner = subprocess.run(["dpkg-query", "-S", name], text=True,
                                   capture_output=True, check=False).stdout
            if owner:
                return subprocess.run(
                    ["dpkg-query", "-W", "-f", "${Package} ${Version}",
                     owner.split(": ")[0]],
                    capture_output=True, text=True, check=False).stdout
    return os.path.basename(real)


def parse_peers(text):
    """PEERS: name=path[+VARIABLE=VALUE]..., separated by commas."""
    for item in filter(None, text.split(",")):
        head, *settings = item.split("+")
        name, equals, path = head.partition("=")
        env = dict(s.partition("=")[::2] for s in settings)
        if not (name and equals and path) or not all(env):
            raise SystemExit(f"PEERS: '{item}' is not of the form "
                             "name=path[+VARIABLE=VALUE]...")
        yield Peer(name, os.path.abspath(path), env)


def candidates():
    """Every allocator that could take part, and those that cannot, with why."""
    cache = linker_cache()
    peers, absent = [Peer("glibc")], []
    for name, sonames in SYSTEM:
        path = next((cache[s] for s in sonames if s in cache), None)
        if path:
            peers.append(Peer(name, path))
        else:
            absent.append((name, f"no {' or '.join(sonames)} installed"))
    peers += parse_peers(os.environ.get("PEERS", ""))
    peers.append(Peer("kvmalloc", str(OURS), ours=True))
    peers.append(Peer("kvmalloc-kernel", str(OURS), {"KVMALLOC": "kernel"},
                      ours=True))
    return peers, absent


def pinned(path):
    """A copy of a library that may be rebuilt while it is measured."""
    content = Path(path).read_bytes()
    copy = (scratch_directory() / hashlib.sha256(content).hexdigest()[:12]
            / os.path.basename(path))
    copy.parent.mkdir(exist_ok=True)
    copy.write_bytes(content)
    return str(copy)


def discover():
    """(usable peers, [(name, why not)], path of the C library)"""
    peers, absent = candidates()
    usable = []
    libc = ""
    for peer in peers:
        if peer.preload and not os.path.exists(peer.preload):
            absent.append((peer.name, f"{peer.preload} does not exist"))
            continue
        if peer.ours:
            peer.preload = pinned(peer.preload)
        result = run(peer, [str(BUILD / "probe")], timeout=10)
        server = result.stdout.read_text(errors="replace").strip()
        wanted = peer.preload or libc or server
        if result.status != "ok":
            absent.append((peer.name, f"{result.status} in a trivial program: "
                           f"{result.stderr.strip()[-200:]}"))
        elif os.path.realpath(server) != os.path.realpath(wanted):
            absent.append((peer.name, f"malloc() is served by {server}"))
        else:
            libc = libc or server
            peer.version = package_version(server) if not peer.ours else (
                f"{OURS.name} {Path(server).parent.name}")
            usable.append(peer)
    return usable, absent, libc


@functools.cache
def scratch_directory():
    """For what runs print, removed at the end: two benchmarks may run at once.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    directory = tempfile.mkdtemp(prefix="run.", dir=BUILD)
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    return Path(directory)


def select(patterns):
    """discover(), of which only those of these names; ends if there is none."""
    usable, absent, libc = discover()
    usable = [p for p in usable
              if any(fnmatch.fnmatch(p.name, a) for a in patterns)]
    if not usable:
        raise SystemExit(f"no allocator named {','.join(patterns)} is present")
    return usable, absent, libc


def environment(extra):
    """The same for every run and machine, so that runs compare."""
    keep = {k: os.environ[k] for k in ("PATH", "TMPDIR") if k in os.environ}
    return {**keep, "HOME": str(scratch_directory()), "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8", **extra}


def command(peer, argv, timeout, libc, result):
    """argv under the measuring program, preloaded for argv only."""
    settings = dict(peer.env)
    if peer.preload or libc:
        settings["LD_PRELOAD"] = peer.preload or libc
    options = [f"-e{k}={v}" for k, v in settings.items()]
    return [str(BUILD / "measure"), "-r", str(result), "-t", str(timeout),
            *options, "--", *argv]


def judge(ending, stderr):
    """A run's status from measure's last words."""
    kind, _, number = ending.partition(" ")
    if "cannot be preloaded" in stderr:
        return "not preloaded"
    if kind == "signal":
        return "crash " + signal.Signals(int(number)).name
    if kind == "exit" and int(number):
        return "wrong" if int(number) == EXIT_WRONG else f"exit {number}"
    return "ok" if kind == "exit" else kind


class Running:
    """A started command; finish() waits for it and returns the Run."""

    def __init__(self, peer, argv, *, timeout, env=None, stdin=None, cwd=None,
                 libc=""):
        self.stdout = scratch_directory() / "stdout"
        self.stderr = tempfile.TemporaryFile("w+", errors="replace")
        reading, writing = os.pipe()
        self.result = os.fdopen(reading)
        with open(stdin or os.devnull) as source, \
             open(self.stdout, "w") as sink:
            self.process = subprocess.Popen(
                command(peer, argv, timeout, libc, writing),
                stdin=source, stdout=sink, stderr=self.stderr, cwd=cwd,
                env=environment(env or {}), pass_fds=[writing])
        os.close(writing)

    def finish(self):
        with self.result, self.stderr:
            line = self.result.read().split(maxsplit=5)
            self.process.wait()
            self.stderr.seek(0)
            stderr = self.stderr.read()
        if len(line) < 6:
            raise SystemExit(f"measure failed: {stderr.strip()}")
        wall, user, system = map(float, line[:3])
        return Run(wall, user, system, int(line[3]), int(line[4]),
                   judge(line[5].strip(), stderr), self.stdout, stderr)


def run(peer, argv, **options):
    return Running(peer, argv, **options).finish()
