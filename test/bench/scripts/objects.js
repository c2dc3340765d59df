// SPDX-License-Identifier: MIT
// objects.js - what V8 takes from malloc: array buffers, strings handed to the
// outside, JSON, compression. Its own heap comes from mmap.
'use strict';
const zlib = require('zlib');
let seed = 42;
const rnd = (n) => {
	seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
	return (seed >>> 16) % n;
};

const slots = new Array(4000);
let sum = 0;
for (let i = 0; i < 400000; i++) {
	const slot = rnd(slots.length);
	const old = slots[slot];
	if (old)
		sum += old[0] + old.length;
	const buffer = Buffer.allocUnsafeSlow(1 + rnd(16) * rnd(16) * 16);
	buffer[0] = i & 255;
	slots[slot] = buffer;
}
const data = [];
for (let i = 0; i < 20000; i++)
	data.push({ id: i, name: 'item ' + i, list: [rnd(9), rnd(99)] });
for (let i = 0; i < 6; i++) {
	const text = Buffer.from(JSON.stringify(data));
	const small = zlib.deflateSync(text, { level: 1 });
	const back = JSON.parse(zlib.inflateSync(small).toString());
	sum += back.length + back[19999].list[1];
}
console.log(sum);
