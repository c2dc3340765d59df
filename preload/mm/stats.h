/* SPDX-License-Identifier: MIT */
/*
 * stats.h - the process-wide counters, laid out as the report file has them.
 *
 * `stats` is page aligned: when a report is asked for, the file is mapped
 * shared over it, so counting costs the same with and without and nothing is
 * lost when the process is killed. Therefore: the allocator only writes here
 * and never reads a decision from it (a child made by a raw fork shares the
 * mapping with its parent).
 */
#ifndef KV_STATS_H
#define KV_STATS_H

#include "kvmalloc/kvr.h"
#include "lib/types.h"

/* Whole pages, since a file may be mapped over it. */
union stats_pages {
	struct kvr_stats s;
	char pages[ALIGN_UP(sizeof(struct kvr_stats), (size_t)KVR_PAGE)];
};
extern HIDDEN union stats_pages stats_pages;
#define stats (stats_pages.s)

static inline void count_events(enum kv_counter c, u64 n)
{
	__atomic_fetch_add(&stats.counter[c], n, __ATOMIC_RELAXED);
}

static inline void count_event(enum kv_counter c)
{
	count_events(c, 1);
}

/* A gauge that several locks may change. */
static inline void gauge_add(u64 *gauge, long n)
{
	__atomic_fetch_add(gauge, (u64)n, __ATOMIC_RELAXED);
}

/* Pages or bytes now in use changed: keeps the peaks. */
void stats_note_pages(void);
void stats_note_held(long bytes);

#endif
