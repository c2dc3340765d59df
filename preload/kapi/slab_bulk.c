/* SPDX-License-Identifier: MIT */
/*
 * slab_bulk.c - many objects at once, and sheaves filled beforehand.
 *
 * A prefilled sheaf belongs to its caller, so it is an array of objects here,
 * apart from those that threads have: taking from it can't fail, takes no
 * lock and injects no fault.
 */
#include "kapi/slab.h"

#include <errno.h>
#include <string.h>

#include "kapi/context.h"
#include "kapi/slab_stat.h"

int kmem_cache_alloc_bulk(struct kmem_cache *s, gfp_t flags, size_t n, void **p)
{
	for (size_t i = 0; i < n; i++) {
		p[i] = kapi_object_alloc(s, flags, NUMA_NO_NODE, 0, CALLER);
		if (p[i])
			continue;
		while (i)
			kapi_object_free(s, p[--i], CALLER);
		return 0;
	}
	return (int)n;
}

void kmem_cache_free_bulk(struct kmem_cache *s, size_t n, void **p)
{
	for (size_t i = 0; i < n; i++) {
		if (!s)
			kapi_kfree(p[i], CALLER);
		else if (p[i])
			kmem_cache_free(s, p[i]);
	}
}

/* prefilled sheaves */

struct slab_sheaf {
	unsigned int size, capacity;
	void *objs[];
};

static bool fill(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf *sheaf,
		 unsigned int to)
{
	unsigned int more = to - sheaf->size;

	if (sheaf->size >= to)
		return true;
	if (!kmem_cache_alloc_bulk(s, gfp, more, sheaf->objs + sheaf->size))
		return false;
	sheaf->size = to;
	return true;
}

static void discard(struct kmem_cache *s, struct slab_sheaf *sheaf)
{
	kmem_cache_free_bulk(s, sheaf->size, sheaf->objs);
	kapi_kfree(sheaf, CALLER);
}

/* Filled to the cache's capacity, or to @n if that is more. */
struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *s, gfp_t gfp,
					    unsigned int n)
{
	unsigned int capacity = (unsigned int)max_ul(n, s->sheaf_capacity);
	struct slab_sheaf *sheaf;

	if (!n)
		return NULL;
	slab_stat(s, n > s->sheaf_capacity ? STAT_sheaf_prefill_oversize :
					     STAT_sheaf_prefill_slow);
	sheaf = kapi_kmalloc(sizeof(*sheaf) + capacity * sizeof(void *), gfp,
			     NUMA_NO_NODE, CALLER);
	if (!sheaf)
		return NULL;
	sheaf->size = 0;
	sheaf->capacity = capacity;
	if (fill(s, gfp, sheaf, capacity))
		return sheaf;
	discard(s, sheaf);
	return NULL;
}

int kmem_cache_refill_sheaf(struct kmem_cache *s, gfp_t gfp,
			    struct slab_sheaf **sheafp, unsigned int n)
{
	struct slab_sheaf *sheaf, *larger;

	if (!sheafp || !*sheafp)
		return -EINVAL;
	sheaf = *sheafp;
	if (n <= sheaf->capacity)
		return fill(s, gfp, sheaf, n) ? 0 : -ENOMEM;
	larger = kmem_cache_prefill_sheaf(s, gfp, n);
	if (!larger)
		return -ENOMEM;
	discard(s, sheaf);
	*sheafp = larger;
	return 0;
}

void kmem_cache_return_sheaf(struct kmem_cache *s, gfp_t gfp,
			     struct slab_sheaf *sheaf)
{
	(void)gfp;
	if (!sheaf)
		return;
	slab_stat(s, STAT_sheaf_return_slow);
	discard(s, sheaf);
}

void *kmem_cache_alloc_from_sheaf(struct kmem_cache *s, gfp_t gfp,
				  struct slab_sheaf *sheaf)
{
	void *p;

	if (!sheaf->size)
		return NULL;
	p = sheaf->objs[--sheaf->size];
	if (gfp & __GFP_ZERO)
		memset(p, 0, s->object_size);
	return p;
}

unsigned int kmem_cache_sheaf_size(struct slab_sheaf *sheaf)
{
	return sheaf->size;
}
