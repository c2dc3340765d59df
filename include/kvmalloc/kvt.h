/* SPDX-License-Identifier: MIT */
/*
 * kvt.h - the trace file, *.kvt: every call of the malloc family in order.
 *
 * One file a process, mapped shared and written in place, so that what was
 * traced is in the file however the process ends. A header page is followed
 * by chunks of KVT_CHUNK bytes. A chunk belongs to one stream, what one thread
 * after another wrote through the same cache, and can be decoded by itself.
 * Chunks of a stream follow each other by `index`.
 *
 * A chunk holds events up to `used`, which is raised when an event is
 * complete. An event is a byte, the call (KVT_CALL_BITS low bits) and how far
 * its number is from that of the one before: the difference less 1, or
 * KVT_FAR and then a varint of what is more. (In a chunk's first event the
 * difference is to `number`.) What follows depends on the call:
 *
 *	MALLOC CALLOC	size, block
 *	ALIGNED		size, log2 of the alignment, block
 *	FREE		block
 *	KEPT		size, block: a realloc() that left it where it is
 *	MOVED		size, block, new block, difference of numbers: it moved
 *	OTHER		in place of the difference is enum kvt_other:
 *	  THREAD	id: from here on another thread writes this stream; has
 *			no number
 *	  FAILED	the difference less 1, size: a request returned NULL; no
 *			block changed
 *
 * Sizes, ids and differences are varints: seven bits a byte, lowest first,
 * the top bit is set in all but the last. A block is its address over
 * KVT_GRAIN less that of the block named before in this chunk (0 at first),
 * its sign in the lowest bit: 0, -1, 1, -2 are 0, 1, 2, 3.
 *
 * Numbers are one sequence over all streams, beginning at 1. The number of a
 * request is taken when it has its block, that of a free() before it lets go:
 * in their order no block is handed out while it is in use, and none is freed
 * before it was handed out. MOVED has two numbers: at the first the old block
 * is given up, at the second the new one is there.
 *
 * Not in a trace: requests from within the allocator's own slow paths, by a
 * signal handler or around a fork, which the side arena serves (`untraced`).
 * In the child of a fork (`forked`) blocks are freed that its trace has not
 * seen: it inherited them.
 *
 * Events of numbers from `end_number` on, if that is not 0, are not to be
 * used: others are missing. Of a process that was killed, or that exits while
 * other threads run, a number may be missing for each stream, or the two of a
 * realloc(): of a call that had not returned.
 *
 * A reader must expect a file that is being written, and a hostile one.
 */
#ifndef KVMALLOC_KVT_H
#define KVMALLOC_KVT_H

#include <stdint.h>

#define KVT_MAGIC "KVMTRC\r\n" /* 8 bytes */
enum {
	KVT_VERSION = 1,	/* raised when a reader would misunderstand */
	KVT_HEADER = 4096,	/* bytes before the first chunk at least, see
				   kvt_header.header_size */
	KVT_CHUNK = 64 << 10,
	KVT_GRAIN = 16,		/* what addresses are multiples of */
	KVT_CALL_BITS = 3,
	KVT_FAR = 31,
};

enum kvt_call {
	KVT_MALLOC = 1,
	KVT_CALLOC = 2,
	KVT_ALIGNED = 3,
	KVT_FREE = 4,
	KVT_KEPT = 5,
	KVT_MOVED = 6,
	KVT_OTHER = 7,
};

enum kvt_other {
	KVT_THREAD = 1,
	KVT_FAILED = 2,
};

enum kvt_state {
	KVT_RUNNING = 1,	/* or killed */
	KVT_EXITED = 2,		/* ran through exit handlers; those that ran
				   after ours are traced nevertheless */
};

enum kvt_why {			/* the trace ended before the process */
	KVT_NOT_ENDED = 0,
	KVT_TRACE_MAX = 1,	/* as long as trace_max= allows */
	KVT_NO_ROOM = 2,	/* the file could not grow: see error */
};

struct kvt_header {
	char magic[8];
	uint32_t version;
	uint32_t header_size;	/* bytes before the first chunk, a multiple
				   of KVT_HEADER */
	uint32_t chunk_size;	/* KVT_CHUNK */
	uint32_t state;		/* enum kvt_state */
	int32_t pid, ppid;
	uint32_t forked;	/* 1: began as a forked child, no exec since */
	uint32_t cut;		/* 1: cmdline did not fit */
	uint32_t why;		/* enum kvt_why */
	uint32_t error;		/* errno of KVT_NO_ROOM */
	uint64_t end_number;	/* 0: none */
	uint64_t untraced;	/* requests that are not in it */
	uint64_t start_realtime_ns;	/* since 1970 */
	uint64_t start_monotonic_ns;	/* CLOCK_MONOTONIC */
	uint64_t end_monotonic_ns;	/* 0 until state is KVT_EXITED */
	uint64_t starttime;	/* field 22 of /proc/<pid>/stat; 0 unknown */
	uint64_t run_id;	/* see kvr_header */
	uint64_t reserved[8];
	char comm[16];
	char exe[512];
	char cmdline[1024];	/* arguments separated by NUL */
	char options[512];	/* KVMALLOC= as given */
};

struct kvt_chunk {		/* at the start of each */
	uint32_t stream;	/* number of the stream and 1; 0: not used */
	uint32_t used;		/* bytes, this included */
	uint32_t index;		/* in the stream, from 0 */
	uint32_t reserved;
	uint64_t number;	/* of the last event before */
	uint64_t time_ns;	/* CLOCK_MONOTONIC, when it was begun */
};

#endif
