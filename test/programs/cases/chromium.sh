# SPDX-License-Identifier: MIT
# chromium: a page with a script, without a screen: the document it makes
# needs: chromium
# quick: yes
# timeout: 120

mkdir profile
page='data:text/html,<title>t</title><p id=a>x</p><canvas id=c></canvas>
<script>
const map = new Map();
for (let i = 0; i < 50000; i++) map.set("k" + i * 7919 % 5003, [i]);
const text = JSON.stringify([...map]);
let sum = 0;
for (const c of text) sum = (sum * 31 + c.charCodeAt(0)) % 1000003;
for (let i = 0; i < 300; i++) {
	const p = document.createElement("p");
	p.textContent = "paragraph " + i * sum % 997;
	document.body.appendChild(p);
}
const ctx = document.getElementById("c").getContext("2d");
ctx.fillText("text", 10, 10);
document.getElementById("a").textContent = text.length + " " + sum + " " +
	document.getElementById("c").toDataURL().length;
</script>'
chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
	--disable-background-networking --disable-component-update \
	--disable-sync --disable-dev-shm-usage --disable-breakpad \
	--user-data-dir="$PWD/profile" --dump-dom "${page//$'\n'/%0A}" 2>log
