# SPDX-License-Identifier: MIT
"""report.py - from samples to ratios, means and tables.

The results are one dictionary, as bench.py writes it with --json: allocators,
rows, and in each row the samples of each allocator. A cell is the median of its
samples; what is compared is the cell divided by the best cell of its row, and
what is averaged, geometrically, are these ratios. A cell with a failed run has
no number: it is out of its allocator's means, which therefore say how many
failed.
"""

import re
from math import exp, log
from statistics import median

# key in a sample, title, unit of the best, its factor
METRICS = (
    ("time", "Time", "s", 1),
    ("cpu", "CPU time, user and system", "s", 1),
    ("rss", "Peak RSS", "MiB", 1 / 1024),
    ("idle", "RSS after 1.2 s of rest", "MiB", 1 / 1024),
    ("faults", "Page faults", "", 1),
)

NOISE = 0.03  # differences below that mean nothing
# Shown beside the others, no peer of theirs: no row's best.
BESIDE = ("kvmalloc-kernel",)
choose = median  # a cell's sample; min on a machine that is never quiet


def geomean(values):
    values = list(values)
    return exp(sum(map(log, values)) / len(values)) if values else None


def status(runs):
    """'ok', or the first thing that went wrong."""
    return next((r["status"] for r in runs if r["status"] != "ok"), "ok")


def values(row, metric):
    """{allocator: its sample}, of the cells that have a number."""
    return {name: max(choose(r[metric] for r in runs), 1e-3)
            for name, runs in row["cells"].items()
            if runs and status(runs) == "ok" and metric in runs[0]}


def ratios(row, metric):
    """{allocator: value / best}"""
    found = values(row, metric)
    return {name: value / best(found) for name, value in found.items()}


def best(found):
    """The least of what values() found; None: there is nothing"""
    return min((value for name, value in found.items() if name not in BESIDE),
               default=min(found.values(), default=None))


def spread(row, metric):
    """How far a cell's runs lie apart, relative to it: the middle cell's."""
    cells = [[max(r[metric], 1e-3) for r in runs]
             for runs in row["cells"].values()
             if len(runs) > 1 and status(runs) == "ok"]
    return median([(max(c) - min(c)) / median(c) for c in cells] or [0])


def failures(results):
    """[(row, allocator, status, last words)]"""
    return [(row["name"], name, status(runs),
             next((r.get("stderr", "") for r in runs
                   if r["status"] != "ok"), "").strip())
            for row in results["rows"]
            for name, runs in row["cells"].items() if status(runs) != "ok"]


def our_failures(results):
    """1 if an allocator built here failed anywhere, as an exit status."""
    ours = {p["name"] for p in results["peers"] if p["ours"]}
    return int(any(name in ours for _, name, _, _ in failures(results)))


def mean(results, name, metric, group=None):
    return geomean(r[name] for r in (ratios(row, metric)
                                     for row in results["rows"]
                                     if group in (None, row["group"]))
                   if name in r)


def worst(results, name, metric):
    """(ratio, row) of the allocator's worst cell"""
    cells = [(r[name], row["name"]) for row in results["rows"]
             if name in (r := ratios(row, metric))]
    return max(cells, default=None)


def won(results, name, metric):
    """Rows in which it is the best, ties within the noise included."""
    cells = [ratios(row, metric).get(name) for row in results["rows"]]
    return sum(cell <= 1 + NOISE for cell in cells if cell)


def number(value):
    if value is None:
        return "-"
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def short(state):
    """A status as a cell: crash, timeout, wrong, exit 3."""
    return "crash" if state.startswith("crash") else state


# ---- tables: (title, heading row, rows of strings) ----

def names(results):
    return [p["name"] for p in results["peers"]]


def metric_table(results, key, title, unit, factor):
    head = ["row", f"best {unit}".strip(), *names(results)]
    spreads = key in ("time", "cpu")
    head += ["spread"] * spreads
    body = []
    for row in results["rows"]:
        found, ratio = values(row, key), ratios(row, key)
        if not found and not any(map(status, row["cells"].values())):
            continue
        if key == "idle" and not found:
            continue
        cells = [number(best(found) * factor) if found else "-"]
        for name in names(results):
            state = status(row["cells"][name])
            cells.append(number(ratio.get(name)) if state == "ok"
                         else short(state))
        cells += [f"{spread(row, key):.0%}"] * spreads
        body.append([row["name"], *cells])
    return f"{title}: ratio to the row's best", head, body


def summary_table(results):
    head = ["allocator", "time", "CPU", "RSS", "idle RSS", "faults",
            "time x RSS", "won time", "won RSS", "worst time", "worst RSS",
            "failed"]
    body = []
    for name in names(results):
        means = [mean(results, name, key) for key, *_ in METRICS]
        both = means[0] * means[2] if means[0] and means[2] else None
        lows = [worst(results, name, key) for key in ("time", "rss")]
        failed = sum(f[1] == name for f in failures(results))
        body.append((both or 1e9, [
            name, *map(number, means), number(both),
            *(str(won(results, name, key)) for key in ("time", "rss")),
            *(f"{low[0]:.2f} {low[1]}" if low else "-" for low in lows),
            str(failed)]))
    return (f"Geometric means over {len(results['rows'])} rows, best "
            f"time x RSS first; won: within {NOISE:.0%} of the best",
            head, [cells for _, cells in sorted(body)])


def group_table(results, key, title):
    groups = list(dict.fromkeys(row["group"] for row in results["rows"]))
    body = [[name, *(number(mean(results, name, key, g)) for g in groups)]
            for name in names(results)]
    return f"{title}: geometric mean by group", ["allocator", *groups], body


def tables(results):
    """All tables, in the order in which they are read."""
    yield summary_table(results)
    yield group_table(results, "time", "Time")
    yield group_table(results, "rss", "Peak RSS")
    for metric in METRICS:
        table = metric_table(results, *metric)
        if table[2]:
            yield table


def setting(results):
    """Where and how it was measured, in lines."""
    m, s = results["machine"], results["settings"]
    yield (f"{results['when']}; {m['cpu']}, {m['cpus']} CPUs, "
           f"{int(m['memory_kib']) >> 20} GiB, Linux {m['kernel']}, "
           f"{m['libc']}, huge pages {m['thp']}")
    yield (f"{'median' if choose is median else 'best'} of {s['runs']} "
           f"interleaved runs in random order (seed {s['seed']})"
           + ("; quick: shorter workloads" if s["quick"] else ""))
    if m["load"] > m["cpus"] / 2:
        yield (f"BUSY: load {m['load']:.1f} on {m['cpus']} CPUs at the start; "
               "wall times mean little")
    for peer in results["peers"]:
        yield f"{peer['name']}: {peer['version']}"
    for name, why in results["absent"] + results["absent_rows"]:
        yield f"absent: {name}: {why}"


# ---- output ----

def aligned(head, body):
    width = [max(map(len, column)) for column in zip(head, *body)]
    for line in (head, *body):
        yield "  ".join(cell.ljust(w) if not i else cell.rjust(w)
                        for i, (cell, w) in enumerate(zip(line, width)))


def progress(results):
    """One line on the row just measured."""
    row = results["rows"][-1]
    ratio = ratios(row, "time")
    cells = " ".join(f"{name} " + (number(ratio[name]) if name in ratio
                                   else short(status(runs)))
                     for name, runs in row["cells"].items())
    return f"{row['name']:16} {cells}"


def text(results):
    out = list(setting(results))
    for title, head, body in tables(results):
        out += ["", title, *aligned(head, body)]
    for row, name, state, words in failures(results):
        out += ["", f"FAILED: {name} in {row}: {state}", words]
    return "\n".join(out)


def markdown_table(head, body):
    return "\n".join("| " + " | ".join(line) + " |" for line in
                     (head, ["---"] * len(head), *body))


def markdown(results):
    out = ["\n".join(f"- {line}" for line in setting(results))]
    for title, head, body in tables(results):
        body = [[f"**{c}**" if c == "1.00" else c for c in line]
                for line in body]
        out.append(f"**{title}**\n\n{markdown_table(head, body)}")
    if found := failures(results):
        out.append("**Failures**\n\n" + "\n".join(
            f"- {name} in {row}: {state}" for row, name, state, _ in found))
    return "\n\n".join(out)


def replace_section(document, name, content):
    """The text between the section's markers, exchanged."""
    pattern = rf"(<!-- {name}:begin.*?-->\n).*?(<!-- {name}:end -->)"
    return re.sub(pattern, lambda m: f"{m[1]}\n{content}\n\n{m[2]}", document,
                  flags=re.S)


def write_markdown(path, rows, results=None):
    """Fills the marked sections of an existing file, or writes a new one."""
    sections = {"rows": markdown_table(
        ["row", "group", "pattern and what it stands for"],
        [[r.name, r.group, r.about] for r in rows])}
    if results:
        sections["results"] = markdown(results)
    try:
        with open(path) as f:
            document = f.read()
    except FileNotFoundError:
        document = ""
    if "<!-- rows:begin" in document:
        for name, content in sections.items():
            document = replace_section(document, name, content)
    else:
        document = "\n\n".join(sections.values()) + "\n"
    with open(path, "w") as f:
        f.write(document)
