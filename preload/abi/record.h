/* SPDX-License-Identifier: MIT */
/*
 * record.h - the malloc family while call stacks are recorded (prof/prof.h).
 *
 * The fast paths fail then, for every thread, so each call comes here; of frees
 * when requests are sampled, only those that may have to do with a recorded
 * block (prof/blocks.h). What is served, and from where, is what it would have
 * been without.
 */
#ifndef KV_ABI_RECORD_H
#define KV_ABI_RECORD_H

#include "prof/prof.h"

/* Is the request that resizes @p, of @class, one that the sampling lets pass,
 * and the block one that is not recorded? Then it has passed. */
bool record_unseen(struct thread_cache *t, const void *p, unsigned int class);

/* allocate_slow() and what fast paths would have done. */
void *record_request(size_t size, size_t align, bool zero, const void *caller);

/* What malloc() does when its fast path failed for @class; calls may be traced
 * as well. */
void *record_malloc(size_t size, size_t class, const void *caller);

/* The same for @more bytes where @size were asked for. */
void *record_growing(size_t more, size_t size, const void *caller);

/* free_slow() and what the fast path would have done. */
void record_release(void *p);

/* In the core: frees, resizes, and records that. */
void record_free(struct thread_cache *t, void *p);
void *record_resize(struct thread_cache *t, void *p, size_t size,
		    const void *caller);

#endif
