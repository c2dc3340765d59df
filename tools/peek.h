/* SPDX-License-Identifier: MIT */
/*
 * peek.h - looks at one address of a live process through the tables that its
 * report file says where to find (struct kvr_layout).
 *
 * The process runs on meanwhile and may be anybody's: nothing that is read is
 * believed before it was checked, every loop is bounded, and what cannot be
 * read is not known. The answer is what was so when it was read.
 */
#ifndef TOOLS_PEEK_H
#define TOOLS_PEEK_H

#include <sys/types.h>

#include "read.h"

enum peek_what {
	PEEK_UNKNOWN,	/* its tables could not be read, or make no sense */
	PEEK_NEVER,	/* a frame that was never used */
	PEEK_OBJECT,	/* in a slot of a slab */
	PEEK_SLAB_END,	/* behind the last slot of a slab */
	PEEK_RUN,	/* in a contiguous block that a program has */
	PEEK_FREE_PAGES, /* in a free block of pages */
	PEEK_PAGES,	/* in pages that the library uses itself */
};

enum peek_use {
	USE_NOT_KNOWN,
	USE_LIVE,	/* the program has it */
	USE_FREE,	/* free in its slab */
	USE_CACHED,	/* free, kept by a thread or between threads */
};

struct peek {
	enum peek_what what;
	enum peek_use use;
	uint64_t pfn, head_pfn;
	uint64_t start, size;	/* of the object, run or block; of a run what
				   it has, of a slot its class */
	uint32_t order;
	/* slabs */
	const struct kvr_cache *cache; /* of the snapshot; or NULL */
	uint32_t index, objects, inuse;
	/* call stacks */
	bool recorded;
	uint32_t stack; /* index in the file; 0: not known */
	uint64_t age_ns;
	int err; /* errno of what could not be read */
};

/* @address lies in the linear map */
void peek_at(struct peek *p, pid_t pid, const struct snapshot *s,
	     uint64_t address);

/* is it in the linear map? */
bool peek_is_linear(const struct snapshot *s, uint64_t address);

#endif
