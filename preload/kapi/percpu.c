/* SPDX-License-Identifier: MIT */
/*
 * percpu.c - alloc_percpu(): memory of which each CPU has its own.
 *
 * Theory: a chunk is an area of the vmalloc region made of equal units, one a
 * CPU, behind a unit that is never mapped. A pointer handed out lies in that
 * first unit: using it directly faults, and a CPU's copy is a fixed distance
 * away, the same in all chunks. What is allocated is a bitmap of 4-byte
 * granules, common to all units; a second bitmap marks where objects begin, so
 * that freeing knows the size.
 *
 * A request takes the first fit of the fullest chunk that has one: chunks are
 * in slots by free bytes, full ones in none. Pages are mapped, for all CPUs,
 * when a request first needs them. Requests that may not sleep take populated
 * pages only; for them two to four pages are kept populated beforehand. One
 * chunk with nothing in it is kept, others go.
 *
 * Differs from the kernel: the first chunk is made at the first request, not
 * at boot, so the very first one must not come from an interrupt.
 *
 * Locks: grow_lock serialises who makes, populates or drops chunks; inside it,
 * lock guards lists and bitmaps, and is never held across an allocation.
 */
#include "kapi/percpu.h"

#include <string.h>

#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "kapi/context.h"
#include "kapi/report.h"
#include "kapi/vm.h"

enum {
	GRANULE_SHIFT = PCPU_MIN_ALLOC_SHIFT,
	PAGE_GRANULES = 1 << (PAGE_SHIFT - GRANULE_SHIFT),
	ATOM_SIZE = 2 << 20, /* of which units are parts */
	UNIT_MIN = 256 << 10,
	UNIT_PAGES_MAX = ATOM_SIZE >> PAGE_SHIFT,
	EMPTY_POP_LOW = 2,
	EMPTY_POP_HIGH = 4,
	NR_SLOTS = 24,
	WARN_LIMIT = 10,
};

struct chunk {
	struct list_head list; /* of its slot, or of full ones */
	struct vm_area *area;
	char *base;		  /* where pointers lie */
	u64 *alloc, *begin;	  /* bitmaps; begin has one bit more */
	u32 nr_free;		  /* granules */
	u32 first_free;		  /* none below is free */
	u32 most_free;		  /* no longer run is free */
	u16 used[UNIT_PAGES_MAX]; /* granules allocated, by page */
	bool populated[UNIT_PAGES_MAX];
};

static struct {
	struct spinlock grow_lock, lock;
	struct list_head slot[NR_SLOTS], full;
	u32 unit_pages, unit_granules;
	unsigned long nr_empty_pop; /* populated pages with nothing in */
	unsigned long nr_populated; /* of one unit */
	unsigned int nr_empty_chunks;
	bool ready;
} pcpu;

void percpu_lock(void)
{
	spin_lock(&pcpu.grow_lock);
	spin_lock(&pcpu.lock);
}

void percpu_unlock(void)
{
	spin_unlock(&pcpu.lock);
	spin_unlock(&pcpu.grow_lock);
}

/* As the kernel divides 2 MiB among CPUs. grow_lock held. */
static void get_ready(void)
{
	size_t unit = ATOM_SIZE >> fls_ul(kapi_nr_cpus() - 1);

	if (pcpu.ready)
		return;
	unit = max_ul(unit, UNIT_MIN);
	for (int i = 0; i < NR_SLOTS; i++)
		list_init(&pcpu.slot[i]);
	list_init(&pcpu.full);
	pcpu.unit_granules = (u32)(unit >> GRANULE_SHIFT);
	__atomic_store_n(&pcpu.unit_pages, (u32)(unit >> PAGE_SHIFT),
			 __ATOMIC_RELEASE);
	pcpu.ready = true;
}

static size_t unit_size(void)
{
	return (size_t)pcpu.unit_pages << PAGE_SHIFT;
}

void *percpu_unit_address(const char *p, unsigned int cpu)
{
	return (char *)(uintptr_t)p + (cpu + 1) * unit_size();
}

static bool test(const u64 *map, u32 bit)
{
	return map[bit / 64] >> (bit % 64) & 1;
}

static void set(u64 *map, u32 bit, u32 nr)
{
	for (; nr--; bit++)
		map[bit / 64] |= 1ull << (bit % 64);
}

static void clear(u64 *map, u32 bit, u32 nr)
{
	for (; nr--; bit++)
		map[bit / 64] &= ~(1ull << (bit % 64));
}

/* The first bit of @map from @bit on that is @value; @end if there is none. */
static u32 find(const u64 *map, u32 bit, u32 end, bool value)
{
	while (bit < end) {
		u64 word =
			(value ? map[bit / 64] : ~map[bit / 64]) >> (bit % 64);

		if (word)
			return (u32)min_ul(bit + (u32)__builtin_ctzll(word),
					   end);
		bit = (bit / 64 + 1) * 64;
	}
	return end;
}

/* Moves the chunk where its free bytes say; lock held. */
static void put_in_slot(struct chunk *c)
{
	unsigned int slot = fls_ul(c->nr_free);

	list_del(&c->list);
	list_add(&c->list, c->nr_free ? &pcpu.slot[slot] : &pcpu.full);
}

static bool is_populated(const struct chunk *c, u32 at, u32 nr)
{
	for (u32 page = at / PAGE_GRANULES;
	     page <= (at + nr - 1) / PAGE_GRANULES; page++)
		if (!c->populated[page])
			return false;
	return true;
}

/*
 * The first run of @nr free granules at a multiple of @align, all populated
 * if so asked; unit_granules if there is none.
 */
static u32 first_fit(struct chunk *c, u32 nr, u32 align, bool populated)
{
	u32 end = pcpu.unit_granules, most = 0;

	for (u32 at = c->first_free; at < end;) {
		u32 from = find(c->alloc, at, end, false);
		u32 to = find(c->alloc, from, end, true);

		most = (u32)max_ul(most, to - from);
		for (at = ALIGN_UP(from, align); at + nr <= to; at += align)
			if (!populated || is_populated(c, at, nr))
				return at;
		at = to;
	}
	c->most_free = most;
	return end;
}

/* Counts @nr granules at @at as allocated (or free) in their pages. */
static void count_used(struct chunk *c, u32 at, u32 nr, int sign)
{
	while (nr) {
		u32 page = at / PAGE_GRANULES;
		u32 part = (u32)min_ul(nr, (page + 1) * PAGE_GRANULES - at);
		bool was_empty = !c->used[page];

		c->used[page] = (u16)(c->used[page] + sign * (int)part);
		if (c->populated[page] && was_empty != !c->used[page])
			pcpu.nr_empty_pop += was_empty ? -1ul : 1ul;
		at += part;
		nr -= part;
	}
}

static void take(struct chunk *c, u32 at, u32 nr)
{
	if (c->nr_free == pcpu.unit_granules)
		pcpu.nr_empty_chunks--;
	set(c->alloc, at, nr);
	set(c->begin, at, 1);
	set(c->begin, at + nr, 1);
	c->nr_free -= nr;
	if (at == c->first_free)
		c->first_free = at + nr;
	count_used(c, at, nr, 1);
	put_in_slot(c);
}

/* Finds and takes room in any chunk; lock held. */
static struct chunk *take_anywhere(u32 nr, u32 align, bool populated, u32 *at)
{
	for (unsigned int s = fls_ul(nr); s < NR_SLOTS; s++)
		list_for_each (p, &pcpu.slot[s]) {
			struct chunk *c = list_entry(p, struct chunk, list);

			if (c->nr_free < nr || c->most_free < nr)
				continue;
			*at = first_fit(c, nr, align, populated);
			if (*at == pcpu.unit_granules)
				continue;
			take(c, *at, nr);
			return c;
		}
	return NULL;
}

static void free_chunk(struct chunk *c)
{
	struct page **pages = c->area->pages;
	unsigned long nr = c->area->nr_pages;

	if (vm_area_remove(c->area->vm.addr, VM_KIND_UNITS))
		vm_area_put(c->area);
	vm_pages_put(pages, nr);
	kvfree(pages);
	kvfree(c->alloc);
	kvfree(c->begin);
	kvfree(c);
}

static struct chunk *new_chunk(gfp_t gfp)
{
	size_t map = pcpu.unit_granules / 8;
	unsigned long nr = (kapi_nr_cpus() + 1ul) * pcpu.unit_pages;
	struct chunk *c = kvmalloc(sizeof(*c), gfp | __GFP_ZERO);

	if (!c)
		return NULL;
	c->alloc = kvmalloc(map, gfp | __GFP_ZERO);
	c->begin = kvmalloc(map + sizeof(u64), gfp | __GFP_ZERO);
	c->area = vm_area_get(nr << PAGE_SHIFT, unit_size(), VM_ALLOC,
			      VM_KIND_UNITS, gfp, (const void *)__alloc_percpu);
	if (!c->alloc || !c->begin || !c->area)
		goto undo;
	c->area->pages = kvmalloc(nr * sizeof(struct page *), gfp | __GFP_ZERO);
	if (!c->area->pages)
		goto undo;
	c->area->nr_pages = nr;
	vm_area_publish(c->area);
	c->base = c->area->vm.addr;
	c->nr_free = pcpu.unit_granules;
	c->most_free = c->nr_free;
	list_init(&c->list);
	return c;
undo:
	if (c->area)
		vm_area_put(c->area);
	kvfree(c->alloc);
	kvfree(c->begin);
	kvfree(c);
	return NULL;
}

static bool add_chunk(gfp_t gfp)
{
	struct chunk *c = new_chunk(gfp);

	if (!c)
		return false;
	spin_lock(&pcpu.lock);
	put_in_slot(c);
	pcpu.nr_empty_chunks++;
	spin_unlock(&pcpu.lock);
	return true;
}

/* Pages [@first, @end) of the unit of @cpu; false: there are none. */
static bool populate_unit(struct chunk *c, unsigned int cpu, u32 first, u32 end,
			  gfp_t gfp)
{
	size_t at = (size_t)(cpu + 1) * pcpu.unit_pages + first;
	struct page **pages = c->area->pages + at;
	unsigned long nr = end - first;
	struct thread_cache *t;
	int err = -1;

	if (vm_pages_get(pages, nr, gfp | __GFP_HIGHMEM, NUMA_NO_NODE, 0) < nr)
		return false;
	t = kapi_enter();
	if (t) {
		err = vm_map_pages(c->base + (at << PAGE_SHIFT), pages, nr,
				   false);
		kapi_leave(t);
	}
	return !err;
}

static void depopulate_unit(struct chunk *c, unsigned int cpu, u32 first,
			    u32 end)
{
	size_t at = (size_t)(cpu + 1) * pcpu.unit_pages + first;
	struct page **pages = c->area->pages + at;

	vm_unmap(c->base + (at << PAGE_SHIFT), (size_t)(end - first)
						       << PAGE_SHIFT);
	vm_pages_put(pages, end - first);
	memset(pages, 0, (end - first) * sizeof(*pages));
}

/* Maps pages [@first, @end), none of which is, for all CPUs or none. */
static bool populate(struct chunk *c, u32 first, u32 end, gfp_t gfp)
{
	for (unsigned int cpu = 0; cpu < kapi_nr_cpus(); cpu++) {
		if (populate_unit(c, cpu, first, end, gfp))
			continue;
		do
			depopulate_unit(c, cpu, first, end);
		while (cpu--);
		return false;
	}
	spin_lock(&pcpu.lock);
	for (u32 page = first; page < end; page++) {
		c->populated[page] = true;
		pcpu.nr_populated++;
		pcpu.nr_empty_pop += !c->used[page];
	}
	spin_unlock(&pcpu.lock);
	return true;
}

/* The pages of granules [@at, @at + @nr) that are not mapped; grow_lock. */
static bool populate_granules(struct chunk *c, u32 at, u32 nr, gfp_t gfp)
{
	u32 last = (at + nr - 1) / PAGE_GRANULES;

	for (u32 page = at / PAGE_GRANULES, end; page <= last; page = end) {
		end = page + 1;
		if (c->populated[page])
			continue;
		while (end <= last && !c->populated[end])
			end++;
		if (!populate(c, page, end, gfp))
			return false;
	}
	return true;
}

/* A page that nothing is in and that is not mapped; lock taken inside. */
static struct chunk *page_to_populate(u32 *page)
{
	struct chunk *found = NULL;

	spin_lock(&pcpu.lock);
	for (unsigned int s = NR_SLOTS; s-- && !found;)
		list_for_each (p, &pcpu.slot[s]) {
			struct chunk *c = list_entry(p, struct chunk, list);

			for (*page = 0; *page < pcpu.unit_pages; ++*page)
				if (!c->populated[*page] && !c->used[*page])
					break;
			if (*page < pcpu.unit_pages) {
				found = c;
				break;
			}
		}
	spin_unlock(&pcpu.lock);
	return found;
}

/* Some empty pages more for those that may not sleep; grow_lock held. */
static void keep_populated(gfp_t gfp)
{
	struct chunk *c;
	u32 page = 0;

	if (pcpu.nr_empty_pop >= EMPTY_POP_LOW)
		return;
	gfp |= __GFP_NORETRY | __GFP_NOWARN;
	while (pcpu.nr_empty_pop < EMPTY_POP_HIGH &&
	       (c = page_to_populate(&page)) &&
	       populate(c, page, page + 1, gfp & ~(gfp_t)__GFP_NOFAIL))
		;
}

/* Gives back what was taken; lock held. */
static void give(struct chunk *c, u32 at)
{
	u32 nr = find(c->begin, at + 1, pcpu.unit_granules, true) - at;

	clear(c->alloc, at, nr);
	/* a bound between two free runs says nothing */
	if (at && !test(c->alloc, at - 1))
		clear(c->begin, at, 1);
	if (at + nr < pcpu.unit_granules && !test(c->alloc, at + nr))
		clear(c->begin, at + nr, 1);
	c->nr_free += nr;
	c->first_free = (u32)min_ul(c->first_free, at);
	c->most_free = c->nr_free;
	count_used(c, at, nr, -1);
	put_in_slot(c);
	pcpu.nr_empty_chunks += c->nr_free == pcpu.unit_granules;
}

/* Takes an empty chunk out, if there is more than one; lock held. */
static struct chunk *take_surplus(void)
{
	if (pcpu.nr_empty_chunks <= 1)
		return NULL;
	list_for_each (p, &pcpu.slot[fls_ul(pcpu.unit_granules)]) {
		struct chunk *c = list_entry(p, struct chunk, list);

		if (c->nr_free < pcpu.unit_granules)
			continue;
		list_del(&c->list);
		pcpu.nr_empty_chunks--;
		for (u32 page = 0; page < pcpu.unit_pages; page++) {
			pcpu.nr_empty_pop -= c->populated[page];
			pcpu.nr_populated -= c->populated[page];
		}
		return c;
	}
	return NULL;
}

/* grow_lock held. */
static void drop_surplus(void)
{
	struct chunk *c;

	do {
		spin_lock(&pcpu.lock);
		c = take_surplus();
		spin_unlock(&pcpu.lock);
		if (c)
			free_chunk(c);
	} while (c);
}

static struct chunk *alloc_atomic(u32 nr, u32 align, u32 *at, const char **why)
{
	struct chunk *c = NULL;

	if (__atomic_load_n(&pcpu.unit_pages, __ATOMIC_ACQUIRE)) {
		spin_lock(&pcpu.lock);
		c = take_anywhere(nr, align, true, at);
		spin_unlock(&pcpu.lock);
	}
	*why = "atomic alloc failed, no space left";
	return c;
}

static struct chunk *alloc_sleeping(u32 nr, u32 align, u32 *at, gfp_t gfp,
				    const char **why)
{
	struct chunk *c;

	spin_lock(&pcpu.grow_lock);
	get_ready();
	do {
		spin_lock(&pcpu.lock);
		c = take_anywhere(nr, align, false, at);
		spin_unlock(&pcpu.lock);
		*why = "failed to allocate new chunk";
	} while (!c && add_chunk(gfp));
	if (c && !populate_granules(c, *at, nr, gfp)) {
		spin_lock(&pcpu.lock);
		give(c, *at);
		spin_unlock(&pcpu.lock);
		c = NULL;
		*why = "failed to populate";
	}
	if (c)
		keep_populated(gfp);
	drop_surplus();
	spin_unlock(&pcpu.grow_lock);
	return c;
}

static void tell_failure(size_t size, size_t align, bool atomic,
			 const char *why)
{
	static int limit = WARN_LIMIT;
	int left = __atomic_fetch_sub(&limit, 1, __ATOMIC_RELAXED);

	if (left <= 0) {
		__atomic_store_n(&limit, 0, __ATOMIC_RELAXED);
		return;
	}
	kapi_pr("percpu: allocation failed, size=%zu align=%zu atomic=%d, %s",
		size, align, atomic, why);
	dump_stack();
	if (left == 1)
		kapi_pr("percpu: limit reached, disable warning");
}

void *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp)
{
	bool atomic;
	const char *why;
	struct chunk *c;
	u32 at = 0, nr;

	gfp = kapi_may_alloc(gfp, "alloc_percpu");
	atomic = !(gfp & __GFP_DIRECT_RECLAIM);
	align = max_ul(align, PCPU_MIN_ALLOC_SIZE);
	size = ALIGN_UP(size, (size_t)PCPU_MIN_ALLOC_SIZE);
	if (!size || size > PCPU_MIN_UNIT_SIZE || align > PAGE_SIZE ||
	    (align & (align - 1))) {
		KAPI_WARN(!(gfp & __GFP_NOWARN),
			  "illegal size (%zu) or align (%zu) for percpu "
			  "allocation",
			  size, align);
		return NULL;
	}
	nr = (u32)(size >> GRANULE_SHIFT);
	align >>= GRANULE_SHIFT;
	c = atomic ? alloc_atomic(nr, (u32)align, &at, &why) :
		     alloc_sleeping(nr, (u32)align, &at, gfp, &why);
	if (!c) {
		if (!(gfp & __GFP_NOWARN))
			tell_failure(size, align << GRANULE_SHIFT, atomic, why);
		return NULL;
	}
	for (unsigned int cpu = 0; cpu < kapi_nr_cpus(); cpu++)
		memset(percpu_unit_address(c->base, cpu) +
			       ((size_t)at << GRANULE_SHIFT),
		       0, size);
	return c->base + ((size_t)at << GRANULE_SHIFT);
}

void *__alloc_percpu(size_t size, size_t align)
{
	return __alloc_percpu_gfp(size, align, GFP_KERNEL);
}

void *__alloc_reserved_percpu(size_t size, size_t align)
{
	return __alloc_percpu_gfp(size, align, GFP_KERNEL);
}

/* The chunk that @p is an object of, and where in it; NULL: of none. Lock. */
static struct chunk *chunk_of(const char *p, u32 *at)
{
	for (int s = 0; s <= NR_SLOTS; s++)
		list_for_each (l, s < NR_SLOTS ? &pcpu.slot[s] : &pcpu.full) {
			struct chunk *c = list_entry(l, struct chunk, list);
			size_t off = (size_t)(p - c->base);

			if (off >= unit_size())
				continue;
			*at = (u32)(off >> GRANULE_SHIFT);
			return off % PCPU_MIN_ALLOC_SIZE == 0 &&
					       test(c->alloc, *at) &&
					       test(c->begin, *at) ?
				       c :
				       NULL;
		}
	return NULL;
}

void free_percpu(void *ptr)
{
	struct chunk *c = NULL;
	bool surplus = false;
	u32 at;

	if (!ptr)
		return;
	if (__atomic_load_n(&pcpu.unit_pages, __ATOMIC_ACQUIRE)) {
		spin_lock(&pcpu.lock);
		c = chunk_of(ptr, &at);
		if (c)
			give(c, at);
		surplus = pcpu.nr_empty_chunks > 1;
		spin_unlock(&pcpu.lock);
	}
	KAPI_WARN_ONCE(!c, "free_percpu() of %p, which is no per-CPU memory",
		       ptr);
	if (surplus && !kapi_in_atomic()) { /* else the next to allocate does */
		spin_lock(&pcpu.grow_lock);
		drop_surplus();
		spin_unlock(&pcpu.grow_lock);
	}
}

size_t pcpu_alloc_size(void *ptr)
{
	struct chunk *c;
	size_t size = 0;
	u32 at;

	if (!ptr || !pcpu.unit_pages)
		return 0;
	spin_lock(&pcpu.lock);
	c = chunk_of(ptr, &at);
	if (c)
		size = (size_t)(find(c->begin, at + 1, pcpu.unit_granules,
				     true) -
				at)
		       << GRANULE_SHIFT;
	spin_unlock(&pcpu.lock);
	return size;
}

unsigned long pcpu_nr_pages(void)
{
	return pcpu.nr_populated * kapi_nr_cpus();
}
