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

#include "kvmalloc/slab_flags.h"
#include "mm/machine.h"

struct sheaf;

enum {
	MAX_CACHES = KVR_MAX_CACHES,
	NR_FILL = 4,		/* partial lists, by how full a slab is */
	SLAB_MAX_ORDER = 3,
	MAX_OBJS_PER_SLAB = 32767,
	CACHE_LINE = 64,
	KMEM_MAX_OBJECT = 4 << 20,	/* bytes */
};

/* Full and empty sheaves of a cache, traded whole under one short lock. */
struct barn {
	struct spinlock lock;
	struct sheaf *full, *empty;	/* linked through sheaf->next */
	u16 nr_full, nr_empty;
	u16 max_full, max_empty;
	u16 max_extra;	/* full ones above max_full, if all barns together
			   have room for them (sheaf.c) */
};

struct kmem_cache {
	char name[KVR_NAME];
	u32 size;		/* bytes a slot takes; 0: not made yet */
	u32 object_size;	/* bytes asked at creation */
	u32 red_left_pad;	/* bytes of a slot before its object */
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

	/* the kernel's interface and debugging */
	u32 align;
	slab_flags_t flags;	/* SLAB_*; any of SLAB_DEBUG_FLAGS: see
				   slub_debug.h, and there are no sheaves */
	gfp_t allocflags;	/* added when pages are taken, by the flags */
	void (*ctor)(void *);	/* run once an object, when its slab is made */
	u32 refcount;		/* creations that share it (slab_merge.h) */
	u32 useroffset, usersize;	/* window for copies to and from users */
	u32 inuse;		/* bytes to where metadata may start */
	u32 offset;		/* of the free pointer in or behind an object */
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
 * keeps few pages. (With the kernel's orders everywhere: sizes mixed up to
 * 32 KiB 7% less memory and 6% less time, calloc 8% less memory; but 11% more in
 * ageing heaps, 27% more where strings grow.)
 */
int slab_order(u32 size);

/*
 * In the default preset tiny objects have sheaves of 124: a hundred are still
 * little to keep, and half the refills and flushes. (24-byte nodes of trees:
 * 9% less time; one size of 128 bytes, 7%.)
 */
enum { TINY_SIZE = 128, TINY_CAPACITY = 124 };

/* kmalloc's sheaf capacity of 7.0: 60, 28, 12 or 4 by slot size. */
unsigned int sheaf_capacity_for(u32 size);

/* The kernel's min_partial: ilog2(size) / 2 within 5..10. */
unsigned int min_partial_for(u32 size);

struct cache_args {
	const char *name;
	unsigned int index;	/* 0: the next free one */
	u32 object_size, align;	/* align 0: 8 */
	u32 run_pages;		/* instead of a slab cache */
	u16 sheaf_capacity, min_partial, max_full, max_extra;
	bool malloc_class;
	slab_flags_t flags;	/* SLAB_*; slub_debug= may add some */
	void (*ctor)(void *);
	u32 useroffset, usersize;
	bool use_freeptr_offset;	/* freeptr_offset is meant */
	u32 freeptr_offset;	/* where in a free object the link may lie */
};

/*
 * Makes caches[@args->index], or a free one if that is 0. NULL when there is
 * none, no order fits, or the object is larger than 4 MiB. Not locked:
 * callers serialise. SLAB_HWCACHE_ALIGN raises the alignment. With debugging
 * (asked by @args or by slub_debug=) slots grow and sheaf_capacity is 0.
 */
struct kmem_cache *cache_create(const struct cache_args *args);

/* Alignment an object of @size gets: @align, at least 8, with
 * SLAB_HWCACHE_ALIGN a cache line or the fraction of it that holds it. */
u32 calculate_alignment(slab_flags_t flags, u32 align, u32 size);

/*
 * Drops one reference of @s. The last one ends the cache: its barn is flushed
 * here, threads' sheaves by the caller before (sheaf_drop_cache()); its empty
 * slabs are freed and its index may be used again. Nobody may use @s
 * meanwhile. Objects left: each slab with some is reported in the kernel's
 * words, and the cache is leaked: no longer named or found, its memory and
 * its index stay. Returns how many objects were left.
 */
unsigned long cache_destroy(struct kmem_cache *s);

/* Objects handed out of slabs; those that sheaves keep are among them. */
unsigned long cache_nr_inuse(const struct kmem_cache *s);

/* Is this entry of caches[] a live cache of objects? */
static inline bool cache_is_live(const struct kmem_cache *s)
{
	return s->size && !s->run_pages && s->refcount;
}

/* Does each call take the checked way of slub_debug.h? */
static inline bool cache_is_debug(const struct kmem_cache *s)
{
	return s->flags & SLAB_DEBUG_FLAGS;
}

/* Limits for the order of slabs from now on, as slab_min_order= and so on
 * give them; a zero struct but for max_order = SLAB_MAX_ORDER is the default.
 */
struct slab_limits {
	unsigned int min_order, max_order;
	unsigned int min_objects;	/* 0: by the number of CPUs */
};
void slab_set_limits(const struct slab_limits *limits);

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

/*
 * One object on node @nid: of a slab there, then of a new one, then of any
 * node unless __GFP_THISNODE forbids. NUMA_NO_NODE: where there is one. Does
 * not look into sheaves, whose objects are of any node. __GFP_ZERO is honoured.
 */
void *slab_alloc_node(struct kmem_cache *s, gfp_t gfp, int nid);

/* Gives @n objects back; aborts on double free and on non-objects. */
void slab_free_batch(struct kmem_cache *s, void **objs, unsigned int n);

/* Takes or gives one page run of a run cache. __GFP_ZERO is honoured. */
void *run_alloc(struct kmem_cache *s, gfp_t gfp);
void run_free(struct kmem_cache *s, void *p);

/* Makes a block of 2^@order pages a run of @s; the tail goes back. */
void run_adopt(struct kmem_cache *s, struct page *block, unsigned int order);

/* Turns a run of @from into one of @to where it stands. False: no room. */
bool run_resize(struct kmem_cache *from, struct kmem_cache *to, void *p);

/*
 * In class_map instead of the class, where a block is watched (prof/blocks.h):
 * no fast path takes it, for no thread has a sheaf of this number.
 */
enum { CLASS_WATCHED = KVR_MAX_CLASSES - 1 };

/* Class of a watched frame's block, by struct page. */
unsigned int slab_watched_class(unsigned long pfn);

/* Class of what lies at frame @pfn, 0 if free() knows nothing there. */
static inline unsigned int frame_class(unsigned long pfn)
{
	u8 class = __atomic_load_n(&machine.class_map[pfn], __ATOMIC_RELAXED);

	return likely(class != CLASS_WATCHED) ? class : slab_watched_class(pfn);
}

/* Is @p the start of an object of @s? Exact, for slabs of any order. */
bool slab_is_object(const struct kmem_cache *s, const void *p);

/* Frees the cache's empty slabs: pages given back. */
unsigned long cache_shrink(struct kmem_cache *s);

/* init_on_free=: the pages of slabs that go are cleared, whatever constructors
 * and readers kept objects from being. */
extern HIDDEN bool slab_wipe_pages;

/* Called with each slab before its pages go, if set; see prof/blocks.h. */
extern HIDDEN void (*slab_discard_hook)(const struct page *slab);

/*
 * What becomes of a SLAB_TYPESAFE_BY_RCU cache's empty slab, if set: it waits
 * (links through page->next are free for that) until, after a grace period,
 * slab_discard_waiting() frees its pages. Unset: at once.
 */
extern HIDDEN void (*slab_discard_rcu)(struct page *slab);
void slab_discard_waiting(struct page *slab);

unsigned long slab_validate(void);
void slab_fork_child(void);

#endif
