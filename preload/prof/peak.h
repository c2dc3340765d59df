/* SPDX-License-Identifier: MIT */
/*
 * peak.h - how much lives, how much ever did, and who had it then.
 *
 * Who was live at the peak is found without ever walking all stacks: the peak
 * has a number, which changes with each new one. Before an entry changes it
 * compares its own number; if that is another, what the entry has now is what
 * it had at the peak, and is kept. Entries that don't change need no copy.
 *
 * The sum is the one thing that all threads share, so they add to it in
 * portions: with one thread the peak is exact, with more it is known to a
 * thousandth a thread.
 *
 * When sampling, what lives by the sample goes up and down by chance, and the
 * highest it ever got would be chance, too. But threads count what they
 * allocate and free by class, whether it is recorded or not: when a block of a
 * class is, what the class has gained since the last time is added (prof.c).
 * So when the peak was, and how high, does not depend on the sample; who was
 * live then does.
 */
#ifndef KV_PROF_PEAK_H
#define KV_PROF_PEAK_H

#include "kvmalloc/kvr.h"
#include "lib/types.h"

struct peak {
	/* what every event reads */
	u64 seq __attribute__((aligned(64)));	/* number of the peak */
	long slack;	/* what a thread may have pending */
	bool shared;	/* more than one thread counts */
	/* what a portion changes */
	u64 live __attribute__((aligned(64)));	/* bytes, but for pending */
	u64 most;	/* at the peak */
	const long *first;	/* pending, of the thread that was alone: until
				   it counts again that can be any much */
};
extern HIDDEN struct peak peak;

/* A new peak while there is one thread. */
void peak_alone(u64 now);
/* *@pending, now too much, goes to the sum. */
void peak_together(long *pending);

/* Bytes live of one thread change; *@pending is what the sum lacks of it. */
static inline void peak_add(long *pending, long bytes)
{
	__atomic_store_n(pending, *pending + bytes, __ATOMIC_RELAXED);
	if (likely(!peak.shared))
		peak_alone(peak.live + (u64)*pending);
	else if (*pending > peak.slack || *pending < -peak.slack)
		peak_together(pending);
}

/* @e is about to change. */
static inline void peak_keep(struct kvr_stack_stat *e)
{
	u64 seq = __atomic_load_n(&peak.seq, __ATOMIC_RELAXED);

	if (e->peak_seq == seq)
		return;
	e->at_peak_bytes = e->inherited_bytes + e->served - e->freed;
	e->at_peak_blocks = e->inherited_blocks + e->allocs - e->frees;
	e->peak_seq = seq;
}

/* A thread is going to count, whose *@pending it is: it is alone, or not. */
void peak_join(const long *pending);

/* From the start, or from what a child of fork inherited. */
void peak_begin(u64 live);

/* The report is told what lives, whatever is pending: at exit. */
void peak_publish(u64 live);

#endif
