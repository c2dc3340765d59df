/* SPDX-License-Identifier: MIT */
/*
 * blocks.h - what a recorded block carries while it lives: eight bytes beside
 * the heap, its tag, that say which stack made it, when, and what it stands
 * for. Blocks themselves are as they are without recording.
 *
 * A slab has an array of tags, made when the first object of it is recorded;
 * a run of pages has its tag in its struct page; areas have theirs in a table
 * by address. Who holds a block may use its tag without a lock.
 */
#ifndef KV_PROF_BLOCKS_H
#define KV_PROF_BLOCKS_H

#include "mm/kmalloc.h"

enum { STACK_ID_BITS = 20, TAG_GEN_BITS = 6 };

/* 0: not recorded. @gen: number of the sampling interval (sample.h). */
static inline u64 tag_make(u32 stack, u32 gen, u32 ms)
{
	return (u64)ms << 32 | gen << STACK_ID_BITS | stack;
}

static inline u32 tag_stack(u64 tag)
{
	return (u32)tag & ((1u << STACK_ID_BITS) - 1);
}

static inline u32 tag_gen(u64 tag)
{
	return (u32)tag >> STACK_ID_BITS & ((1u << TAG_GEN_BITS) - 1);
}

static inline u32 tag_ms(u64 tag)
{
	return (u32)(tag >> 32);
}

extern HIDDEN u64 **block_tags;	/* by frame, NULL: none of it is recorded */

/* Can the live object at @p, of @class, be recorded? Cheaper than asking. */
static inline bool block_may_be_tagged(const void *p, unsigned int class)
{
	unsigned long pfn = virt_to_pfn(p);

	if (class < kmalloc_info.nr_slab_classes)
		return __atomic_load_n(&block_tags[pfn], __ATOMIC_ACQUIRE);
	return pfn_to_page(pfn)->run.private;
}

bool blocks_start(void);

/*
 * Place of the tag of the live object at @p, of @class. NULL: @p starts no
 * object; nothing is recorded there and @make is false; or no memory.
 */
u64 *block_tag(const void *p, unsigned int class, bool make);

/* An area's tag. False: no memory. */
bool area_tag_put(const void *p, u64 tag, size_t size);
/* Takes it: 0 if it has none. *@size as it was put. */
u64 area_tag_take(const void *p, size_t *size);

/* Calls @fn with every tag; nobody else may be in the core. */
void blocks_for_each(void (*fn)(u64 tag, size_t size, void *arg), void *arg);

void blocks_fork_child(void);

#endif
