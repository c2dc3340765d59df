/* SPDX-License-Identifier: MIT */
/*
 * trace.c - reads a trace file. See trace.h.
 *
 * Theory: each stream is in order by itself, so the events of all are a merge:
 * a heap holds the streams by the number of their next event. A block that
 * moved is handed out again at the later of its two numbers; its stream has
 * nothing else in between, so that is its next event, internally.
 *
 * Streams are buffers of a few KiB, filled chunk by chunk; `used` of a chunk
 * is taken once, when the file is opened, so that a file that is being written
 * ends somewhere.
 */
#include "trace.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"
#include "util.h"

enum {
	BUFFER = 4096,
	LONGEST = 64, /* bytes of an event, at most */
	MAX_CHUNKS = 1 << 22,
};

struct trace_chunk {
	uint32_t stream, index, used;
	uint64_t offset, number;
};

struct trace_stream {
	const struct trace_chunk *chunk; /* being read, in `chunks` */
	size_t nr_chunks;		 /* with it */
	uint64_t at, end; /* in the file: of the buffer's end, the
			     chunk's */
	unsigned char *buffer;
	size_t pos, filled;
	uint64_t number, address; /* of the event before */
	struct trace_event next;
	bool arrives; /* next is where a block moved to */
	uint64_t id;
	unsigned int thread; /* 0: not counted yet */
};

static bool fail(struct trace *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool fail(struct trace *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->why, sizeof(t->why), fmt, ap);
	va_end(ap);
	return false;
}

/* how many of n bytes there are at off, as far as they can be read */
static size_t get_at(const struct trace *t, void *buf, size_t n, uint64_t off)
{
	ssize_t got = read_at(t->fd, buf, n, off);

	return got < 0 ? 0 : (size_t)got;
}

/* ---- bytes ------------------------------------------------------------- */

static bool next_chunk(struct trace *t, struct trace_stream *s)
{
	if (s->nr_chunks <= 1)
		return false;
	s->nr_chunks--;
	s->chunk++;
	if (s->chunk->number < s->number) {
		t->damaged = true;
		return fail(t, "numbers go back in the chunk at %llu",
			    (unsigned long long)s->chunk->offset);
	}
	s->number = s->chunk->number;
	s->address = 0;
	s->at = s->chunk->offset + sizeof(struct kvt_chunk);
	s->end = s->chunk->offset + s->chunk->used;
	s->pos = s->filled = 0;
	return true;
}

static void fill(struct trace *t, struct trace_stream *s)
{
	size_t left = s->filled - s->pos, more = BUFFER - left;

	if (left >= LONGEST || s->at >= s->end)
		return;
	memmove(s->buffer, s->buffer + s->pos, left);
	if (more > s->end - s->at)
		more = (size_t)(s->end - s->at);
	more = get_at(t, s->buffer + left, more, s->at);
	s->at += more;
	if (!more) /* it was cut meanwhile */
		s->end = s->at;
	s->pos = 0;
	s->filled = left + more;
}

static bool get_byte(struct trace_stream *s, unsigned int *v)
{
	if (s->pos >= s->filled)
		return false;
	*v = s->buffer[s->pos++];
	return true;
}

static bool get(struct trace_stream *s, uint64_t *v)
{
	unsigned int byte, shift = 0;

	*v = 0;
	do {
		if (shift > 63 || !get_byte(s, &byte))
			return false;
		*v |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return true;
}

static bool get_block(struct trace_stream *s, uint64_t *address)
{
	uint64_t v;

	if (!get(s, &v))
		return false;
	s->address += v >> 1 ^ (0 - (v & 1));
	*address = s->address * KVT_GRAIN;
	return s->address != 0;
}

/* numbers rise, and do not wrap */
static bool step(struct trace_stream *s, uint64_t less_one)
{
	if (less_one >= UINT64_MAX - 1 - s->number)
		return false;
	s->number += less_one + 1;
	return true;
}

static bool decode_other(struct trace_stream *s, unsigned int what)
{
	struct trace_event *e = &s->next;
	uint64_t v;

	if (what == KVT_THREAD) {
		s->thread = 0;
		return get(s, &s->id);
	}
	e->failed = true;
	return what == KVT_FAILED && get(s, &v) && step(s, v) &&
	       get(s, &e->size);
}

static bool decode_call(struct trace_stream *s)
{
	struct trace_event *e = &s->next;
	unsigned int byte, log2;
	uint64_t v;

	if (!get_byte(s, &byte))
		return false;
	*e = (struct trace_event){ .call = byte & ((1 << KVT_CALL_BITS) - 1) };
	byte >>= KVT_CALL_BITS;
	if (e->call == KVT_OTHER)
		return decode_other(s, byte);
	v = 0;
	if (!e->call || (byte == KVT_FAR && !get(s, &v)) ||
	    v > UINT64_MAX - byte || !step(s, v + byte))
		return false;
	e->number = s->number;
	if (e->call != KVT_FREE && !get(s, &e->size))
		return false;
	if (e->call == KVT_ALIGNED) {
		if (!get_byte(s, &log2) || log2 > 63)
			return false;
		e->align = 1ull << log2;
	}
	if (!get_block(s, &e->address))
		return false;
	if (e->call != KVT_MOVED)
		return true;
	if (!get_block(s, &e->to) || !get(s, &v) || !v || !step(s, v - 1))
		return false;
	e->then = s->number;
	return true;
}

/* the stream's next event into s->next; false: there is none */
static bool advance(struct trace *t, struct trace_stream *s)
{
	if (!s->arrives && s->next.call == KVT_MOVED && !s->next.failed) {
		s->arrives = true;
		s->next.number = s->next.then;
		return true;
	}
	s->arrives = false;
	do {
		fill(t, s);
		while (s->pos >= s->filled) {
			if (!next_chunk(t, s))
				return false;
			fill(t, s);
		}
		if (!decode_call(s)) {
			t->damaged = true;
			return fail(t,
				    "no event where one should be, "
				    "in the chunk at %llu",
				    (unsigned long long)s->chunk->offset);
		}
		s->next.number =
			s->next.call == KVT_MOVED ? s->next.number : s->number;
	} while (s->next.call == KVT_OTHER && !s->next.failed);
	return true;
}

/* ---- the heap ---------------------------------------------------------- */

static uint64_t key(const struct trace *t, size_t i)
{
	return t->stream[t->heap[i]].next.number;
}

static void sift_down(struct trace *t, size_t i)
{
	for (;;) {
		size_t least = i, child, stream;

		for (child = 2 * i + 1; child <= 2 * i + 2; child++)
			if (child < t->nr_heap && key(t, child) < key(t, least))
				least = child;
		if (least == i)
			return;
		stream = t->heap[i];
		t->heap[i] = t->heap[least];
		t->heap[least] = stream;
		i = least;
	}
}

/* ---- opening ----------------------------------------------------------- */

static int compare_chunks(const void *left, const void *right)
{
	const struct trace_chunk *a = left, *b = right;

	if (a->stream != b->stream)
		return a->stream < b->stream ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static bool check_header(struct trace *t, size_t got)
{
	const struct kvt_header *h = &t->head;

	if (got < sizeof(h->magic) ||
	    memcmp(h->magic, KVT_MAGIC, sizeof(h->magic)))
		return fail(t, "not a trace file of kvmalloc (wrong magic "
			       "number)");
	if (got < sizeof(*h))
		return fail(t, "truncated: %zu bytes, the header alone has %d",
			    got, KVT_HEADER);
	if (h->version != KVT_VERSION)
		return fail(t,
			    "written by another kvmalloc (format %u; this one "
			    "reads %d)",
			    h->version, KVT_VERSION);
	if (!h->header_size || h->header_size % KVT_HEADER ||
	    h->header_size > KVT_CHUNK)
		return fail(t,
			    "damaged: header size %u, expected a multiple "
			    "of %d",
			    h->header_size, KVT_HEADER);
	if (h->chunk_size != KVT_CHUNK)
		return fail(t, "damaged: chunk size %u, expected %d",
			    h->chunk_size, KVT_CHUNK);
	return true;
}

static void clean_header(struct trace *t)
{
	struct kvt_header *h = &t->head;

	text_clean(h->comm, sizeof(h->comm));
	text_clean(h->exe, sizeof(h->exe));
	text_clean(h->options, sizeof(h->options));
	h->cmdline[sizeof(h->cmdline) - 1] = '\0';
	t->cmdline_len = sizeof(h->cmdline);
	while (t->cmdline_len && !h->cmdline[t->cmdline_len - 1])
		t->cmdline_len--;
	if (t->cmdline_len)
		t->cmdline_len++;
}

/* the chunks in use, by stream and index; their number */
static size_t list_chunks(struct trace *t, struct trace_chunk **list)
{
	uint64_t at = t->head.header_size, n, i;
	struct kvt_chunk c;
	size_t nr = 0;

	n = t->file_size > at ? (t->file_size - at) / KVT_CHUNK : 0;
	*list = xcalloc(n ? n : 1, sizeof(**list));
	for (i = 0; i < n; i++, at += KVT_CHUNK) {
		if (get_at(t, &c, sizeof(c), at) != sizeof(c) ||
		    !c.stream || c.used < sizeof(c) || c.used > KVT_CHUNK)
			continue;
		(*list)[nr++] = (struct trace_chunk){ c.stream, c.index, c.used,
						      at, c.number };
		if (c.time_ns > t->end_ns)
			t->end_ns = c.time_ns;
	}
	qsort(*list, nr, sizeof(**list), compare_chunks);
	return nr;
}

static void make_streams(struct trace *t, const struct trace_chunk *list,
			 size_t nr)
{
	size_t i, n;

	t->stream = xcalloc(nr ? nr : 1, sizeof(*t->stream));
	for (i = 0; i < nr; i += n) {
		struct trace_stream *s = &t->stream[t->nr_streams++];

		for (n = 1; i + n < nr && list[i + n].stream == list[i].stream;
		     n++)
			;
		/* before the first one */
		s->chunk = list + i - 1;
		s->nr_chunks = n + 1;
		s->buffer = xcalloc(1, BUFFER);
	}
	t->heap = xcalloc(t->nr_streams ? t->nr_streams : 1, sizeof(*t->heap));
	for (i = 0; i < t->nr_streams; i++)
		if (advance(t, &t->stream[i]))
			t->heap[t->nr_heap++] = i;
	for (i = t->nr_heap; i-- > 0;)
		sift_down(t, i);
}

static bool read_header(struct trace *t)
{
	struct stat st;

	if (fstat(t->fd, &st))
		return fail(t, "%s", strerror(errno));
	if (!check_header(t, get_at(t, &t->head, sizeof(t->head), 0)))
		return false;
	t->file_size = (uint64_t)st.st_size;
	if (t->file_size / KVT_CHUNK > MAX_CHUNKS)
		return fail(t, "too long: %llu bytes, at most %llu are read",
			    (unsigned long long)t->file_size,
			    (unsigned long long)MAX_CHUNKS * KVT_CHUNK);
	return true;
}

bool trace_open(struct trace *t, const char *path)
{
	const char *why;

	memset(t, 0, sizeof(*t));
	snprintf(t->path, sizeof(t->path), "%s", path);
	t->fd = open_regular(path, &why);
	if (t->fd < 0)
		return fail(t, "%s", why);
	if (!read_header(t)) {
		close(t->fd);
		return false;
	}
	clean_header(t);
	t->nr_chunks = list_chunks(t, &t->chunk);
	make_streams(t, t->chunk, t->nr_chunks);
	return true;
}

void trace_close(struct trace *t)
{
	size_t i;

	for (i = 0; i < t->nr_streams; i++)
		free(t->stream[i].buffer);
	free(t->stream);
	free(t->chunk);
	free(t->heap);
	free(t->thread);
	trace_map_free(&t->live);
	trace_map_free(&t->sizes);
	close(t->fd);
}

/* ---- what events do ----------------------------------------------------- */

static struct trace_thread *thread_of(struct trace *t, struct trace_stream *s)
{
	if (!s->thread) {
		t->thread = xrealloc(t->thread, t->nr_threads + 1,
				     sizeof(*t->thread));
		t->thread[t->nr_threads++] =
			(struct trace_thread){ .id = s->id };
		s->thread = t->nr_threads;
	}
	return &t->thread[s->thread - 1];
}

static void wrong(struct trace *t, uint64_t *kind, uint64_t number)
{
	if (!t->first_wrong)
		t->first_wrong = number;
	(*kind)++;
}

/* a: the block's number, b: bytes asked for, c: who asked */
static void appear(struct trace *t, uint64_t number, uint64_t address,
		   uint64_t block, uint64_t size, unsigned int thread)
{
	struct trace_entry *live = trace_map_get(&t->live, address);

	if (live->a) {
		wrong(t, &t->twice, number);
		t->live_bytes -= live->b;
		t->live_blocks--;
	}
	live->a = block;
	live->b = size;
	live->c = thread;
	t->live_bytes += size;
	t->live_blocks++;
	if (t->live_blocks > t->peak_blocks)
		t->peak_blocks = t->live_blocks;
	if (t->live_bytes > t->peak_bytes) {
		t->peak_bytes = t->live_bytes;
		t->peak_number = number;
	}
}

/* what is gone now; 0 if nobody knows of it */
static struct trace_entry vanish(struct trace *t, const struct trace_event *e)
{
	struct trace_entry *live = trace_map_find(&t->live, e->address);
	struct trace_entry was = { 0 };

	if (live) {
		was = *live;
		t->live_bytes -= live->b;
		t->live_blocks--;
		trace_map_remove(&t->live, live);
	} else if (t->head.forked) {
		t->inherited++;
	} else {
		wrong(t, &t->unknown, e->number);
	}
	return was;
}

static void count_size(struct trace *t, uint64_t size)
{
	/* a key is not 0; the largest size and 0 fall together */
	struct trace_entry *e =
		trace_map_get(&t->sizes, size + 1 ? size + 1 : 1);

	e->a++;
	t->asked += size;
}

static void apply(struct trace *t, struct trace_event *e,
		  struct trace_thread *thread)
{
	struct trace_entry was;

	if (e->failed) {
		t->failed++;
		return;
	}
	t->calls[e->call]++;
	if (e->call != KVT_FREE)
		count_size(t, e->size);
	if (e->call == KVT_FREE) {
		was = vanish(t, e);
		e->block = was.a;
		e->size = was.b;
		thread->frees++;
		thread->foreign += was.a && was.c != e->thread;
	} else if (e->call == KVT_KEPT || e->call == KVT_MOVED) {
		e->block = vanish(t, e).a;
		thread->resized++;
	} else {
		e->block = ++t->nr_blocks;
		thread->requests++;
	}
	if (e->call == KVT_KEPT && !e->block)
		e->block = ++t->nr_blocks;
	if (e->call != KVT_FREE && e->call != KVT_MOVED)
		appear(t, e->number, e->address, e->block, e->size, e->thread);
}

/* the block of a KVT_MOVED is where it went to */
static void arrive(struct trace *t, struct trace_event *e)
{
	if (!e->block)
		e->block = ++t->nr_blocks;
	appear(t, e->then, e->to, e->block, e->size, e->thread);
}

/* false: that number has been already */
static bool count_number(struct trace *t, uint64_t number)
{
	if (number <= t->last) {
		t->damaged = true;
		return fail(t, "two events have the number %llu",
			    (unsigned long long)number);
	}
	t->missing += number - t->last - 1;
	t->last = number;
	return true;
}

bool trace_next(struct trace *t, struct trace_event *e)
{
	while (t->nr_heap) {
		struct trace_stream *s = &t->stream[t->heap[0]];
		uint64_t number = s->next.number;
		bool event = !s->arrives;

		if (t->head.end_number && number >= t->head.end_number)
			return false;
		if (!count_number(t, number))
			return false;
		if (event) {
			struct trace_thread *thread = thread_of(t, s);

			t->events++;
			s->next.thread = s->thread;
			apply(t, &s->next, thread);
			*e = s->next;
		} else {
			arrive(t, &s->next);
		}
		if (!advance(t, s))
			t->heap[0] = t->heap[--t->nr_heap];
		sift_down(t, 0);
		if (event)
			return true;
	}
	return false;
}

bool trace_lacks(const struct trace *t)
{
	return t->missing > 2 * t->nr_streams;
}
