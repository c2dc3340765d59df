/* SPDX-License-Identifier: MIT */
/*
 * slab.h - caches of equal objects (kmem_cache), and of page runs.
 *
 * A cache hands objects out one by one or in batches; who keeps them handy
 * for a thread is sheaf.h. Geometry (order, objects a slab) is the kernel's
 * calculate_order(), so slabinfo shows what a kernel would.
 */
#ifndef KV_SLAB_H
#define KV_SLAB_H

#include "mm/machine.h"

struct sheaf;

enum {
	MAX_CACHES = KVR_MAX_CACHES,
	NR_FILL = 4,		/* partial lists, by how full a slab is */
	SLAB_MAX_ORDER = 3,
	MAX_OBJS_PER_SLAB = 32767,
};

/* Full and empty sheaves of a cache, traded whole under one short lock. */
struct barn {
	struct spinlock lock;
	struct sheaf *full, *empty;	/* linked through sheaf->next */
	u16 nr_full, nr_empty;
	u16 max_full, max_empty;
};

struct kmem_cache {
	char name[KVR_NAME];
	u32 size;		/* bytes a slot takes; 0: not made yet */
	u32 object_size;	/* bytes asked at creation */
	u32 align;
	u32 run_pages;		/* > 0: a cache of page runs of that length */
	u64 magic;		/* 2^64 / size rounded up: offset / size is the
				   high half of offset * magic, and offset is a
				   multiple iff the low half is < 2^32 */
	u8 order, min_order;
	u8 index;		/* in caches[]; the class in class_map[] */
	bool malloc_class;	/* its objects may be passed to free() */
	u16 objects, min_objects;	/* a slab of order, of min_order */
	u16 sheaf_capacity;	/* 0: no sheaves */
	u16 min_partial;	/* slabs kept although empty */
	struct barn barn;
	struct spinlock lock;	/* below, and the slabs' maps and counts */
	u32 partial[NR_FILL];	/* pfn lists; [NR_FILL - 1] the fullest */
	unsigned long nr_partial, nr_slabs, nr_objs, nr_free;
};

extern HIDDEN struct kmem_cache caches[MAX_CACHES];	/* [0] unused */
extern unsigned int nr_caches;	/* entries that may be in use */

/*
 * Order by the rule of the kernel's rules for @size bytes on @cpus CPUs;
 * @kernel 412/418: 4.19's variant of it. -1 if no slab can hold it.
 */
int calculate_order(u32 size, unsigned int cpus, int kernel);

/*
 * Order of the booted machine's slabs: calculate_order() under a kernel
 * preset; by default the smallest that wastes little, so that one object left
 * keeps few pages.
 */
int slab_order(u32 size);

/* kmalloc's sheaf capacity of 7.0: 60, 28, 12 or 4 by slot size. */
unsigned int sheaf_capacity_for(u32 size);

/* The kernel's min_partial: ilog2(size) / 2 within 5..10. */
unsigned int min_partial_for(u32 size);

struct cache_args {
	const char *name;
	unsigned int index;	/* 0: the next free one */
	u32 object_size, align;	/* align 0: 8 */
	u32 run_pages;		/* instead of a slab cache */
	u16 sheaf_capacity, min_partial, max_full;
	bool malloc_class;
};

/*
 * Makes caches[@args->index], or the next free one if that is 0. NULL when
 * there is none or no order fits. Not locked: callers serialise.
 */
struct kmem_cache *cache_create(const struct cache_args *args);

/* Keeps [1, @n) of caches[] for callers that name the index. */
void cache_reserve(unsigned int n);

/* Forgets all caches (tests; nothing may be allocated). */
void slab_shutdown(void);

/*
 * Takes up to @want objects, at least one unless out of memory by @gfp's
 * rules; lowest addresses at the end of @objs, so that a stack hands them
 * out first. Returns how many.
 */
unsigned int slab_alloc_batch(struct kmem_cache *s, gfp_t gfp, void **objs,
			      unsigned int want);
/* Gives @n objects back; aborts on double free and on non-objects. */
void slab_free_batch(struct kmem_cache *s, void **objs, unsigned int n);

/* Takes or gives one page run of a run cache. __GFP_ZERO is honoured. */
void *run_alloc(struct kmem_cache *s, gfp_t gfp);
void run_free(struct kmem_cache *s, void *p);

/* Makes a block of 2^@order pages a run of @s; the tail goes back. */
void run_adopt(struct kmem_cache *s, struct page *block, unsigned int order);

/* Turns a run of @from into one of @to where it stands. False: no room. */
bool run_resize(struct kmem_cache *from, struct kmem_cache *to, void *p);

/* Is @p the start of an object of @s? Exact, for slabs of any order. */
bool slab_is_object(const struct kmem_cache *s, const void *p);

/* Frees the cache's empty slabs: pages given back. */
unsigned long cache_shrink(struct kmem_cache *s);

/* Called with each slab before its pages go, if set; see prof/blocks.h. */
extern HIDDEN void (*slab_discard_hook)(const struct page *slab);

unsigned long slab_validate(void);
void slab_fork_child(void);

#endif
