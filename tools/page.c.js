/* Draws the page from the JSON report. Text goes in as text nodes only. */
(function () {
"use strict";
var report = JSON.parse(document.getElementById("report").textContent);
var SVG = "http://www.w3.org/2000/svg";
var byId = function (id) { return document.getElementById(id); };

/* ---- helpers ---------------------------------------------------------- */

function make(ns, name, attributes, children) {
	var e = ns ? document.createElementNS(ns, name) :
		document.createElement(name);
	Object.keys(attributes || {}).forEach(function (k) {
		if (k === "style")
			Object.keys(attributes.style).forEach(function (p) {
				e.style.setProperty(p, attributes.style[p]);
			});
		else
			e.setAttribute(k, attributes[k]);
	});
	(children || []).forEach(function (c) {
		e.append(c instanceof Node ? c : String(c));
	});
	return e;
}
function el(name, attributes) {
	return make(null, name, attributes, [].slice.call(arguments, 2));
}
function svg(name, attributes) {
	return make(SVG, name, attributes, [].slice.call(arguments, 2));
}
function hide(id) { byId(id).hidden = true; }
function note(id, text) { byId(id).replaceChildren(el("p", { class: "note" }, text)); }

function bytes(n) {
	var units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"], u = 0;
	if (n < 1024)
		return n + " B";
	for (n /= 1024; n >= 1023.95 && u < 5; u++)
		n /= 1024;
	return n.toFixed(1) + " " + units[u];
}
function count(n) {
	return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, "\u00a0");
}
function things(n, one) { return count(n) + " " + one + (n === 1 ? "" : "s"); }
function percent(part, whole) {
	if (!whole)
		return "–";
	var v = 100 * part / whole;
	return part && v < 0.05 ? "< 0.1 %" : v.toFixed(1) + " %";
}
function ratio(a, b) { return b ? (a / b).toFixed(2) + "×" : "–"; }
function seconds(ns) {
	var s = ns / 1e9;
	if (s < 0.1)
		return (ns / 1e6).toFixed(1) + " ms";
	if (s < 60)
		return s.toFixed(2) + " s";
	if (s < 3600)
		return Math.floor(s / 60) + " min " + Math.floor(s % 60) + " s";
	return Math.floor(s / 3600) + " h " + Math.floor(s / 60 % 60) + " min";
}
function more(a, b) { return a > b ? a - b : 0; }
function legend(pairs) {
	return el.apply(null, ["div", { class: "legend" }].concat(
		pairs.map(function (p) {
			return el("span", {}, el("i", { style: { background: p[1] } }), p[0]);
		})));
}
function matcher(words) {
	if (!words)
		return null;
	try {
		return new RegExp(words, "i");
	} catch (e) {
		return new RegExp(words.replace(/[^\w\s]/g, "\\$&"), "i");
	}
}

/* ---- head ------------------------------------------------------------- */

function drawHead() {
	var p = report.process, t = report.totals, m = report.memory;
	var states = { running: "running", exited: "exited",
		ended: "ended without exit handlers", execed: "became another program" };
	byId("command").textContent = p.command + (p.arguments_cut ? " .." : "");
	byId("command").title = p.command;
	document.title = p.comm + " – kvmalloc report";
	byId("facts").textContent = "pid " + p.pid + " · " + states[p.state] +
		" · " + (p.duration_is_minimum ? "over " : "") + seconds(p.duration_ns) +
		" · " + things(Math.max(1, t.threads), "thread") + " · started " +
		new Date(p.start_realtime_ns / 1e6).toISOString().slice(0, 19).replace("T", " ") + " UTC";
	var waste = more(t.served_bytes, t.asked_bytes);
	var tiles = [
		["asked for", bytes(t.asked_bytes), things(t.requests, "request")],
		["peak held", bytes(m.peak_held_bytes), m.peak_ns ? "after " + seconds(m.peak_ns) : ""],
		["lost to rounding", bytes(waste), percent(waste, t.served_bytes) + " of what was served"],
		["kernel's own classes", ratio(t.kernel_bytes, t.asked_bytes),
			bytes(t.kernel_bytes) + "; here " + ratio(t.served_bytes, t.asked_bytes)],
		[p.state === "running" ? "held now" : "still held", bytes(t.live_bytes), things(t.live_blocks, "block")],
		["failed / fell back", count(t.failed) + " / " + count(t.fallbacks),
			"NULL / vmalloc for want of pages", t.failed > 0]
	];
	if (m.huge_pages.state !== "small")
		tiles.push(["huge pages", bytes(m.huge_pages.backed_bytes),
			"of " + bytes(m.huge_pages.asked_bytes) + " asked for" +
			({ slow: "; given up: slow", none: "; given up: none there",
			   split: "; given up: split", off: "; huge=off" }
				[m.huge_pages.state] || "")]);
	byId("tiles").replaceChildren.apply(byId("tiles"), tiles.map(function (x) {
		return el("div", { class: "tile" + (x[3] ? " bad" : "") },
			el("div", { class: "name" }, x[0]), el("b", {}, x[1]), el("span", {}, x[2]));
	}));
}

function drawFindings() {
	var list = report.findings.map(function (f) {
		var li = el("li", {}, f.text);
		if (f.details.length)
			li.append(el("pre", {}, f.details.join("\n")));
		return li;
	});
	if (!list.length)
		note("findings", "Nothing stands out.");
	else
		byId("findings").replaceChildren.apply(byId("findings"), list);
}

/* ---- memory over time ------------------------------------------------- */

var KINDS = [["slab", "slabs"], ["contiguous", "contiguous pages"], ["vmalloc", "vmalloc"]];

function niceStep(max, n) {
	var raw = max / n, p = Math.pow(2, Math.floor(Math.log2(raw)));
	return raw / p > 1.5 ? 2 * p : p;
}

function drawTime() {
	var all = report.timeline, W = 1180, H = 230, L = 76, B = 22, T = 8;
	if (all.length < 2)
		return note("time", "No time line in this report: the process ran for too short a time, or without call stacks.");
	/* at most about two points a column, the largest kept */
	var points = all;
	if (all.length > 1500) {
		var k = Math.ceil(all.length / 1500);
		points = all.filter(function (m, i) {
			return i % k === 0 || i === all.length - 1;
		});
	}
	var t0 = Math.min(0, points[0].ns), t1 = Math.max(report.process.duration_ns, points[points.length - 1].ns);
	var pages = function (m) { return m.slab_bytes + m.contiguous_bytes + m.vmalloc_bytes; };
	var top = Math.max.apply(null, points.map(function (m) { return Math.max(pages(m), m.held_bytes); })) || 1;
	var step = niceStep(top, 4);
	top = Math.ceil(top / step) * step;
	var x = function (ns) { return L + (ns - t0) / (t1 - t0 || 1) * (W - L - 8); };
	var y = function (b) { return T + (1 - b / top) * (H - T - B); };
	var s = svg("svg", { viewBox: "0 0 " + W + " " + H, role: "img" });
	for (var b = 0; b <= top * 1.001; b += step) {
		s.append(svg("line", { class: "grid", x1: L, x2: W - 8, y1: y(b), y2: y(b) }),
			svg("text", { x: L - 6, y: y(b) + 4, "text-anchor": "end" }, bytes(b)));
	}
	for (var i = 0; i <= 5; i++) {
		var at = t0 + (t1 - t0) * i / 5;
		s.append(svg("text", { x: x(at), y: H - 6, "text-anchor": i ? i === 5 ? "end" : "middle" : "start" }, seconds(at)));
	}
	var low = points.map(function () { return 0; });
	KINDS.forEach(function (kind) {
		var high = points.map(function (m, n) { return low[n] + m[kind[0] + "_bytes"]; });
		var d = points.map(function (m, n) { return (n ? "L" : "M") + x(m.ns).toFixed(1) + " " + y(high[n]).toFixed(1); }).join("");
		for (var n = points.length - 1; n >= 0; n--)
			d += "L" + x(points[n].ns).toFixed(1) + " " + y(low[n]).toFixed(1);
		s.append(svg("path", { d: d + "Z", style: { fill: "var(--" + kind[0] + ")", opacity: ".85" } }));
		low = high;
	});
	s.append(svg("path", { d: points.map(function (m, n) { return (n ? "L" : "M") + x(m.ns).toFixed(1) + " " + y(m.held_bytes).toFixed(1); }).join(""),
		style: { fill: "none", stroke: "var(--held)", "stroke-width": "1.5" } }));
	points.forEach(function (m, n) {
		var before = n ? points[n - 1] : { fallbacks: 0, failed: 0 };
		var bad = m.failed > before.failed;
		if (bad || m.fallbacks > before.fallbacks)
			s.append(svg("circle", { cx: x(m.ns), cy: T + 4, r: 3, style: { fill: bad ? "var(--warm)" : "var(--accent)" } },
				svg("title", {}, bad ? "failed requests" : "fell back to vmalloc")));
	});
	var rule = svg("line", { y1: T, y2: H - B, class: "grid", style: { stroke: "var(--dim)" }, visibility: "hidden" });
	s.append(rule);
	var tip = el("div", { class: "tip", hidden: "" });
	s.addEventListener("mousemove", function (e) {
		var box = s.getBoundingClientRect(), ux = (e.clientX - box.left) / box.width * W;
		var ns = t0 + (ux - L) / (W - L - 8) * (t1 - t0), best = 0;
		points.forEach(function (m, n) {
			if (Math.abs(m.ns - ns) < Math.abs(points[best].ns - ns))
				best = n;
		});
		var m = points[best];
		rule.setAttribute("x1", x(m.ns));
		rule.setAttribute("x2", x(m.ns));
		rule.setAttribute("visibility", "visible");
		tip.textContent = seconds(m.ns) + "\nheld        " + bytes(m.held_bytes) +
			KINDS.map(function (k) { return "\n" + (k[0] + "           ").slice(0, 12) + bytes(m[k[0] + "_bytes"]); }).join("") +
			"\nrequests    " + count(m.requests) + (m.fallbacks ? "\nfallbacks   " + count(m.fallbacks) : "") +
			(m.failed ? "\nfailed      " + count(m.failed) : "");
		tip.style.fontFamily = "var(--mono)";
		tip.hidden = false;
		var px = x(m.ns) / W * box.width;
		tip.style.top = "12px";
		tip.style.left = (px > box.width / 2 ? px - tip.offsetWidth - 12 : px + 12) + "px";
	});
	s.addEventListener("mouseleave", function () {
		tip.hidden = true;
		rule.setAttribute("visibility", "hidden");
	});
	byId("time").replaceChildren(s, tip, legend(KINDS.map(function (k) {
		return [k[1], "var(--" + k[0] + ")"];
	}).concat([["line: held by the program (live, or in a thread's cache)", "var(--held)"]])));
	byId("time-note").textContent = things(all.length, "moment");
}

/* ---- call stacks ------------------------------------------------------ */

var VALUES = {
	live: function (s) { return s.live_bytes || 0; },
	leaks: function (s) { return s.live_blocks || 0; },
	peak: function (s) { return s.peak_bytes || 0; },
	total: function (s) { return s.served_bytes || 0; },
	count: function (s) { return s.requests || 0; },
	waste: function (s) { return more(s.served_bytes || 0, s.asked_bytes || 0); },
	fallback: function (s) { return s.fallbacks || 0; },
	pinned: function (s) { return s.pinned_bytes || 0; }
};

function hex(n) { return "0x" + n.toString(16); }
function baseName(path) { return path.slice(path.lastIndexOf("/") + 1); }

/* lines of a frame, the function itself first, then what was inlined in it */
report.frames.forEach(function (f) {
	var m = report.modules[f.module];
	// code made at run time: its page, the rest is new in every run
	var place = m ? (baseName(m.path) || "[vdso]") + "+" + hex(f.offset) :
		"[jit]+" + hex(f.offset - f.offset % 4096);
	var outer = { name: f.function || place, known: !!f.function, file: f.file, line: f.line, place: place };
	f.lines = [outer].concat((f.inlined || []).map(function (l) {
		return { name: l.function || place, known: !!l.function, file: l.file, line: l.line, place: place, inlined: true };
	}).reverse());
});

/* names root first; what is missing at the root has a name in brackets */
report.stacks.forEach(function (s) {
	var lines = [];
	s.frames.slice().reverse().forEach(function (n) {
		lines = lines.concat(report.frames[n].lines);
	});
	if (s.lost)
		lines = [{ name: "[stacks that found no room]" }].concat(lines);
	else if (!s.frames.length)
		lines = [{ name: "[no stack]" }];
	else if (s.truncated)
		lines = [{ name: "[truncated]" }].concat(lines);
	s.lines = lines;
	s.text = s.id + " " + lines.map(function (l) {
		return l.name + " " + (l.file || "") + " " + (l.place || "");
	}).join(" ");
});

function show(name, n) {
	var v = report.values.find(function (x) { return x.name === name; });
	return v.unit === "bytes" ? bytes(n) : count(n);
}

/* ---- flame graph ------------------------------------------------------ */

var flame = { metric: document.body.dataset.value, invert: false, pattern: null, zoomed: null, root: null };

function buildTree() {
	var value = VALUES[flame.metric];
	var root = { name: "all", value: 0, children: new Map(), parent: null };
	function add(lines, n) {
		var node = root;
		root.value += n;
		lines.forEach(function (l) {
			var next = node.children.get(l.name);
			if (!next) {
				next = { name: l.name, known: l.known, value: 0, children: new Map(), parent: node };
				node.children.set(l.name, next);
			}
			next.value += n;
			node = next;
		});
	}
	report.stacks.forEach(function (s) {
		var n = value(s);
		if (n)
			add(flame.invert ? s.lines.slice().reverse() : s.lines, n);
	});
	var rest = value(report.stacks_omitted);
	if (rest)
		add([{ name: "[" + things(report.stacks_omitted.stacks, "smaller stack") + ", not on this page]" }], rest);
	flame.root = root;
	flame.zoomed = null;
}

function colour(name) {
	var h = 2166136261;
	for (var i = 0; i < name.length; i++)
		h = Math.imul(h ^ name.charCodeAt(i), 16777619) >>> 0;
	return "hsl(" + (8 + h % 42) + "," + (68 + (h >>> 8) % 22) + "%," + (62 + (h >>> 16) % 12) + "%)";
}

function drawFlame() {
	var box = byId("flame"), ROW = 19, least = 0.0009, deepest = 0;
	var total = flame.root.value, top = flame.zoomed || flame.root;
	var list = [], hits = 0, above = [];
	function put(node, depth, left, width, up) {
		var hit = flame.pattern && flame.pattern.test(node.name);
		var odd = !node.known && node.parent;
		var d = el("div", { class: "fr" + (up ? " up" : "") + (hit ? " hit" : "") + (odd || !node.parent ? " odd" : ""),
			title: node.name + "\n" + show(flame.metric, node.value) + ", " + percent(node.value, total),
			style: { left: 100 * left + "%", width: 100 * width + "%", top: depth * ROW + "px", background: colour(node.name) } },
			width > 0.02 ? node.name : "");
		if (width < 0.012)
			d.style.padding = "0";
		d.node = node;
		list.push(d);
		deepest = Math.max(deepest, depth);
	}
	function walk(node, depth, left, scale) {
		put(node, depth, left, node.value * scale, false);
		Array.from(node.children.values()).sort(function (a, b) { return b.value - a.value; }).forEach(function (c) {
			if (c.value * scale >= least)
				walk(c, depth + 1, left, scale);
			left += c.value * scale;
		});
	}
	function sum(node) {
		if (node.parent && flame.pattern.test(node.name))
			return node.value;
		var n = 0;
		node.children.forEach(function (c) { n += sum(c); });
		return n;
	}
	if (!total) {
		note("flame", "Nothing of this in any stack.");
		box.style.height = "auto";
		byId("matched").textContent = "";
		byId("reset").hidden = true;
		return;
	}
	for (var p = top.parent; p; p = p.parent)
		above.unshift(p);
	above.forEach(function (n, i) { put(n, i, 0, 1, true); });
	walk(top, above.length, 0, 1 / top.value);
	box.replaceChildren.apply(box, list);
	box.style.height = (deepest + 1) * ROW + "px";
	if (flame.pattern)
		hits = sum(flame.root);
	byId("matched").textContent = flame.pattern ? "matched: " + show(flame.metric, hits) + ", " + percent(hits, total) : "";
	byId("reset").hidden = !flame.zoomed;
}

function startFlame() {
	var select = byId("metric"), search = byId("search");
	if (!report.stacks.length) {
		byId("s-flame").querySelector(".controls").hidden = true;
		note("flame", "No call stacks in this report. They are recorded with: kvmalloc run --stacks -- PROGRAM");
		return;
	}
	report.values.forEach(function (v) {
		select.append(el("option", { value: v.name }, v.name + ": " + v.help + " (" + show(v.name, v.total) + ")"));
	});
	if (!VALUES[flame.metric](report.stacks_omitted) && !report.values.some(function (v) { return v.name === flame.metric && v.total; }))
		flame.metric = "total";
	select.value = flame.metric;
	select.addEventListener("change", function () {
		flame.metric = select.value;
		buildTree();
		drawFlame();
	});
	byId("invert").addEventListener("change", function (e) {
		flame.invert = e.target.checked;
		buildTree();
		drawFlame();
	});
	search.addEventListener("input", function () {
		flame.pattern = matcher(search.value);
		drawFlame();
	});
	byId("flame").addEventListener("click", function (e) {
		var node = e.target.node;
		if (!node)
			return;
		flame.zoomed = node === flame.zoomed || !node.parent ? null : node;
		drawFlame();
	});
	byId("flame").addEventListener("mouseover", function (e) {
		if (e.target.node)
			byId("about").textContent = e.target.node.name + " – " + show(flame.metric, e.target.node.value) + ", " + percent(e.target.node.value, flame.root.value);
	});
	byId("reset").addEventListener("click", function () {
		flame.zoomed = null;
		drawFlame();
	});
	byId("flame-note").textContent = recordingText();
	buildTree();
	drawFlame();
}

function recordingText() {
	var r = report.recording, o = report.stacks_omitted, text = "";
	if (r.mode === "exact")
		text = "exact: every request was recorded";
	else if (r.mode === "sampled")
		text = "sampled, about one request in every " + bytes(r.sample_interval_bytes) + ": numbers are estimates";
	if (r.stacks_lost)
		text += "; no room for the stacks of " + things(r.stacks_lost, "request");
	if (r.unwind_failed)
		text += "; " + things(r.unwind_failed, "request") + " without a stack";
	if (o.stacks)
		text += "; " + things(o.stacks, "small stack") + " of " + count(o.stacks + report.stacks.length) + " not on this page";
	return text;
}

/* ---- tables ----------------------------------------------------------- */

/* columns: [head, text(row), number(row) or null, class]; sorts by a click */
function table(id, columns, rows, options) {
	options = options || {};
	var t = byId(id), sort = options.sort, descending = true;
	var body = el("tbody", { class: options.open ? "rows" : "" });
	var heads = columns.map(function (c, i) {
		var th = el("th", { class: c[3] || "" }, c[0]);
		if (!options.fixed) {
			th.setAttribute("aria-sort", "none");
			th.tabIndex = 0;
			th.addEventListener("click", function () {
				descending = sort === i ? !descending : !!c[2];
				sort = i;
				draw();
			});
			th.addEventListener("keydown", function (e) {
				if (e.key === "Enter")
					th.click();
			});
		}
		return th;
	});
	function key(row, c) { return c[2] ? c[2](row) : c[1](row); }
	function draw() {
		var list = rows.filter(options.filter || function () { return true; });
		if (sort !== undefined) {
			var c = columns[sort];
			list = list.slice().sort(function (a, b) {
				var x = key(a, c), y = key(b, c);
				var n = typeof x === "number" ? x - y : String(x).localeCompare(String(y));
				return descending ? -n : n;
			});
			heads.forEach(function (h, i) {
				h.setAttribute("aria-sort", i !== sort ? "none" : descending ? "descending" : "ascending");
			});
		}
		var most = options.most ? options.most() : list.length;
		body.replaceChildren.apply(body, list.slice(0, most).map(function (row) {
			var tr = make(null, "tr", { class: (options.open ? "row" : "") + (options.me && options.me(row) ? " me" : "") },
				columns.map(function (c) {
					var content = c[1](row);
					return el("td", { class: c[3] || "" }, content);
				}));
			if (options.open)
				tr.addEventListener("click", function () { options.open(tr, row, columns.length); });
			return tr;
		}));
		if (options.drawn)
			options.drawn(Math.min(most, list.length), list.length);
	}
	t.replaceChildren(el("thead", {}, make(null, "tr", {}, heads)), body);
	draw();
	return draw;
}

function lifetimeText(s) {
	var l = s.lifetimes || [], n = l.reduce(function (a, b) { return a + b; }, 0);
	return n ? percent(l[0] || 0, n) : "–";
}

/* the innermost functions, those that only pass the request on left out */
function whereText(s) {
	var names = s.lines.slice().reverse().map(function (l) { return l.name; });
	return names.slice(0, 12).join(" ← ");
}

function openStack(tr, s, columns) {
	var next = tr.nextElementSibling;
	if (next && next.classList.contains("open"))
		return next.remove();
	var r = s.requests || 0;
	var about = "stack " + s.id + ": " + things(r, "request") + ", " + bytes(s.asked_bytes || 0) + " asked, " +
		bytes(s.served_bytes || 0) + " served (the kernel's table: " + bytes(s.kernel_bytes || 0) + "), " +
		things(s.frees || 0, "free") + "; largest request " + bytes(s.largest_bytes || 0) +
		(s.inherited_blocks ? "; " + things(s.inherited_blocks, "block") + " from the parent process" : "");
	var text = s.lines.slice().reverse().map(function (l) {
		return "  " + l.name + (l.file ? "  " + l.file + (l.line ? ":" + l.line : "") : l.place && l.known ? "  " + l.place : "") +
			(l.inlined ? "  (inlined)" : "");
	}).join("\n");
	tr.after(el("tr", { class: "open" }, el("td", { class: "full", colspan: columns }, el("p", { class: "note" }, about), el("pre", {}, text))));
}

function drawStacks() {
	if (!report.stacks.length)
		return hide("s-stacks");
	var pattern = null, all = false, PAGE = 60;
	var bytesOf = function (f) { return function (s) { return f(s) ? bytes(f(s)) : "–"; }; };
	var countOf = function (f) { return function (s) { return f(s) ? count(f(s)) : "–"; }; };
	var columns = [
		["peak", bytesOf(VALUES.peak), VALUES.peak],
		["live", bytesOf(VALUES.live), VALUES.live],
		["blocks", countOf(VALUES.leaks), VALUES.leaks],
		["total", bytesOf(VALUES.total), VALUES.total],
		["requests", countOf(VALUES.count), VALUES.count],
		["waste", bytesOf(VALUES.waste), VALUES.waste],
		["fallbacks", countOf(VALUES.fallback), VALUES.fallback],
		["pinned", bytesOf(VALUES.pinned), VALUES.pinned],
		["< 1 ms", lifetimeText, function (s) { return (s.lifetimes || [])[0] || 0; }],
		["where (innermost first; click for all)", whereText, null, "where"]
	];
	var order = ["peak", "live", "leaks", "total", "count", "waste", "fallback", "pinned"];
	var draw = table("stacks", columns, report.stacks, {
		sort: Math.max(0, order.indexOf(flame.metric)),
		filter: function (s) { return !pattern || pattern.test(s.text); },
		most: function () { return all ? Infinity : PAGE; },
		open: openStack,
		drawn: function (n, of) {
			byId("shown").textContent = n < of ? n + " of " + count(of) : things(of, "stack");
			byId("more").hidden = n >= of;
		}
	});
	byId("filter").addEventListener("input", function (e) {
		pattern = matcher(e.target.value);
		draw();
	});
	byId("more").addEventListener("click", function () {
		all = true;
		draw();
	});
	byId("stacks-note").textContent = recordingText();
}

function sums(withPeak) {
	return [
		["requests", function (r) { return count(r.requests); }, function (r) { return r.requests; }],
		["asked", function (r) { return bytes(r.asked_bytes); }, function (r) { return r.asked_bytes; }]
	].concat(withPeak);
}

function drawProcesses() {
	if (report.processes.length < 2)
		return hide("s-processes");
	var num = function (k) { return function (r) { return r[k]; }; };
	table("processes", [
		["program", function (r) { return r.comm; }, null, "l"],
		["pid", function (r) { return r.pid; }, num("pid")],
		["parent", function (r) { return r.ppid; }, num("ppid")],
		["state", function (r) { return r.state + (r.forked ? ", forked" : ""); }, null, "l"]
	].concat(sums([
		["served", function (r) { return bytes(r.served_bytes); }, num("served_bytes")],
		["peak", function (r) { return bytes(r.peak_held_bytes); }, num("peak_held_bytes")],
		["live", function (r) { return bytes(r.live_bytes); }, num("live_bytes")],
		["report file", function (r) { return r.report_file; }, null, "l"]
	])), report.processes, { me: function (r) { return r.report_file === baseName(report.process.report_file); } });
}

function drawThreads() {
	if (!report.threads.length)
		return hide("s-threads");
	table("threads", [
		["name", function (r) { return r.comm || "–"; }, null, "l"],
		["tid", function (r) { return r.tid; }, function (r) { return r.tid; }],
		["started after", function (r) { return seconds(r.start_ns); }, function (r) { return r.start_ns; }],
		["earlier threads", function (r) { return r.earlier_threads; }, function (r) { return r.earlier_threads; }]
	].concat(sums([["frees", function (r) { return count(r.frees); }, function (r) { return r.frees; }]])),
	report.threads, { sort: 4 });
}

function drawCounters() {
	table("counters", [
		["counter", function (r) { return r.name; }, null, "l"],
		["value", function (r) { return r.unit === "bytes" ? bytes(r.value) : count(r.value); }, function (r) { return r.value; }],
		["unit", function (r) { return r.unit; }, null, "l"],
		["meaning", function (r) { return r.help; }, null, "l"]
	], report.counters.filter(function (c) { return c.value; }));
}

/* ---- routes and sizes -------------------------------------------------- */

function meter(parts, total, width) {
	return make(null, "span", { class: "meter", style: { width: width || "100%" } }, parts.filter(function (p) { return p[0] > 0; }).map(function (p) {
		return el("i", { title: p[2] + ": " + bytes(p[0]), style: { width: 100 * p[0] / (total || 1) + "%", background: p[1] } });
	}));
}

function drawRoutes() {
	var names = { slab: "slab objects", contiguous: "contiguous pages", vmalloc: "vmalloc" };
	var most = Math.max.apply(null, report.routes.map(function (r) { return Math.max(r.served_bytes, r.kernel_bytes); })) || 1;
	var t = el("table", { id: "route-table" });
	byId("routes").replaceChildren(el("div", { class: "scroll" }, t), legend([["asked", "var(--asked)"], ["rounding", "var(--waste)"]]));
	table("route-table", [
		["route", function (r) { return names[r.name]; }, null, "l"],
		["requests", function (r) { return count(r.requests); }],
		["share", function (r) { return percent(r.requests, report.totals.requests); }],
		["asked", function (r) { return bytes(r.asked_bytes); }],
		["served", function (r) { return bytes(r.served_bytes); }],
		["waste", function (r) { return percent(more(r.served_bytes, r.asked_bytes), r.served_bytes); }],
		["kernel's table", function (r) { return bytes(r.kernel_bytes); }],
		["live", function (r) { return bytes(r.live_bytes); }],
		["", function (r) {
			return meter([[r.asked_bytes, "var(--asked)", "asked"], [more(r.served_bytes, r.asked_bytes), "var(--waste)", "rounding"]], most);
		}, null, "l wide"]
	], report.routes, { fixed: true });
	var reasons = report.fallback_reasons.filter(function (r) { return r.requests; });
	if (reasons.length)
		byId("routes").append(el("p", { class: "note" }, "Fell back to vmalloc: " + reasons.map(function (r) {
			return r.reason + " " + count(r.requests);
		}).join(", ") + "."));
}

function drawSizes() {
	var modes = [
		["served", "bytes served: asked, and rounding above it", function (c) { return [c.asked_bytes, more(c.served_bytes, c.asked_bytes)]; }, bytes],
		["requests", "requests", function (c) { return [c.requests, 0]; }, count],
		["kernel", "bytes the kernel's own table would take: asked, and rounding", function (c) { return [c.asked_bytes, more(c.kernel_bytes, c.asked_bytes)]; }, bytes],
		["live", "bytes live", function (c) { return [c.live_bytes, 0]; }, bytes]
	];
	var classes = report.classes.filter(function (c) { return c.requests; }).sort(function (a, b) { return a.size - b.size; });
	var select = byId("size-metric");
	if (!classes.length)
		return hide("s-sizes");
	modes.forEach(function (m, i) { select.append(el("option", { value: i }, m[1])); });
	function draw() {
		var mode = modes[select.value], W = 1180, H = 210, L = 76, B = 52, T = 8;
		var top = Math.max.apply(null, classes.map(function (c) { var v = mode[2](c); return v[0] + v[1]; })) || 1;
		var step = mode[3] === bytes ? niceStep(top, 4) : top / 4;
		if (mode[3] === bytes)
			top = Math.ceil(top / step) * step;
		var w = Math.min(60, (W - L - 8) / classes.length);
		var y = function (v) { return T + (1 - v / top) * (H - T - B); };
		var s = svg("svg", { viewBox: "0 0 " + W + " " + H, role: "img" });
		for (var v = 0; v <= top * 1.001; v += step)
			s.append(svg("line", { class: "grid", x1: L, x2: W - 8, y1: y(v), y2: y(v) }),
				svg("text", { x: L - 6, y: y(v) + 4, "text-anchor": "end" }, mode[3](Math.round(v))));
		var every = Math.ceil(13 / w);
		classes.forEach(function (c, i) {
			var parts = mode[2](c), x = L + i * w, low = 0;
			var g = svg("g", {}, svg("rect", { x: x, y: T, width: w, height: H - T - B, style: { fill: "transparent" } }));
			parts.forEach(function (p, n) {
				if (!p)
					return;
				var h = Math.max(y(low) - y(low + p), n ? 0 : 1);
				g.append(svg("rect", { x: x + w * 0.1, width: w * 0.8, y: y(low) - h, height: h,
					style: { fill: n ? "var(--waste)" : c.route === "slab" ? "var(--slab)" : "var(--contiguous)" } }));
				low += p;
			});
			var words = c.name + ": " + things(c.requests, "request") + ", " + bytes(c.asked_bytes) + " asked, " + bytes(c.served_bytes) +
				" served, kernel " + bytes(c.kernel_bytes) + ", live " + bytes(c.live_bytes);
			g.append(svg("title", {}, words));
			g.addEventListener("mouseover", function () { byId("size-about").textContent = words; });
			if (i % every === 0)
				g.append(svg("text", { transform: "translate(" + (x + w / 2 + 3) + " " + (H - B + 8) + ") rotate(-55)", "text-anchor": "end" },
					c.size < 1024 || c.size % 1024 ? count(c.size) : c.size / 1024 + "k"));
			s.append(g);
		});
		var large = report.vmalloc_sizes.map(function (b) { return "up to " + bytes(b.up_to_bytes) + ": " + count(b.requests); });
		byId("sizes").replaceChildren(s, legend([["slab objects", "var(--slab)"], ["contiguous pages", "var(--contiguous)"], ["rounding", "var(--waste)"]]));
		if (large.length)
			byId("sizes").append(el("p", { class: "note" }, "vmalloc requests " + large.join("; ") + "."));
	}
	select.addEventListener("change", draw);
	draw();
}

/* ---- slabs and free blocks --------------------------------------------- */

function drawSlabs() {
	var caches = report.caches.filter(function (c) { return c.slabs; }).sort(function (a, b) { return b.bytes - a.bytes; });
	if (!caches.length)
		return note("slabs", "No slab is in use any more.");
	var live = {};
	report.classes.forEach(function (c) { live[c.name] = c.live_bytes; });
	var slabs = caches.reduce(function (n, c) { return n + c.slabs; }, 0);
	var unit = Math.max(1, Math.ceil(slabs / 900)), shown = caches.slice(0, 24);
	function cells(c) {
		var box = el("div", { class: "cells" }), full = more(c.slabs, c.partial_slabs);
		var used = c.partial_slabs ? 1 - c.free_objects / (c.partial_slabs * c.objects_per_slab) : 1;
		function put(n, attributes) {
			for (var i = 0; i < Math.ceil(n / unit); i++)
				box.append(el("i", attributes));
		}
		put(full, { title: things(full, "full slab") });
		put(c.partial_slabs, { title: things(c.partial_slabs, "partial slab") + ", " + percent(used, 1) + " in use on average",
			style: { opacity: String(0.15 + 0.6 * Math.max(0, Math.min(1, used))) } });
		return box;
	}
	var t = el("table", { id: "slab-table" });
	byId("slabs").replaceChildren(el("div", { class: "scroll" }, t),
		legend([["live", "var(--slab)"], ["in threads' caches", "var(--cached)"], ["free in slabs", "var(--free)"], ["unused end of slabs", "var(--tail)"]]),
		el("p", { class: "note" }, "One cell is " + things(unit, "slab") + ": solid full, pale partial, the paler the emptier." +
			(shown.length < caches.length ? " " + things(caches.length - shown.length, "smaller cache") + " not shown." : "")));
	table("slab-table", [
		["cache", function (c) { return c.name; }, null, "l"],
		["memory", function (c) { return bytes(c.bytes); }, function (c) { return c.bytes; }],
		["objects", function (c) { return count(c.objects); }, function (c) { return c.objects; }],
		["in use", function (c) { return percent(more(c.objects, c.free_objects), c.objects); }, function (c) { return more(c.objects, c.free_objects) / (c.objects || 1); }],
		["slabs", function (c) { return count(c.slabs); }, function (c) { return c.slabs; }],
		["at peak", function (c) { return count(c.peak_slabs); }, function (c) { return c.peak_slabs; }],
		["partial", function (c) { return count(c.partial_slabs); }, function (c) { return c.partial_slabs; }],
		["what is in them", function (c) {
			var active = more(c.objects, c.free_objects) * c.size;
			var l = live[c.name] === undefined ? active : Math.min(live[c.name], active);
			return meter([[l, "var(--slab)", "live"], [more(active, l), "var(--cached)", "in threads' caches"],
				[c.free_objects * c.size, "var(--free)", "free in slabs"],
				[more(c.bytes, c.objects * c.size), "var(--tail)", "unused end of slabs"]], c.bytes);
		}, function (c) { return c.bytes; }, "l"],
		["each slab", cells, function (c) { return c.slabs; }, "l"]
	], shown, { sort: 1 });
}

var TYPES = [["unmovable", "var(--vmalloc)"], ["movable", "var(--contiguous)"], ["reclaimable", "var(--slab)"], ["highatomic", "var(--warm)"], ["isolate", "var(--tail)"]];

function drawBuddy() {
	var page = report.machine.page_size;
	var zones = report.zones.map(function (z) {
		var box = el("div", {}), used = more(z.managed_pages, z.free_pages);
		var t = el("table", {});
		box.append(el("h3", {}, z.name + " – " + bytes(z.free_pages * page) + " of " + bytes(z.managed_pages * page) + " free"),
			meter([[used * page, "var(--slab)", "in use"], [more(z.free_pages, z.untouched_pages) * page, "var(--cached)", "free, was in use"],
				[z.untouched_pages * page, "var(--free)", "never used"]], z.managed_pages * page));
		t.append(el("thead", {}, el("tr", {}, el("th", {}, "order"), el("th", {}, "blocks"), el("th", { class: "l wide" }, "bytes free (log scale)"), el("th", {}, "extfrag"))));
		var body = el("tbody", {}), most = Math.log2(z.managed_pages + 1);
		z.extfrag_index.forEach(function (index, o) {
			var parts = TYPES.map(function (k) { return [z.free_blocks[k[0]][o], k[1], k[0]]; });
			var blocks = parts.reduce(function (n, p) { return n + p[0]; }, 0);
			var pages = blocks * Math.pow(2, o);
			var bar = meter(parts.map(function (p) { return [p[0] * Math.pow(2, o) * page, p[1], p[2]]; }), pages * page, 100 * Math.log2(pages + 1) / (most || 1) + "%");
			bar.style.minWidth = "0";
			body.append(el("tr", {}, el("td", {}, o), el("td", {}, count(blocks)), el("td", { class: "l wide" }, bar),
				el("td", {}, index === -1000 ? "fits" : (index / 1000).toFixed(3))));
		});
		t.append(body);
		box.append(t);
		return box;
	});
	if (!zones.length)
		return hide("s-buddy");
	byId("buddy").replaceChildren(make(null, "div", { class: "zones" }, zones), legend(TYPES.slice(0, 3).concat([TYPES[3]])),
		el("p", { class: "note" }, "extfrag: why a block of that order would not be found; near 0 for lack of memory, near 1 because of fragmentation."));
}

/* ---- the rest ---------------------------------------------------------- */

function drawFooter() {
	var m = report.machine, r = report.recording;
	var lines = [
		"Machine: " + bytes(m.total_bytes) + ", " + things(m.cpus, "CPU") + ", size classes " + (m.kernel ? "of kernel " + m.kernel : "finer than the kernel's") +
			", policy " + (m.policy || "kvmalloc") + (report.process.options ? "; KVMALLOC=" + report.process.options : "") + ".",
		"Own cost: about " + bytes(report.memory.own_bytes) + " of tables, " + bytes(report.process.report_file_bytes) + " of report file" +
			(r.cost_ns ? ", about " + seconds(r.cost_ns) + " of recording call stacks in all threads" : "") + ".",
		"Call stacks: " + (r.mode === "off" ? "not recorded" : things(r.stacks, "distinct stack") + ", up to " + things(r.depth, "frame")) +
			(r.stacks_lost ? ", " + things(r.stacks_lost, "request") + " lost" : "") + (r.unwind_failed ? ", " + things(r.unwind_failed, "request") + " not unwound" : "") +
			(r.blocks_before ? ", " + things(r.blocks_before, "block") + " older than the recording" : "") + ".",
		"Made by " + report.generator + " from " + report.process.report_file + "; " + report.schema + "."
	];
	byId("footer").replaceChildren.apply(byId("footer"), lines.map(function (l) { return el("p", {}, l); }));
}

function startTools() {
	var root = document.documentElement;
	if (window.matchMedia && matchMedia("(prefers-color-scheme: dark)").matches)
		root.dataset.theme = "dark";
	byId("theme").addEventListener("click", function () {
		root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
	});
	byId("save").addEventListener("click", function () {
		var text = byId("report").textContent;
		var a = el("a", { download: "kvmalloc." + report.process.comm.replace(/[^\w.-]/g, "_") + "." + report.process.pid + ".json",
			href: URL.createObjectURL(new Blob([text], { type: "application/json" })) });
		a.click();
		setTimeout(function () { URL.revokeObjectURL(a.href); }, 1000);
	});
}

startTools();
[drawHead, drawFindings, drawTime, startFlame, drawRoutes, drawSizes, drawSlabs, drawBuddy, drawStacks, drawProcesses, drawThreads, drawCounters, drawFooter].forEach(function (f) { f(); });
document.body.dataset.ready = "1";
})();
