/* SPDX-License-Identifier: MIT */
/*
 * areas.h - the report's list of vmalloc areas, and of recorded blocks.
 *
 * Only what changes is written, when it does: an area's entry is found by its
 * address and stays where it is, so a reader sees a list that is right but for
 * the entry being written. Without a report nothing of this runs: mm/vmalloc
 * finds no hook.
 */
#ifndef KV_PROF_AREAS_H
#define KV_PROF_AREAS_H

#include "mm/sheaf.h"

/* From here on areas are listed, those there are first; the report is open,
 * the caller in the core. */
void areas_start(void);

/* Stack of the area at @p, an index into those of the file; @weight: areas
 * that the sample stands for. */
void area_stack(const void *p, u32 stack, u64 weight);

/* What KVR_AREA_* say of the area at @p beside. */
void area_flags(const void *p, u32 flags);

/* A block of pages of @class was recorded, or goes. @asked 0: not known. */
void block_made(const struct thread_cache *t, const void *p, size_t asked,
		unsigned int class, u32 stack, u64 weight);
void block_gone(const void *p);

/* In the child of fork: its own lists begin with its first event. */
void areas_fork_child(void);
/* At exit: a child that had none lists what it inherited. */
void areas_close(void);

#endif
