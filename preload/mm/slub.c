/* SPDX-License-Identifier: MIT */
/*
 * slub.c - slabs: blocks of pages cut into equal objects.
 *
 * Theory: a slab's head page says which cache it belongs to and how many
 * objects are out; one bit an object tells the free ones, kept beside the
 * memory map, never in the objects: a free does not dirty the object's page
 * (cheap after fork), double frees show, lowest addresses are reused first.
 * Objects come and go in batches (a sheaf's worth) under one lock.
 * Partial slabs are listed by how full they are; the fullest serve first, so
 * that emptier ones can drain and go back to the page allocator.
 *
 * Invariants (slab_validate() returns how many are broken):
 *   I1  free bits of a slab = objects - inuse, none beyond objects
 *   I2  a slab is on the partial list of its fill iff 0 < free (full: none)
 *   I3  nr_partial, nr_slabs, nr_objs, nr_free of a cache are the sums
 *   I4  class_map names the cache at every frame of a malloc slab
 * Locks: cache->lock, taken alone; never held over page allocator calls.
 * Differs from the kernel: bitmap for free list, four partial lists for one;
 * order, objects, min_partial and what slabinfo shows are the kernel's.
 */
#include "mm/slub.h"

#include <string.h>

#include "lib/bug.h"
#include "mm/page_alloc.h"
#include "mm/slub_debug.h"
#include "mm/slub_layout.h"
#include "mm/stats.h"

SPARSE_BSS struct kmem_cache caches[MAX_CACHES]
	__attribute__((aligned(KVR_PAGE))); /* used ones on few pages */
unsigned int nr_caches = 1;
void (*slab_discard_hook)(const struct page *slab);
void (*slab_discard_rcu)(struct page *slab);

static unsigned int nr_reserved = 1;	/* entries named by their users */
static struct slab_limits limits = { .max_order = SLAB_MAX_ORDER };

/* geometry */

static unsigned int objs_in(unsigned int order, u32 size)
{
	return (unsigned int)((PAGE_SIZE << order) / size);
}

static unsigned int waste_in(unsigned int order, u32 size)
{
	return (unsigned int)((PAGE_SIZE << order) % size);
}

void slab_set_limits(const struct slab_limits *l)
{
	limits = *l;
	if (limits.min_order > limits.max_order)
		limits.max_order = limits.min_order;
}

static bool limits_set(void)
{
	return limits.min_order || limits.min_objects ||
	       limits.max_order != SLAB_MAX_ORDER;
}

/* First order from @min_order on that wastes at most 1/@fraction, or -1. */
static int order_wasting(u32 size, unsigned int min_order,
			 unsigned int fraction)
{
	for (unsigned int o = min_order; o <= limits.max_order; o++)
		if (waste_in(o, size) <= (PAGE_SIZE << o) / fraction)
			return (int)o;
	return -1;
}

static unsigned int min_order_for(u32 size, unsigned int min_objects)
{
	unsigned int o = get_order((size_t)min_objects * size);

	if (objs_in(0, size) > MAX_OBJS_PER_SLAB)
		return get_order((size_t)size * MAX_OBJS_PER_SLAB) - 1;
	return o > limits.min_order ? o : limits.min_order;
}

int calculate_order(u32 size, unsigned int cpus, int kernel)
{
	bool old = kernel == 412 || kernel == 418;
	unsigned int min_objects = limits.min_objects ?
					   limits.min_objects :
					   4 * (fls_ul(cpus) + 1);
	unsigned int max_objects =
		(unsigned int)max_ul(objs_in(limits.max_order, size), 1);
	unsigned int least = old ? 2 : min_objects;

	min_objects = (unsigned int)min_ul(min_objects, max_objects);
	/* 4.19 lowers min_objects one by one; today one pass, down to 1/2. */
	for (; min_objects >= min_ul(least, min_objects); min_objects--) {
		for (unsigned int f = 16; f >= (old ? 4 : 2); f /= 2) {
			int o = order_wasting(
				size, min_order_for(size, min_objects), f);

			if (o >= 0)
				return o;
		}
		if (!old || min_objects <= 1)
			break;
	}
	return get_order(size) <= MAX_PAGE_ORDER ? (int)get_order(size) : -1;
}

int slab_order(u32 size)
{
	unsigned int least = get_order(size);

	if (machine.cfg.kernel || least >= SLAB_MAX_ORDER || limits_set())
		return calculate_order(size, machine.cfg.cpus,
				       machine.cfg.kernel);
	for (unsigned int fraction = 16; fraction >= 8; fraction /= 2) {
		int o = order_wasting(size, least, fraction);

		if (o >= 0)
			return o;
	}
	return (int)least;
}

unsigned int sheaf_capacity_for(u32 size)
{
	if (size >= PAGE_SIZE)
		return 4;
	if (size >= 1024)
		return 12;
	return size >= 256 ? 28 : 60;
}

unsigned int min_partial_for(u32 size)
{
	return (unsigned int)clamp_ul(ilog2_ul(size) / 2, 5, 10);
}

/* creation */

static void publish(const struct kmem_cache *s)
{
	struct kvr_cache *c = stats_cache(s->index);

	if (!c)
		return;
	memcpy(c->name, s->name, sizeof(c->name));
	c->object_size = s->object_size;
	c->size = s->size;
	c->align = s->align;
	c->order = s->order;
	c->min_order = s->min_order;
	c->objs_per_slab = s->objects;
	c->sheaf_capacity = s->sheaf_capacity;
	c->class = s->malloc_class ? s->index : 0;
	stats.nr_caches = nr_caches;
}

/* Order, objects and magic of a slab cache; false if no order fits. */
static bool set_geometry(struct kmem_cache *s)
{
	int order = slab_order(s->size);

	if (order < 0)
		return false;
	s->magic = ~0ull / s->size + 1;
	s->order = (u8)order;
	s->min_order = (u8)get_order(s->size);
	s->objects = (u16)objs_in(s->order, s->size);
	s->min_objects = (u16)objs_in(s->min_order, s->size);
	return true;
}

u32 calculate_alignment(slab_flags_t flags, u32 align, u32 size)
{
	u32 line = CACHE_LINE;

	if (flags & SLAB_HWCACHE_ALIGN) {
		while (size <= line / 2)
			line /= 2;
		align = align > line ? align : line;
	}
	return align > 8 ? align : 8;
}

static gfp_t alloc_flags_for(slab_flags_t flags)
{
	return (flags & SLAB_CACHE_DMA ? GFP_DMA : 0) |
	       (flags & SLAB_CACHE_DMA32 ? GFP_DMA32 : 0) |
	       (flags & SLAB_RECLAIM_ACCOUNT ? (gfp_t)__GFP_RECLAIMABLE : 0);
}

/* A slot's parts, then its slab; false if no order fits. */
static bool set_slab_geometry(struct kmem_cache *s,
			      const struct cache_args *args)
{
	s->flags = slub_debug_flags(args->flags, args->name);
	slub_layout(s, args);
	if (slub_debug_no_growth() &&
	    get_order(s->size) > get_order(s->object_size)) {
		s->flags &= ~(slab_flags_t)(SLAB_DEBUG_METADATA |
					    SLAB_OBJECT_POISON);
		slub_layout(s, args);
	}
	if (s->flags & (SLAB_DEBUG_FLAGS | SLAB_NOLEAKTRACE))
		s->sheaf_capacity = 0;
	return set_geometry(s);
}

static void set_run_geometry(struct kmem_cache *s)
{
	s->size = s->run_pages << PAGE_SHIFT;
	s->object_size = s->size;
	s->magic = 1ull << 32; /* only offset 0 is a multiple */
	s->order = s->min_order = (u8)get_order(s->size);
	s->objects = s->min_objects = 1;
}

/* One that no cache has, nor may have by name of its index; MAX_CACHES: none. */
static unsigned int free_index(void)
{
	unsigned int i = nr_reserved;

	while (i < nr_caches && (caches[i].size || caches[i].refcount))
		i++;
	return i;
}

struct kmem_cache *cache_create(const struct cache_args *args)
{
	unsigned int index = args->index ? args->index : free_index();
	struct kmem_cache *s = &caches[index];
	u32 size;
	struct kmem_cache made = {
		.object_size = args->object_size,
		.align = calculate_alignment(args->flags, args->align,
					     args->object_size),
		.refcount = 1,
		.ctor = args->ctor,
		.allocflags = alloc_flags_for(args->flags),
		.useroffset = args->useroffset,
		.usersize = args->usersize,
		.run_pages = args->run_pages,
		.index = (u8)index,
		.malloc_class = args->malloc_class,
		.sheaf_capacity = args->sheaf_capacity,
		.min_partial = args->min_partial,
		.barn = { .max_full = args->max_full,
			  .max_extra = args->max_extra,
			  .max_empty = 10 },
	};

	if (index >= MAX_CACHES || made.object_size > KMEM_MAX_OBJECT ||
	    (!made.object_size && !made.run_pages))
		return NULL;
	if (made.run_pages)
		set_run_geometry(&made);
	else if (!set_slab_geometry(&made, args))
		return NULL;
	strncpy(made.name, args->name, sizeof(made.name) - 1);
	/* Who sees a size sees the rest: pairs with kmalloc_cache(). */
	size = made.size;
	made.size = 0;
	*s = made;
	__atomic_store_n(&s->size, size, __ATOMIC_RELEASE);
	if (index >= nr_caches)
		nr_caches = index + 1;
	if (!s->run_pages)
		publish(s);
	return s;
}

void cache_reserve(unsigned int n)
{
	nr_caches = nr_reserved = n;
}

void slab_shutdown(void)
{
	memset(caches, 0, sizeof(caches));
	memset(stats_pages.cache, 0, sizeof(stats_pages.cache));
	nr_caches = nr_reserved = 1;
	stats.nr_caches = 0;
}

/* a slab's free bits */

static unsigned int nr_words(const struct page *slab)
{
	return DIV_ROUND_UP(slab->slab.objects, 64u);
}

u64 *slab_map(const struct page *slab)
{
	unsigned long pfn = page_to_pfn(slab);

	if (slab->slab.objects <= 64)
		return &pfn_to_page(pfn)->slab.map;
	return machine.freemap + pfn * FREEMAP_WORDS;
}

static void map_set_all(struct page *slab)
{
	u64 *map = slab_map(slab);
	unsigned int objects = slab->slab.objects, words = nr_words(slab);

	for (unsigned int w = 0; w < words; w++)
		map[w] = ~0ull;
	if (objects % 64)
		map[words - 1] = (1ull << objects % 64) - 1;
}

/* Takes up to @want objects, lowest first, into @objs from its end down. */
unsigned int slab_take(const struct kmem_cache *s, struct page *slab,
		       void **end, unsigned int want)
{
	u64 *map = slab_map(slab);
	unsigned int words = nr_words(slab), got = 0;
	char *base = page_address(slab);
	unsigned int w = slab->slab.hint;

	for (; got < want && w < words; w++) {
		u64 bits = map[w];

		while (bits && got < want) {
			u32 i = w * 64 + (u32)__builtin_ctzll(bits);

			bits &= bits - 1;
			*--end = base + (size_t)i * s->size;
			got++;
		}
		map[w] = bits;
		if (bits)
			break;
	}
	slab->slab.hint = (u16)w;
	slab->slab.inuse = (u16)(slab->slab.inuse + got);
	return got;
}

/* partial lists */

/* inuse * NR_FILL / objects of a slab that is not full, without dividing. */
static unsigned int fill_of(const struct page *slab)
{
	unsigned int used = slab->slab.inuse * 4u, objects = slab->slab.objects;

	static_assert(NR_FILL == 4, "quarters");
	return (used >= objects) + (used >= 2 * objects) +
	       (used >= 3 * objects);
}

enum { PG_FILL_SHIFT = 6 }; /* two bits of page->flags: which list */

void partial_add(struct kmem_cache *s, struct page *slab)
{
	unsigned int fill = fill_of(slab);
	u32 *head = &s->partial[fill];
	u32 pfn = (u32)page_to_pfn(slab);

	slab->flags = (u8)((slab->flags & ~(3u << PG_FILL_SHIFT)) | PG_PARTIAL |
			   fill << PG_FILL_SHIFT);
	slab->prev = NO_PFN;
	slab->next = *head;
	if (*head)
		pfn_to_page(*head)->prev = pfn;
	*head = pfn;
	s->nr_partial++;
	s->nr_free += (unsigned long)slab->slab.objects - slab->slab.inuse;
}

void partial_del(struct kmem_cache *s, struct page *slab,
			unsigned int free_then)
{
	if (slab->prev)
		pfn_to_page(slab->prev)->next = slab->next;
	else
		s->partial[slab->flags >> PG_FILL_SHIFT] = slab->next;
	if (slab->next)
		pfn_to_page(slab->next)->prev = slab->prev;
	slab->flags &= (u8)~PG_PARTIAL;
	s->nr_partial--;
	s->nr_free -= free_then;
}

struct page *fullest_partial(struct kmem_cache *s)
{
	struct page *slab;

	if (unlikely(machine.nr_nodes > 1)) {
		slab = fullest_partial_node(s, local_node());
		if (slab)
			return slab;
	}
	for (int f = NR_FILL - 1; f >= 0; f--)
		if (s->partial[f])
			return pfn_to_page(s->partial[f]);
	return NULL;
}

/* The mirror in the report file; under the cache's lock. */
void publish_counts(const struct kmem_cache *s)
{
	struct kvr_cache *c = stats_cache(s->index);

	if (!c)
		return;
	c->nr_slabs = s->nr_slabs;
	c->nr_objs = s->nr_objs;
	c->nr_partial = s->nr_partial;
	c->nr_free = s->nr_free;
	if (s->nr_slabs > c->peak_slabs)
		c->peak_slabs = s->nr_slabs;
}

/* slabs come and go */

static void set_class(const struct kmem_cache *s, const struct page *slab,
		      u8 class)
{
	if (s->malloc_class)
		memset(machine.class_map + page_to_pfn(slab), class,
		       1ul << slab->order);
}

/*
 * The kernel's two tries: the wanted order without any effort, then the
 * smallest order by the caller's rules.
 */
static struct page *alloc_slab_pages(const struct kmem_cache *s, gfp_t gfp,
				     int nid)
{
	gfp_t first = (gfp | __GFP_NOWARN | __GFP_NORETRY) &
		      ~(gfp_t)(__GFP_NOFAIL | __GFP_ZERO);
	struct page *slab;

	first |= s->allocflags;
	if ((first & __GFP_DIRECT_RECLAIM) && s->order > s->min_order)
		first = (first | __GFP_NOMEMALLOC) & ~__GFP_RECLAIM;
	slab = alloc_pages_node(nid, first, s->order);
	if (slab)
		return slab;
	slab = alloc_pages_node(nid,
				(gfp & ~(gfp_t)__GFP_ZERO) | s->allocflags,
				s->min_order);
	if (slab && s->order > s->min_order) {
		count_cache_event(s->index, KV_order_fallback, 1);
		if (stats_cache(s->index))
			stats_cache(s->index)->order_fallback++;
	}
	return slab;
}

/* Objects that are made before they are handed out. */
static COLD void make_objects(struct kmem_cache *s, struct page *slab)
{
	if (cache_is_debug(s)) {
		slub_debug_make(s, slab);
		return;
	}
	for (unsigned int i = 0; i < slab->slab.objects; i++)
		s->ctor(object_at(s, slab, i));
}

struct page *new_slab_node(struct kmem_cache *s, gfp_t gfp, int nid)
{
	struct page *slab = alloc_slab_pages(s, gfp, nid);
	unsigned long pfn;

	if (!slab)
		return NULL;
	pfn = page_to_pfn(slab);
	slab->type = PAGE_SLAB;
	slab->refcount = 0;
	slab->flags = 0;
	slab->slab.cache = s->index;
	slab->slab.inuse = 0;
	slab->slab.objects = slab->order == s->order ? s->objects :
						       s->min_objects;
	slab->slab.hint = 0;
	/* 8-byte objects: such a cache is for show (kmalloc_make_all()). */
	BUG_ON(nr_words(slab) > (unsigned int)FREEMAP_WORDS << slab->order);
	map_set_all(slab);
	for (unsigned long i = 1; i < 1ul << slab->order; i++) {
		struct page *tail = pfn_to_page(pfn + i);

		tail->type = PAGE_TAIL;
		tail->head = (u32)pfn;
	}
	set_class(s, slab, s->index);
	if (unlikely(s->ctor || cache_is_debug(s)))
		make_objects(s, slab);
	gauge_pages(&stats.slab_pages, slab, 1l << slab->order);
	stats_note_pages();
	count_cache_event(s->index, KV_slab_alloc, 1);
	return slab;
}

bool slab_wipe_pages;

static void free_slab_pages(struct page *slab)
{
	unsigned int order = slab->order;
	unsigned long pfn = page_to_pfn(slab);

	if (unlikely(slab_wipe_pages))
		memset(page_address(slab), 0, PAGE_SIZE << order);
	for (unsigned long i = 1; i < 1ul << order; i++)
		pfn_to_page(pfn + i)->type = PAGE_OFFLINE;
	gauge_pages(&stats.slab_pages, slab, -(1l << order));
	count_cache_event(slab->slab.cache, KV_slab_free, 1);
	free_pages_block(slab, order);
}

void slab_discard_waiting(struct page *slab)
{
	slab->refcount = 0;
	free_slab_pages(slab);
}

static void discard_slab(const struct kmem_cache *s, struct page *slab)
{
	if (unlikely(slab_discard_hook))
		slab_discard_hook(slab);
	if (unlikely(cache_is_debug(s)))
		slub_debug_discard(s, slab);
	set_class(s, slab, 0);
	slab->type = PAGE_USED;
	if (unlikely(s->flags & SLAB_TYPESAFE_BY_RCU) && slab_discard_rcu)
		slab_discard_rcu(slab);
	else
		free_slab_pages(slab);
}

void discard_list(const struct kmem_cache *s, u32 pfn)
{
	while (pfn) {
		struct page *slab = pfn_to_page(pfn);

		pfn = slab->next;
		discard_slab(s, slab);
	}
}

/* batches */

void slab_added(struct kmem_cache *s, const struct page *slab)
{
	struct kvr_cache *row = stats_cache(s->index);

	s->nr_slabs++;
	s->nr_objs += slab->slab.objects;
	if (row)
		row->slab_alloc++;
}

static void slab_removed(struct kmem_cache *s, const struct page *slab)
{
	struct kvr_cache *row = stats_cache(s->index);

	s->nr_slabs--;
	s->nr_objs -= slab->slab.objects;
	if (row)
		row->slab_free++;
}

static unsigned int take_partials(struct kmem_cache *s, void **end,
				  unsigned int want)
{
	unsigned int got = 0;
	struct page *slab;

	spin_lock(&s->lock);
	while (got < want && (slab = fullest_partial(s))) {
		partial_del(s, slab, slab->slab.objects - slab->slab.inuse);
		got += slab_take(s, slab, end - got, want - got);
		if (slab->slab.inuse < slab->slab.objects)
			partial_add(s, slab);
	}
	publish_counts(s);
	spin_unlock(&s->lock);
	return got;
}

static unsigned int take_new(struct kmem_cache *s, gfp_t gfp, void **end,
			     unsigned int want)
{
	struct page *slab = new_slab_node(s, gfp, NUMA_NO_NODE);
	unsigned int got;

	if (!slab)
		return 0;
	got = slab_take(s, slab, end, want);
	spin_lock(&s->lock);
	slab_added(s, slab);
	if (slab->slab.inuse < slab->slab.objects)
		partial_add(s, slab);
	publish_counts(s);
	spin_unlock(&s->lock);
	return got;
}

unsigned int slab_alloc_batch(struct kmem_cache *s, gfp_t gfp, void **objs,
			      unsigned int want)
{
	unsigned int got;

	if (unlikely(cache_is_debug(s)))
		return slub_debug_alloc_batch(s, gfp, objs, want);
	got = take_partials(s, objs + want, want);
	/* Half a batch is enough: a fresh slab is the dearer way. */
	if (got <= want / 2)
		got += take_new(s, gfp, objs + want - got, want - got);
	if (got < want)
		memmove(objs, objs + want - got, got * sizeof(*objs));
	stats_note_held((long)got * s->size);
	return got;
}

struct page *slab_of(const void *p)
{
	struct page *page = virt_to_page(p);

	return page->type == PAGE_TAIL ? pfn_to_page(page->head) : page;
}

/* Index of the object that starts at @p, or -1. */
static long object_index(const struct kmem_cache *s, const struct page *slab,
			 const void *p)
{
	size_t offset = (size_t)((const char *)p -
				 (const char *)page_address(slab));
	u64 i = (u64)((u128)offset * s->magic >> 64);

	if (i * s->size != offset || i >= slab->slab.objects)
		return -1;
	return (long)i;
}

bool slab_is_object(const struct kmem_cache *s, const void *p)
{
	const struct page *slab = slab_of(p);

	return slab->type == PAGE_SLAB && slab->slab.cache == s->index &&
	       object_index(s, slab, (const char *)p - s->red_left_pad) >= 0;
}

/*
 * Sets the bits of those of @n objects, from the first, that lie in the slab
 * of the first. Returns how many; *@of is the slab. The word of bits at hand
 * stays in a register: a store and a load for each object would wait for one
 * another. Of an offset times magic = ceil(2^64 / size) the upper half is the
 * index, and the lower half is below magic for multiples of the size only.
 */
static unsigned int put_objects(struct kmem_cache *s, void **objs,
				unsigned int n, struct page **of)
{
	struct page *slab = slab_of(objs[0]);
	size_t base = (size_t)page_address(slab), offset;
	size_t bytes = PAGE_SIZE << slab->order;
	unsigned int objects = slab->slab.objects, lowest = slab->slab.hint;
	unsigned int put = 0, word = 0;
	u64 *map, bits, magic = s->magic;

	if (unlikely(slab->type != PAGE_SLAB || slab->slab.cache != s->index))
		bug("double free or invalid pointer %p (%s)", objs[0], s->name);
	map = slab_map(slab);
	bits = map[0];
	offset = (size_t)objs[0] - base;
	do {
		u128 product = (u128)offset * magic;
		u64 i = (u64)(product >> 64), bit = 1ull << i % 64;

		if (unlikely((u64)product >= magic || i >= objects))
			bug("double free or invalid pointer %p (%s)", objs[put],
			    s->name);
		if (i / 64 != word) {
			map[word] = bits;
			lowest = word < lowest ? word : lowest;
			word = (unsigned int)(i / 64);
			bits = map[word];
		}
		if (unlikely(bits & bit))
			bug("double free of %p (%s)", objs[put], s->name);
		bits |= bit;
		if (++put == n)
			break;
		offset = (size_t)objs[put] - base;
	} while (offset < bytes);
	map[word] = bits;
	slab->slab.hint = (u16)(word < lowest ? word : lowest);
	slab->slab.inuse = (u16)(slab->slab.inuse - put);
	*of = slab;
	return put;
}

/* See object_freed(); of @n objects. */
static ALWAYS_INLINE struct page *
keep_lists(struct kmem_cache *s, struct page *slab, unsigned int n)
{
	bool on_list = slab->flags & PG_PARTIAL;
	unsigned int free_then = slab->slab.objects - slab->slab.inuse - n;
	/* One by one, the first would have put a full slab on its list. */
	unsigned long nr_partial = s->nr_partial + (!on_list && n > 1);

	if (slab->slab.inuse == 0 && nr_partial >= s->min_partial) {
		if (on_list)
			partial_del(s, slab, free_then);
		slab_removed(s, slab);
		return slab;
	}
	if (!on_list) {
		partial_add(s, slab);
	} else if (fill_of(slab) != slab->flags >> PG_FILL_SHIFT) {
		partial_del(s, slab, free_then);
		partial_add(s, slab);
	} else {
		s->nr_free += n;
	}
	return NULL;
}

struct page *object_freed(struct kmem_cache *s, struct page *slab)
{
	return keep_lists(s, slab, 1);
}

void slab_free_batch(struct kmem_cache *s, void **objs, unsigned int n)
{
	u32 empty = NO_PFN;

	if (s->run_pages) {
		for (unsigned int i = 0; i < n; i++)
			run_free(s, objs[i]);
		return;
	}
	if (unlikely(cache_is_debug(s))) {
		slub_debug_free_batch(s, objs, n);
		return;
	}
	spin_lock(&s->lock);
	for (unsigned int i = 0; i < n;) {
		struct page *slab;
		unsigned int put = put_objects(s, objs + i, n - i, &slab);

		i += put;
		slab = keep_lists(s, slab, put);
		if (slab) {
			slab->next = empty;
			empty = (u32)page_to_pfn(slab);
		}
	}
	publish_counts(s);
	spin_unlock(&s->lock);
	stats_note_held(-(long)n * s->size);
	discard_list(s, empty);
}

COLD unsigned int slab_watched_class(unsigned long pfn)
{
	const struct page *page = pfn_to_page(pfn);

	if (page->type == PAGE_LARGE)
		return page->run.class;
	if (page->type == PAGE_TAIL)
		page = pfn_to_page(page->head);
	return page->slab.cache;
}

/* page runs */

static void run_begin(const struct kmem_cache *s, struct page *page)
{
	page->type = PAGE_LARGE;
	page->refcount = 0;
	page->run.class = s->index;
	page->run.nr_pages = s->run_pages;
	page->run.private = 0;	/* prof's, while the run is handed out */
	machine.class_map[page_to_pfn(page)] = s->index;
	gauge_pages(&stats.large_pages, page, s->run_pages);
	stats_note_pages();
	stats_note_held((long)s->size);
}

static void run_end(const struct kmem_cache *s, struct page *page)
{
	machine.class_map[page_to_pfn(page)] = 0;
	page->type = PAGE_USED;
	gauge_pages(&stats.large_pages, page, -(long)s->run_pages);
	stats_note_held(-(long)s->size);
}

void *run_alloc(struct kmem_cache *s, gfp_t gfp)
{
	struct page *page = alloc_page_run(gfp, s->run_pages);

	if (!page)
		return NULL;
	run_begin(s, page);
	return page_address(page);
}

void run_adopt(struct kmem_cache *s, struct page *block, unsigned int order)
{
	if (s->run_pages < 1u << order)
		shrink_page_run(block, 1u << order, s->run_pages);
	run_begin(s, block);
}

bool run_resize(struct kmem_cache *from, struct kmem_cache *to, void *p)
{
	struct page *page = virt_to_page(p);

	if (to->run_pages > from->run_pages &&
	    !grow_page_run(page, from->run_pages, to->run_pages))
		return false;
	run_end(from, page);
	if (to->run_pages < from->run_pages)
		shrink_page_run(page, from->run_pages, to->run_pages);
	run_begin(to, page);
	return true;
}

void run_free(struct kmem_cache *s, void *p)
{
	struct page *page = virt_to_page(p);

	if (unlikely(page->type != PAGE_LARGE || page->run.class != s->index))
		bug("double free of %p (%s)", p, s->name);
	run_end(s, page);
	free_page_run(page, s->run_pages);
}

/* all slabs of a cache */

void slab_for_each(struct kmem_cache *s,
		   bool (*fn)(struct kmem_cache *s, struct page *slab,
			      void *arg),
		   void *arg)
{
	for (unsigned long pfn = next_committed_frame(1);
	     pfn < machine.nr_pages; pfn = next_committed_frame(pfn + 1)) {
		struct page *page = pfn_to_page(pfn);

		if (page->type == PAGE_SLAB && page->slab.cache == s->index &&
		    !fn(s, page, arg))
			return;
	}
}

unsigned long cache_nr_inuse(const struct kmem_cache *s)
{
	return s->nr_objs - s->nr_free;
}

/* pressure */

unsigned long cache_shrink(struct kmem_cache *s)
{
	u32 empty = NO_PFN, pfn;
	unsigned long pages = 0;

	if (s->run_pages)
		return 0;
	spin_lock(&s->lock);
	for (pfn = s->partial[0]; pfn;) {
		struct page *slab = pfn_to_page(pfn);

		pfn = slab->next;
		if (slab->slab.inuse)
			continue;
		partial_del(s, slab, slab->slab.objects);
		slab_removed(s, slab);
		pages += 1ul << slab->order;
		slab->next = empty;
		empty = (u32)page_to_pfn(slab);
	}
	publish_counts(s);
	spin_unlock(&s->lock);
	discard_list(s, empty);
	return pages;
}

void slab_fork_child(void)
{
	for (unsigned int i = 1; i < nr_caches; i++) {
		spin_lock_init(&caches[i].lock);
		spin_lock_init(&caches[i].barn.lock);
	}
	slub_debug_fork_child();
}

/* validation */

static unsigned long slab_broken(const struct kmem_cache *s, struct page *slab)
{
	u64 *map = slab_map(slab);
	unsigned int free = 0, words = nr_words(slab);
	unsigned long broken = 0, pfn = page_to_pfn(slab);

	for (unsigned int w = 0; w < words; w++) {
		free += (unsigned int)__builtin_popcountll(map[w]);
		broken += !cache_is_debug(s) && w < slab->slab.hint && map[w];
	}
	broken += slab->slab.objects % 64 &&
		  map[words - 1] >> slab->slab.objects % 64;
	broken += free != (unsigned int)slab->slab.objects - slab->slab.inuse;
	broken += !(slab->flags & PG_PARTIAL) != !free;
	if (s->malloc_class)
		for (unsigned long i = 0; i < 1ul << slab->order; i++)
			broken += frame_class(pfn + i) != s->index;
	return broken;
}

static unsigned long partials_broken(const struct kmem_cache *s)
{
	unsigned long broken = 0, n = 0, free = 0;

	for (unsigned int f = 0; f < NR_FILL; f++) {
		u32 prev = NO_PFN;

		/* too many, or a loop: n tells */
		for (u32 pfn = s->partial[f]; pfn && n <= s->nr_partial;) {
			const struct page *slab = pfn_to_page(pfn);

			broken += slab->type != PAGE_SLAB ||
				  slab->slab.cache != s->index ||
				  slab->prev != prev || fill_of(slab) != f;
			n++;
			free += (unsigned long)slab->slab.objects -
				slab->slab.inuse;
			prev = pfn;
			pfn = slab->next;
		}
	}
	return broken + (n != s->nr_partial) + (free != s->nr_free);
}

COLD unsigned long slab_validate(void)
{
	unsigned long broken = 0;

	for (unsigned int c = 1; c < nr_caches; c++) {
		struct kmem_cache *s = &caches[c];
		unsigned long slabs = 0, objs = 0;

		if (s->run_pages || !s->size)
			continue;
		spin_lock(&s->lock);
		for (unsigned long pfn = next_committed_frame(1);
		     pfn < machine.nr_pages;
		     pfn = next_committed_frame(pfn + 1)) {
			struct page *page = pfn_to_page(pfn);

			if (page->type != PAGE_SLAB || page->slab.cache != c)
				continue;
			slabs++;
			objs += page->slab.objects;
			broken += slab_broken(s, page);
		}
		broken += partials_broken(s);
		broken += slabs != s->nr_slabs || objs != s->nr_objs;
		spin_unlock(&s->lock);
	}
	return broken;
}
