/* SPDX-License-Identifier: MIT */
/*
 * test_slab_validate.c - slab_validate() against every way to break the
 * invariants of slub.c. Each test starts from a cache with an empty, a thin,
 * a nearly full and a full slab, and changes one thing.
 */
#include "mm/slab_test.h"

enum { EMPTY, THIN, FAT, FULL, NR_SLABS };

static struct kmem_cache *cache;
static struct page *slab[NR_SLABS];

static void setup(void)
{
	static void *objs[NR_SLABS * 64];
	static const unsigned int keep[] = { 0, 1, 63, 64 };

	boot_small();
	cache = make_cache(64, NR_SLABS);
	for (unsigned int i = 0; i < ARRAY_SIZE(objs); i++)
		slab_alloc_batch(cache, GFP_KERNEL, &objs[i], 1);
	for (unsigned int i = 0; i < NR_SLABS; i++) {
		slab[i] = virt_to_page(objs[i * 64]);
		slab_free_batch(cache, &objs[i * 64 + keep[i]], 64 - keep[i]);
	}
	ck_assert_uint_eq(slab_validate(), 0);
}

static void assert_broken(void)
{
	ck_assert_uint_ne(slab_validate(), 0);
}

/* I1: the map */

/* _i: slab */
START_TEST(test_a_free_bit_too_many)
{
	slab[_i]->slab.map = ~0ull;
	slab[_i]->slab.hint = 0;
	if (_i == EMPTY)
		slab[_i]->slab.inuse = 1;
	assert_broken();
}
END_TEST

START_TEST(test_a_free_bit_too_few)
{
	slab[_i]->slab.map &= slab[_i]->slab.map - 1;
	if (_i == FULL)
		slab[_i]->slab.inuse--;
	assert_broken();
}
END_TEST

START_TEST(test_inuse_wrong)
{
	slab[_i]->slab.inuse ^= 1;
	assert_broken();
}
END_TEST

START_TEST(test_free_bit_beyond_the_objects)
{
	struct kmem_cache *odd = make_cache(96, 1);
	struct page *page;
	void *obj;

	slab_alloc_batch(odd, GFP_KERNEL, &obj, 1);
	page = virt_to_page(obj);
	ck_assert_uint_eq(page->slab.objects, 42);
	page->slab.map |= 1ull << 42;
	page->slab.map &= page->slab.map - 1; /* as many as before */
	assert_broken();
}
END_TEST

START_TEST(test_free_bit_below_the_hint)
{
	struct kmem_cache *small = make_cache(16, 1);
	void *obj;

	slab_alloc_batch(small, GFP_KERNEL, &obj, 1);
	virt_to_page(obj)->slab.hint = 1;
	assert_broken();
}
END_TEST

/* Maps with several words: each of them counts. _i: word */
START_TEST(test_map_of_several_words)
{
	struct kmem_cache *small = make_cache(16, 1);
	void *obj;

	slab_alloc_batch(small, GFP_KERNEL, &obj, 1);
	machine.freemap[virt_to_pfn(obj) * FREEMAP_WORDS + (size_t)_i] ^= 1ull
									  << 5;
	assert_broken();
}
END_TEST

/* I2: lists by fill */

START_TEST(test_full_slab_said_to_be_listed)
{
	slab[FULL]->flags |= PG_PARTIAL;
	assert_broken();
}
END_TEST

/* _i: EMPTY to FAT */
START_TEST(test_partial_slab_said_not_to_be_listed)
{
	slab[_i]->flags &= (u8)~PG_PARTIAL;
	assert_broken();
}
END_TEST

START_TEST(test_partial_slab_not_listed)
{
	const struct page *page = slab[_i];

	cache->partial[page->slab.inuse * NR_FILL / page->slab.objects] =
		NO_PFN;
	assert_broken();
}
END_TEST

START_TEST(test_slab_on_the_list_of_another_fill)
{
	u32 fat = cache->partial[NR_FILL - 1];

	ck_assert_uint_eq(fat, page_to_pfn(slab[FAT]));
	cache->partial[NR_FILL - 1] = NO_PFN;
	cache->partial[NR_FILL - 2] = fat;
	assert_broken();
}
END_TEST

START_TEST(test_back_link_wrong)
{
	slab[_i]->prev ^= 1;
	assert_broken();
}
END_TEST

START_TEST(test_list_with_a_slab_of_another_cache)
{
	struct kmem_cache *other = make_cache(64, 1);
	void *obj;

	slab_alloc_batch(other, GFP_KERNEL, &obj, 1);
	cache->partial[1] = other->partial[0];
	assert_broken();
}
END_TEST

START_TEST(test_list_with_a_page_that_is_no_slab)
{
	cache->partial[1] = (u32)page_to_pfn(alloc_pages(GFP_KERNEL, 0));
	assert_broken();
}
END_TEST

START_TEST(test_list_that_is_a_loop)
{
	slab[FAT]->next = (u32)page_to_pfn(slab[FAT]);
	slab[FAT]->prev = (u32)page_to_pfn(slab[FAT]);
	assert_broken();
}
END_TEST

/* I3: the sums */

START_TEST(test_nr_partial_wrong)
{
	cache->nr_partial += _i ? 1 : -1ul;
	assert_broken();
}
END_TEST

START_TEST(test_nr_slabs_wrong)
{
	cache->nr_slabs += _i ? 1 : -1ul;
	assert_broken();
}
END_TEST

START_TEST(test_nr_objs_wrong)
{
	cache->nr_objs += _i ? 1 : -1ul;
	assert_broken();
}
END_TEST

START_TEST(test_nr_free_wrong)
{
	cache->nr_free += _i ? 1 : -1ul;
	assert_broken();
}
END_TEST

START_TEST(test_slab_of_no_cache)
{
	slab[FULL]->slab.cache = 0;
	assert_broken();
}
END_TEST

/* I4: the class map */

/* _i: page of the slab */
START_TEST(test_class_map_wrong)
{
	struct kmem_cache *large = make_cache(1024, 1);
	void *obj;

	slab_alloc_batch(large, GFP_KERNEL, &obj, 1);
	machine.class_map[virt_to_pfn(obj) + (unsigned long)_i]++;
	assert_broken();
}
END_TEST

START_TEST(test_class_map_lost)
{
	machine.class_map[page_to_pfn(slab[_i])] = 0;
	assert_broken();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slab validate");
	TCase *t;

	t = add_tcase(s, "I1 maps", setup, NULL, 10);
	tcase_add_loop_test(t, test_a_free_bit_too_many, EMPTY, NR_SLABS);
	tcase_add_loop_test(t, test_a_free_bit_too_few, EMPTY, NR_SLABS);
	tcase_add_loop_test(t, test_inuse_wrong, EMPTY, NR_SLABS);
	ADD_TESTS(t, test_free_bit_beyond_the_objects,
		  test_free_bit_below_the_hint);
	ADD_LOOP_TESTS(t, 4, test_map_of_several_words);

	t = add_tcase(s, "I2 lists", setup, NULL, 10);
	ADD_TESTS(t, test_full_slab_said_to_be_listed,
		  test_slab_on_the_list_of_another_fill,
		  test_list_with_a_slab_of_another_cache,
		  test_list_with_a_page_that_is_no_slab,
		  test_list_that_is_a_loop);
	tcase_add_loop_test(t, test_partial_slab_said_not_to_be_listed, EMPTY,
			    FULL);
	tcase_add_loop_test(t, test_partial_slab_not_listed, EMPTY, FULL);
	tcase_add_loop_test(t, test_back_link_wrong, EMPTY, FULL);

	t = add_tcase(s, "I3 sums", setup, NULL, 10);
	ADD_LOOP_TESTS(t, 2, test_nr_partial_wrong, test_nr_slabs_wrong,
		       test_nr_objs_wrong, test_nr_free_wrong);
	ADD_TESTS(t, test_slab_of_no_cache);

	t = add_tcase(s, "I4 class map", setup, NULL, 10);
	ADD_LOOP_TESTS(t, 4, test_class_map_wrong);
	tcase_add_loop_test(t, test_class_map_lost, EMPTY, NR_SLABS);
	return run_suite(s);
}
