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
#include "prof/memory.h"

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

/*
 * By frame, a page of entries for each 2 MiB (NULL: nothing recorded there):
 * the array of the slab it is in; in the low bits, which frame of the slab. So
 * a tag is found without a look at struct page. 0: no array.
 */
extern HIDDEN size_t **block_tags;
enum { TAGS_ALIGN = PROF_UNIT };

static inline size_t *block_tags_entry(unsigned long pfn)
{
	size_t *page = __atomic_load_n(&block_tags[pfn / PAGEBLOCK_PAGES],
				       __ATOMIC_ACQUIRE);

	return page ? &page[pfn % PAGEBLOCK_PAGES] : NULL;
}

/*
 * While few blocks have a tag frees take their fast path, but for those in
 * frames where a block has one: such a frame is watched (CLASS_WATCHED), from
 * before the block is handed out until frame_check() finds no tag there any
 * more. An exact recording watches none: it sees each free.
 */
extern HIDDEN bool frames_watched;
extern HIDDEN unsigned long frame_checked;	/* being looked at; or NO_FRAME */
#define NO_FRAME ~0ul

/* Is there, surely, no tag for the object at @p? */
static inline bool frame_has_no_tags(const void *p)
{
	return frames_watched &&
	       __atomic_load_n(&machine.class_map[virt_to_pfn(p)],
			       __ATOMIC_RELAXED) != CLASS_WATCHED;
}

/* Waits until the frame that is being looked at has been. */
void frame_check_wait(void);

/*
 * The object's tag at @place, which may be looked for by frame_check().
 * Partner of the fence there: it sees the tag, or this sees that it looks.
 */
static inline void object_tag_put(const void *p, u64 *place, u64 tag)
{
	unsigned long pfn = virt_to_pfn(p);
	u8 *class = &machine.class_map[pfn];

	__atomic_store_n(place, tag, __ATOMIC_RELAXED);
	if (!frames_watched)
		return;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (unlikely(__atomic_load_n(&frame_checked, __ATOMIC_ACQUIRE) == pfn))
		frame_check_wait();
	if (__atomic_load_n(class, __ATOMIC_RELAXED) != CLASS_WATCHED)
		__atomic_store_n(class, CLASS_WATCHED, __ATOMIC_RELAXED);
}

/* The run at @p, of @class, has no tag any more. */
static inline void frame_watch_ends(const void *p, unsigned int class)
{
	__atomic_store_n(&machine.class_map[virt_to_pfn(p)], (u8)class,
			 __ATOMIC_RELAXED);
}

/* Now and then, when the object at @p, of @class, had no tag though its frame
 * is watched: looks whether others have. */
void frame_check(const void *p, unsigned int class);

/* @watch: frames are, since it is a sample or may become one. */
bool blocks_start(bool watch);

/* Gives the slab of the object at @p its array. False: no memory. */
bool block_make_tags(const void *p);

/*
 * Place of the tag of the live object at @p, of @class. NULL: its slab has no
 * array; or @p starts no object.
 */
static inline u64 *block_tag(const void *p, unsigned int class)
{
	const struct kmem_cache *s = &caches[class];
	unsigned long pfn = virt_to_pfn(p);
	size_t *entry, array, offset, i;

	if (unlikely(s->run_pages))
		return (size_t)p % PAGE_SIZE ? NULL :
					       &pfn_to_page(pfn)->run.private;
	entry = block_tags_entry(pfn);
	array = entry ? __atomic_load_n(entry, __ATOMIC_ACQUIRE) : 0;
	if (!array)
		return NULL;
	offset = (size_t)p % PAGE_SIZE + array % TAGS_ALIGN * PAGE_SIZE -
		 s->red_left_pad;
	i = (size_t)((u128)offset * s->magic >> 64);
	if (unlikely(i * s->size != offset))
		return NULL;
	return (u64 *)ALIGN_DOWN(array, (size_t)TAGS_ALIGN) + i;
}

/* An area's tag. False: no memory. */
bool area_tag_put(const void *p, u64 tag, size_t size);
/* Takes it: 0 if it has none. *@size as it was put. */
u64 area_tag_take(const void *p, size_t *size);

/* Calls @fn with every tag; nobody else may be in the core. @p: the block, if
 * it is an area or a run of pages, else NULL. */
void blocks_for_each(void (*fn)(u64 tag, size_t size, const void *p, void *arg),
		     void *arg);

/*
 * Calls @fn for each slab with tags of which less than a quarter is in use:
 * its tags, how many, bytes of an object, bytes free. The slab and its tags
 * stay meanwhile; @fn must be quick, and give no object a tag.
 */
typedef void sparse_fn(const u64 *tags, unsigned int nr, size_t size,
		       u64 unused);
void blocks_sparse(sparse_fn *fn);

void blocks_fork_child(void);

#endif
