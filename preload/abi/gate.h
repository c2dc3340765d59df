/* SPDX-License-Identifier: MIT */
/*
 * gate.h - who is inside the core, so that fork finds nobody there.
 *
 * A child of fork has one thread; a lock that another held at that moment
 * would stay held for ever. Taking all locks before the fork is no way out:
 * fork handlers run before libc takes its stdio locks, so a thread that waits
 * for malloc while it holds a FILE would deadlock with the fork. Instead:
 *
 *  - each slow path enters the core by core_enter(): a flag in the thread's
 *    own cache, then a look at the gate;
 *  - fork closes the gate and waits until nobody is inside: then no lock is
 *    held and all is consistent, in the parent and in the child;
 *  - whoever finds the gate closed waits a few ms at most, then is served by
 *    the side arena (emergency.h): malloc waits for a fork for long only if it
 *    has no room there, which beats saying that there is no memory;
 *  - a slow path entered again by the same thread (a signal handler that
 *    interrupted it) is turned away too, and served the same way.
 *
 * The unwinder of prof/ runs inside, but no lock is held there and nothing is
 * half done: what it allocates itself is let in (t->unwinding goes from 1 to
 * 2 meanwhile).
 *
 * Fast paths touch only the thread's own sheaves and need none of this.
 * Order: in_core is set before the gate is read, the gate closed before
 * in_core is read; both sequentially consistent, once there is another thread.
 */
#ifndef KV_GATE_H
#define KV_GATE_H

#include "mm/sheaf.h"

/* False: not now, take the side arena. */
bool core_enter(struct thread_cache *t);

/*
 * For whom the side arena has no room: waits for the end of the fork, which
 * takes as long as copying the page tables of a large process does. False: we
 * interrupted ourselves, or the fork waits for what the caller holds.
 */
bool core_wait(struct thread_cache *t);

static inline void core_leave(struct thread_cache *t)
{
	if (unlikely(t->unwinding == 2)) {
		t->unwinding = 1;
		return;
	}
	__atomic_store_n(&t->in_core, 0, __ATOMIC_RELEASE);
}

/* Around fork, in the forking thread. Nested calls count. */
void gate_close(struct thread_cache *t);
void gate_open(struct thread_cache *t);

#endif
