/* SPDX-License-Identifier: MIT */
/* synth_trace.c - see synth_trace.h. */
#include "synth_trace.h"

#include <stdlib.h>
#include <string.h>

#include "kvmalloc/kvt.h"

enum { MAX_CHUNKS = 4 };

const char *const synth_traces[] = { "plain",  "threads", "child",  "killed",
				     "full",   "twice",	  "nobody", "gaps",
				     "repeat", "event",	  "empty",  NULL };

static struct file {
	unsigned char *image;
	struct kvt_header *head;
	unsigned int nr_chunks;
	struct chunk { /* of each, what its writer knows */
		struct kvt_chunk *head;
		uint64_t number, block;
	} chunk[MAX_CHUNKS];
} f;

static void byte(struct chunk *c, unsigned int v)
{
	((unsigned char *)c->head)[c->head->used++] = (unsigned char)v;
}

static void varint(struct chunk *c, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		byte(c, (unsigned int)(v & 0x7f) | 0x80);
	byte(c, (unsigned int)v);
}

static void block(struct chunk *c, uint64_t address)
{
	int64_t step = (int64_t)(address / KVT_GRAIN - c->block);

	c->block = address / KVT_GRAIN;
	varint(c,
	       step < 0 ? ((uint64_t)-step - 1) * 2 + 1 : (uint64_t)step * 2);
}

static void call(struct chunk *c, unsigned int what, uint64_t number)
{
	uint64_t less_one = number - c->number - 1;

	c->number = number;
	byte(c, what | (unsigned int)(less_one < KVT_FAR ? less_one : KVT_FAR)
				<< KVT_CALL_BITS);
	if (less_one >= KVT_FAR)
		varint(c, less_one - KVT_FAR);
}

static void request(struct chunk *c, unsigned int what, uint64_t number,
		    uint64_t size, uint64_t address)
{
	call(c, what, number);
	varint(c, size);
	if (what == KVT_ALIGNED)
		byte(c, 6);
	block(c, address);
}

static void release(struct chunk *c, uint64_t number, uint64_t address)
{
	call(c, KVT_FREE, number);
	block(c, address);
}

static void moved(struct chunk *c, uint64_t number, uint64_t size,
		  uint64_t address, uint64_t to, uint64_t then)
{
	request(c, KVT_MOVED, number, size, address);
	block(c, to);
	varint(c, then - number);
	c->number = then;
}

static void failed(struct chunk *c, uint64_t number, uint64_t size)
{
	byte(c, KVT_OTHER | KVT_FAILED << KVT_CALL_BITS);
	varint(c, number - c->number - 1);
	c->number = number;
	varint(c, size);
}

static void thread(struct chunk *c, uint64_t id)
{
	byte(c, KVT_OTHER | KVT_THREAD << KVT_CALL_BITS);
	varint(c, id);
}

static struct chunk *chunk(uint32_t stream, uint32_t index, uint64_t number)
{
	struct chunk *c = &f.chunk[f.nr_chunks];

	c->head =
		(struct kvt_chunk *)(void *)(f.image + KVT_HEADER +
					     (size_t)f.nr_chunks++ * KVT_CHUNK);
	*c->head = (struct kvt_chunk){ .stream = stream,
				       .index = index,
				       .used = sizeof(*c->head),
				       .number = number,
				       .time_ns = 5000000000u + number };
	c->number = number;
	c->block = 0;
	return c;
}

/* Odd blocks are freed, even ones resized. */
static void plain(struct chunk *c, uint64_t from, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		uint64_t at = 0x100000 + 4096 * i;

		request(c, i % 3 ? KVT_MALLOC : KVT_ALIGNED, from++, 32 + i % 4,
			at);
		if (i % 2)
			release(c, from++, at);
		else
			request(c, KVT_KEPT, from++, 40, at);
	}
}

/* Two threads, one after another in their own streams; blocks change hands,
 * and one moves while its old place is handed out again. */
static void threads(void)
{
	struct chunk *a = chunk(1, 0, 0), *b = chunk(2, 0, 0), *c;

	thread(a, 4711);
	thread(b, 4712);
	request(a, KVT_MALLOC, 1, 100, 0x1000);
	request(a, KVT_CALLOC, 2, 5000, 0x2000);
	request(b, KVT_MALLOC, 3, 7, 0x3000);
	release(b, 4, 0x1000);
	moved(a, 5, 9000, 0x2000, 0x8000, 8);
	request(b, KVT_MALLOC, 6, 8, 0x2000);
	failed(b, 7, 1ull << 60);
	release(a, 60, 0x8000);
	for (unsigned int i = 9; i < 60; i++)
		request(b, KVT_MALLOC, i, i, 0x10000 + 16 * i);
	c = chunk(2, 1, b->number);
	thread(c, 4713);
	release(c, 61, 0x2000);
	release(c, 62, 0x3000);
}

static void fill(const char *name)
{
	struct chunk *c;

	if (!strcmp(name, "threads")) {
		threads();
		return;
	}
	if (!strcmp(name, "empty"))
		return;
	c = chunk(1, 0, 0);
	thread(c, 4711);
	plain(c, 1, 20);
	if (!strcmp(name, "child")) {
		f.head->forked = 1;
		release(c, 41, 0x900000);
		request(c, KVT_KEPT, 42, 10, 0x900010);
		moved(c, 43, 10, 0x900010, 0x900020, 44);
	} else if (!strcmp(name, "killed")) {
		f.head->state = KVT_RUNNING;
		release(c, 42, 0x100000);
	} else if (!strcmp(name, "full")) {
		f.head->why = KVT_TRACE_MAX;
		f.head->end_number = 30;
	} else if (!strcmp(name, "twice")) {
		request(c, KVT_MALLOC, 41, 1, 0x100000);
	} else if (!strcmp(name, "nobody")) {
		release(c, 41, 0x900000);
	} else if (!strcmp(name, "gaps")) {
		release(c, 100, 0x100000);
	} else if (!strcmp(name, "repeat")) {
		thread(chunk(2, 0, 0), 1);
		request(&f.chunk[1], KVT_MALLOC, 40, 1, 0x900000);
	} else if (!strcmp(name, "event")) {
		byte(c, 0);
	}
}

unsigned char *synth_trace(const char *name, size_t *size)
{
	static const char args[] = "made\0up\0";
	struct kvt_header *h;
	size_t i;

	for (i = 0; synth_traces[i] && strcmp(synth_traces[i], name) != 0; i++)
		;
	if (!synth_traces[i])
		return NULL;
	memset(&f, 0, sizeof(f));
	f.image = calloc(1, KVT_HEADER + MAX_CHUNKS * KVT_CHUNK);
	if (!f.image)
		abort();
	f.head = h = (struct kvt_header *)(void *)f.image;
	memcpy(h->magic, KVT_MAGIC, sizeof(h->magic));
	h->version = KVT_VERSION;
	h->header_size = KVT_HEADER;
	h->chunk_size = KVT_CHUNK;
	h->state = KVT_EXITED;
	h->pid = 5000001;
	h->untraced = 3;
	h->start_monotonic_ns = 4000000000u;
	h->end_monotonic_ns = 6500000000u;
	memcpy(h->comm, "made", 5);
	memcpy(h->cmdline, args, sizeof(args));
	fill(name);
	*size = KVT_HEADER + f.nr_chunks * KVT_CHUNK;
	return f.image;
}
