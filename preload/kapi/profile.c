/* SPDX-License-Identifier: MIT */
/*
 * profile.c - see profile.h.
 *
 * Requests are counted by cache where they are served. The report has one
 * numbering for malloc's size classes and all other caches, so a cache is a
 * class of its own there: by its index, which a later cache may get when it
 * ends; counts then go on under the new name, and what lives stays right.
 *
 * Not recorded: pages that come from alloc_pages(). Who holds one may split
 * it, count users and free it in parts.
 */
#include "kapi/profile.h"

#include <string.h>

#include "mm/kmalloc.h"
#include "mm/stats.h"

/* One function, for each frame of ours is one more to unwind. */
NOINLINE void kapi_record_now(struct thread_cache *t, const void *p,
			      unsigned int class, size_t asked, bool fallback)
{
	u32 stack;

	if (t->unwinding)
		return;
	if (t->skip[class]) {
		t->skip[class]--;
		return;
	}
	stack = prof_stack(t);
	if (stack)
		prof_alloc_class(t, p, class, asked, stack, fallback);
}

void kapi_profile_cache(const struct kmem_cache *s)
{
	struct kvr_class *c = &stats_pages.class[s->index];

	memcpy(c->name, s->name, sizeof(c->name));
	c->size = c->kernel_size = s->size;
	c->order = s->order;
	c->objs_per_slab = s->objects;
	c->sheaf_capacity = s->sheaf_capacity;
	prof_class(s->index, s->size, s->size);
	stats.nr_classes = max_ul(stats.nr_classes, s->index + 1ul);
	__atomic_store_n(&c->route, KVR_ROUTE_SLAB, __ATOMIC_RELEASE);
}

void kapi_profile_sets(void)
{
	for (unsigned int i = kmalloc_info.nr_classes; i < nr_caches; i++)
		if (cache_is_live(&caches[i]) &&
		    (caches[i].flags & SLAB_KMALLOC))
			kapi_profile_cache(&caches[i]);
}
