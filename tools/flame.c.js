/* Zoom and search of a flame graph; without it the picture is complete. */
(function () {
"use strict";
var svg = document.documentElement;
var left = 10, room = 1180, charWidth = 6.6, least = 0.2;
var about = document.getElementById("about");
var found = document.getElementById("found");
var reset = document.getElementById("reset");
var button = document.getElementById("search");
var pattern = null, zoomed = null;

var frames = Array.prototype.map.call(document.querySelectorAll(".f"),
function (g) {
	var rect = g.querySelector("rect");
	var title = g.querySelector("title").textContent;
	return {
		g: g, rect: rect, text: g.querySelector("text"), title: title,
		name: title.slice(0, title.lastIndexOf(" (")),
		x: +rect.getAttribute("x") - left,
		w: +rect.getAttribute("width"),
		y: +rect.getAttribute("y")
	};
});

function fit(f, width) {
	var n = width < 24 ? 0 : Math.floor((width - 6) / charWidth);
	var s = f.name;
	if (s.length > n)
		s = n >= 2 ? s.slice(0, n - 2) + ".." : "";
	f.text.textContent = s;
}

function place(f, x, w) {
	f.rect.setAttribute("x", left + x);
	f.rect.setAttribute("width", w);
	f.text.setAttribute("x", left + x + 3);
	fit(f, w);
}

function zoom(to) {
	zoomed = to;
	var x0 = to ? to.x : 0, w0 = to ? to.w : room;
	frames.forEach(function (f) {
		var below = to && f.y > to.y + 1 &&
			f.x <= x0 + 0.01 && f.x + f.w >= x0 + w0 - 0.01;
		var inside = f.x >= x0 - 0.01 && f.x + f.w <= x0 + w0 + 0.01 &&
			!(to && f.y > to.y + 1);
		var w = f.w / w0 * room;
		var show = below || inside && w >= least;
		f.g.style.display = show ? "" : "none";
		f.g.classList.toggle("up", !!below);
		if (below)
			place(f, 0, room);
		else if (show)
			place(f, (f.x - x0) / w0 * room, w);
	});
	reset.setAttribute("visibility", to ? "visible" : "hidden");
}

/* returns how many frames match; text that is no expression is taken as is */
function search(words) {
	var hits = [], end = -1, sum = 0, count = 0;
	pattern = null;
	if (words) {
		try {
			pattern = new RegExp(words, "i");
		} catch (e) {
			pattern = new RegExp(words.replace(/[^\w\s]/g, "\\$&"), "i");
		}
	}
	frames.forEach(function (f) {
		var hit = !!pattern && pattern.test(f.name);
		f.g.classList.toggle("hit", hit);
		if (hit) {
			count++;
			hits.push(f);
		}
	});
	/* a hit inside another one is not counted twice */
	hits.sort(function (a, b) { return a.x - b.x || b.w - a.w; });
	hits.forEach(function (f) {
		if (f.x < end - 0.001)
			return;
		sum += f.w;
		end = f.x + f.w;
	});
	found.textContent = pattern ?
		"matched: " + (100 * sum / room).toFixed(1) + " %" : " ";
	button.textContent = pattern ? "[clear search]" : "[search]";
	return count;
}

function ask() {
	if (pattern)
		return search("");
	var words = window.prompt("Part of a function's name (regular expression):", "");
	return words ? search(words) : 0;
}

frames.forEach(function (f) {
	f.g.addEventListener("click", function () {
		zoom(f === zoomed || f.w >= room - 0.01 ? null : f);
	});
	f.g.addEventListener("mouseover", function () {
		about.textContent = f.title;
	});
	f.g.addEventListener("mouseout", function () {
		about.textContent = " ";
	});
});
reset.addEventListener("click", function () { zoom(null); });
button.addEventListener("click", ask);
button.setAttribute("visibility", "visible");
window.addEventListener("keydown", function (e) {
	if (e.key === "Escape")
		zoom(null);
	if (e.key === "f" && (e.ctrlKey || e.metaKey) && svg.nodeName === "svg") {
		e.preventDefault();
		ask();
	}
});
window.flame = { zoom: zoom, search: search, frames: frames };
})();
