/* SPDX-License-Identifier: MIT */
/*
 * unwind.h - the call stack, by libunwind's unw_backtrace().
 *
 * libunwind is loaded privately and used in this one way. What it calls that
 * could do harm inside malloc is led to answers of ours, see unwind.c.
 */
#ifndef KV_PROF_UNWIND_H
#define KV_PROF_UNWIND_H

#include <errno.h>

#include "mm/sheaf.h"

enum { UNWIND_OWN = 12 };	/* our frames above the program's, at most */

/*
 * Loads it and tries it out; outside of malloc, by a thread whose cache is
 * @t. NULL, or what is wrong. modules_start() comes first.
 */
const char *unwind_start(struct thread_cache *t);

struct unwinder {
	int (*backtrace)(void **frames, int max);
	u64 own_start, own_end;	/* addresses of this library */
	bool unsafe;		/* never again */
};
extern HIDDEN struct unwinder unwinder;

static inline bool unwind_is_own(const void *addr)
{
	return (u64)(size_t)addr - unwinder.own_start <
	       unwinder.own_end - unwinder.own_start;
}

/*
 * Return addresses from the program's call into this library outwards: how
 * many, and *@first, which lies in @frames, room for @max + UNWIND_OWN. When
 * there are more than @max the stack was deeper than that. 0: none. @t is the
 * caller's cache; malloc called inside is served without being recorded.
 * Inline, for each frame of ours is one more to be unwound.
 */
static inline unsigned int unwind(struct thread_cache *t, void **frames,
				  unsigned int max, void ***first)
{
	int saved = errno, n, own = 0;

	if (unlikely(unwinder.unsafe))
		return 0;
	__atomic_store_n(&t->unwinding, 1, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	n = unwinder.backtrace(frames, (int)(max + UNWIND_OWN));
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&t->unwinding, 0, __ATOMIC_RELAXED);
	errno = saved;
	while (own < n && unwind_is_own(frames[own]))
		own++;
	*first = frames + own;
	return n > own ? (unsigned int)(n - own) : 0;
}

/* In the child of fork: @safe is false if another thread was unwinding. */
void unwind_fork_child(bool safe);

#endif
