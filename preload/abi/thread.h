/* SPDX-License-Identifier: MIT */
/*
 * thread.h - thread caches: who gets one, and what becomes of the dead.
 *
 * No destructor tells us that a thread ends: pthread keys are the program's
 * (there are 1024), libc's thread_atexit takes the loader's lock, and both
 * run too early, while others' destructors still allocate. Instead each cache
 * holds a robust mutex that its owner locks once and never unlocks: when the
 * owner is really gone the system marks it, and the next thread's trylock
 * says EOWNERDEAD. That thread takes over the cache as it stands, sheaves
 * warm. Caches are never unmapped; those of the dead that nobody takes over
 * are emptied by others' slow paths: what is large soon, the rest later.
 *
 * The main thread's cache is static and never handed on.
 */
#ifndef KV_THREAD_H
#define KV_THREAD_H

#include "mm/sheaf.h"

/* Swaps and slow paths until it is time; and while each call is one. */
enum { HOUSEKEEPING = 64, HOUSEKEEPING_SEEN = 256 };

/* The calling thread's cache, made or taken over now. NULL: out of memory. */
struct thread_cache *thread_attach(void);

static inline struct thread_cache *thread_self(void)
{
	struct thread_cache *t = kv_own;

	return likely(t) ? t : thread_attach();
}

/*
 * Lets the calling thread's fast paths use its cache @t, unless each call is
 * to be seen (prof/prof.h): each that allocates while call stacks are recorded,
 * and each free until requests are sampled.
 */
void thread_fast_paths(struct thread_cache *t);

/* All caches ever made, newest first. */
struct thread_cache *thread_list(void);
/* Where the pointer to the first one is. */
const void *thread_list_address(void);

/*
 * Looks at one cache, another each time, from inside the core: one found dead
 * gives back its large objects, and all if nobody took it over for a while.
 */
void thread_reap_one(void);
/* Empties the caches of all dead threads. */
void thread_reap_all(void);

/* In the child of fork: all caches but @me's are ownerless. */
void thread_fork_child(struct thread_cache *me);

#endif
