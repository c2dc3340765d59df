/* SPDX-License-Identifier: MIT */
/*
 * slab_destroy.c - the end of a cache (kmem_cache_destroy()).
 *
 * A cache whose objects are all back gives its slabs and its index back. One
 * with objects left is reported, object by object, and leaked: who holds an
 * object may still use it.
 */
#include <string.h>

#include "mm/sheaf.h"
#include "mm/slub_report.h"
#include "mm/stats.h"

static bool report_slab(struct kmem_cache *s, struct page *slab, void *arg)
{
	unsigned long *left = arg;

	if (!slab->slab.inuse)
		return true;
	*left += slab->slab.inuse;
	slab_err(s, slab, "Objects remaining on __kmem_cache_shutdown()");
	for (long i = 0; i < slab->slab.objects; i++)
		if (!object_is_free(slab, i))
			report_remaining(s, slab,
					 object_at(s, slab, (unsigned int)i));
	return true;
}

static unsigned long report_left(struct kmem_cache *s)
{
	unsigned long left = 0;

	spin_lock(&s->lock);
	slab_for_each(s, report_slab, &left);
	spin_unlock(&s->lock);
	report_end();
	return left;
}

unsigned long cache_destroy(struct kmem_cache *s)
{
	unsigned long left = 0;

	if (--s->refcount)
		return 0;
	barn_drain(s);
	cache_shrink(s);
	/* Not listed any more, whatever becomes of it. */
	memset(&stats_pages.cache[s->index], 0, sizeof(stats_pages.cache[0]));
	if (s->nr_slabs)
		left = report_left(s);
	if (!s->nr_slabs)
		memset(s, 0, sizeof(*s));
	return left;
}
