/* SPDX-License-Identifier: MIT */
/*
 * slab_node.c - objects on the node that was asked for.
 *
 * Theory: a slab lies on one node, that of its pages. Who names a node gets
 * an object of a partial slab there, else of a new slab, made with little
 * effort, since a free object elsewhere may do as well (the kernel's order of
 * attempts); with __GFP_THISNODE with all effort, and nothing else does.
 *
 * Differs from the kernel: a cache has its partial lists in common, not by
 * node, so the list is searched. A machine of one node never gets here. Debug
 * caches take objects of the CPU's node, then of any.
 * Locks: as slub.c.
 */
#include "mm/slub.h"

#include <string.h>

#include "mm/page_alloc.h"
#include "mm/stats.h"

struct page *fullest_partial_node(const struct kmem_cache *s, int nid)
{
	for (int fill = NR_FILL - 1; fill >= 0; fill--) {
		u32 pfn = s->partial[fill];

		for (; pfn; pfn = pfn_to_page(pfn)->next)
			if (pfn_to_nid(pfn) == nid)
				return pfn_to_page(pfn);
	}
	return NULL;
}

/* Lock held: one object of the slab, which is on no list. */
static void *take_one(struct kmem_cache *s, struct page *slab)
{
	void *obj;

	slab_take(s, slab, &obj + 1, 1);
	if (slab->slab.inuse < slab->slab.objects)
		partial_add(s, slab);
	publish_counts(s);
	return obj;
}

static void *take_partial(struct kmem_cache *s, int nid)
{
	struct page *slab;
	void *obj = NULL;

	spin_lock(&s->lock);
	slab = fullest_partial_node(s, nid);
	if (slab) {
		partial_del(s, slab,
			    (unsigned int)slab->slab.objects -
				    slab->slab.inuse);
		obj = take_one(s, slab);
	}
	spin_unlock(&s->lock);
	return obj;
}

static void *take_new(struct kmem_cache *s, gfp_t gfp, int nid)
{
	struct page *slab;
	void *obj;

	if (!(gfp & __GFP_THISNODE))
		gfp = (gfp | __GFP_THISNODE | __GFP_NOWARN | __GFP_NORETRY |
		       __GFP_NOMEMALLOC) &
		      ~(gfp_t)(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL);
	slab = new_slab_node(s, gfp, nid);
	if (!slab)
		return NULL;
	spin_lock(&s->lock);
	slab_added(s, slab);
	obj = take_one(s, slab);
	spin_unlock(&s->lock);
	return obj;
}

static void *alloc_anywhere(struct kmem_cache *s, gfp_t gfp)
{
	void *obj;

	return slab_alloc_batch(s, gfp, &obj, 1) ? obj : NULL;
}

static void *alloc_on(struct kmem_cache *s, gfp_t gfp, int nid)
{
	void *obj = take_partial(s, nid);

	if (!obj)
		obj = take_new(s, gfp, nid);
	if (obj)
		stats_note_held((long)s->size);
	else if (!(gfp & __GFP_THISNODE))
		obj = alloc_anywhere(s, gfp);
	return obj;
}

void *slab_alloc_node(struct kmem_cache *s, gfp_t gfp, int nid)
{
	bool online = nid >= 0 && nid < (int)machine.nr_nodes;
	void *obj = NULL;

	if (online && machine.nr_nodes > 1 && !cache_is_debug(s))
		obj = alloc_on(s, gfp, nid);
	else if (online || nid == NUMA_NO_NODE || !(gfp & __GFP_THISNODE))
		obj = alloc_anywhere(s, gfp);
	if (obj && (gfp & __GFP_ZERO) && !cache_is_debug(s))
		memset(obj, 0, s->object_size);
	return obj;
}
