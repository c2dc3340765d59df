/* SPDX-License-Identifier: MIT */
/*
 * record.h - the malloc family while call stacks are recorded (prof/prof.h).
 *
 * The fast paths fail then, for every thread, so each call comes here. What is
 * served, and from where, is what it would have been without.
 */
#ifndef KV_ABI_RECORD_H
#define KV_ABI_RECORD_H

#include "prof/prof.h"

/* Begins to record if the options say so; outside of malloc. */
void record_start(void);

/*
 * Serves a request that is not recorded from the thread's sheaf. NULL: it is,
 * or the sheaf is empty: take the slow path.
 */
void *record_pass(size_t size, size_t align, bool zero);

/* Takes @p back if its sheaf has room, and counts that if it is recorded.
 * False: take the slow path. */
bool record_pass_free(void *p);

/* In the core: serves, frees, resizes, and records. */
void *record_alloc(struct thread_cache *t, size_t size, size_t align, gfp_t gfp,
		   const void *caller);
void record_free(struct thread_cache *t, void *p);

/* allocate_slow() of @more bytes where @size were asked for. */
void *record_growing(size_t more, size_t size, const void *caller);
void *record_resize(struct thread_cache *t, void *p, size_t size,
		    const void *caller);

#endif
