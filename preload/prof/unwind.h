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

enum {
	UNWIND_OWN = 12,	/* our frames above the program's, at most */
	UNWIND_ROOM = 5 << 10,	/* bytes of stack it takes */
	UNWIND_NEAR = 64 << 10,
};

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

/* Looks whether the stack of @t's thread reaches down to @low. */
bool unwind_probe(struct thread_cache *t, size_t low);

/* Signal stacks may be tiny. Not far above what is known to be there, it is. */
static inline bool unwind_has_room(struct thread_cache *t)
{
	size_t low = (size_t)__builtin_frame_address(0) - UNWIND_ROOM;

	return likely(low - t->stack_low < UNWIND_NEAR) || unwind_probe(t, low);
}

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

	if (unlikely(unwinder.unsafe || !unwind_has_room(t)))
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
