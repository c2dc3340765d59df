/* SPDX-License-Identifier: MIT */
/*
 * trace.h - a trace file (include/kvmalloc/kvt.h): its events in order, and
 * what they come to.
 *
 * The file is read as it is needed, a buffer a stream, so memory is bounded by
 * the blocks that are live at once and the streams there are, not by the
 * file's length.
 *
 * What a reader may rely on, whatever the file held: numbers rise strictly,
 * threads count from 1 in the order of their first event, a block has the same
 * number from its first event to its last and no other has it. Sums of bytes
 * are modulo 2^64.
 */
#ifndef TOOLS_TRACE_H
#define TOOLS_TRACE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kvmalloc/kvt.h"
#include "trace_map.h"

enum { TRACE_SIZE_LOG2 = 64 };

struct trace_event {
	uint64_t number;
	enum kvt_call call;
	bool failed; /* nothing but size is known of it */
	unsigned int thread;
	uint64_t size;	/* asked for; of what is freed, what it had */
	uint64_t align; /* of KVT_ALIGNED */
	uint64_t block; /* from 1; 0: handed out where no trace saw it */
	uint64_t address;
	uint64_t then, to; /* of KVT_MOVED: the later number, the address */
};

struct trace_thread {
	uint64_t id; /* of the system; 0: not known */
	uint64_t requests, resized, frees, foreign; /* frees of others' */
};

struct trace {
	char path[PATH_MAX];
	char why[256]; /* after a failure: what is wrong */
	struct kvt_header head;
	size_t cmdline_len;
	uint64_t file_size;
	int fd;
	struct trace_chunk *chunk; /* in use, by stream */
	size_t nr_chunks;
	struct trace_stream *stream;
	size_t nr_streams;
	size_t *heap; /* streams by the number of their next event */
	size_t nr_heap;
	uint64_t last; /* number of the event delivered last */

	struct trace_map live;	/* by address */
	struct trace_map sizes; /* by size asked for */
	uint64_t nr_blocks;	/* numbers given */

	/* sums of what was delivered */
	uint64_t events, failed;
	uint64_t calls[KVT_OTHER]; /* by enum kvt_call */
	uint64_t asked;		   /* bytes, of requests and realloc() */
	uint64_t live_bytes, live_blocks;
	uint64_t peak_bytes, peak_blocks, peak_number;
	struct trace_thread *thread;
	unsigned int nr_threads;
	uint64_t inherited; /* freed or resized, from before the fork */
	uint64_t end_ns;    /* latest time known */

	/* what a good trace has none of */
	uint64_t missing;     /* numbers */
	uint64_t twice;	      /* handed out while in use */
	uint64_t unknown;     /* freed or resized, never handed out */
	uint64_t first_wrong; /* number of the first of these two */
	bool damaged;	      /* the rest of a stream could not be read: why */
};

/* false: t->why says what is wrong; t needs no close then */
bool trace_open(struct trace *t, const char *path);
void trace_close(struct trace *t);

/* the next event, all sums with it; false: that was the last one */
bool trace_next(struct trace *t, struct trace_event *e);

/* after the last: more numbers are missing than calls can be under way, when
 * a process is killed or one of its threads calls exit() */
bool trace_lacks(const struct trace *t);

#endif
