/* SPDX-License-Identifier: MIT */
/*
 * leak.c - how much is allocated (linux/kvkernel.h): what is kept for reuse
 * goes back first, then what is still out of slabs and of the page allocator
 * is in somebody's hands.
 */
#include "kapi/kapi.h"

#include <linux/kvkernel.h>
#include <string.h>

#include "abi/thread.h"
#include "kapi/vm.h"
#include "mm/kmalloc.h"
#include "mm/page_alloc.h"
#include "mm/stats.h"

static void give_back(void)
{
	for (struct thread_cache *t = thread_list(); t; t = t->next)
		sheaf_drain(t);
	barn_drain_all();
	for (unsigned int c = 1; c < nr_caches; c++)
		if (cache_is_live(&caches[c]))
			cache_shrink(&caches[c]);
	drain_all_pages();
}

/* Sheaves are the library's own. */
static bool is_ours(const struct kmem_cache *s)
{
	return !strncmp(s->name, "sheaf-", 6);
}

unsigned long kv_nr_allocated(void)
{
	unsigned long objects = 0, pages;
	struct thread_cache *t;

	vm_purge();
	t = kapi_enter_alone();
	if (!t)
		return 0;
	give_back();
	for (unsigned int c = 1; c < nr_caches; c++)
		if (cache_is_live(&caches[c]) && !is_ours(&caches[c]))
			objects += cache_nr_inuse(&caches[c]);
	pages = machine.nr_pages - nr_free_pages() - stats.slab_pages;
	kapi_leave_alone(t);
	return objects + pages;
}
