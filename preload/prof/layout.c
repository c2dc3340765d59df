/* SPDX-License-Identifier: MIT */
/* layout.c - see layout.h; struct kvr_layout says what each number is. */
#include "prof/layout.h"

#include <stddef.h>

#include "mm/sheaf.h"
#include "mm/stats.h"
#include "prof/blocks.h"
#include "prof/stackdepot.h"

static u64 address(const void *p)
{
	return (u64)(size_t)p;
}

static void describe_pages(struct kvr_layout *l)
{
	l->page_bytes = sizeof(struct page);
	l->page_type = offsetof(struct page, type);
	l->page_order = offsetof(struct page, order);
	l->page_head = offsetof(struct page, head);
	l->slab_cache = offsetof(struct page, slab.cache);
	l->slab_inuse = offsetof(struct page, slab.inuse);
	l->slab_objects = offsetof(struct page, slab.objects);
	l->slab_map = offsetof(struct page, slab.map);
	l->run_pages = offsetof(struct page, run.nr_pages);
	l->run_class = offsetof(struct page, run.class);
	l->run_tag = offsetof(struct page, run.private);
	l->type_slab = PAGE_SLAB;
	l->type_run = PAGE_LARGE;
	l->type_used = PAGE_USED;
	l->type_tail = PAGE_TAIL;
	l->type_buddy = PAGE_BUDDY;
	l->type_pcp = PAGE_PCP;
	l->freemap_words = FREEMAP_WORDS;
	l->pageblock_pages = PAGEBLOCK_PAGES;
}

static void describe_threads(struct kvr_layout *l)
{
	l->thread_next = offsetof(struct thread_cache, next);
	l->thread_top = offsetof(struct thread_cache, top);
	l->sheaf_other = offsetof(struct sheaf, other);
	l->sheaf_nr = offsetof(struct sheaf, nr);
	l->sheaf_bottom = offsetof(struct sheaf, bottom);
	l->sheaf_objs = offsetof(struct sheaf, objs);
	l->cache_bytes = sizeof(struct kmem_cache);
	l->cache_full = offsetof(struct kmem_cache, barn.full);
}

void layout_describe(const void *threads, bool stacks)
{
	struct kvr_layout *l = &stats_pages.layout[0];

	l->linear_base = address(machine.linear_base);
	l->nr_pages = machine.nr_pages;
	l->memmap = address(machine.memmap);
	l->class_map = address(machine.class_map);
	l->freemap = address(machine.freemap);
	l->threads = address(threads);
	l->caches = address(caches);
	describe_pages(l);
	describe_threads(l);
	if (stacks) {
		l->block_tags = address(&block_tags);
		l->stack_index = address(depot_indexes());
		l->stack_bits = STACK_ID_BITS;
	}
	__atomic_store_n(&l->version, 1, __ATOMIC_RELEASE);
}
