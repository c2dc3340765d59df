# SPDX-License-Identifier: MIT
"""formats.py - structure and sums of exported files, against the JSON report.

  formats.py json FILE REPORT.txt     against what `kvmalloc report` printed
  formats.py folded|speedscope|dhat|massif|pprof|heaptrack FILE REPORT.json
  formats.py prometheus FILE REPORT.json

FILE of pprof is the output of `go tool pprof -raw`, of heaptrack that of
heaptrack_print. Prints what is wrong, one a line; nothing when all is well.
"""
import json
import re
import sys

bad = []


def need(ok, text):
    if not ok:
        bad.append(text)


def same(what, got, expected):
    need(got == expected, f"{what}: {got}, expected {expected}")


VALUES = {
    "live": lambda s: s["live_bytes"],
    "leaks": lambda s: s["live_blocks"],
    "peak": lambda s: s["peak_bytes"],
    "total": lambda s: s["served_bytes"],
    "count": lambda s: s["requests"],
    "waste": lambda s: max(0, s["served_bytes"] - s["asked_bytes"]),
    "fallback": lambda s: s["fallbacks"],
    "pinned": lambda s: s["pinned_bytes"],
}


def total(report, value):
    return sum(VALUES[value](s) for s in report["stacks"])


def check_json(report, text):
    same("schema", report["schema"], "kvmalloc-report/1")
    for key in ("process machine totals routes memory findings classes "
                "vmalloc_sizes caches zones fallback_reasons counters threads "
                "processes timeline recording values modules frames stacks "
                "stacks_omitted").split():
        need(key in report, f"no member {key}")
    for key, value in report["totals"].items():
        if key in report["routes"][0]:
            same("routes: " + key,
                 sum(r[key] for r in report["routes"]), value)
    slab = sum(c["requests"] for c in report["classes"])
    same("requests of classes", slab,
         sum(r["requests"] for r in report["routes"][:2]))
    same("requests of threads", sum(t["requests"] for t in report["threads"]),
         slab)
    for v in report["values"]:
        same("value " + v["name"], v["total"], total(report, v["name"]))
    for s in report["stacks"]:
        need(re.fullmatch("[0-9a-f]{16}", s["id"]), "id " + s["id"])
        need(all(0 <= f < len(report["frames"]) for f in s["frames"]),
             "a frame number is out of range")
        same("lifetimes", len(s["lifetimes"]), 12)
    for f in report["frames"]:
        need(f["module"] is None or f["module"] < len(report["modules"]),
             "a module number is out of range")
    asked = re.search(r"asked for +(\S+ \S+) in ([0-9 ]+) request", text)
    same("requests in the text report",
         int(asked.group(2).replace(" ", "")), report["totals"]["requests"])
    n, unit = asked.group(1).split()
    scale = 1024 ** ["B", "KiB", "MiB", "GiB"].index(unit)
    same("bytes asked in the text report", float(n),
         round(report["totals"]["asked_bytes"] / scale, 1))
    need(f"pid {report['process']['pid']} " in text, "pid differs")


def check_folded(path, report):
    lines = open(path, encoding="utf-8").read().split("\n")
    same("last line ends", lines.pop(), "")
    sums = 0
    for line in lines:
        m = re.fullmatch(r"([^;]+(?:;[^;]+)*) (\d+)", line)
        need(m, "no folded stack: " + line)
        sums += int(m.group(2)) if m else 0
    same("lines", len(lines), sum(1 for s in report["stacks"]
                                  if VALUES["peak"](s)))
    same("sum", sums, total(report, "peak"))


def check_speedscope(path, report):
    f = json.load(open(path, encoding="utf-8"))
    same("$schema", f["$schema"],
         "https://www.speedscope.app/file-format-schema.json")
    need(set(f) <= {"$schema", "shared", "profiles", "name", "exporter",
                    "activeProfileIndex"}, "unknown members")
    frames = f["shared"]["frames"]
    for frame in frames:
        need(isinstance(frame["name"], str) and
             set(frame) <= {"name", "file", "line", "col"}, "frame")
        need(isinstance(frame.get("line", 1), int), "line")
    for p in f["profiles"]:
        value = p["name"].split(":")[0]
        same("members", set(p), {"type", "name", "unit", "startValue",
                                 "endValue", "samples", "weights"})
        same("type", p["type"], "sampled")
        need(p["unit"] in ("none", "bytes"), "unit " + p["unit"])
        same("weights", len(p["weights"]), len(p["samples"]))
        same(value, sum(p["weights"]), total(report, value))
        same("endValue", p["endValue"], sum(p["weights"]))
        need(all(0 <= n < len(frames) for s in p["samples"] for n in s),
             "a frame number is out of range")
    same("active", f["profiles"][f["activeProfileIndex"]]["name"][:4], "peak")


def check_dhat(path, report):
    f = json.load(open(path, encoding="utf-8"))
    same("version", f["dhatFileVersion"], 2)
    for key in "mode verb bklt bkacc tu Mtu tuth cmd pid te tg pps ftbl".split():
        need(key in f, "no member " + key)
    same("root", f["ftbl"][0], "[root]")
    need(0 <= f["tg"] <= f["te"], "the peak is not within the run")
    for p in f["pps"]:
        same("members", sorted(p), sorted(
            "tb tbk tl mb mbk gb gbk eb ebk fs".split()))
        need(all(0 < n < len(f["ftbl"]) for n in p["fs"]), "frame number")
        need(p["mb"] >= max(p["gb"], p["eb"]), "mb below what was held")
    for key, value in (("tb", "total"), ("tbk", "count"), ("gb", "peak"),
                       ("eb", "live"), ("ebk", "leaks")):
        same(key, sum(p[key] for p in f["pps"]), total(report, value))


def check_massif(path, report):
    lines = open(path, encoding="utf-8").read().split("\n")
    for line, start in zip(lines, ("desc: ", "cmd: ", "time_unit: ms")):
        need(line.startswith(start), "head: " + line)
    text = "\n".join(lines)
    shots = re.findall(r"snapshot=(\d+)\n#-----------\ntime=(\d+)\n"
                       r"mem_heap_B=(\d+)\nmem_heap_extra_B=(\d+)\n"
                       r"mem_stacks_B=0\nheap_tree=(\w+)\n((?: *n.*\n)*)",
                       text)
    same("snapshots", [int(s[0]) for s in shots], list(range(len(shots))))
    need(len(shots) >= 2, "snapshots")
    times = [int(s[1]) for s in shots]
    same("time goes on", times, sorted(times))
    same("peaks", sum(s[4] == "peak" for s in shots), 1)
    for s in shots:
        if s[4] == "peak":
            same("heap at the peak", int(s[2]), total(report, "peak"))
        if s[4] != "empty":
            check_tree(s[5].rstrip("\n").split("\n"), int(s[2]))


def check_tree(lines, heap):
    """every node's children are as many and as large as it says"""
    same("root of the tree", int(lines[0].split()[1]), heap)

    def node(i, depth):
        m = re.match(r"( *)n(\d+): (\d+) ", lines[i])
        need(m and len(m.group(1)) == depth, "depth of: " + lines[i])
        sums, nr, size = 0, int(m.group(2)), int(m.group(3))
        i += 1
        for _ in range(nr):
            i, n = node(i, depth + 1)
            sums += n
        # a stack may end where others go on
        need(not nr or sums <= size, "children are larger: " + lines[i - 1])
        return i, size

    same("lines of the tree", node(0, 0)[0], len(lines))


def check_pprof(path, report):
    text = open(path, encoding="utf-8", errors="replace").read()
    types = re.search(r"^Samples:\n(.*)$", text, re.M).group(1).split()
    names = [t.split("/")[0] for t in types]
    need(types[4].startswith("peak_space/bytes[dflt]"), "default: " + types[4])
    sums = [0] * len(types)
    body = text[text.index("Samples:"):text.index("Locations")]
    for m in re.finditer(r"^ +((?: *\d+){10}): ", body, re.M):
        for i, n in enumerate(m.group(1).split()):
            sums[i] += int(n)
    for name, value in (("alloc_objects", "count"), ("alloc_space", "total"),
                        ("inuse_objects", "leaks"), ("inuse_space", "live"),
                        ("peak_space", "peak"), ("waste_space", "waste"),
                        ("fallbacks", "fallback"),
                        ("pinned_space", "pinned")):
        same(name, sums[names.index(name)], total(report, value))
    need("stack:[" in text, "no label of the stack's id")


def check_heaptrack(path, report):
    text = open(path, encoding="utf-8", errors="replace").read()

    def number(what):
        m = re.search(what + r": ([\d.]+)([BKMG]?)", text)
        return float(m.group(1)) * 1000 ** "BKMG".index(m.group(2) or "B")

    def near(what, got, expected):
        need(abs(got - expected) <= 0.01 * expected + 1,
             f"{what}: {got}, expected {expected}")

    same("calls", number("calls to allocation functions"),
         total(report, "count"))
    near("peak", number("peak heap memory consumption"),
         total(report, "peak"))
    near("leaked", number("total memory leaked"), total(report, "live"))
    same("temporary", number("temporary memory allocations") > 50, False)


def check_prometheus(path, report):
    samples, heads = {}, set()
    for line in open(path, encoding="utf-8").read().split("\n")[:-1]:
        if line.startswith("# "):
            heads.add(line.split()[2])
            continue
        m = re.fullmatch(r'(\w+)\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\} ([\d.]+)',
                         line)
        need(m, "no sample: " + line)
        if m:
            key = m.group(1)
            samples[key] = samples.get(key, 0) + float(m.group(3))
            base = re.sub("_(bucket|sum|count)$", "", key)
            need(key in heads or base in heads, "no TYPE for " + key)
    same("requests", samples["kvmalloc_requests_total"],
         report["totals"]["requests"])
    same("asked", samples["kvmalloc_asked_bytes_total"],
         report["totals"]["asked_bytes"])
    for c in report["counters"]:
        unit = "events" if c["unit"] == "count" else c["unit"]
        same(c["name"], samples[f"kvmalloc_{c['name']}_{unit}_total"],
             c["value"])


def main():
    kind, path, other = sys.argv[1:]
    if kind == "json":
        check_json(json.load(open(path, encoding="utf-8")),
                   open(other, encoding="utf-8").read())
    else:
        report = json.load(open(other, encoding="utf-8"))
        globals()["check_" + kind](path, report)
    print("\n".join(bad[:10]), end="\n" if bad else "")
    sys.exit(1 if bad else 0)


main()
