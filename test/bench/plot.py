# SPDX-License-Identifier: MIT
"""plot.py - the results as one HTML page with its pictures inside.

A dot for each allocator: over all rows, mean time against mean RSS, where the
corner at the lower left is the best of both; then for each row its ratio to the
best, on a logarithmic scale, in which twice as slow is as far anywhere. Our own
allocators have larger dots. No script, nothing fetched.
"""

from html import escape
from math import ceil, log, log2

import report

# Okabe and Ito's colours, which the colour-blind can tell apart
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9",
           "#f0e442", "#999999")

STYLE = """
body { font: 14px/1.4 sans-serif; max-width: 70em; margin: 2em auto;
  padding: 0 1em; color: #222; background: #fff }
table { border-collapse: collapse; margin: 1em 0; font-size: 13px }
td, th { padding: 1px 8px; text-align: right; border-bottom: 1px solid #ddd }
td:first-child, th:first-child { text-align: left }
.best { font-weight: bold } .failed { color: #c00 }
svg { display: block; max-width: 100% } svg text { font-size: 12px }
.axis { stroke: #ddd } .legend span { margin-right: 1.5em }
"""


def colour(results, name):
    return COLOURS[report.names(results).index(name) % len(COLOURS)]


def ours(results, name):
    return any(p["ours"] for p in results["peers"] if p["name"] == name)


def dot(results, name, x, y, label):
    """A circle that says what it is when pointed at."""
    own = ours(results, name)
    return (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{6 if own else 4}" '
            f'fill="{colour(results, name)}" fill-opacity=".85" '
            f'stroke="{"#000" if own else "#fff"}">'
            f"<title>{escape(name)}: {escape(label)}</title></circle>")


def text(x, y, words, anchor="start"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
            f"{escape(words)}</text>")


def line(x1, y1, x2, y2):
    return (f'<line class="axis" x1="{x1:.1f}" y1="{y1:.1f}" '
            f'x2="{x2:.1f}" y2="{y2:.1f}"/>')


def svg(width, height, parts):
    return (f'<svg viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}">{"".join(parts)}</svg>')


def rows_plot(results, metric):
    """Rows downward, ratio to the best to the right."""
    left, width, step = 130, 900, 20
    rows = results["rows"]
    ratio = [report.ratios(row, metric) for row in rows]
    top = max((v for r in ratio for v in r.values()), default=2)
    doublings = max(1, ceil(log2(top)))
    bottom = step * (len(rows) + 1)

    def x(value):
        # what is beside the peers may be better than the best of them
        return left + (width - left - 30) * max(log2(value), -.1) / doublings

    parts = []
    for power in range(doublings + 1):
        parts.append(line(x(2 ** power), step - 6, x(2 ** power), bottom))
        parts.append(text(x(2 ** power), 10, f"{2 ** power}x", "middle"))
    for i, (row, cells) in enumerate(zip(rows, ratio)):
        y = step * (i + 1) + 8
        parts += [line(left, y, width - 30, y),
                  text(left - 10, y + 4, row["name"], "end")]
        parts += [dot(results, name, x(value), y,
                      f"{value:.2f} in {row['name']}")
                  for name, value in cells.items()]
        failed = [f"{name}: {report.short(report.status(runs))}"
                  for name, runs in row["cells"].items() if name not in cells]
        parts.append(text(width - 25, y + 4, ", ".join(failed)))
    return svg(width + 250, bottom + 10, parts)


def means_plot(results):
    """Mean time to the right, mean RSS upward."""
    size, left = 420, 60
    means = {n: (report.mean(results, n, "time"),
                 report.mean(results, n, "rss")) for n in report.names(results)}
    means = {n: m for n, m in means.items() if all(m)}
    top = max([v for m in means.values() for v in m] + [1.5]) * 1.1

    def at(value):
        return (size - left - 20) * log(value) / log(top)

    parts = [text(size / 2 + 40, size - 8, "mean time, ratio to the best"),
             text(4, 14, "mean peak RSS, ratio to the best")]
    for tick in (t / 4 for t in range(4, int(top * 4) + 1)):
        x, y = left + at(tick), size - left - at(tick)
        parts += [line(x, 24, x, size - left), line(left, y, size, y),
                  text(x, size - left + 16, f"{tick:g}", "middle"),
                  text(left - 6, y + 4, f"{tick:g}", "end")]
    for name, (t, rss) in means.items():
        x, y = left + at(t), size - left - at(rss)
        parts += [dot(results, name, x, y, f"time {t:.2f}, RSS {rss:.2f}"),
                  text(x + 9, y + 4, name)]
    return svg(size + 140, size, parts)


def html_table(title, head, body):
    def cell(words, tag="td"):
        kind = ' class="best"' if words == "1.00" else ""
        if words.split(" ")[0] in ("crash", "timeout", "wrong", "exit"):
            kind = ' class="failed"'
        return f"<{tag}{kind}>{escape(words)}</{tag}>"
    lines = ["".join(cell(c, "th") for c in head)]
    lines += ["".join(map(cell, row)) for row in body]
    return (f"<h2>{escape(title)}</h2><table>"
            + "".join(f"<tr>{cells}</tr>" for cells in lines) + "</table>")


def write_html(results, path):
    legend = "".join(
        f'<span><svg width="12" height="12" style="display:inline">'
        f'{dot(results, n, 6, 6, n)}</svg> {escape(n)}</span>'
        for n in report.names(results))
    first, *others = report.tables(results)
    parts = ["<!doctype html><html lang=en><meta charset=utf-8>"
             f"<title>Allocators compared</title><style>{STYLE}</style>"
             "<h1>Allocators compared</h1><p>"
             + "<br>".join(map(escape, report.setting(results)))
             + f'</p><p class="legend">{legend}</p>',
             means_plot(results), html_table(*first)]
    for key, title, *_ in report.METRICS:
        if key in ("time", "rss"):
            parts.append(f"<h2>{title}: ratio to the row's best</h2>"
                         + rows_plot(results, key))
    parts += [html_table(*table) for table in others]
    for row, name, state, words in report.failures(results):
        parts.append(f"<h3>{escape(name)} failed in {escape(row)}: "
                     f"{escape(state)}</h3><pre>{escape(words)}</pre>")
    with open(path, "w") as f:
        f.write("".join(parts) + "</html>\n")
