# SPDX-License-Identifier: MIT
# node: JSON, Map, Buffer, zlib and four worker threads
# needs: node
# quick: yes

cat >work.js <<'END'
'use strict';
const { Worker, isMainThread, parentPort, workerData } =
	require('worker_threads');
const crypto = require('crypto');
const zlib = require('zlib');
const fs = require('fs');

function work(seed)
{
	const map = new Map();
	for (let i = 0; i < 100000; i++)
		map.set(`key${i * seed % 65521}`, { i, list: [i, i + 1] });
	const text = JSON.stringify([...map.entries()]);
	const back = new Map(JSON.parse(text));
	const packed = zlib.deflateSync(Buffer.from(text), { level: 1 });
	return [back.size, text.length,
		zlib.inflateSync(packed).equals(Buffer.from(text)),
		crypto.createHash('sha256').update(text).digest('hex')];
}

if (!isMainThread) {
	parentPort.postMessage(work(workerData));
} else {
	const jobs = [1, 2, 3, 4].map(n => new Promise((done, fail) => {
		const worker = new Worker(__filename, { workerData: n });
		worker.on('message', done);
		worker.on('error', fail);
	}));
	const buffers = [];
	for (let i = 0; i < 3000; i++)
		buffers.push(Buffer.alloc(i * 37 % 9000, i & 255));
	console.log(crypto.createHash('md5')
		.update(Buffer.concat(buffers)).digest('hex'));
	fs.writeFileSync('out/file', 'text'.repeat(100000));
	Promise.all(jobs).then(results => {
		for (const result of results)
			console.log(...result);
		return new Promise(done => zlib.gzip(
			fs.readFileSync('out/file'), (error, z) => done(z)));
	}).then(z => console.log(zlib.gunzipSync(z).length));
}
END
node work.js
