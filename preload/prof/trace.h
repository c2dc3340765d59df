/* SPDX-License-Identifier: MIT */
/*
 * trace.h - writes the trace: every call in order, one file a process. The
 * format, and what its order promises, is kvmalloc/kvt.h.
 *
 * Each thread writes into a chunk of its own, a window of the file that is
 * mapped; what threads share is the counter that events are numbered by. All
 * functions that write are called in the core (abi/gate.h): a fork finds
 * nobody here, and no signal handler comes in between.
 */
#ifndef KV_PROF_TRACE_H
#define KV_PROF_TRACE_H

#include "kvmalloc/kvt.h"
#include "mm/sheaf.h"

/* Calls are traced; threads keep off the fast paths. */
extern HIDDEN bool trace_on;

/*
 * Begins. @where: a directory, or the name of the file; at most @max bytes of
 * it. On failure says so once on fd 2 and goes on without. @options and @run,
 * the number of the run, are kept in the header.
 */
void trace_open(const char *where, u64 max, const char *options, u64 run,
		bool follow);

/* @t has got a new owner; inline, for every thread that starts comes here. */
void trace_new_owner(struct thread_cache *t);

static inline void trace_owner(struct thread_cache *t)
{
	if (unlikely(t->trace))
		trace_new_owner(t);
}

/* @p was served for @size bytes: not yet known to the program. */
void trace_request(struct thread_cache *t, enum kvt_call call, const void *p,
		   size_t size, size_t align);

/* @p is going to be freed. */
void trace_free(struct thread_cache *t, const void *p);

/* Before a block is resized: a number, 0 if nothing is to be written; then what
 * became of it under that number. @p was not freed yet if it was copied. */
u64 trace_number(struct thread_cache *t);
void trace_resized(struct thread_cache *t, u64 number, const void *p,
		   const void *now, size_t size);

/* A request for @size bytes returns NULL. */
void trace_failed(struct thread_cache *t, u64 number, size_t size);

/* A request was served that is not in the trace. Anywhere. */
void trace_missed(void);

/* In the child of fork: a file of its own, from its first event on. @list:
 * all caches. */
void trace_fork_child(struct thread_cache *list);

/* The process ends in good order. */
void trace_close(void);

#endif
