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
 * thousandth a thread. When sampling, see peak.c.
 */
#ifndef KV_PROF_PEAK_H
#define KV_PROF_PEAK_H

#include "kvmalloc/kvr.h"
#include "lib/types.h"
#include "prof/sample.h"

struct peak {
	/* what every event reads */
	u64 seq __attribute__((aligned(64)));	/* number of the peak */
	long slack;	/* what a thread may have pending */
	bool shared;	/* more than one thread counts */
	/* what a portion changes */
	u64 live __attribute__((aligned(64)));	/* bytes, but for pending */
	u64 most;	/* at the peak */
	u64 held;	/* when sampling: peak of stats.held_bytes */
};
extern HIDDEN struct peak peak;

/* A new peak while there is one thread. */
void peak_alone(u64 now);
/* *@pending, now too much, goes to the sum. */
void peak_together(long *pending);
void peak_sampled(long *pending);

/* Bytes live of one thread change; *@pending is what the sum lacks of it. */
static inline void peak_add(long *pending, long bytes)
{
	*pending += bytes;
	if (unlikely(sample_is_on()))
		peak_sampled(pending);
	else if (likely(!peak.shared))
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

/* A second thread is going to count. */
void peak_share(void);

/* From the start, or from what a child of fork inherited. */
void peak_begin(u64 live);

/* The report is told what lives, whatever is pending: at exit. */
void peak_publish(u64 live);

#endif
