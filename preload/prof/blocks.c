/* SPDX-License-Identifier: MIT */
/*
 * blocks.c - see blocks.h.
 *
 * The tag of a free object is 0: whoever frees it takes the tag first. (A
 * slab's first frame has 0 in the low bits of its entry: the array.)
 * Locks: arrays_lock and areas.lock, taken alone but for memory.lock inside;
 * checks_lock, only tried for.
 */
#include "prof/blocks.h"

#include <string.h>

#include "lib/bug.h"
#include "prof/memory.h"

enum {
	FIRST_AREAS = 64,
	SPARSE = 4,	/* a slab less than 1/4 in use is */
};

size_t **block_tags;
bool frames_watched;
unsigned long frame_checked = NO_FRAME;

static struct spinlock arrays_lock;
static struct spinlock checks_lock;	/* one frame is checked at a time */

struct area_tag {
	const void *p;	/* NULL: free */
	u64 tag;
	size_t size;
};

static struct {
	struct spinlock lock;
	struct area_tag *table;	/* open addressing, at most half full */
	size_t size, used;	/* entries */
} areas;

/* What is left behind the last object may look like one more. */
static unsigned int units_of(const struct page *slab)
{
	return DIV_ROUND_UP((slab->slab.objects + 1u) *
				    (unsigned int)sizeof(u64),
			    (unsigned int)PROF_UNIT);
}

static u64 *tags_of(const struct page *slab)
{
	const size_t *entry = block_tags_entry(page_to_pfn(slab));

	return entry ? (u64 *)*entry : NULL;
}

/* Lock held. A slab lies in one block of 2 MiB. */
static void set_tags(const struct page *slab, u64 *tags)
{
	size_t *entry = block_tags_entry(page_to_pfn(slab));

	static_assert(1 << SLAB_MAX_ORDER <= TAGS_ALIGN, "frames of a slab");
	for (unsigned long i = 0; i < 1ul << slab->order; i++)
		__atomic_store_n(&entry[i], tags ? (size_t)tags + i : 0,
				 __ATOMIC_RELEASE);
}

static void forget_slab(const struct page *slab)
{
	u64 *tags = tags_of(slab);

	if (!tags)
		return;
	spin_lock(&arrays_lock);
	set_tags(slab, NULL);
	prof_array_free(tags);
	spin_unlock(&arrays_lock);
}

bool blocks_start(bool watch)
{
	block_tags = prof_memory((machine.nr_pages / PAGEBLOCK_PAGES + 1) *
				 sizeof(*block_tags));
	if (!block_tags)
		return false;
	frames_watched = watch;
	slab_discard_hook = forget_slab;
	return true;
}

/* Lock held. */
static bool make_page(unsigned long pfn)
{
	size_t **page = &block_tags[pfn / PAGEBLOCK_PAGES];

	if (!*page)
		__atomic_store_n(page,
				 prof_memory(PAGEBLOCK_PAGES * sizeof(**page)),
				 __ATOMIC_RELEASE);
	return *page;
}

/* Two threads may hold objects of one new slab. */
bool block_make_tags(const void *p)
{
	const struct page *slab = virt_to_page(p);
	unsigned int units;
	u64 *tags;

	if (slab->type == PAGE_TAIL)
		slab = pfn_to_page(slab->head);
	units = units_of(slab);
	if (slab->type != PAGE_SLAB || units > PROF_MAX_UNITS)
		return false;
	spin_lock(&arrays_lock);
	tags = tags_of(slab);
	if (!tags && make_page(page_to_pfn(slab))) {
		tags = prof_array(units);
		if (tags)
			set_tags(slab, tags);
	}
	spin_unlock(&arrays_lock);
	return tags;
}

/* frames */

static bool has_tags(const void *p, unsigned int class)
{
	const struct kmem_cache *s = &caches[class];
	const size_t *entry = block_tags_entry(virt_to_pfn(p));
	size_t array = entry ? __atomic_load_n(entry, __ATOMIC_ACQUIRE) : 0;
	size_t start = array % TAGS_ALIGN * PAGE_SIZE;
	const u64 *tags = (const u64 *)ALIGN_DOWN(array, (size_t)TAGS_ALIGN);

	if (s->run_pages)
		return virt_to_page(p)->run.private;
	for (size_t i = DIV_ROUND_UP(start, s->size);
	     array && i * s->size < start + PAGE_SIZE; i++)
		if (__atomic_load_n(&tags[i], __ATOMIC_RELAXED))
			return true;
	return false;
}

/* The object at @p is still the caller's, so its slab stays. */
COLD void frame_check(const void *p, unsigned int class)
{
	if (has_tags(p, class) || !spin_trylock(&checks_lock))
		return;
	__atomic_store_n(&frame_checked, virt_to_pfn(p), __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!has_tags(p, class))
		frame_watch_ends(p, class);
	__atomic_store_n(&frame_checked, NO_FRAME, __ATOMIC_RELEASE);
	spin_unlock(&checks_lock);
}

COLD void frame_check_wait(void)
{
	spin_lock(&checks_lock);
	spin_unlock(&checks_lock);
}

/* areas */

static size_t place_of(const void *p)
{
	u64 mixed = (u64)(size_t)p / PAGE_SIZE * 0x9e3779b97f4a7c15ull;

	return (size_t)(mixed >> 32) & (areas.size - 1);
}

/* Where @p is, or the free entry where it would be. */
static struct area_tag *find_area(const void *p)
{
	size_t i = place_of(p);

	while (areas.table[i].p && areas.table[i].p != p)
		i = (i + 1) & (areas.size - 1);
	return &areas.table[i];
}

static bool room_for_area(void)
{
	struct area_tag *old = areas.table, *table;
	size_t size = areas.size ? areas.size * 2 : FIRST_AREAS;

	if (areas.used < areas.size / 2)
		return true;
	table = prof_memory(size * sizeof(*table));
	if (!table)
		return false;
	areas.table = table;
	areas.size = size;
	for (size_t i = 0; i < (old ? size / 2 : 0); i++)
		if (old[i].p)
			*find_area(old[i].p) = old[i];
	return true;
}

bool area_tag_put(const void *p, u64 tag, size_t size)
{
	bool ok;

	spin_lock(&areas.lock);
	ok = room_for_area();
	if (ok) {
		struct area_tag *a = find_area(p);

		areas.used += !a->p;
		*a = (struct area_tag){ p, tag, size };
	}
	spin_unlock(&areas.lock);
	return ok;
}

/* Those behind close the gap, if they belong in or before it. */
static void remove_area(struct area_tag *a)
{
	size_t gap = (size_t)(a - areas.table), mask = areas.size - 1;

	for (size_t i = gap;;) {
		i = (i + 1) & mask;
		if (!areas.table[i].p)
			break;
		if (((i - place_of(areas.table[i].p)) & mask) <
		    ((i - gap) & mask))
			continue;
		areas.table[gap] = areas.table[i];
		gap = i;
	}
	areas.table[gap].p = NULL;
	areas.used--;
}

u64 area_tag_take(const void *p, size_t *size)
{
	struct area_tag *a;
	u64 tag = 0;

	spin_lock(&areas.lock);
	a = areas.size ? find_area(p) : NULL;
	if (a && a->p) {
		tag = a->tag;
		*size = a->size;
		remove_area(a);
	}
	spin_unlock(&areas.lock);
	return tag;
}

/* all */

void blocks_for_each(void (*fn)(u64 tag, size_t size, const void *p, void *arg),
		     void *arg)
{
	for (unsigned long pfn = next_committed_frame(1);
	     pfn < machine.nr_pages; pfn = next_committed_frame(pfn + 1)) {
		const struct page *page = pfn_to_page(pfn);
		unsigned int class = frame_class(pfn);
		const u64 *tags;

		/* of malloc, or of the kernel's kmalloc() */
		if ((page->type == PAGE_LARGE ||
		     (page->type == PAGE_USED && class)) &&
		    page->run.private)
			fn(page->run.private, caches[class].size,
			   pfn_to_virt(pfn), arg);
		if (page->type != PAGE_SLAB)
			continue;
		tags = tags_of(page);
		for (unsigned int i = 0; tags && i < page->slab.objects; i++)
			if (tags[i])
				fn(tags[i], caches[page->slab.cache].size, NULL,
				   arg);
	}
	for (size_t i = 0; i < areas.size; i++)
		if (areas.table[i].p)
			fn(areas.table[i].tag, areas.table[i].size,
			   areas.table[i].p, arg);
}

/* Lock held: a slab that has tags cannot go. */
static void look_at_slab(unsigned long pfn, const u64 *tags, sparse_fn *fn)
{
	const struct page *slab = pfn_to_page(pfn);
	unsigned int inuse = __atomic_load_n(&slab->slab.inuse,
					     __ATOMIC_RELAXED);
	size_t size = caches[slab->slab.cache].size;

	if (inuse && inuse * SPARSE < slab->slab.objects)
		fn(tags, slab->slab.objects, size,
		   (PAGE_SIZE << slab->order) - inuse * size);
}

void blocks_sparse(sparse_fn *fn)
{
	for (unsigned long b = 0; b <= machine.nr_pages / PAGEBLOCK_PAGES;
	     b++) {
		unsigned long first = b * PAGEBLOCK_PAGES;
		const size_t *entry = __atomic_load_n(&block_tags[b],
						      __ATOMIC_ACQUIRE);

		if (!entry)
			continue;
		spin_lock(&arrays_lock);
		for (unsigned long i = 0; i < PAGEBLOCK_PAGES; i++)
			if (entry[i] && entry[i] % TAGS_ALIGN == 0)
				look_at_slab(first + i,
					     (const u64 *)entry[i], fn);
		spin_unlock(&arrays_lock);
	}
}

void blocks_fork_child(void)
{
	spin_lock_init(&arrays_lock);
	spin_lock_init(&checks_lock);
	frame_checked = NO_FRAME;
	spin_lock_init(&areas.lock);
}
