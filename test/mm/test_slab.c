/* SPDX-License-Identifier: MIT */
/*
 * test_slab.c - caches and their slabs: creation, batches, misuse, partial
 * lists, empty slabs, order fallback, shrinking. Page runs, the validator and
 * stress have their own files.
 */
#include "mm/slab_test.h"

enum { MIN_PARTIAL = 5, MANY = 4096 };

static void *objs[MANY];

/* @n objects one by one, into objs[]. */
static void take(struct kmem_cache *s, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		ck_assert_uint_eq(slab_alloc_batch(s, GFP_KERNEL, &objs[i], 1),
				  1);
}

static void give(struct kmem_cache *s, unsigned int from, unsigned int to)
{
	slab_free_batch(s, objs + from, to - from);
}

/* creation */

/* _i: bytes asked */
START_TEST(test_slot_is_a_multiple_of_8)
{
	struct kmem_cache *s = make_cache((u32)_i, 0);

	ck_assert_uint_eq(s->object_size, (u32)_i);
	ck_assert_uint_eq(s->size, ALIGN_UP((u32)_i, 8u));
}
END_TEST

/* _i: log2 of the alignment */
START_TEST(test_slot_is_a_multiple_of_its_alignment)
{
	struct kmem_cache *s = cache_create(&(struct cache_args){
		.name = "aligned", .object_size = 100, .align = 1u << _i });

	ck_assert_uint_eq(s->size, ALIGN_UP(100u, 1u << _i));
	ck_assert_uint_eq(s->align, 1u << _i);
	take(s, 3);
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq((size_t)objs[i] % (1u << _i), 0);
}
END_TEST

START_TEST(test_geometry_follows_the_order)
{
	struct kmem_cache *s = make_cache(1024, 0);

	ck_assert_uint_eq(s->order, 2);
	ck_assert_uint_eq(s->objects, 16);
	ck_assert_uint_eq(s->min_order, 0);
	ck_assert_uint_eq(s->min_objects, 4);
}
END_TEST

START_TEST(test_caches_are_numbered_as_they_come)
{
	ck_assert_uint_eq(make_cache(64, 0)->index, 1);
	ck_assert_uint_eq(make_cache(64, 0)->index, 2);
	ck_assert_uint_eq(nr_caches, 3);
}
END_TEST

START_TEST(test_reserved_numbers_are_for_who_names_them)
{
	struct kmem_cache *s;

	cache_reserve(10);
	ck_assert_uint_eq(make_cache(64, 0)->index, 10);
	s = cache_create(&(struct cache_args){
		.name = "named", .object_size = 64, .index = 4 });
	ck_assert_ptr_eq(s, &caches[4]);
	ck_assert_uint_eq(nr_caches, 11);
}
END_TEST

START_TEST(test_no_number_left)
{
	while (nr_caches < MAX_CACHES)
		make_cache(64, 0);
	ck_assert_ptr_null(cache_create(&(struct cache_args){
		.name = "one too many", .object_size = 64 }));
}
END_TEST

START_TEST(test_no_order_fits)
{
	ck_assert_ptr_null(cache_create(&(struct cache_args){
		.name = "too large", .object_size = (4 << 20) + 1 }));
	ck_assert_uint_eq(nr_caches, 1);
}
END_TEST

START_TEST(test_long_name_is_cut)
{
	struct kmem_cache *s = cache_create(&(struct cache_args){
		.name = "a name of more than thirty-one letters",
		.object_size = 64 });

	ck_assert_uint_eq(strlen(s->name), KVR_NAME - 1);
}
END_TEST

START_TEST(test_cache_is_published)
{
	struct kmem_cache *s = make_cache(1000, 0);
	const struct kvr_cache *c = &stats_pages.cache[s->index];

	ck_assert_str_eq(c->name, "test");
	ck_assert_uint_eq(c->object_size, 1000);
	ck_assert_uint_eq(c->size, 1000);
	ck_assert_uint_eq(c->objs_per_slab, s->objects);
	ck_assert_uint_eq(c->order, s->order);
	ck_assert_uint_eq(c->class, s->index);
	ck_assert_uint_eq(stats.nr_caches, nr_caches);
}
END_TEST

/* batches */

START_TEST(test_batch_of_a_new_slab_is_complete)
{
	struct kmem_cache *s = make_cache(64, 0);

	ck_assert_uint_eq(slab_alloc_batch(s, GFP_KERNEL, objs, 60), 60);
	ck_assert_uint_eq(s->nr_slabs, 1);
	ck_assert_uint_eq(s->nr_objs, 64);
	ck_assert_uint_eq(s->nr_free, 4);
}
END_TEST

START_TEST(test_batch_is_never_more_than_a_new_slab)
{
	struct kmem_cache *s = make_cache(1024, 0);

	ck_assert_uint_eq(slab_alloc_batch(s, GFP_KERNEL, objs, 60), 16);
	ck_assert_uint_eq(s->nr_slabs, 1);
}
END_TEST

/* _i: objects asked; the last of objs[] is handed out first */
START_TEST(test_lowest_address_is_last)
{
	struct kmem_cache *s = make_cache(64, 0);
	unsigned int n = (unsigned int)_i;

	ck_assert_uint_eq(slab_alloc_batch(s, GFP_KERNEL, objs, n), n);
	for (unsigned int i = 0; i < n; i++)
		ck_assert_ptr_eq((char *)objs[n - 1 - i],
				 (char *)objs[n - 1] + 64 * i);
	ck_assert_uint_eq((size_t)objs[n - 1] % PAGE_SIZE, 0);
}
END_TEST

START_TEST(test_freed_objects_are_taken_lowest_first)
{
	struct kmem_cache *s = make_cache(64, 0);
	void *again;

	take(s, 64);
	slab_free_batch(s, &objs[40], 1);
	slab_free_batch(s, &objs[7], 1);
	slab_free_batch(s, &objs[55], 1);
	slab_alloc_batch(s, GFP_KERNEL, &again, 1);
	ck_assert_ptr_eq(again, objs[7]);
	slab_alloc_batch(s, GFP_KERNEL, &again, 1);
	ck_assert_ptr_eq(again, objs[40]);
	slab_alloc_batch(s, GFP_KERNEL, &again, 1);
	ck_assert_ptr_eq(again, objs[55]);
}
END_TEST

/* _i: size of the object; all bits of the map in use */
START_TEST(test_objects_of_a_slab_do_not_overlap)
{
	struct kmem_cache *s = make_cache((u32)_i, 0);
	unsigned int n = s->objects * 3u;

	take(s, n);
	ck_assert_uint_eq(s->nr_slabs, 3);
	for (unsigned int i = 0; i < n; i++)
		memset(objs[i], (int)(i % 251), s->size);
	for (unsigned int i = 0; i < n; i++)
		ck_assert(all_bytes(objs[i], s->size, (int)(i % 251)));
	ck_assert_uint_eq(slab_validate(), 0);
	give(s, 0, n);
	ck_assert_uint_eq(s->nr_slabs, 0);
}
END_TEST

/* The map of a slab has no room for 512 bits a page: not silently. */
START_TEST(test_objects_of_8_bytes_abort)
{
	take(make_cache(8, 0), 1);
}
END_TEST

START_TEST(test_is_object_at_its_start_only)
{
	struct kmem_cache *s = make_cache(96, 0);
	char *p;

	take(s, 42);
	p = objs[3];
	ck_assert(slab_is_object(s, p));
	for (int i = 1; i < 96; i++)
		ck_assert(!slab_is_object(s, p + i));
}
END_TEST

START_TEST(test_is_object_in_every_page_of_a_slab)
{
	struct kmem_cache *s = make_cache(1000, 0);

	take(s, s->objects);
	ck_assert_uint_gt(s->order, 0);
	for (unsigned int i = 0; i < s->objects; i++)
		ck_assert(slab_is_object(s, objs[i]));
}
END_TEST

START_TEST(test_is_object_of_its_cache_only)
{
	struct kmem_cache *s = make_cache(64, 0), *other = make_cache(64, 0);

	take(s, 1);
	ck_assert(!slab_is_object(other, objs[0]));
}
END_TEST

/* What is left at the end of a slab is no object. */
START_TEST(test_rest_of_a_slab_is_no_object)
{
	struct kmem_cache *s = make_cache(96, 0);

	take(s, 42);
	ck_assert_ptr_eq(objs[41], (char *)objs[0] + 41 * 96);
	ck_assert(!slab_is_object(s, (char *)objs[0] + 42 * 96));
}
END_TEST

START_TEST(test_no_memory_no_objects)
{
	struct kmem_cache *s = make_cache(64, 0);

	take_all();
	ck_assert_uint_eq(slab_alloc_batch(s, GFP_NOWAIT, objs, 8), 0);
	ck_assert_uint_eq(s->nr_slabs, 0);
}
END_TEST

START_TEST(test_no_memory_but_what_partial_slabs_have)
{
	struct kmem_cache *s = make_cache(64, 0);

	take(s, 61);
	take_all();
	ck_assert_uint_eq(slab_alloc_batch(s, GFP_NOWAIT, objs, 8), 3);
}
END_TEST

/* partial slabs first */

START_TEST(test_partial_slab_serves_before_a_new_one)
{
	struct kmem_cache *s = make_cache(64, 0);

	take(s, 1);
	ck_assert_uint_eq(slab_alloc_batch(s, GFP_KERNEL, objs, 60), 60);
	ck_assert_uint_eq(s->nr_slabs, 1);
}
END_TEST

/* More than half a batch from partial slabs will do. */
START_TEST(test_most_of_a_batch_is_enough)
{
	struct kmem_cache *s = make_cache(64, 0);

	take(s, 64 - 31);
	ck_assert_uint_eq(slab_alloc_batch(s, GFP_KERNEL, objs, 60), 31);
	ck_assert_uint_eq(s->nr_slabs, 1);
}
END_TEST

START_TEST(test_half_a_batch_is_filled_up_from_a_new_slab)
{
	struct kmem_cache *s = make_cache(64, 0);

	take(s, 64 - 30);
	ck_assert_uint_eq(slab_alloc_batch(s, GFP_KERNEL, objs, 60), 60);
	ck_assert_uint_eq(s->nr_slabs, 2);
}
END_TEST

/* Slab number i of objs[] keeps keep[i] objects. */
static void thin_out(struct kmem_cache *s, const unsigned int *keep,
		     unsigned int slabs)
{
	take(s, slabs * s->objects);
	for (unsigned int i = 0; i < slabs; i++)
		give(s, i * s->objects + keep[i], (i + 1) * s->objects);
}

START_TEST(test_partial_lists_are_by_fill)
{
	static const unsigned int keep[] = { 1, 15, 16, 31, 32, 47, 48, 63 };
	struct kmem_cache *s = make_cache(64, MIN_PARTIAL);

	thin_out(s, keep, ARRAY_SIZE(keep));
	for (unsigned int f = 0; f < NR_FILL; f++) {
		const struct page *first = pfn_to_page(s->partial[f]);
		const struct page *second = pfn_to_page(first->next);

		ck_assert_uint_eq(first->slab.inuse, keep[2 * f + 1]);
		ck_assert_uint_eq(second->slab.inuse, keep[2 * f]);
		ck_assert_uint_eq(second->next, NO_PFN);
	}
}
END_TEST

START_TEST(test_fullest_slab_serves_first)
{
	static const unsigned int keep[] = { 1, 20, 60, 40 };
	static const unsigned int order[] = { 2, 3, 1, 0 };
	struct kmem_cache *s = make_cache(64, MIN_PARTIAL);
	void *p[64];

	thin_out(s, keep, ARRAY_SIZE(keep));
	for (unsigned int i = 0; i < ARRAY_SIZE(order); i++) {
		unsigned int slab = order[i], want = 64 - keep[slab];

		for (unsigned int n = 0; n < want; n++) {
			slab_alloc_batch(s, GFP_KERNEL, &p[n], 1);
			ck_assert_ptr_eq(p[n],
					 objs[slab * 64 + keep[slab] + n]);
		}
	}
	ck_assert_uint_eq(s->nr_partial, 0);
}
END_TEST

START_TEST(test_batch_spans_slabs)
{
	static const unsigned int keep[] = { 62, 50, 60 };
	struct kmem_cache *s = make_cache(64, MIN_PARTIAL);

	thin_out(s, keep, ARRAY_SIZE(keep));
	ck_assert_uint_eq(slab_alloc_batch(s, GFP_KERNEL, objs, 20), 20);
	ck_assert_uint_eq(s->nr_slabs, 3);
	ck_assert_uint_eq(s->nr_partial, 0);
}
END_TEST

/* empty slabs */

START_TEST(test_empty_slab_goes_when_none_is_kept)
{
	struct kmem_cache *s = make_cache(64, 0);

	take(s, 64);
	give(s, 0, 63);
	ck_assert_uint_eq(s->nr_slabs, 1);
	give(s, 63, 64);
	ck_assert_uint_eq(s->nr_slabs, 0);
	ck_assert_uint_eq(s->nr_partial, 0);
	ck_assert_uint_eq(stats.slab_pages, 0);
}
END_TEST

START_TEST(test_empty_slabs_are_kept_below_min_partial)
{
	struct kmem_cache *s = make_cache(64, MIN_PARTIAL);
	unsigned int n = 64 * (MIN_PARTIAL - 1);

	take(s, n);
	give(s, 0, n);
	ck_assert_uint_eq(s->nr_slabs, MIN_PARTIAL - 1);
	ck_assert_uint_eq(counted(KV_slab_free), 0);
}
END_TEST

/* As in the kernel, the slab that becomes empty counts when it is listed. */
START_TEST(test_empty_slab_goes_at_min_partial)
{
	struct kmem_cache *s = make_cache(64, MIN_PARTIAL);

	take(s, 64 * 10);
	give(s, 0, 64 * 10);
	ck_assert_uint_eq(s->nr_slabs, MIN_PARTIAL - 1);
	ck_assert_uint_eq(counted(KV_slab_free), 10 - (MIN_PARTIAL - 1));
}
END_TEST

/* A slab of one object is full or empty, never listed before. */
START_TEST(test_empty_slabs_of_one_object)
{
	struct kmem_cache *s = make_cache(40000, MIN_PARTIAL);

	ck_assert_uint_eq(s->objects, 1);
	take(s, 10);
	give(s, 0, 10);
	ck_assert_uint_eq(s->nr_slabs, MIN_PARTIAL);
}
END_TEST

START_TEST(test_partial_slabs_count_for_min_partial)
{
	static const unsigned int keep[] = { 1, 1, 1, 1, 0 };
	struct kmem_cache *s = make_cache(64, MIN_PARTIAL);

	thin_out(s, keep, ARRAY_SIZE(keep));
	ck_assert_uint_eq(s->nr_slabs, 4);
}
END_TEST

START_TEST(test_freed_slab_is_free_memory)
{
	struct kmem_cache *s = make_cache(4096, 0);
	unsigned long before;

	drain_all_pages();
	before = nr_free_pages();
	take(s, 8);
	drain_all_pages();
	ck_assert_uint_eq(nr_free_pages(), before - 8);
	give(s, 0, 8);
	drain_all_pages();
	ck_assert_uint_eq(nr_free_pages(), before);
}
END_TEST

static unsigned int discarded[4];

static void note_discard(const struct page *slab)
{
	ck_assert_uint_eq(slab->type, PAGE_SLAB);
	ck_assert_uint_eq(slab->slab.inuse, 0);
	discarded[slab->slab.cache]++;
}

START_TEST(test_hook_sees_each_slab_that_goes)
{
	struct kmem_cache *s = make_cache(64, 0);
	struct kmem_cache *kept = make_cache(64, MIN_PARTIAL);

	slab_discard_hook = note_discard;
	take(s, 64 * 3);
	give(s, 0, 64 * 3);
	take(kept, 64);
	give(kept, 0, 64);
	ck_assert_uint_eq(discarded[s->index], 3);
	ck_assert_uint_eq(discarded[kept->index], 0);
	cache_shrink(kept);
	ck_assert_uint_eq(discarded[kept->index], 1);
}
END_TEST

START_TEST(test_class_map_names_the_cache)
{
	struct kmem_cache *s = make_cache(1024, 0);
	unsigned long pfn;

	take(s, 1);
	pfn = virt_to_pfn(objs[0]);
	for (unsigned int i = 0; i < 4; i++)
		ck_assert_uint_eq(machine.class_map[pfn + i], s->index);
	give(s, 0, 1);
	for (unsigned int i = 0; i < 4; i++)
		ck_assert_uint_eq(machine.class_map[pfn + i], 0);
}
END_TEST

START_TEST(test_watched_frames_have_their_class)
{
	struct kmem_cache *s = make_cache(1024, 0);
	unsigned long pfn;

	take(s, 1);
	pfn = virt_to_pfn(objs[0]);
	for (unsigned int i = 0; i < 4; i++) {
		machine.class_map[pfn + i] = CLASS_WATCHED;
		ck_assert_uint_eq(frame_class(pfn + i), s->index);
	}
	ck_assert_uint_eq(slab_validate(), 0);
	give(s, 0, 1);
	for (unsigned int i = 0; i < 4; i++)
		ck_assert_uint_eq(frame_class(pfn + i), 0);
}
END_TEST

START_TEST(test_class_map_knows_no_internal_cache)
{
	struct kmem_cache *s = cache_create(
		&(struct cache_args){ .name = "internal", .object_size = 64 });

	take(s, 1);
	ck_assert_uint_eq(machine.class_map[virt_to_pfn(objs[0])], 0);
}
END_TEST

START_TEST(test_counts_are_published)
{
	struct kmem_cache *s = make_cache(64, 0);
	const struct kvr_cache *c = &stats_pages.cache[s->index];

	take(s, 130);
	give(s, 128, 130);
	ck_assert_uint_eq(c->nr_slabs, 2);
	ck_assert_uint_eq(c->peak_slabs, 3);
	ck_assert_uint_eq(c->nr_objs, 128);
	ck_assert_uint_eq(c->nr_partial, 0);
	ck_assert_uint_eq(c->slab_alloc, 3);
	ck_assert_uint_eq(c->slab_free, 1);
	ck_assert_uint_eq(stats.slab_pages, 2);
	ck_assert_uint_eq(stats.held_bytes, 128 * 64);
	ck_assert_uint_eq(stats.peak_held_bytes, 130 * 64);
	ck_assert_uint_eq(stats.peak_pages, 3);
}
END_TEST

START_TEST(test_rows_that_nobody_sees_are_left_alone)
{
	struct kvr_cache before[KVR_MAX_CACHES];
	struct kmem_cache *s;

	memcpy(before, stats_pages.cache, sizeof(before));
	machine.cfg.unseen = true;
	s = make_cache(64, 0);
	take(s, 130);
	give(s, 128, 130);
	ck_assert_uint_eq(s->nr_slabs, 2);
	ck_assert_uint_eq(s->nr_objs, 128);
	ck_assert_mem_eq(before, stats_pages.cache, sizeof(before));
}
END_TEST

/* misuse */

START_TEST(test_double_free_aborts)
{
	struct kmem_cache *s = make_cache(64, MIN_PARTIAL);

	take(s, 2);
	give(s, 0, 1);
	give(s, 0, 1);
}
END_TEST

START_TEST(test_double_free_in_one_batch_aborts)
{
	struct kmem_cache *s = make_cache(64, MIN_PARTIAL);

	take(s, 2);
	objs[1] = objs[0];
	give(s, 0, 2);
}
END_TEST

/* More than 64 objects: the map is elsewhere. */
START_TEST(test_double_free_of_a_small_object_aborts)
{
	struct kmem_cache *s = make_cache(16, MIN_PARTIAL);

	take(s, 256);
	give(s, 200, 201);
	give(s, 200, 201);
}
END_TEST

START_TEST(test_double_free_in_a_freed_slab_aborts)
{
	struct kmem_cache *s = make_cache(64, 0);

	take(s, 1);
	give(s, 0, 1);
	give(s, 0, 1);
}
END_TEST

START_TEST(test_interior_pointer_aborts)
{
	struct kmem_cache *s = make_cache(64, 0);

	take(s, 1);
	objs[0] = (char *)objs[0] + 8;
	give(s, 0, 1);
}
END_TEST

START_TEST(test_pointer_behind_the_last_object_aborts)
{
	struct kmem_cache *s = make_cache(96, 0);

	take(s, 42);
	objs[0] = (char *)objs[41] + 96;
	give(s, 0, 1);
}
END_TEST

START_TEST(test_object_of_another_cache_aborts)
{
	struct kmem_cache *s = make_cache(64, 0), *other = make_cache(64, 0);

	take(other, 1);
	give(s, 0, 1);
}
END_TEST

START_TEST(test_page_that_is_no_slab_aborts)
{
	struct kmem_cache *s = make_cache(64, 0);

	objs[0] = page_address(alloc_pages(GFP_KERNEL, 0));
	give(s, 0, 1);
}
END_TEST

START_TEST(test_free_page_aborts)
{
	struct kmem_cache *s = make_cache(64, 0);
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	objs[0] = page_address(page);
	free_pages_block(page, 0);
	give(s, 0, 1);
}
END_TEST

/* order fallback */

START_TEST(test_fallback_to_the_minimum_order)
{
	struct kmem_cache *s = make_cache(1024, 0);

	state_enter(STATE_B, 1);
	take(s, 1);
	ck_assert_uint_eq(virt_to_page(objs[0])->order, 0);
	ck_assert_uint_eq(virt_to_page(objs[0])->slab.objects, 4);
	ck_assert_uint_eq(s->nr_objs, 4);
	ck_assert_uint_eq(slab_validate(), 0);
}
END_TEST

START_TEST(test_fallback_is_counted)
{
	struct kmem_cache *s = make_cache(1024, 0);

	state_enter(STATE_B, 1);
	take(s, 5);
	ck_assert_uint_eq(counted(KV_order_fallback), 2);
	ck_assert_uint_eq(stats_pages.cache[s->index].order_fallback, 2);
}
END_TEST

START_TEST(test_no_fallback_where_there_are_blocks)
{
	take(make_cache(1024, 0), 50);
	ck_assert_uint_eq(counted(KV_order_fallback), 0);
}
END_TEST

/* The first try does no work for its block. */
START_TEST(test_first_try_does_not_reclaim)
{
	struct kmem_cache *s = make_cache(1024, 0);

	state_enter(STATE_B, 1);
	take(s, 1);
	ck_assert_uint_eq(counted(KV_direct_reclaim), 0);
	ck_assert_uint_eq(counted(KV_compact_stall), 0);
}
END_TEST

START_TEST(test_fallback_has_nothing_below_the_minimum_order)
{
	struct kmem_cache *s = make_cache(5000, 0);

	ck_assert_uint_eq(s->min_order, 1);
	state_enter(STATE_B, 1);
	ck_assert_uint_eq(slab_alloc_batch(s, GFP_NOWAIT, objs, 1), 0);
	ck_assert_uint_eq(counted(KV_order_fallback), 0);
}
END_TEST

/* 3 pages are no power of two: objects lie where no mask would put them. */
START_TEST(test_objects_of_small_slabs_come_back)
{
	struct kmem_cache *s = make_cache(640, 0);

	state_enter(STATE_B, 1);
	take(s, 40);
	ck_assert_uint_gt(counted(KV_order_fallback), 0);
	for (unsigned int i = 0; i < 40; i++)
		ck_assert(slab_is_object(s, objs[i]));
	give(s, 0, 40);
	ck_assert_uint_eq(s->nr_slabs, 0);
}
END_TEST

START_TEST(test_slabs_of_both_orders_mix)
{
	struct kmem_cache *s = make_cache(1024, MIN_PARTIAL);

	take(s, 16);
	state_enter(STATE_B, 1);
	for (unsigned int i = 16; i < 20; i++)
		ck_assert_uint_eq(slab_alloc_batch(s, GFP_KERNEL, &objs[i], 1),
				  1);
	ck_assert_uint_eq(s->nr_slabs, 2);
	ck_assert_uint_eq(s->nr_objs, 20);
	give(s, 0, 20);
	ck_assert_uint_eq(slab_validate(), 0);
}
END_TEST

/* shrink */

START_TEST(test_shrink_frees_empty_slabs)
{
	struct kmem_cache *s = make_cache(1024, MIN_PARTIAL);

	take(s, 16 * 3);
	give(s, 0, 16 * 3);
	ck_assert_uint_eq(cache_shrink(s), 3 * 4);
	ck_assert_uint_eq(s->nr_slabs, 0);
	ck_assert_uint_eq(s->nr_free, 0);
	ck_assert_uint_eq(stats.slab_pages, 0);
}
END_TEST

START_TEST(test_shrink_leaves_slabs_in_use)
{
	static const unsigned int keep[] = { 0, 1, 0, 64 };
	struct kmem_cache *s = make_cache(64, MIN_PARTIAL);

	thin_out(s, keep, ARRAY_SIZE(keep));
	ck_assert_uint_eq(cache_shrink(s), 2);
	ck_assert_uint_eq(s->nr_slabs, 2);
	ck_assert_uint_eq(s->nr_partial, 1);
	ck_assert_uint_eq(s->nr_free, 63);
}
END_TEST

START_TEST(test_shrink_has_nothing_to_do)
{
	struct kmem_cache *s = make_cache(64, MIN_PARTIAL);

	ck_assert_uint_eq(cache_shrink(s), 0);
	take(s, 64);
	ck_assert_uint_eq(cache_shrink(s), 0);
	ck_assert_uint_eq(s->nr_slabs, 1);
}
END_TEST

START_TEST(test_shrink_of_runs_does_nothing)
{
	ck_assert_uint_eq(cache_shrink(make_run_cache(3)), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slab");
	TCase *t;

	t = add_tcase(s, "creation", boot_small, validate_slabs, 10);
	tcase_add_loop_test(t, test_slot_is_a_multiple_of_8, 1, 34);
	tcase_add_loop_test(t, test_slot_is_a_multiple_of_its_alignment, 3, 13);
	ADD_TESTS(t, test_geometry_follows_the_order,
		  test_caches_are_numbered_as_they_come,
		  test_reserved_numbers_are_for_who_names_them,
		  test_no_number_left, test_no_order_fits,
		  test_long_name_is_cut, test_cache_is_published);

	t = add_tcase(s, "batches", boot_small, validate_slabs, 10);
	ADD_TESTS(t, test_batch_of_a_new_slab_is_complete,
		  test_batch_is_never_more_than_a_new_slab,
		  test_freed_objects_are_taken_lowest_first,
		  test_is_object_at_its_start_only,
		  test_is_object_in_every_page_of_a_slab,
		  test_is_object_of_its_cache_only,
		  test_rest_of_a_slab_is_no_object, test_no_memory_no_objects,
		  test_no_memory_but_what_partial_slabs_have);
	tcase_add_loop_test(t, test_lowest_address_is_last, 1, 65);
	tcase_add_loop_test(t, test_objects_of_a_slab_do_not_overlap, 9, 130);

	t = add_tcase(s, "partial slabs", boot_small, validate_slabs, 10);
	ADD_TESTS(t, test_partial_slab_serves_before_a_new_one,
		  test_most_of_a_batch_is_enough,
		  test_half_a_batch_is_filled_up_from_a_new_slab,
		  test_partial_lists_are_by_fill,
		  test_fullest_slab_serves_first, test_batch_spans_slabs);

	t = add_tcase(s, "empty slabs", boot_small, validate_slabs, 10);
	ADD_TESTS(t, test_empty_slab_goes_when_none_is_kept,
		  test_empty_slabs_are_kept_below_min_partial,
		  test_empty_slab_goes_at_min_partial,
		  test_empty_slabs_of_one_object,
		  test_partial_slabs_count_for_min_partial,
		  test_freed_slab_is_free_memory,
		  test_hook_sees_each_slab_that_goes,
		  test_class_map_names_the_cache,
		  test_watched_frames_have_their_class,
		  test_class_map_knows_no_internal_cache,
		  test_counts_are_published,
		  test_rows_that_nobody_sees_are_left_alone);

	t = add_tcase(s, "misuse", boot_small, NULL, 10);
	ADD_ABORT_TESTS(
		t, test_objects_of_8_bytes_abort, test_double_free_aborts,
		test_double_free_in_one_batch_aborts,
		test_double_free_of_a_small_object_aborts,
		test_double_free_in_a_freed_slab_aborts,
		test_interior_pointer_aborts,
		test_pointer_behind_the_last_object_aborts,
		test_object_of_another_cache_aborts,
		test_page_that_is_no_slab_aborts, test_free_page_aborts);

	t = add_tcase(s, "order fallback", boot_small, validate_slabs, 10);
	ADD_TESTS(t, test_fallback_to_the_minimum_order,
		  test_fallback_is_counted,
		  test_no_fallback_where_there_are_blocks,
		  test_first_try_does_not_reclaim,
		  test_fallback_has_nothing_below_the_minimum_order,
		  test_objects_of_small_slabs_come_back,
		  test_slabs_of_both_orders_mix);

	t = add_tcase(s, "shrink", boot_small, validate_slabs, 10);
	ADD_TESTS(t, test_shrink_frees_empty_slabs,
		  test_shrink_leaves_slabs_in_use,
		  test_shrink_has_nothing_to_do,
		  test_shrink_of_runs_does_nothing);
	return run_suite(s);
}
