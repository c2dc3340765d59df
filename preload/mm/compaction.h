/* SPDX-License-Identifier: MIT */
/*
 * compaction.h - making a large free block by moving movable pages.
 *
 * Outcomes and priorities are the kernel's; see compaction.c.
 */
#ifndef KV_COMPACTION_H
#define KV_COMPACTION_H

#include "mm/buddy.h"

enum compact_result {
	COMPACT_SKIPPED,  /* nothing movable, or not enough free memory */
	COMPACT_DEFERRED, /* failed recently, not tried */
	COMPACT_FAILED,	  /* tried, no block came out */
	COMPACT_SUCCESS,
};

enum compact_priority {
	COMPACT_SYNC_FULL,
	COMPACT_SYNC_LIGHT,
	COMPACT_ASYNC, /* movable pageblocks only */
};

/* Direct compaction for @rq; the page if that made one. */
struct page *direct_compact(const struct page_request *rq, unsigned int flags,
			    enum compact_priority prio,
			    enum compact_result *result);

#endif
