/* SPDX-License-Identifier: MIT */
/*
 * browser.js - opens pages in a headless Chromium, clicks, and says what came.
 *
 *   node browser.js CHROMIUM PAGE.html GRAPH.svg DHAT.json [SHOT.png]
 *
 * Talks the DevTools protocol through a pipe, so it needs no package. Prints
 * "ok NAME" or "FAIL NAME: why" a check. Clicks and typing go the way of a
 * user's, through the browser's input; a choice from a list is set.
 */
"use strict";
const { spawn } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");

const [chromium, page, graph, dhat, shot] = process.argv.slice(2);
const profile = fs.mkdtempSync(path.join(os.tmpdir(), "browser-"));
const child = spawn(chromium, ["--headless", "--no-sandbox", "--disable-gpu",
	"--disable-quic", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync",
	"--window-size=1280,1000", "--user-data-dir=" + profile,
	"--remote-debugging-pipe", "about:blank"],
{ stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });

let nextId = 1, buffer = "", problems = [], requests = [];
const waiting = new Map(), events = [];

child.stdio[4].on("data", (data) => {
	buffer += data;
	for (let end; (end = buffer.indexOf("\0")) >= 0;) {
		const m = JSON.parse(buffer.slice(0, end));
		buffer = buffer.slice(end + 1);
		if (m.id)
			waiting.get(m.id)(m);
		else
			event(m);
	}
});

function event(m) {
	if (m.method === "Runtime.exceptionThrown")
		problems.push(m.params.exceptionDetails.exception ?
			m.params.exceptionDetails.exception.description :
			m.params.exceptionDetails.text);
	if (m.method === "Log.entryAdded" && m.params.entry.level === "error")
		problems.push(m.params.entry.text);
	if (m.method === "Runtime.consoleAPICalled")
		problems.push("console: " + JSON.stringify(m.params.args[0]));
	if (m.method === "Page.javascriptDialogOpening")
		problems.push("dialog: " + m.params.message);
	if (m.method === "Network.requestWillBeSent")
		requests.push(m.params.request.url);
	events.filter((e) => e.method === m.method).forEach((e) => e.done(m));
}

function send(method, params, sessionId) {
	const id = nextId++;
	return new Promise((resolve, reject) => {
		waiting.set(id, (m) => m.error ?
			reject(new Error(method + ": " + m.error.message)) :
			resolve(m.result));
		child.stdio[3].write(JSON.stringify({ id, method,
			params: params || {}, sessionId }) + "\0");
	});
}

let session;
const tell = (method, params) => send(method, params, session);

async function open(file) {
	const loaded = new Promise((done) =>
		events.push({ method: "Page.loadEventFired", done }));
	problems = [];
	requests = [];
	await tell("Page.navigate", { url: "file://" + path.resolve(file) });
	await loaded;
}

async function js(expression) {
	const r = await tell("Runtime.evaluate", { expression,
		returnByValue: true, awaitPromise: true });
	if (r.exceptionDetails)
		throw new Error(expression + ": " +
			r.exceptionDetails.exception.description);
	return r.result.value;
}

/* the middle of an element, scrolled into view, as a user would hit it */
async function click(selector) {
	const at = await js(`(() => {
		const e = document.querySelector(${JSON.stringify(selector)});
		e.scrollIntoView({ block: "center" });
		const b = e.getBoundingClientRect();
		return [b.left + b.width / 2, b.top + b.height / 2];
	})()`);
	for (const type of ["mousePressed", "mouseReleased"])
		await tell("Input.dispatchMouseEvent", { type, x: at[0],
			y: at[1], button: "left", clickCount: 1 });
}

async function hover(selector) {
	const at = await js(`(() => {
		const e = document.querySelector(${JSON.stringify(selector)});
		e.scrollIntoView({ block: "center" });
		const b = e.getBoundingClientRect();
		return [b.left + b.width / 2, b.top + b.height / 2];
	})()`);
	await tell("Input.dispatchMouseEvent",
		{ type: "mouseMoved", x: at[0], y: at[1] });
}

async function type(selector, text) {
	await click(selector);
	await tell("Input.insertText", { text });
}

async function check(name, expression, expected) {
	const got = await js(expression);
	const ok = typeof expected === "function" ? expected(got) :
		got === expected;
	console.log(ok ? "ok   " + name :
		"FAIL " + name + ": got " + JSON.stringify(got));
}

function quiet(name) {
	const away = requests.filter((u) => !/^(file|data|blob|about):/.test(u));
	const all = problems.concat(away.map((u) => "request: " + u));
	console.log(all.length ? "FAIL " + name + ": " + all.join("; ") :
		"ok   " + name);
}

const choose = (id, value) => js(`(() => {
	const s = document.getElementById("${id}");
	s.value = "${value}";
	s.dispatchEvent(new Event("change", { bubbles: true }));
})()`);

async function testPage() {
	await open(page);
	await check("html: it is drawn to its end", "document.body.dataset.ready", "1");
	await check("html: nothing injected ran", "window.hacked === undefined", true);
	await check("html: no element came out of a name",
		"document.querySelectorAll('main img, main script, main b:not(.tile b)').length", 0);
	await check("html: the embedded JSON is the report",
		"JSON.parse(document.getElementById('report').textContent).schema",
		"kvmalloc-report/1");
	await check("html: hostile names are shown as they are",
		"[...document.querySelectorAll('td.where')].some((e) => e.textContent.includes('</script><script>'))", true);
	await check("html: frames of the flame graph",
		"document.querySelectorAll('#flame .fr').length", (n) => n > 5);
	await type("#search", "libsqlite3");
	await check("html: search marks frames",
		"document.querySelectorAll('#flame .hit').length", (n) => n > 0);
	await check("html: and tells their share",
		"document.getElementById('matched').textContent", (t) => /matched: .* %/.test(t));
	const before = await js("document.getElementById('flame').textContent");
	await choose("metric", "count");
	await check("html: another value, another graph",
		"document.getElementById('flame').textContent", (t) => t !== before);
	await click("#invert");
	await check("html: inverted, leaves are at the root",
		"document.querySelectorAll('#flame .fr')[1].textContent", (t) => t.startsWith("libsqlite3") || t.startsWith("mkhostile"));
	await click("#flame .fr:nth-child(2)");
	await check("html: a click zooms", "document.getElementById('reset').hidden", false);
	await check("html: what is below is faded",
		"document.querySelectorAll('#flame .up').length", (n) => n > 0);
	await click("#reset");
	await check("html: and back", "document.getElementById('reset').hidden", true);
	const column = (n) => `[...document.querySelectorAll('#stacks tbody tr')].map((r) => +r.cells[${n}].textContent.replace(/[^0-9]/g, ""))`;
	await check("html: the table says what each stack pins",
		"[...document.querySelectorAll('#stacks th')].filter((e) => /^pinned/.test(e.textContent)).length", 1);
	await click("#stacks th:nth-child(5)");
	await check("html: sorted by requests, most first", column(4),
		(a) => a.length > 2 && a.every((x, i) => !i || a[i - 1] >= x));
	await click("#stacks th:nth-child(5)");
	await check("html: again: least first", column(4),
		(a) => a.length > 2 && a.every((x, i) => !i || a[i - 1] <= x));
	await type("#filter", "operator;");
	await check("html: the filter leaves one stack",
		"document.querySelectorAll('#stacks tbody tr').length", 1);
	await click("#stacks tbody tr td:first-child");
	await check("html: a click opens the whole stack",
		"document.querySelector('#stacks tr.open pre').textContent",
		(t) => t.includes("operator;(int) 7") && t.includes("[truncated]"));
	await hover("#time svg");
	await check("html: the time line has a tip",
		"document.querySelector('#time .tip').hidden === false && document.querySelector('#time .tip').textContent",
		(t) => /held/.test(t));
	await choose("size-metric", "1");
	await check("html: size classes have bars",
		"document.querySelectorAll('#sizes svg rect').length", (n) => n > 8);
	const theme = await js("document.documentElement.dataset.theme || 'light'");
	await click("#theme");
	await check("html: light and dark", "document.documentElement.dataset.theme",
		(t) => t !== theme);
	await check("html: one picture of slabs and one of each zone",
		"document.querySelectorAll('#slabs .cells').length && document.querySelectorAll('#buddy table').length", (n) => n > 1);
	if (shot) {
		const size = await tell("Page.getLayoutMetrics");
		const png = await tell("Page.captureScreenshot", { captureBeyondViewport: true,
			clip: { x: 0, y: 0, scale: 1, width: 1280, height: size.cssContentSize.height } });
		fs.writeFileSync(shot, Buffer.from(png.data, "base64"));
	}
	quiet("html: no error, no dialog, nothing loaded from elsewhere");
}

async function testGraph() {
	await open(graph);
	await check("svg: frames", "document.querySelectorAll('.f').length", (n) => n > 5);
	await check("svg: nothing injected ran", "window.hacked === undefined", true);
	await check("svg: search finds", "window.flame.search('libsqlite3')", (n) => n > 0);
	await check("svg: and tells its share",
		"document.getElementById('found').textContent", (t) => /matched: [0-9.]+ %/.test(t));
	await js("window.flame.search('')");
	const first = "[...document.querySelectorAll('.f')].findIndex((g) => +g.querySelector('rect').getAttribute('width') < 900)";
	const n = await js(first);
	await js(`document.querySelectorAll('.f rect')[${n}].id = "narrow"`);
	await click("#narrow");
	await check("svg: a click makes a frame as wide as the picture",
		"+document.getElementById('narrow').getAttribute('width')", (w) => Math.abs(w - 1180) < 1);
	await check("svg: others are hidden",
		"[...document.querySelectorAll('.f')].some((g) => g.style.display === 'none')", true);
	await click("#reset");
	await check("svg: and back",
		"+document.getElementById('narrow').getAttribute('width')", (w) => w < 900);
	quiet("svg: no error, nothing loaded from elsewhere");
}

/* Valgrind's own viewer, given the file as by its Load button */
async function testDhat() {
	const viewer = "/usr/libexec/valgrind/dh_view.html";
	if (!fs.existsSync(viewer)) {
		console.log("skip dhat: Valgrind's viewer (not installed)");
		return;
	}
	await open(viewer);
	const input = await tell("Runtime.evaluate", { expression: "gInput" });
	await tell("DOM.setFileInputFiles", { files: [path.resolve(dhat)],
		objectId: input.result.objectId });
	let text = "";
	for (let i = 0; i < 100 && !/AP 1/.test(text) && !/PP 1/.test(text); i++) {
		await new Promise((done) => setTimeout(done, 50));
		text = await js("document.body.innerText");
	}
	await check("dhat: Valgrind's viewer shows the tree",
		"document.body.innerText",
		(t) => /PP 1[^]*libsqlite3/.test(t) && !/Invalid|missing a field/.test(t));
	quiet("dhat: without an error");
}

(async () => {
	let status = 0;
	try {
		const target = await send("Target.createTarget", { url: "about:blank" });
		session = (await send("Target.attachToTarget",
			{ targetId: target.targetId, flatten: true })).sessionId;
		for (const domain of ["Page", "Runtime", "Log", "Network", "DOM"])
			await tell(domain + ".enable");
		await testPage();
		await testGraph();
		await testDhat();
	} catch (e) {
		console.log("FAIL browser: " + e.message);
		status = 1;
	}
	child.kill("SIGKILL");
	child.on("exit", () => {
		// its children may write for a moment yet
		fs.rmSync(profile, { recursive: true, force: true,
			maxRetries: 20, retryDelay: 100 });
		process.exit(status);
	});
})();
