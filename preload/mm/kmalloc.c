/* SPDX-License-Identifier: MIT */
/*
 * kmalloc.c - size classes; see kmalloc.h.
 *
 * Why the default geometry: 8 classes a doubling waste 6% on average where
 * the kernel's powers of two waste 25%; every kernel class is one of ours, so
 * what the kernel would take follows from the counts of our classes.
 * Above 8 pages it is the other way round, and runs are the kernel's blocks:
 * what lies behind the bytes asked for is address space, not memory, until
 * somebody who needed more has written there; while runs of 5/8 to 7/8 of a
 * block leave tails that fit nobody, and come back in pieces that merge late.
 * (Random replacement of 16 KiB to 1 MiB: 37 k page faults and 46 MiB became
 * 26 k and 39 MiB; threads with all sizes, mstress: 29 and 26 MiB became 19;
 * python-malloc 86 MiB 80. Blocks from 3 pages on: churn of 16 bytes to 32 KiB
 * 5% more memory; from 16: mstress 22 MiB; two lengths a doubling: big blocks
 * 31 k faults and 41 MiB. Runs in pageblocks of their own, apart from slabs:
 * churn and calloc 5% less memory, but ageing heaps 12% more.)
 * Caching is bounded by bytes there: barns to 64 KiB a class, those of shared
 * classes (see below) to 128 or 256, and where one is in demand to 256 KiB
 * more, 1 MiB of tiny objects, nine sheaves of runs up to 32 KiB (all together:
 * sheaf.c); empty slabs to 32 KiB; of runs above 64 KiB only threads keep one
 * or two, above 256 KiB nobody; kernel presets keep the kernel's numbers for
 * slabs.
 *
 * A process of some 100 KiB pays for each class that it uses, not for what
 * sizes are rounded to: a slab of a page, a sheaf, a row of each table. While
 * it is so young, sizes up to 1 KiB share two classes a doubling, and find
 * their own once the heap has grown (kmalloc_young(), kmalloc_mature()). Not
 * where somebody looks, for a size has one class in all of a report.
 * (Shared until 512 KiB or 1 MiB: batches 2% more memory. Larger sizes shared
 * too, each until the heap has 2048 times as much: batches of up to 1 KiB 5%
 * less, but replay-sqlite 30.4 MiB -> 34.5.)
 *
 * Each thread pays for each class again: two sheaves and what they hold. And
 * objects of classes an eighth apart share cache lines with neighbours, which
 * among threads are others'; those of shared classes from 128 bytes on do not.
 * So where there are threads, all slab classes are shared until the heap has
 * 4 MiB for each beside the main one (kmalloc_threads()). Shared classes get
 * several times the requests, and for it longer sheaves below 4 KiB, and room
 * in their barns. (larson-2t 0.60 s of CPU -> 0.46; thread-churn 8.0 MiB ->
 * 6.0; batch-2t 3.1 -> 2.7, but 10% dearer, with sheaves of 12 and 28 a third.
 * Barns of 64 KiB there: xmalloc-2t 4.0 MiB instead of 2.9, and 8% dearer.
 * Until 2 MiB for each: half of the runs of larson-4t under load parted classes
 * when the heap had nearly all it needs, 13.9 MiB instead of 9.4. A single
 * worker until 6 MiB: churn-young 10% more memory.) A worker beside the main
 * thread is 7% dearer in batches, with 5 to 8% less memory; but often more
 * threads come soon, and what has its own class by then is never shared:
 * larson-2t took a quarter more time where the second worker was late.
 * Lock: make_lock serialises the making of classes, map_lock who maps sizes to
 * them.
 */
#include "mm/kmalloc.h"

#include <string.h>

#include "kvmalloc/kmalloc_sizes.h"
#include "lib/print.h"
#include "mm/page_alloc.h"
#include "mm/sheaf.h"
#include "mm/stats.h"

struct kmalloc_info kmalloc_info;

enum {
	FINE_PAGES = 8, /* runs of less are not whole blocks */
	YOUNG_SIZE = 1024, /* the largest class that others share */
	YOUNG_PAGES = (256 << 10) >> PAGE_SHIFT, /* in use: no more so young */
	THREAD_PAGES = (4 << 20) >> PAGE_SHIFT, /* for each beside the main one */
};

static struct {
	struct spinlock make_lock, map_lock;
	int kernel;
	bool sheaves;
	bool unseen;	 /* sizes may share classes */
	u32 most_shared; /* the largest class that others share, or 0 */
	u32 threads;
	u32 mapped_for; /* threads at the last look, or 0 */
} kmalloc;

struct size_name {
	u32 size;
	const char *name, *old_name;
};

static const struct size_name kernel_sizes[] = {
#define X(size, name, old) { size, name, old },
	KMALLOC_SIZES(X)
#undef X
};

static bool is_4x(void)
{
	return kmalloc.kernel == 412 || kmalloc.kernel == 418;
}

static void add_class(u32 size)
{
	kmalloc_info.size[kmalloc_info.nr_classes++] = size;
}

/* Ascending: next size after @size with @steps classes a doubling. */
static u32 next_size(u32 size, u32 steps, u32 least)
{
	u32 step = (u32)(1ul << ilog2_ul(size)) / steps;

	return size + (step > least ? step : least);
}

static void list_sizes(void)
{
	u32 steps = kmalloc.kernel ? 1 : 8;
	u32 pages = kmalloc.kernel ? 4 : 3;
	u32 fine = machine.cfg.overcommit ? FINE_PAGES : MAX_BLOCK_PAGES;

	memset(&kmalloc_info, 0, sizeof(kmalloc_info));
	kmalloc_info.nr_classes = 1;
	for (u32 size = KMALLOC_GRAIN; size <= KMALLOC_MAX_CACHE_SIZE;
	     size = next_size(size, steps, KMALLOC_GRAIN)) {
		add_class(size);
		if (kmalloc.kernel && (size == 64 || size == 128))
			add_class(size / 2 * 3);
	}
	kmalloc_info.nr_slab_classes = kmalloc_info.nr_classes;
	for (; pages < fine; pages = next_size(pages, steps, 1))
		add_class(pages << PAGE_SHIFT);
	for (; pages <= MAX_BLOCK_PAGES; pages *= 2)
		add_class(pages << PAGE_SHIFT);
}

/* Powers of two, and half way between them. */
static bool is_shared(u32 size)
{
	return !(size & ((1u << ilog2_ul(size)) / 2 - 1));
}

/* Requests may read the table meanwhile: each entry is right at all times. */
static unsigned int map_grains(u32 most_shared)
{
	unsigned int c = 1;

	for (unsigned int g = 0; g < NR_GRAINS; g++) {
		while (g * KMALLOC_GRAIN > kmalloc_info.size[c] ||
		       (kmalloc_info.size[c] <= most_shared &&
			!is_shared(kmalloc_info.size[c])))
			c++;
		__atomic_store_n(&kmalloc_info.class_of_grain[g], (u8)c,
				 __ATOMIC_RELAXED);
	}
	return c;
}

static void share_up_to(u32 size)
{
	map_grains(size);
	__atomic_store_n(&kmalloc.most_shared, size, __ATOMIC_RELAXED);
}

void kmalloc_young(void)
{
	kmalloc.unseen = true;
	share_up_to(YOUNG_SIZE);
}

/* Of two new threads the first may come here last. */
void kmalloc_threads(u32 nr)
{
	u32 now = __atomic_load_n(&kmalloc.threads, __ATOMIC_RELAXED);

	while (now < nr &&
	       !__atomic_compare_exchange_n(&kmalloc.threads, &now, nr, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

/* Heaps of less than so many pages share classes, or still do. */
static unsigned long shared_pages(u32 threads)
{
	if (threads < 2)
		return YOUNG_PAGES;
	return (threads - 1) * (unsigned long)THREAD_PAGES;
}

/*
 * One that has grown shares again only when threads are new, and it is small:
 * what classes of their own have left free serves nobody then. (larson-2t, one
 * thread far ahead of the other: 5.5 MiB became 7.4.)
 */
static void remap(u32 threads)
{
	unsigned long used = machine.nr_pages - nr_free_pages();
	bool new = threads != kmalloc.mapped_for;

	__atomic_store_n(&kmalloc.mapped_for, threads, __ATOMIC_RELAXED);
	if (used >= shared_pages(threads)) {
		if (kmalloc.most_shared)
			share_up_to(0);
	} else if (new && threads > 1 &&
		   (kmalloc.most_shared || used < shared_pages(threads) / 4)) {
		share_up_to(KMALLOC_MAX_CACHE_SIZE);
	}
}

void kmalloc_mature(void)
{
	u32 threads = __atomic_load_n(&kmalloc.threads, __ATOMIC_RELAXED);

	if (!kmalloc.unseen ||
	    (!__atomic_load_n(&kmalloc.most_shared, __ATOMIC_RELAXED) &&
	     __atomic_load_n(&kmalloc.mapped_for, __ATOMIC_RELAXED) == threads))
		return;
	spin_lock(&kmalloc.map_lock);
	remap(threads);
	spin_unlock(&kmalloc.map_lock);
}

void kmalloc_boot(int kernel, bool sheaves)
{
	unsigned int c;

	kmalloc.kernel = kernel;
	kmalloc.sheaves = sheaves;
	kmalloc.unseen = false;
	kmalloc.most_shared = kmalloc.mapped_for = 0;
	kmalloc.threads = 1;
	list_sizes();
	c = map_grains(0);
	for (unsigned int p = 0; p <= MAX_BLOCK_PAGES; p++) {
		if (p << PAGE_SHIFT > kmalloc_info.size[c])
			c++;
		kmalloc_info.class_of_pages[p] = (u8)c;
	}
	cache_reserve(kmalloc_info.nr_classes);
	stats.nr_classes = kmalloc_info.nr_classes;
}

/* caching bounds, see the header comment */

/* Of a class that others may share. */
static unsigned int capacity_shared(u32 size)
{
	return size >= 4096 ? sheaf_capacity_for(size) : size > 1024 ? 28 : 60;
}

static unsigned int capacity_for(u32 size)
{
	if (!kmalloc.sheaves || size > 256 << 10)
		return 0;
#ifdef KV_KAPI
	if (size > KMALLOC_MAX_CACHE_SIZE)
		return 0; /* kfree() gives blocks back at once */
#endif
	if (size > 64 << 10)
		return 1;
	if (size <= TINY_SIZE && !kmalloc.kernel)
		return TINY_CAPACITY;
	if (size <= KMALLOC_MAX_CACHE_SIZE && !kmalloc.kernel &&
	    is_shared(size))
		return capacity_shared(size);
	return size > 32 << 10 ? 2 : sheaf_capacity_for(size);
}

/* Each shared class does the work of four, of tiny ones of two. */
static unsigned long barn_bytes(u32 size)
{
	if (kmalloc.kernel || size > KMALLOC_MAX_CACHE_SIZE || !is_shared(size))
		return 64 << 10;
	return size > TINY_SIZE ? 256 << 10 : 128 << 10;
}

static unsigned int max_full_for(u32 size, unsigned int capacity)
{
	if (!capacity)
		return 0;
	if (kmalloc.kernel && size <= KMALLOC_MAX_CACHE_SIZE)
		return 10;
	if (size > 64 << 10)
		return 0;
	return (unsigned int)clamp_ul(barn_bytes(size) / (capacity * size), 1,
				      40);
}

static unsigned int max_extra_for(u32 size, unsigned int capacity)
{
	if (!capacity || kmalloc.kernel || size > 32 << 10)
		return 0;
	if (size > KMALLOC_MAX_CACHE_SIZE)
		return 9;
	return (size <= TINY_SIZE ? 1u << 20 : 256u << 10) / (capacity * size);
}

static unsigned int empties_for(u32 size)
{
	if (kmalloc.kernel)
		return min_partial_for(size);
	return (unsigned int)clamp_ul(
		(32ul << 10) >> (PAGE_SHIFT + slab_order(size)), 1, 5);
}

static const char *kernel_name(u32 size)
{
	for (size_t i = 0; i < ARRAY_SIZE(kernel_sizes); i++)
		if (kernel_sizes[i].size == size)
			return is_4x() ? kernel_sizes[i].old_name :
					 kernel_sizes[i].name;
	return NULL;
}

static void name_class(char *name, size_t len, u32 size)
{
	const char *known = kernel_name(size);

	if (size > KMALLOC_MAX_CACHE_SIZE)
		kv_snprintf(name, len, "pages-%u", size >> PAGE_SHIFT);
	else if (known)
		kv_snprintf(name, len, "kmalloc-%s", known);
	else
		kv_snprintf(name, len, "kmalloc-%u", size);
}

static void publish_class(const struct kmem_cache *s)
{
	struct kvr_class *c = &stats_pages.class[s->index];

	memcpy(c->name, s->name, sizeof(c->name));
	c->size = s->size;
	c->kernel_size = kernel_kmalloc_size(s->object_size);
	c->order = s->order;
	c->objs_per_slab = s->objects;
	c->sheaf_capacity = s->sheaf_capacity;
	__atomic_store_n(&c->route,
			 s->run_pages ? KVR_ROUTE_PAGES : KVR_ROUTE_SLAB,
			 __ATOMIC_RELEASE);
}

static struct kmem_cache *make_class(unsigned int class)
{
	u32 size = kmalloc_info.size[class];
	bool run = class >= kmalloc_info.nr_slab_classes;
	unsigned int capacity = capacity_for(size);
	char name[KVR_NAME];
	struct kmem_cache *s;

	name_class(name, sizeof(name), size);
	s = cache_create(&(struct cache_args){
		.name = name,
		.index = class,
		.object_size = size,
		.align = size & -size,
		.flags = run ? 0 : SLAB_KMALLOC,
		.run_pages = run ? size >> PAGE_SHIFT : 0,
		.sheaf_capacity = (u16)capacity,
		.max_full = (u16)max_full_for(size, capacity),
		.max_extra = (u16)max_extra_for(size, capacity),
		.min_partial = (u16)(run ? 0 : empties_for(size)),
		.malloc_class = true,
	});
	if (s && !machine.cfg.unseen)
		publish_class(s);
	return s;
}

struct kmem_cache *kmalloc_cache(unsigned int class)
{
	struct kmem_cache *s = &caches[class];

	if (likely(__atomic_load_n(&s->size, __ATOMIC_ACQUIRE)))
		return s;
	spin_lock(&kmalloc.make_lock);
	if (!s->size)
		s = make_class(class);
	spin_unlock(&kmalloc.make_lock);
	return s;
}

unsigned int kmalloc_class_aligned(size_t size, size_t align)
{
	unsigned int c = kmalloc_class(size > align ? size : align);

	/* The kernel's powers of two, and runs, are aligned to their size. */
	for (; c < kmalloc_info.nr_classes; c++)
		if (kmalloc_info.size[c] % align == 0)
			return c;
	return 0;
}

size_t kernel_kmalloc_size(size_t size)
{
	size_t best = 0;

	if (size > KMALLOC_MAX_SIZE || !size)
		return size;
	if (size > KMALLOC_MAX_CACHE_SIZE)
		return PAGE_SIZE << get_order(size);
	for (size_t i = 0; i < ARRAY_SIZE(kernel_sizes); i++)
		if (kernel_sizes[i].size >= size &&
		    (!best || kernel_sizes[i].size < best))
			best = kernel_sizes[i].size;
	return best;
}

/* The sets beside the normal one. */
struct set {
	const char *prefix;
	int since;
	slab_flags_t flag;
	gfp_t gfp;
};

static const struct set sets[] = {
#define X(name, prefix, since, flag, gfp) { prefix, since, flag, gfp },
	KMALLOC_TYPES(X)
#undef X
};

/* Malloc has no use for it: slabinfo of a kernel lists it. */
static struct kmem_cache *make_shown(const char *prefix, slab_flags_t flag,
				     const struct size_name *n)
{
	char name[KVR_NAME];
	struct cache_args args = {
		.name = name,
		.object_size = n->size,
		.align = n->size & -n->size,
		.flags = flag | SLAB_KMALLOC,
	};

#ifdef KV_KAPI
	args.sheaf_capacity = (u16)capacity_for(n->size);
	args.max_full = (u16)max_full_for(n->size, args.sheaf_capacity);
	args.min_partial = (u16)min_partial_for(n->size);
#endif
	kv_snprintf(name, sizeof(name), "%s%s", prefix,
		    is_4x() ? n->old_name : n->name);
	return cache_create(&args);
}

#ifdef KV_KAPI
enum type {
#define X(name, prefix, since, flag, gfp) TYPE_##name,
	KMALLOC_TYPES(X)
#undef X
};

static struct kmem_cache
	*set_cache[ARRAY_SIZE(sets)][ARRAY_SIZE(kernel_sizes) + 1];

struct kmem_cache *kmalloc_cache_of(unsigned int class, gfp_t gfp)
{
	/* two at once: the kernel prefers in this order */
	static const enum type order[] = { TYPE_DMA, TYPE_RECLAIM,
					   TYPE_CGROUP };

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if ((gfp & sets[order[i]].gfp) && set_cache[order[i]][class])
			return set_cache[order[i]][class];
	return kmalloc_cache(class);
}

static void make_in_set(size_t set, const struct size_name *n)
{
	set_cache[set][kmalloc_class(n->size)] =
		make_shown(sets[set].prefix, sets[set].flag, n);
}
#else
static void make_in_set(size_t set, const struct size_name *n)
{
	make_shown(sets[set].prefix, sets[set].flag, n);
}
#endif

static void make_set(size_t set)
{
	for (size_t i = 0; i < ARRAY_SIZE(kernel_sizes); i++)
		make_in_set(set, &kernel_sizes[i]);
}

void kmalloc_make_all(void)
{
	for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++)
		kmalloc_cache(c);
	if (!kmalloc.kernel)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(kernel_sizes); i++)
		if (kernel_sizes[i].size < KMALLOC_GRAIN)
			make_shown("kmalloc-", 0, &kernel_sizes[i]);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (kmalloc.kernel >= sets[i].since)
			make_set(i);
}
