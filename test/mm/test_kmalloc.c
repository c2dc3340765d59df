/* SPDX-License-Identifier: MIT */
/*
 * test_kmalloc.c - size classes: the tables of both geometries at every size
 * up to 4 MiB, alignment, names, bounds of caching, the kernel's rows of
 * slabinfo.
 */
#include "mm/kmalloc.h"

#include <pthread.h>

#include "mm/oracle.h"
#include "mm/sheaf.h"
#include "mm/slab_test.h"

static const int presets[] = { 0, 412, 418, 700 };
enum { NR_PRESETS = ARRAY_SIZE(presets) };

static void boot(int kernel)
{
	machine_start(64 * MIB, kernel);
	kmalloc_boot(kernel, true);
}

static u32 class_size(unsigned int class)
{
	return kmalloc_info.size[class];
}

/* tables; _i: index of presets[] */

START_TEST(test_every_size_fits_its_class)
{
	boot(presets[_i]);
	for (size_t size = 0; size <= KMALLOC_MAX_SIZE; size++) {
		unsigned int c = kmalloc_class(size);

		ASSERT_EACH(c && c < kmalloc_info.nr_classes &&
				    class_size(c) >= size,
			    "%zu: class %u", size, c);
	}
}
END_TEST

START_TEST(test_no_smaller_class_would_do)
{
	boot(presets[_i]);
	for (size_t size = 0; size <= KMALLOC_MAX_SIZE; size++) {
		unsigned int c = kmalloc_class(size);

		ASSERT_EACH(c == 1 || class_size(c - 1) < size, "%zu: class %u",
			    size, c);
	}
}
END_TEST

START_TEST(test_classes_ascend)
{
	boot(presets[_i]);
	for (unsigned int c = 2; c < kmalloc_info.nr_classes; c++)
		ck_assert_uint_gt(class_size(c), class_size(c - 1));
}
END_TEST

/* malloc's promise on all targets. */
START_TEST(test_classes_are_multiples_of_16)
{
	boot(presets[_i]);
	for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++)
		ck_assert_uint_eq(class_size(c) % 16, 0);
}
END_TEST

START_TEST(test_slab_classes_end_at_8_kib)
{
	boot(presets[_i]);
	ck_assert_uint_eq(class_size(kmalloc_info.nr_slab_classes - 1u),
			  8 * 1024);
	for (unsigned int c = kmalloc_info.nr_slab_classes;
	     c < kmalloc_info.nr_classes; c++)
		ck_assert_uint_eq(class_size(c) % PAGE_SIZE, 0);
	ck_assert_uint_eq(class_size(kmalloc_info.nr_classes - 1u),
			  KMALLOC_MAX_SIZE);
}
END_TEST

/* Runs of any length to 8 pages, then blocks. */
START_TEST(test_long_runs_are_blocks)
{
	unsigned int c;

	boot(0);
	machine.cfg.overcommit = true;
	kmalloc_boot(0, true);
	for (size_t pages = 3; pages <= 8; pages++)
		ck_assert_uint_eq(class_size(kmalloc_class(pages * PAGE_SIZE)),
				  pages * PAGE_SIZE);
	c = kmalloc_class(8 * PAGE_SIZE);
	for (size_t size = 8 * PAGE_SIZE; size <= KMALLOC_MAX_SIZE; size *= 2)
		ck_assert_uint_eq(class_size(c++), size);
	ck_assert_uint_eq(c, kmalloc_info.nr_classes);
}
END_TEST

START_TEST(test_all_caches_find_a_place)
{
	boot(presets[_i]);
	ck_assert_int_eq(sheaf_boot(), 0);
	ck_assert_uint_le(kmalloc_info.nr_classes, KVR_MAX_CLASSES);
	kmalloc_make_all();
	ck_assert_uint_lt(nr_caches, MAX_CACHES);
}
END_TEST

/* Counts by class tell what the kernel would take: one answer a class. The
 * kernel's class 8 shares ours of 16. */
START_TEST(test_kernel_size_is_one_for_a_class)
{
	boot(presets[_i]);
	kmalloc_make_all();
	for (size_t size = 9; size <= KMALLOC_MAX_SIZE; size++) {
		unsigned int c = kmalloc_class(size);

		ASSERT_EACH(stats_pages.class[c].kernel_size ==
				    kernel_kmalloc_size(size),
			    "%zu: class %u", size, c);
	}
}
END_TEST

/* the default geometry */

/* Of blocks, from 8 pages on, what is wasted isn't touched, unless (_i) the
 * machine has no more memory than it says. */
START_TEST(test_waste_is_bounded)
{
	size_t last = _i ? KMALLOC_MAX_SIZE : 8 * PAGE_SIZE;

	boot(0);
	machine.cfg.overcommit = !_i;
	kmalloc_boot(0, true);
	for (size_t size = 129; size <= last; size++) {
		size_t waste = class_size(kmalloc_class(size)) - size;
		size_t bound = size > KMALLOC_MAX_CACHE_SIZE ?
				       max_ul(size / 8, PAGE_SIZE - 1) :
				       size / 8;

		ASSERT_EACH(waste <= bound, "%zu: %zu wasted", size, waste);
	}
}
END_TEST

START_TEST(test_small_waste_is_below_the_grain)
{
	boot(0);
	for (size_t size = 1; size <= 128; size++)
		ck_assert_uint_lt(class_size(kmalloc_class(size)) - size,
				  KMALLOC_GRAIN);
}
END_TEST

START_TEST(test_kernel_classes_are_classes_of_ours)
{
	boot(0);
	for (size_t size = 9; size <= KMALLOC_MAX_SIZE; size++) {
		size_t kernel = kernel_kmalloc_size(size);

		ASSERT_EACH(class_size(kmalloc_class(kernel)) == kernel,
			    "%zu is no class", kernel);
	}
}
END_TEST

/* the kernel's geometry */

/* _i: index of presets[], kernels only */
START_TEST(test_kernel_preset_serves_the_kernels_size)
{
	boot(presets[_i]);
	for (size_t size = 9; size <= KMALLOC_MAX_SIZE; size++)
		ASSERT_EACH(class_size(kmalloc_class(size)) ==
				    kernel_kmalloc_size(size),
			    "%zu: %u", size, class_size(kmalloc_class(size)));
}
END_TEST

/* kmalloc_size_roundup(), the kernel's rules and 2.2 */

static size_t roundup(size_t size)
{
	static const u32 classes[] = { 8,   16,	 32,   64,   96,   128, 192,
				       256, 512, 1024, 2048, 4096, 8192 };
	size_t block = PAGE_SIZE;

	if (!size)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (size <= classes[i])
			return classes[i];
	while (block < size)
		block *= 2;
	return block <= KMALLOC_MAX_SIZE ? block : size;
}

START_TEST(test_kernel_size_at_every_size)
{
	for (size_t size = 0; size <= KMALLOC_MAX_SIZE + 10; size++)
		ASSERT_EACH(kernel_kmalloc_size(size) == roundup(size),
			    "%zu: %zu, not %zu", size,
			    kernel_kmalloc_size(size), roundup(size));
}
END_TEST

START_TEST(test_kernel_size_beyond_blocks)
{
	ck_assert_uint_eq(kernel_kmalloc_size((size_t)INT_MAX + 1),
			  (size_t)INT_MAX + 1);
	ck_assert_uint_eq(kernel_kmalloc_size(SIZE_MAX), SIZE_MAX);
}
END_TEST

/* alignment; _i: index of presets[] */

START_TEST(test_aligned_class_is_the_least_multiple)
{
	boot(presets[_i]);
	for (size_t align = 1; align <= PAGE_SIZE; align *= 2) {
		for (size_t size = 0; size <= 20000; size++) {
			unsigned int c = kmalloc_class_aligned(size, align);
			unsigned int least = 1;

			while (class_size(least) < size ||
			       class_size(least) % align)
				least++;
			ASSERT_EACH(c == least,
				    "%zu aligned to %zu: class %u, not %u",
				    size, align, c, least);
		}
	}
}
END_TEST

/* Every object of an aligned class is aligned, wherever its slab begins. */
START_TEST(test_objects_of_aligned_classes_are_aligned)
{
	static void *objs[200];

	boot(presets[_i]);
	for (size_t align = 16; align <= PAGE_SIZE; align *= 2) {
		for (size_t size = 1; size <= KMALLOC_MAX_CACHE_SIZE;
		     size += 37) {
			struct kmem_cache *s = kmalloc_cache(
				kmalloc_class_aligned(size, align));
			unsigned int n = s->run_pages ?
						 0 :
						 slab_alloc_batch(s, GFP_KERNEL,
								  objs, 200);

			for (unsigned int i = 0; i < n; i++)
				ASSERT_EACH((size_t)objs[i] % align == 0,
					    "%p is not aligned to %zu", objs[i],
					    align);
			slab_free_batch(s, objs, n);
		}
	}
}
END_TEST

/* names */

static const char *name_of(size_t size)
{
	return kmalloc_cache(kmalloc_class(size))->name;
}

START_TEST(test_names_of_today)
{
	boot(_i ? 700 : 0);
	ck_assert_str_eq(name_of(16), "kmalloc-16");
	ck_assert_str_eq(name_of(96), "kmalloc-96");
	ck_assert_str_eq(name_of(512), "kmalloc-512");
	ck_assert_str_eq(name_of(1024), "kmalloc-1k");
	ck_assert_str_eq(name_of(8192), "kmalloc-8k");
	ck_assert_str_eq(name_of(16384), "pages-4");
	ck_assert_str_eq(name_of(KMALLOC_MAX_SIZE), "pages-1024");
}
END_TEST

START_TEST(test_names_of_4x)
{
	boot(_i ? 412 : 418);
	ck_assert_str_eq(name_of(96), "kmalloc-96");
	ck_assert_str_eq(name_of(1024), "kmalloc-1024");
	ck_assert_str_eq(name_of(8192), "kmalloc-8192");
	ck_assert_str_eq(name_of(16384), "pages-4");
}
END_TEST

START_TEST(test_names_of_steps_between)
{
	boot(0);
	ck_assert_str_eq(name_of(48), "kmalloc-48");
	ck_assert_str_eq(name_of(1100), "kmalloc-1152");
	ck_assert_str_eq(name_of(9000), "pages-3");
}
END_TEST

/* young processes */

static unsigned int classes_up_to(size_t most)
{
	unsigned int n = 0, last = 0;

	for (size_t size = 1; size <= most; size++) {
		unsigned int c = kmalloc_class(size);

		n += c != last;
		last = c;
	}
	return n;
}

START_TEST(test_young_sizes_share_classes)
{
	boot(0);
	ck_assert_uint_eq(classes_up_to(1024), 32);
	kmalloc_young();
	ck_assert_uint_eq(classes_up_to(1024), 12);
	for (size_t size = 9; size <= 1024; size++) { /* less: the kernel's 8 */
		size_t served = kmalloc_info.size[kmalloc_class(size)];

		ASSERT_EACH(served >= size && served <= 16 + size * 3 / 2 &&
				    kernel_kmalloc_size(size) ==
					    kernel_kmalloc_size(served),
			    "%zu bytes", size);
	}
	ck_assert_uint_eq(kmalloc_info.size[kmalloc_class(1025)], 1152);
}
END_TEST

START_TEST(test_classes_part_when_the_heap_has_grown)
{
	struct page *page[64];
	u8 before[NR_GRAINS];

	boot(0);
	memcpy(before, kmalloc_info.class_of_grain, sizeof(before));
	kmalloc_young();
	kmalloc_mature();
	ck_assert_uint_eq(classes_up_to(1024), 12);
	for (unsigned int i = 0; i < ARRAY_SIZE(page); i++)
		page[i] = alloc_pages(GFP_KERNEL, 0);
	kmalloc_mature();
	ck_assert_mem_eq(before, kmalloc_info.class_of_grain, sizeof(before));
	for (unsigned int i = 0; i < ARRAY_SIZE(page); i++)
		free_pages_block(page[i], 0);
}
END_TEST

static bool all_shared(void)
{
	return classes_up_to(KMALLOC_MAX_CACHE_SIZE) <
	       kmalloc_info.nr_slab_classes - 1u;
}

/* What lies in one cache line belongs to one thread, and few classes do. */
START_TEST(test_threads_share_classes)
{
	boot(0);
	kmalloc_young();
	kmalloc_mature();
	ck_assert_uint_eq(kmalloc_info.size[kmalloc_class(1025)], 1152);
	kmalloc_threads(2);
	kmalloc_mature();
	for (size_t size = 97; size <= KMALLOC_MAX_CACHE_SIZE; size++) {
		u32 served = kmalloc_info.size[kmalloc_class(size)];

		ASSERT_EACH(served >= size && served < size * 3 / 2 &&
				    served % CACHE_LINE == 0 &&
				    kernel_kmalloc_size(size) ==
					    kernel_kmalloc_size(served),
			    "%zu bytes", size);
	}
	ck_assert_uint_eq(kmalloc_info.size[kmalloc_class(1025)], 1536);
}
END_TEST

/* Only where sizes may share at all: nobody asked for numbers. */
START_TEST(test_threads_leave_classes_that_are_seen)
{
	u8 before[NR_GRAINS];

	boot(presets[_i]);
	memcpy(before, kmalloc_info.class_of_grain, sizeof(before));
	kmalloc_threads(3);
	kmalloc_mature();
	ck_assert_mem_eq(before, kmalloc_info.class_of_grain, sizeof(before));
}
END_TEST

START_TEST(test_threads_part_classes_when_the_heap_has_grown)
{
	enum { PER_MIB = 256 };
	static struct page *page[8 * PER_MIB];

	boot(0);
	kmalloc_young();
	kmalloc_threads(3);
	kmalloc_mature();
	for (unsigned int i = 0; i < 7 * PER_MIB; i++)
		page[i] = alloc_pages(GFP_KERNEL, 0);
	kmalloc_mature();
	ck_assert(all_shared());
	for (unsigned int i = 7 * PER_MIB; i < 8 * PER_MIB; i++)
		page[i] = alloc_pages(GFP_KERNEL, 0);
	kmalloc_mature();
	ck_assert(!all_shared());
	for (unsigned int i = 0; i < 4 * PER_MIB; i++)
		free_pages_block(page[i], 0);
	kmalloc_threads(4); /* half grown: they stay apart */
	kmalloc_mature();
	ck_assert(!all_shared());
	for (unsigned int i = 4 * PER_MIB; i < 8 * PER_MIB; i++)
		free_pages_block(page[i], 0);
	kmalloc_mature(); /* no way back, */
	ck_assert(!all_shared());
	kmalloc_threads(6); /* unless for new threads */
	kmalloc_mature();
	ck_assert(all_shared());
}
END_TEST

/* Two threads, and a heap of @mib MiB. */
static void grow_with_two_threads(unsigned int mib)
{
	boot(0);
	kmalloc_young();
	kmalloc_threads(2);
	kmalloc_mature();
	for (unsigned int i = 0; i < mib * (MIB >> PAGE_SHIFT); i++)
		ck_assert_ptr_nonnull(alloc_pages(GFP_KERNEL, 0));
	kmalloc_mature();
}

START_TEST(test_two_threads_share_until_a_third_comes)
{
	grow_with_two_threads(3);
	ck_assert(all_shared());
	kmalloc_threads(3);
	kmalloc_threads(2); /* was overtaken */
	kmalloc_mature();
	for (unsigned int i = 0; i < 2 * (MIB >> PAGE_SHIFT); i++)
		ck_assert_ptr_nonnull(alloc_pages(GFP_KERNEL, 0));
	kmalloc_mature();
	ck_assert(all_shared());
}
END_TEST

START_TEST(test_two_threads_part_classes_for_good)
{
	grow_with_two_threads(4);
	ck_assert(!all_shared());
	kmalloc_threads(3);
	kmalloc_mature();
	ck_assert(!all_shared());
}
END_TEST

/* making */

START_TEST(test_classes_are_made_on_first_use)
{
	boot(presets[_i]);
	for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++)
		ck_assert_uint_eq(caches[c].size, 0);
	kmalloc_cache(3);
	for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++)
		ck_assert_int_eq(caches[c].size != 0, c == 3);
}
END_TEST

START_TEST(test_class_is_index_of_its_cache)
{
	boot(presets[_i]);
	for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++) {
		struct kmem_cache *s = kmalloc_cache(c);

		ck_assert_ptr_eq(s, &caches[c]);
		ck_assert_uint_eq(s->index, c);
		ck_assert_uint_eq(s->size, class_size(c));
		ck_assert(s->malloc_class);
		ck_assert_int_eq(s->run_pages != 0,
				 c >= kmalloc_info.nr_slab_classes);
	}
}
END_TEST

START_TEST(test_class_is_published)
{
	boot(presets[_i]);
	for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++) {
		const struct kmem_cache *s = kmalloc_cache(c);
		const struct kvr_class *k = &stats_pages.class[c];

		ck_assert_str_eq(k->name, s->name);
		ck_assert_uint_eq(k->size, s->size);
		ck_assert_uint_eq(k->objs_per_slab, s->objects);
		ck_assert_uint_eq(k->order, s->order);
		ck_assert_uint_eq(k->sheaf_capacity, s->sheaf_capacity);
		ck_assert_uint_eq(k->route, s->run_pages ? KVR_ROUTE_PAGES :
							   KVR_ROUTE_SLAB);
	}
	ck_assert_uint_eq(stats.nr_classes, kmalloc_info.nr_classes);
}
END_TEST

static u32 go;

/* Whoever gets a cache gets all of it. */
static void *make_and_look(void *arg)
{
	unsigned long *bad = arg;

	while (!__atomic_load_n(&go, __ATOMIC_ACQUIRE))
		;
	for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++) {
		const struct kmem_cache *s = kmalloc_cache(c);

		*bad += !s->objects || !s->magic || !s->name[0] ||
			s->index != c;
	}
	return NULL;
}

START_TEST(test_classes_are_made_once_by_threads)
{
	unsigned long bad[4] = { 0 };
	pthread_t t[4];

	boot(0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(
			pthread_create(&t[i], NULL, make_and_look, &bad[i]), 0);
	__atomic_store_n(&go, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		ck_assert_uint_eq(bad[i], 0);
	}
}
END_TEST

/* bounds of caching */

START_TEST(test_kernel_presets_have_the_kernels_numbers)
{
	boot(presets[_i]);
	for (unsigned int c = 1; c < kmalloc_info.nr_slab_classes; c++) {
		const struct kmem_cache *s = kmalloc_cache(c);

		ck_assert_uint_eq(s->sheaf_capacity,
				  sheaf_capacity_for(s->size));
		ck_assert_uint_eq(s->barn.max_full, 10);
		ck_assert_uint_eq(s->barn.max_empty, 10);
		ck_assert_uint_eq(s->min_partial, min_partial_for(s->size));
	}
}
END_TEST

/* Tiny ones, and those of the two classes a doubling that sizes may share. */
static unsigned int default_capacity(u32 size)
{
	if (size <= 128)
		return 124;
	if (size >= 4096 || size & ((1u << ilog2_ul(size)) / 2 - 1))
		return sheaf_capacity_for(size);
	return size > 1024 ? 28 : 60;
}

START_TEST(test_default_keeps_more_of_some_classes)
{
	boot(0);
	for (unsigned int c = 1; c < kmalloc_info.nr_slab_classes; c++) {
		const struct kmem_cache *s = kmalloc_cache(c);

		ck_assert_uint_eq(s->sheaf_capacity, default_capacity(s->size));
	}
}
END_TEST

/* More of those that small heaps with threads share. */
static size_t default_barn(u32 size)
{
	u32 half = (1u << ilog2_ul(size)) / 2;

	if (size > KMALLOC_MAX_CACHE_SIZE || size % half)
		return 64 << 10;
	return size > TINY_SIZE ? 256 << 10 : 128 << 10;
}

START_TEST(test_default_barns_are_bounded)
{
	boot(0);
	for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++) {
		const struct kmem_cache *s = kmalloc_cache(c);
		size_t sheaf = (size_t)s->sheaf_capacity * s->size;

		ck_assert_uint_le(s->barn.max_full, 40);
		ck_assert(s->barn.max_full <= 1 ||
			  s->barn.max_full * sheaf <= default_barn(s->size));
		ck_assert_int_eq(s->barn.max_full != 0,
				 sheaf != 0 && s->size <= 64 << 10);
	}
}
END_TEST

START_TEST(test_default_barns_hold_more_in_demand)
{
	boot(0);
	for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++) {
		const struct kmem_cache *s = kmalloc_cache(c);
		size_t sheaf = (size_t)s->sheaf_capacity * s->size;

		if (s->size > 32 << 10)
			ck_assert_uint_eq(s->barn.max_extra, 0);
		else if (s->run_pages)
			ck_assert_uint_eq(s->barn.max_extra, 9);
		else
			ck_assert_uint_eq(
				s->barn.max_extra,
				((s->size <= TINY_SIZE ? 1024u : 256u) << 10) /
					sheaf);
	}
}
END_TEST

START_TEST(test_default_keeps_32_kib_of_empty_slabs)
{
	boot(0);
	for (unsigned int c = 1; c < kmalloc_info.nr_slab_classes; c++) {
		const struct kmem_cache *s = kmalloc_cache(c);

		ck_assert_uint_ge(s->min_partial, 1);
		ck_assert((size_t)s->min_partial * PAGE_SIZE << s->order <=
			  32 << 10);
	}
}
END_TEST

START_TEST(test_large_runs_are_not_cached)
{
	boot(presets[_i]);
	for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++) {
		const struct kmem_cache *s = kmalloc_cache(c);

		ck_assert_int_eq(s->sheaf_capacity == 0, s->size > 256 << 10);
	}
}
END_TEST

START_TEST(test_without_sheaves)
{
	machine_start(64 * MIB, presets[_i]);
	kmalloc_boot(presets[_i], false);
	for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++)
		ck_assert_uint_eq(kmalloc_cache(c)->sheaf_capacity, 0);
}
END_TEST

/* slabinfo */

static bool is_kmalloc_row(const char *name)
{
	return !strncmp(name, "kmalloc-", 8) ||
	       !strncmp(name, "dma-kmalloc-", 12);
}

static const struct kmem_cache *find_cache(const char *name)
{
	const struct kmem_cache *found = NULL;

	for (unsigned int c = 1; c < nr_caches; c++) {
		if (strcmp(caches[c].name, name))
			continue;
		ck_assert_msg(!found, "%s is there twice", name);
		found = &caches[c];
	}
	ck_assert_msg(found, "%s is missing", name);
	return found;
}

static unsigned int nr_kmalloc_caches(void)
{
	unsigned int n = 0;

	for (unsigned int c = 1; c < nr_caches; c++)
		n += is_kmalloc_row(caches[c].name);
	return n;
}

/* The rows of a real machine, with and without the other sets. */
static void assert_rows(const char *version)
{
	static struct oracle_row rows[ORACLE_MAX_ROWS];
	size_t n = oracle_read(version, rows);
	unsigned int wanted = 0;

	for (size_t i = 0; i < n; i++) {
		const struct kmem_cache *s;

		if (!is_kmalloc_row(rows[i].name))
			continue;
		s = find_cache(rows[i].name);
		ck_assert_msg(s->size == rows[i].size &&
				      s->objects == rows[i].objects &&
				      1u << s->order == rows[i].pages,
			      "%s: %u %u %u, not %u %u %u", s->name, s->size,
			      s->objects, 1u << s->order, rows[i].size,
			      rows[i].objects, rows[i].pages);
		wanted++;
	}
	ck_assert_uint_eq(nr_kmalloc_caches(), wanted);
	ck_assert_uint_eq(wanted, 4 * 13);
}

START_TEST(test_rows_of_real_machines)
{
	static const char *const versions[] = { "6.1", "6.12" };

	boot(700);
	ck_assert_int_eq(sheaf_boot(), 0);
	kmalloc_make_all();
	assert_rows(versions[_i]);
}
END_TEST

START_TEST(test_rows_are_published)
{
	boot(700);
	kmalloc_make_all();
	for (unsigned int c = 1; c < nr_caches; c++) {
		const struct kvr_cache *k = &stats_pages.cache[c];

		if (caches[c].run_pages)
			continue;
		ck_assert_str_eq(k->name, caches[c].name);
		ck_assert_uint_eq(k->size, caches[c].size);
		ck_assert_uint_eq(k->objs_per_slab, caches[c].objects);
		ck_assert_uint_eq(k->order, caches[c].order);
	}
	ck_assert_uint_eq(stats.nr_caches, nr_caches);
}
END_TEST

/* 4.x has a set for DMA only; rcl came with 4.20, cg with 5.14. */
START_TEST(test_rows_of_4x)
{
	boot(_i ? 412 : 418);
	kmalloc_make_all();
	ck_assert_uint_eq(nr_kmalloc_caches(), 2 * 13);
	find_cache("kmalloc-8");
	find_cache("kmalloc-1024");
	find_cache("dma-kmalloc-8192");
}
END_TEST

START_TEST(test_default_has_no_other_sets)
{
	boot(0);
	kmalloc_make_all();
	ck_assert_uint_eq(nr_caches, kmalloc_info.nr_classes);
}
END_TEST

/* Only for show: malloc's smallest class stays 16. */
START_TEST(test_kmalloc_8_serves_nobody)
{
	const struct kmem_cache *s;

	boot(700);
	kmalloc_make_all();
	s = find_cache("kmalloc-8");
	ck_assert(!s->malloc_class);
	ck_assert_uint_eq(stats_pages.cache[s->index].class, 0);
	ck_assert_str_eq(name_of(1), "kmalloc-16");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kmalloc");
	TCase *t;

	t = add_tcase(s, "tables", NULL, NULL, 120);
	ADD_LOOP_TESTS(t, NR_PRESETS, test_every_size_fits_its_class,
		       test_no_smaller_class_would_do, test_classes_ascend,
		       test_classes_are_multiples_of_16,
		       test_slab_classes_end_at_8_kib,
		       test_all_caches_find_a_place,
		       test_kernel_size_is_one_for_a_class);
	ADD_LOOP_TESTS(t, 2, test_waste_is_bounded);
	ADD_TESTS(t, test_long_runs_are_blocks,
		  test_small_waste_is_below_the_grain,
		  test_kernel_classes_are_classes_of_ours,
		  test_kernel_size_at_every_size,
		  test_kernel_size_beyond_blocks);
	tcase_add_loop_test(t, test_kernel_preset_serves_the_kernels_size, 1,
			    NR_PRESETS);

	t = add_tcase(s, "alignment", NULL, NULL, 120);
	ADD_LOOP_TESTS(t, NR_PRESETS, test_aligned_class_is_the_least_multiple,
		       test_objects_of_aligned_classes_are_aligned);

	t = add_tcase(s, "names", NULL, NULL, 10);
	ADD_LOOP_TESTS(t, 2, test_names_of_today, test_names_of_4x);
	ADD_TESTS(t, test_names_of_steps_between);

	t = add_tcase(s, "young", NULL, NULL, 10);
	ADD_TESTS(t, test_young_sizes_share_classes,
		  test_classes_part_when_the_heap_has_grown,
		  test_threads_share_classes,
		  test_two_threads_share_until_a_third_comes,
		  test_two_threads_part_classes_for_good,
		  test_threads_part_classes_when_the_heap_has_grown);
	ADD_LOOP_TESTS(t, NR_PRESETS, test_threads_leave_classes_that_are_seen);

	t = add_tcase(s, "making", NULL, NULL, 10);
	ADD_LOOP_TESTS(t, NR_PRESETS, test_classes_are_made_on_first_use,
		       test_class_is_index_of_its_cache,
		       test_class_is_published);
	ADD_TESTS(t, test_classes_are_made_once_by_threads);

	t = add_tcase(s, "bounds", NULL, NULL, 10);
	tcase_add_loop_test(t, test_kernel_presets_have_the_kernels_numbers, 1,
			    NR_PRESETS);
	ADD_LOOP_TESTS(t, NR_PRESETS, test_large_runs_are_not_cached,
		       test_without_sheaves);
	ADD_TESTS(t, test_default_keeps_more_of_some_classes,
		  test_default_barns_are_bounded,
		  test_default_barns_hold_more_in_demand,
		  test_default_keeps_32_kib_of_empty_slabs);

	t = add_tcase(s, "slabinfo", NULL, NULL, 10);
	ADD_LOOP_TESTS(t, 2, test_rows_of_real_machines, test_rows_of_4x);
	ADD_TESTS(t, test_rows_are_published, test_default_has_no_other_sets,
		  test_kmalloc_8_serves_nobody);
	return run_suite(s);
}
