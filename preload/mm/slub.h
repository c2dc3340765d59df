/* SPDX-License-Identifier: MIT */
/*
 * slub.h - what slub.c shares with the checked way of slub_debug.c: slabs and
 * their lists. Under the cache's lock unless said.
 */
#ifndef KV_SLUB_H
#define KV_SLUB_H

#include "mm/slab.h"

/* A slab with all its objects free, on no list, in no count. Without lock;
 * NULL: out of memory by @gfp's rules. */
struct page *new_slab_node(struct kmem_cache *s, gfp_t gfp, int nid);
static inline struct page *new_slab(struct kmem_cache *s, gfp_t gfp)
{
	return new_slab_node(s, gfp, NUMA_NO_NODE);
}

/* Counts it in. */
void slab_added(struct kmem_cache *s, const struct page *slab);

/* The fullest slab with free objects, of the CPU's node if that has one. */
struct page *fullest_partial(struct kmem_cache *s);
/* The same of one node; NULL if it has none (slab_node.c). */
struct page *fullest_partial_node(const struct kmem_cache *s, int nid);
/* Takes up to @want objects off a slab, lowest first, into the array that
 * ends at @end, from its end down. */
unsigned int slab_take(const struct kmem_cache *s, struct page *slab,
		       void **end, unsigned int want);
void partial_add(struct kmem_cache *s, struct page *slab);
/* @free_then: free objects it had when it was added. */
void partial_del(struct kmem_cache *s, struct page *slab,
		 unsigned int free_then);

/*
 * An object went back: inuse and the bits tell so already. Keeps the lists;
 * a slab that is not worth keeping is returned and out of all counts.
 */
struct page *object_freed(struct kmem_cache *s, struct page *slab);
/* Frees a chain of such slabs, linked through next. Without lock. */
void discard_list(const struct kmem_cache *s, u32 pfn);

void publish_counts(const struct kmem_cache *s);

/* Bits of the free slots; no lock needed to find them. */
u64 *slab_map(const struct page *slab);
/* Head page of the slab that holds @p, or @p's page if none does. */
struct page *slab_of(const void *p);

/* Calls @fn with every slab of @s; stops when it returns false. */
void slab_for_each(struct kmem_cache *s,
		   bool (*fn)(struct kmem_cache *s, struct page *slab,
			      void *arg),
		   void *arg);

#endif
