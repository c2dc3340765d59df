/* SPDX-License-Identifier: MIT */
/*
 * walk.h - is this the stack we know? In half the time of unwinding it.
 *
 * Theory: most of a stack is the same as a moment ago. Of each thread the
 * last one is kept, frame by frame: where its return address was, which, and
 * where rbp was found. From the leaf one steps by rules (cfi.h) until a frame
 * is reached that is as it was then: same place, same return address, same
 * rbp. What follows from there is a matter of those words in memory alone that
 * were read the last time, so it is enough to compare them: loads that do not
 * wait for each other. As soon as one differs, steps go on from there.
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

enum { MAX_WALK = 256 };	/* frames */

struct walk_frame {
	u64 ra;		/* return address */
	u64 cfa;	/* stack pointer after the return; @ra is right below */
	u64 rbp;	/* then; not kept up to date unless needs_rbp */
	u64 rbp_at;	/* where it was found; 0: it is as in the frame inside */
	u64 hash;	/* of @ra and those of all frames outside */
	bool by_rbp, saves_rbp;	/* the rule of @ra */
	bool needs_rbp;	/* what is outside follows from rbp, too */
	bool check_rbp;	/* needs_rbp, and it was found in memory */
};

struct walk {
	u64 low, high;		/* stack that is known to be readable */
	u32 generation;		/* of modules */
	u32 nr;
	struct walk_frame frame[MAX_WALK];	/* the last one, outermost first */
	struct walk_frame fresh[MAX_WALK];	/* what differs, innermost first */
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
