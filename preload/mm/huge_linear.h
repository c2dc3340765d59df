/* SPDX-License-Identifier: MIT */
/*
 * huge_linear.h - huge pages of the linear map, a pageblock each.
 *
 * Theory: fresh pageblocks come online when no free block fits, so while the
 * heap grows. From a certain size on a process asks for huge pages for those
 * that come; until then, and where huge pages would come unasked, it is asked
 * against them: 2 MiB would be a lot for a process of one.
 *
 * At the end at most one pageblock, the last one, is resident and not used, a
 * MiB of it on average. From HUGE_SURE on that is noise; from HUGE_LEAST on it
 * is a price, paid if what is saved is a larger share of the time: about a ms
 * of the 4 MiB that come online together, since the last that did. So a heap of
 * 24 MiB asks if it grew by 4 MiB in less than 24 ms. What vmalloc areas stand
 * for is no part of the heap.
 *
 * The frames of a huge page become resident all at once: with the first that
 * is handed out, the others are marked dirty, so that they are used first,
 * counted as what is kept, and purged like others. The first of each pageblock
 * is touched by us, timed and looked at: that is when the report's count of
 * what is really huge comes from.
 *
 * Purging takes whole pageblocks first, whose next use is a huge page again.
 * One that is purged in part is asked against, else the system would fill it
 * up again (khugepaged); each costs up to two mappings, so after MAX_SPLIT of
 * them this process has none any more.
 *
 * Not for a kernel's presets, whose lists are the kernel's, nor where the
 * frames are those of a file (libkvkernel).
 *
 * Who asks: a heap whose blocks leave no holes. Those at the ends of runs (9
 * pages of 16) would be resident: a heap of 40 KB blocks took 284 MiB instead
 * of 209.
 *
 * Measured with warm memory, CPU time and RSS against asking from 48 MiB on, if
 * from 16, 20, 24 or 32 on however fast: live-nodes (49 MiB) 0.84 0.84 0.90
 * 0.96, +3%; live-mixed (78 MiB) 0.79 0.78 0.77 0.90, 0%; replay-jq (77 MiB)
 * 0.91 0.88 0.96 0.93, 0%; replay-clang++ (32 MiB) 0.91 0.95 0.97 1.06, +5 +5
 * +5 0%; replay-ruby (35 MiB) 0.91 0.89 0.81 0.97, +5 +5 +5 0%; big-blocks (39
 * MiB) 0.88 0.88 0.96 1.01, 0%; churn-wide (24 MiB) 0.91 0.96 0.98 0.99, +15
 * +12 +7 0%; and without gain lua (32 MiB) +10 +10 +10 0%, z3 (42 MiB) +6 0 0
 * 0%, which grow slowly: as with 48 now. Memory in huge pages saves more than
 * faults: fork-heavy 0.87, a fork copies page tables.
 * From 48 MiB on against small pages: live-nodes (188 MiB) 0.86, +0.3%; xmllint
 * 0.93, +0.8%; node 0.96. After 6 s of rest before each run, so that memory was
 * partly cold: live-nodes 0.83 to 1.02, xmllint 0.91 to 1.02.
 *
 * Locks: the state of a pageblock changes under zone->lock, but for
 * PB_HUGE_USED -> PB_HUGE.
 */
#ifndef KV_HUGE_LINEAR_H
#define KV_HUGE_LINEAR_H

#include "mm/buddy.h"

/* What a pageblock is (struct pageblock.huge). */
enum pageblock_huge {
	PB_SMALL,      /* of small pages */
	PB_HUGE_FRESH, /* asked for, no frame resident */
	PB_HUGE_USED,  /* asked for, frames were handed out */
	PB_HUGE,       /* known to be one */
	PB_SPLIT,      /* was purged in part: asked against */
};

static inline enum pageblock_huge huge_state_of(unsigned long pfn)
{
	return __atomic_load_n(&pfn_to_pageblock(pfn)->huge, __ATOMIC_RELAXED);
}

/* The linear map was reserved: nothing is to be huge yet. */
void huge_reserved(void *base, size_t size);

/* The next largest block of @z comes online: what its pageblocks are. */
enum pageblock_huge huge_online(const struct zone *z, unsigned long pfn);

/*
 * Frames [@pfn, @pfn + @nr) of a free block of @order are handed out, the last
 * of them in a fresh pageblock: how many that stay free are dirty now. If any,
 * huge_touch() follows without the lock.
 */
u32 huge_take(unsigned long pfn, unsigned long nr, unsigned int order);

/* Touches the first frame that huge_take() was told of; no lock held. */
void huge_touch(unsigned long pfn);

/*
 * Free frames [@pfn, @pfn + @nr) of one block are going to be discarded: true
 * if they are part of one pageblock, to be split first by huge_split(), which
 * holds no lock.
 */
bool huge_purge(unsigned long pfn, unsigned long nr);
void huge_split(unsigned long pfn);

#endif
