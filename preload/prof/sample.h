/* SPDX-License-Identifier: MIT */
/*
 * sample.h - which requests are recorded, and for how many each stands.
 *
 * With interval I, a request that is served s bytes is recorded with the
 * probability 1/N, N = I/s rounded, at least 1; then it stands for N. N
 * follows from the class and the number of the interval, which the block's
 * tag has, so what was added for it is taken off again when it is freed, to
 * the byte, and all sums are unbiased. Interval number 0 is "every request".
 *
 * A thread draws, for each class, how many requests it lets pass until the
 * next one (skip[] of its cache); one that is let pass costs a decrement. An
 * interval that grows applies from the next draw on: the one that was drawn
 * under the old interval is weighted by the old one.
 */
#ifndef KV_PROF_SAMPLE_H
#define KV_PROF_SAMPLE_H

#include "mm/sheaf.h"

struct sample_thread {
	u64 random;		/* state, not 0 */
	u64 window_ns;		/* thread's time when this window began */
	u64 bytes;		/* recorded in it, served */
	u32 events;		/* requests recorded in it */
	u32 frees;		/* of recorded blocks, in it */
	u32 cost_ns;		/* of an event, mean */
	u32 window_gen;		/* the interval it began with */
	u8 gen[KVR_MAX_CLASSES];	/* interval that skip[] was drawn by */
};

/*
 * @interval: bytes, fixed; 0: every request at first, then as much as the
 * budget allows, unless @exact.
 */
void sample_start(u64 interval, bool exact);

extern HIDDEN u32 sample_gen;	/* number of the present interval */

/* Are requests let pass? */
static inline bool sample_is_on(void)
{
	return __atomic_load_n(&sample_gen, __ATOMIC_RELAXED);
}

void sample_thread_init(struct sample_thread *s, u64 seed);

/* For how many blocks of @size bytes one recorded under @gen stands. */
u64 sample_weight(unsigned int gen, u64 size);

/*
 * After a request of @class, served @size bytes, was recorded: draws the next
 * one. Class 0: requests that are recorded always, areas.
 */
void sample_next(struct thread_cache *t, struct sample_thread *s,
		 unsigned int class, u64 size);

/* A recorded block was freed. */
static inline void sample_freed(struct sample_thread *s)
{
	s->frees++;
}

enum { SAMPLE_TIMED = 64 };	/* one event in so many */

/* Does this event want its time taken? Then sample_cost() gets it. */
static inline bool sample_timed(const struct sample_thread *s)
{
	return unlikely(s->events % SAMPLE_TIMED == 0);
}
/* At exit: adds what the present window took to the report's sum. */
void sample_close(const struct sample_thread *s);
void sample_cost(struct sample_thread *s, u64 ns);

#endif
