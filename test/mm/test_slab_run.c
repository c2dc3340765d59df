/* SPDX-License-Identifier: MIT */
/* test_slab_run.c - page runs: taking, freeing, adopting, resizing. */
#include "mm/slab_test.h"

static const u16 lengths[] = {
	1, 3, 4, 5, 8, 9, 16, 100, 511, 513, 1000, 1024
};

static unsigned long free_pages_now(void)
{
	drain_all_pages();
	return nr_free_pages();
}

static unsigned int class_of(const void *p)
{
	return machine.class_map[virt_to_pfn(p)];
}

static char *must_run(struct kmem_cache *s)
{
	char *p = run_alloc(s, GFP_KERNEL);

	ck_assert_ptr_nonnull(p);
	return p;
}

/* _i below: index of lengths[] */

START_TEST(test_geometry)
{
	struct kmem_cache *s = make_run_cache(lengths[_i]);

	ck_assert_uint_eq(s->size, lengths[_i] * PAGE_SIZE);
	ck_assert_uint_eq(s->object_size, s->size);
	ck_assert_uint_eq(s->objects, 1);
	ck_assert_uint_eq(s->order, get_order(s->size));
}
END_TEST

START_TEST(test_run_starts_a_block)
{
	struct kmem_cache *s = make_run_cache(lengths[_i]);

	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(
			virt_to_pfn(must_run(s)) & ((1ul << s->order) - 1), 0);
}
END_TEST

START_TEST(test_run_takes_its_length_and_no_more)
{
	struct kmem_cache *s = make_run_cache(lengths[_i]);
	unsigned long before = free_pages_now();
	char *p = must_run(s);

	memset(p, 1, s->size);
	ck_assert_uint_eq(free_pages_now(), before - lengths[_i]);
	run_free(s, p);
	ck_assert_uint_eq(free_pages_now(), before);
}
END_TEST

START_TEST(test_runs_do_not_overlap)
{
	struct kmem_cache *s = make_run_cache(lengths[_i]);
	char *p[4];

	for (int i = 0; i < 4; i++)
		p[i] = memset(must_run(s), i + 1, s->size);
	for (int i = 0; i < 4; i++)
		ck_assert(all_bytes(p[i], s->size, i + 1));
}
END_TEST

START_TEST(test_zero_is_honoured)
{
	struct kmem_cache *s = make_run_cache(lengths[_i]);
	char *p = memset(must_run(s), 0xff, s->size);

	run_free(s, p);
	for (int i = 0; i < 3; i++)
		ck_assert(all_bytes(run_alloc(s, GFP_KERNEL | __GFP_ZERO),
				    s->size, 0));
}
END_TEST

START_TEST(test_class_map_has_the_head)
{
	struct kmem_cache *s = make_run_cache(lengths[_i]);
	char *p = must_run(s);

	ck_assert_uint_eq(class_of(p), s->index);
	for (unsigned int i = 1; i < lengths[_i]; i++)
		ck_assert_uint_eq(class_of(p + i * PAGE_SIZE), 0);
	machine.class_map[virt_to_pfn(p)] = CLASS_WATCHED;
	ck_assert_uint_eq(frame_class(virt_to_pfn(p)), s->index);
	run_free(s, p);
	ck_assert_uint_eq(class_of(p), 0);
}
END_TEST

START_TEST(test_gauges)
{
	struct kmem_cache *s = make_run_cache(lengths[_i]);
	char *p = must_run(s);

	ck_assert_uint_eq(stats.large_pages, lengths[_i]);
	ck_assert_uint_eq(stats.held_bytes, s->size);
	run_free(s, p);
	ck_assert_uint_eq(stats.large_pages, 0);
	ck_assert_uint_eq(stats.held_bytes, 0);
	ck_assert_uint_eq(stats.peak_pages, lengths[_i]);
	ck_assert_uint_eq(stats.peak_held_bytes, s->size);
}
END_TEST

/* A larger block becomes a run; the tail is free memory again. */
START_TEST(test_adopt_gives_the_tail_back)
{
	struct kmem_cache *s = make_run_cache(lengths[_i]);
	unsigned long before = free_pages_now();
	struct page *block = alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER);

	run_adopt(s, block, MAX_PAGE_ORDER);
	ck_assert_uint_eq(free_pages_now(), before - lengths[_i]);
	ck_assert_uint_eq(class_of(page_address(block)), s->index);
	ck_assert_uint_eq(stats.large_pages, lengths[_i]);
	run_free(s, page_address(block));
	ck_assert_uint_eq(free_pages_now(), before);
}
END_TEST

START_TEST(test_slab_free_batch_frees_runs)
{
	struct kmem_cache *s = make_run_cache(lengths[_i]);
	unsigned long before = free_pages_now();
	void *p[3];

	for (int i = 0; i < 3; i++)
		p[i] = must_run(s);
	slab_free_batch(s, p, 3);
	ck_assert_uint_eq(free_pages_now(), before);
}
END_TEST

/* resizing: from each length to each other */

static bool fill_and_resize(struct kmem_cache *from, struct kmem_cache *to,
			    char *p)
{
	size_t keep = min_ul(from->size, to->size);
	bool done;

	memset(p, 0x5a, from->size);
	done = run_resize(from, to, p);
	ck_assert(all_bytes(p, done ? keep : from->size, 0x5a));
	return done;
}

START_TEST(test_shrinking_always_works)
{
	struct kmem_cache *from = make_run_cache(lengths[_i]);

	for (int j = 0; j < _i; j++) {
		struct kmem_cache *to = make_run_cache(lengths[j]);
		unsigned long before = free_pages_now();
		char *p = must_run(from);

		ck_assert(fill_and_resize(from, to, p));
		ck_assert_uint_eq(free_pages_now(), before - lengths[j]);
		ck_assert_uint_eq(class_of(p), to->index);
		ck_assert_uint_eq(stats.large_pages, lengths[j]);
		ck_assert_uint_eq(stats.held_bytes, to->size);
		run_free(to, p);
		ck_assert_uint_eq(free_pages_now(), before);
	}
}
END_TEST

/* The first run of a fresh 4 MiB has free frames behind it. */
START_TEST(test_growing_into_free_frames)
{
	struct kmem_cache *from = make_run_cache(lengths[_i]);

	for (int j = _i + 1; j < (int)ARRAY_SIZE(lengths); j++) {
		struct kmem_cache *to = make_run_cache(lengths[j]);
		struct page *block = alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER);
		char *p = page_address(block);
		unsigned long before;

		run_adopt(from, block, MAX_PAGE_ORDER);
		before = free_pages_now();
		ck_assert(fill_and_resize(from, to, p));
		memset(p, 1, to->size);
		ck_assert_uint_eq(free_pages_now(),
				  before - (lengths[j] - lengths[_i]));
		ck_assert_uint_eq(class_of(p), to->index);
		ck_assert_uint_eq(stats.large_pages, lengths[j]);
		run_free(to, p);
	}
}
END_TEST

/* Of all memory, only frame @pfn is in use. */
static void use_only(unsigned long pfn)
{
	take_all();
	for (unsigned long i = 1; i < machine.nr_pages; i++)
		if (i != pfn && is_held(i, 1))
			give_back(i);
}

START_TEST(test_growing_into_used_frames_fails)
{
	struct kmem_cache *from = make_run_cache(lengths[_i]);
	struct kmem_cache *to = make_run_cache(lengths[_i + 1]);
	struct page *block = alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER);
	unsigned long before;

	run_adopt(from, block, MAX_PAGE_ORDER);
	use_only(page_to_pfn(block) + lengths[_i + 1] - 1);
	before = free_pages_now();
	ck_assert(!fill_and_resize(from, to, page_address(block)));
	ck_assert_uint_eq(free_pages_now(), before);
	ck_assert_uint_eq(class_of(page_address(block)), from->index);
	ck_assert_uint_eq(stats.large_pages, lengths[_i]);
	run_free(from, page_address(block));
}
END_TEST

/* The same frames, but for the last one, are enough for a run one shorter. */
START_TEST(test_growing_up_to_used_frames)
{
	struct kmem_cache *from = make_run_cache(lengths[_i]);
	struct kmem_cache *to = make_run_cache(lengths[_i + 1]);
	struct page *block = alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER);

	run_adopt(from, block, MAX_PAGE_ORDER);
	use_only(page_to_pfn(block) + lengths[_i + 1]);
	ck_assert(fill_and_resize(from, to, page_address(block)));
	run_free(to, page_address(block));
}
END_TEST

/* what can go wrong */

START_TEST(test_no_memory)
{
	struct kmem_cache *s = make_run_cache(9);

	take_all();
	ck_assert_ptr_null(run_alloc(s, GFP_NOWAIT));
	ck_assert_uint_eq(stats.large_pages, 0);
}
END_TEST

START_TEST(test_no_block)
{
	struct kmem_cache *s = make_run_cache(9);

	state_enter(STATE_B, 4);
	ck_assert_ptr_null(run_alloc(s, GFP_NOWAIT));
	ck_assert_uint_eq(last_alloc_fail, ALLOC_FRAG);
}
END_TEST

START_TEST(test_double_free_aborts)
{
	struct kmem_cache *s = make_run_cache(9);
	char *p = must_run(s);

	run_free(s, p);
	run_free(s, p);
}
END_TEST

START_TEST(test_free_as_another_length_aborts)
{
	struct kmem_cache *s = make_run_cache(9), *other = make_run_cache(10);

	run_free(other, must_run(s));
}
END_TEST

START_TEST(test_free_of_another_page_aborts)
{
	struct kmem_cache *s = make_run_cache(9);

	run_free(s, must_run(s) + PAGE_SIZE);
}
END_TEST

START_TEST(test_free_of_a_slab_page_aborts)
{
	struct kmem_cache *s = make_run_cache(9);
	void *obj;

	slab_alloc_batch(make_cache(64, 0), GFP_KERNEL, &obj, 1);
	run_free(s, obj);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slab run");
	TCase *t;

	t = add_tcase(s, "each length", boot_small, validate_slabs, 10);
	ADD_LOOP_TESTS(
		t, ARRAY_SIZE(lengths), test_geometry, test_run_starts_a_block,
		test_run_takes_its_length_and_no_more, test_runs_do_not_overlap,
		test_zero_is_honoured, test_class_map_has_the_head, test_gauges,
		test_adopt_gives_the_tail_back, test_slab_free_batch_frees_runs,
		test_shrinking_always_works, test_growing_into_free_frames);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(lengths) - 1,
		       test_growing_into_used_frames_fails,
		       test_growing_up_to_used_frames);

	t = add_tcase(s, "failure", boot_small, validate_slabs, 10);
	ADD_TESTS(t, test_no_memory, test_no_block);

	t = add_tcase(s, "misuse", boot_small, NULL, 10);
	ADD_ABORT_TESTS(t, test_double_free_aborts,
			test_free_as_another_length_aborts,
			test_free_of_another_page_aborts,
			test_free_of_a_slab_page_aborts);
	return run_suite(s);
}
