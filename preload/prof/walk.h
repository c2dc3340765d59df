/* SPDX-License-Identifier: MIT */
/*
 * walk.h - is this the stack we know? In a fraction of the time of unwinding it.
 *
 * Theory: how one gets from a frame to its caller's is a rule of the code it
 * is in (cfi.h), and programs come through the same frames at the same places
 * again and again. So what a rule led to is kept, by thread: for a frame,
 * which is a return address and the stack pointer there, where its caller's
 * begins, where its return address and rbp lie in memory. To walk is then to
 * read two words a frame, and to see that they lead to the frame they led to
 * the last time; where not, to find the other one, or to ask its rule.
 *
 * It finds the return addresses, as a hash (stackdepot.h). Whoever does not
 * know it asks libunwind, which alone says what a new stack is; a walk that
 * does not lead to the same hash is noticed then. After some of those there
 * are no more walks (walk_wrong()).
 *
 * Where a rule is missing, or there is another processor than x86-64, there
 * is no walk, and libunwind is asked each time.
 */
#ifndef KV_PROF_WALK_H
#define KV_PROF_WALK_H

#include "lib/types.h"

enum { WALK_LOG = 11 };	/* frames kept of a thread, log2 */

/* A frame, and what lies outside of it. */
struct walk_frame {
	u64 ra, sp;	/* what is returned to, and with which stack pointer; ra
			   is 0 if there is nothing here */
	u64 rbp, by_rbp;	/* all bits of the latter: with this rbp; 0: any */
	u64 up;		/* the caller's sp: its ra lies below. 0: no caller */
	u64 rbp_at;	/* where the caller's rbp lies; 0: it is the same */
	u64 hash;	/* of ra */
	struct walk_frame *next;	/* the caller's frame the last time */
};

struct walk {
	u64 low, high;		/* stack that is known to be readable */
	u32 generation;		/* of modules */
	struct walk_frame *first;	/* of the last walk; NULL: there was none */
	struct walk_frame frame[1 << WALK_LOG] __attribute__((aligned(64)));
};

/* Where a walk begins. */
struct walk_start {
	u64 pc, sp, rbp;
};

/* Here; inline, for each frame of ours is a step more. */
static ALWAYS_INLINE struct walk_start walk_from_here(void)
{
	struct walk_start s = { 0 };

#ifdef __x86_64__
	__asm__ volatile("lea 0(%%rip), %0\n\tmov %%rsp, %1\n\tmov %%rbp, %2"
			 : "=&r"(s.pc), "=&r"(s.sp), "=&r"(s.rbp));
#endif
	return s;
}

/*
 * The stack from @start, which is a frame of a caller, without frames of
 * [@own, @own_end): the hash of its inner @depth return addresses. 0: no walk.
 * In the core.
 */
u64 walk(struct walk *w, const struct walk_start *start, unsigned int depth,
	 u64 own, u64 own_end);

/* libunwind says otherwise. */
void walk_wrong(void);

#endif
