/* SPDX-License-Identifier: MIT */
/*
 * vmap_check.c - vmalloc_validate(): the invariants V1..V6 of vmap.h, one
 * function each, counted while the lock is held.
 *
 * An area in the hands of a thread (making, purging, moving) is checked for
 * what the lock guards: its place in the region. Nothing here is repaired.
 */
#include "mm/vmap.h"

struct check {
	unsigned long broken;
	unsigned long nr_ranges, nr_busy, nr_guarded, nr_cached;
	size_t busy, lazy, sparse, idle, free;	  /* bytes */
	unsigned long nr_lru, nr_sparse, nr_idle; /* that should be listed */
};

static void must(struct check *c, bool good)
{
	c->broken += !good;
}

static const struct vmap_area *area_at(const struct rb_node *n)
{
	return n ? rb_entry((uintptr_t)n, struct vmap_area, node) : NULL;
}

static bool by_address(const struct rb_node *a, const struct rb_node *b)
{
	return area_at(a)->start < area_at(b)->start;
}

static size_t span(const struct vmap_area *va)
{
	return (size_t)(va->end - va->start);
}

static bool on_grain(const char *p)
{
	return !((size_t)p & (vmap_space.grain - 1));
}

static bool in_transit(const struct vmap_area *va)
{
	return va->state == VA_MAKING || va->state == VA_PURGING ||
	       va->state == VA_MOVING || va->state == VA_TRIMMING;
}

/* V3 */
static void check_shape(struct check *c, const struct vmap_area *va)
{
	size_t last = 0;

	must(c, on_grain(va->start) && on_grain(va->end));
	must(c, va->size && !(va->size & (vmap_space.grain - 1)));
	must(c, va->size <= vmap_capacity(va));
	must(c, va->nr_cuts <= VMAP_MAX_CUTS);
	for (int i = 0; i < va->nr_cuts && i < VMAP_MAX_CUTS; i++) {
		must(c,
		     va->cut[i] > last && va->cut[i] <= va->size >> PAGE_SHIFT);
		last = va->cut[i];
	}
}

/* V4, one area; the lists are counted later */
static void check_state(struct check *c, const struct vmap_area *va)
{
	bool clean = va->flags & VA_CLEAN, cached = va->flags & VA_CACHED;

	if (va->state == VA_BUSY) {
		must(c, !clean && !cached);
		c->nr_busy++;
		c->busy += va->size;
		return;
	}
	must(c, va->state == VA_LAZY);
	must(c, clean || cached);
	must(c, !clean || !(va->flags & VA_SPARSE));
	must(c, !cached || !(va->flags & (VA_HOLE | VA_UNMAPPED)));
	c->nr_cached += cached;
	if (clean) {
		c->idle += span(va);
		c->nr_idle++;
	} else if (va->flags & VA_SPARSE) {
		c->sparse += va->size;
		c->nr_sparse++;
	} else {
		c->lazy += va->size;
		c->nr_lru++;
	}
}

/* V5 */
static void check_charge(struct check *c, const struct vmap_area *va)
{
	unsigned long pages = 0;

	for (u32 pfn = va->chain; pfn != NO_PFN && pages <= va->charged;
	     pfn = pfn_to_page(pfn)->next)
		pages += vmap_link_pages(pfn);
	must(c, pages == va->charged);
	if (va->flags & (VA_CLEAN | VA_OWNED))
		must(c, !va->charged);
	else if (!machine.cfg.overcommit)
		must(c, va->charged >= va->size >> PAGE_SHIFT);
}

static const char *lower_start(const struct vmap_area *a,
			       const struct vmap_area *b)
{
	if (!a || !b)
		return a ? a->start : b->start;
	return a->start < b->start ? a->start : b->start;
}

/* V1 and V2: both trees in step from the region's start to its end. */
static void check_ranges(struct check *c)
{
	const struct vmap_area *area = area_at(rb_first(&vmap_space.areas));
	const struct vmap_area *free = area_at(rb_first(&vmap_space.free));
	const char *at = vmalloc_region.base;
	bool after_free = false;

	while (area || free) {
		if (free && free->start == at) {
			must(c, !after_free && free->state == VA_FREE);
			must(c, free->end > free->start);
			c->free += span(free);
			at = free->end;
			free = area_at(rb_next(&free->node));
			after_free = true;
		} else if (area && area->start == at) {
			must(c, area->end > area->start);
			c->nr_guarded += area->guarded;
			at = area->end;
			area = area_at(rb_next(&area->node));
			after_free = false;
		} else if (vmalloc_region.on_demand &&
			   lower_start(free, area) > at) {
			at = lower_start(free, area); /* others' mappings */
			after_free = false;
			continue;
		} else {
			c->broken++; /* a gap or an overlap: lost */
			return;
		}
		c->nr_ranges++;
	}
	must(c, vmalloc_region.on_demand ||
			at == vmalloc_region.base + vmalloc_region.size);
}

static unsigned long count_cached(struct check *c, const struct rb_root *root)
{
	unsigned long nr = 0;

	for (struct rb_node *n = rb_first(root); n; n = rb_next(n)) {
		const struct vmap_area *va =
			rb_entry(n, struct vmap_area, by_size);

		must(c, va->state == VA_LAZY && (va->flags & VA_CACHED));
		must(c, vmap_cache_of(va) == root);
		nr++;
	}
	return nr;
}

/* V4: what is listed is what should be. */
static void check_lists(struct check *c)
{
	const struct vmap_area *va;
	unsigned long nr = 0;

	list_for_each (p, &vmap_space.lru) {
		va = list_entry(p, struct vmap_area, lru);
		must(c, va->state == VA_LAZY &&
				!(va->flags & (VA_CLEAN | VA_SPARSE)));
		nr++;
	}
	must(c, nr == c->nr_lru);
	nr = 0;
	list_for_each (p, &vmap_space.sparse) {
		va = list_entry(p, struct vmap_area, lru);
		must(c, va->state == VA_LAZY && (va->flags & VA_SPARSE));
		nr++;
	}
	must(c, nr == c->nr_sparse);
	nr = 0;
	list_for_each (p, &vmap_space.idle) {
		va = list_entry(p, struct vmap_area, lru);
		must(c, va->state == VA_LAZY && (va->flags & VA_CLEAN));
		nr++;
	}
	must(c, nr == c->nr_idle);
	must(c, count_cached(c, &vmap_space.cache) +
				count_cached(c, &vmap_space.cache_sparse) ==
			c->nr_cached);
}

/* V6 */
static void check_sums(struct check *c)
{
	unsigned long spare = 0;

	for (struct vmap_area *va = vmap_space.spare;
	     va && spare <= vmap_space.nr_spare; va = va->next_spare)
		spare++;
	must(c, spare == vmap_space.nr_spare);
	must(c, c->nr_ranges + spare == vmap_space.nr_objects);
	must(c, c->nr_busy == vmap_space.nr_busy);
	must(c, c->nr_guarded == vmap_space.nr_guarded);
	must(c, c->busy == vmap_space.busy_bytes);
	must(c, c->lazy == vmap_space.lazy_bytes);
	must(c, c->sparse == vmap_space.sparse_bytes);
	must(c, c->idle == vmap_space.idle_bytes);
	must(c, c->free == vmap_space.free_bytes);
}

unsigned long vmalloc_validate(void)
{
	struct check c = { 0 };

	if (!vmalloc_region.size)
		return 0;
	spin_lock(&vmap_space.lock);
	c.broken += rb_validate(&vmap_space.areas, by_address, NULL);
	c.broken += rb_validate(&vmap_space.free, by_address, vmap_free_exact);
	c.broken += rb_validate(&vmap_space.cache, vmap_cache_ordered, NULL);
	c.broken +=
		rb_validate(&vmap_space.cache_sparse, vmap_cache_ordered, NULL);
	if (!c.broken) { /* else the trees can't be walked */
		check_ranges(&c);
		for (struct rb_node *n = rb_first(&vmap_space.areas); n;
		     n = rb_next(n)) {
			if (in_transit(area_at(n)))
				continue;
			check_shape(&c, area_at(n));
			check_state(&c, area_at(n));
			check_charge(&c, area_at(n));
		}
		check_lists(&c);
		check_sums(&c);
	}
	spin_unlock(&vmap_space.lock);
	return c.broken;
}
