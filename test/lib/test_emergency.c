/* SPDX-License-Identifier: MIT */
/*
 * test_emergency.c - the side arena: one bump area whose last free rewinds
 * it, and the list of frees that have to wait.
 */
#include "abi/emergency.h"

#include <pthread.h>
#include <string.h>

#include "mm/stats.h"
#include "suite.h"

enum { ARENA_MIB = 16, NR_THREADS = 4, ROUNDS = 20000 };

static bool all_bytes(const void *p, size_t n, int byte)
{
	const unsigned char *c = p;

	for (size_t i = 0; i < n; i++)
		if (c[i] != byte)
			return false;
	return true;
}

START_TEST(test_block_is_ours)
{
	char *p = emergency_alloc(100, 16);

	ck_assert(is_emergency(p));
	ck_assert(is_emergency(p + 99));
}
END_TEST

START_TEST(test_nothing_is_ours_before_the_first_block)
{
	ck_assert(!is_emergency(NULL));
	ck_assert(!is_emergency(&stats));
}
END_TEST

START_TEST(test_other_memory_is_not_ours)
{
	emergency_alloc(100, 16);
	ck_assert(!is_emergency(NULL));
	ck_assert(!is_emergency(&stats));
}
END_TEST

START_TEST(test_block_is_zeroed)
{
	ck_assert(all_bytes(emergency_alloc(5000, 16), 5000, 0));
}
END_TEST

START_TEST(test_reused_block_is_zeroed)
{
	void *p = emergency_alloc(5000, 16);

	memset(p, 0xff, 5000);
	emergency_free(p);
	ck_assert_ptr_eq(emergency_alloc(5000, 16), p);
	ck_assert(all_bytes(p, 5000, 0));
}
END_TEST

START_TEST(test_usable_is_what_was_asked)
{
	for (size_t n = 0; n < 100; n++)
		ck_assert_uint_eq(emergency_usable(emergency_alloc(n, 16)), n);
}
END_TEST

START_TEST(test_blocks_do_not_overlap)
{
	static char *block[64];

	for (size_t i = 0; i < ARRAY_SIZE(block); i++) {
		block[i] = emergency_alloc(i + 1, 16);
		memset(block[i], (int)i + 1, i + 1);
	}
	for (size_t i = 0; i < ARRAY_SIZE(block); i++) {
		ck_assert(all_bytes(block[i], i + 1, (int)i + 1));
		ck_assert_uint_eq(emergency_usable(block[i]), i + 1);
	}
}
END_TEST

/* _i: log2 of the alignment */
START_TEST(test_alignment)
{
	size_t align = (size_t)1 << _i;

	emergency_alloc(1, 1);
	ck_assert_uint_eq((size_t)emergency_alloc(10, align) % align, 0);
	ck_assert_uint_eq((size_t)emergency_alloc(10, align) % 16, 0);
}
END_TEST

START_TEST(test_counted)
{
	emergency_alloc(1, 16);
	emergency_alloc(1, 16);
	ck_assert_uint_eq(stats.counter[KV_emergency_alloc], 2);
}
END_TEST

START_TEST(test_full_arena_says_so)
{
	size_t mib = 0;

	while (mib <= ARENA_MIB && emergency_alloc(1 << 20, 16))
		mib++;
	ck_assert_uint_eq(mib, ARENA_MIB - 1); /* headers take some */
	ck_assert_ptr_nonnull(emergency_alloc(1000, 16));
}
END_TEST

START_TEST(test_too_large_for_the_arena)
{
	ck_assert_ptr_null(emergency_alloc((ARENA_MIB << 20) / 2 + 1, 16));
	ck_assert_ptr_null(emergency_alloc((size_t)-1, 16));
	ck_assert_ptr_null(emergency_alloc(1, ARENA_MIB << 20));
}
END_TEST

START_TEST(test_only_the_last_free_rewinds)
{
	char *a = emergency_alloc(100, 16), *b = emergency_alloc(100, 16);

	emergency_free(a);
	ck_assert((char *)emergency_alloc(100, 16) > b);
}
END_TEST

START_TEST(test_last_free_rewinds)
{
	char *a = emergency_alloc(100, 16), *b = emergency_alloc(100, 16);

	emergency_free(a);
	emergency_free(b);
	ck_assert_ptr_eq(emergency_alloc(100, 16), a);
}
END_TEST

START_TEST(test_double_free_aborts)
{
	void *p = emergency_alloc(100, 16);

	emergency_alloc(100, 16);
	emergency_free(p);
	emergency_free(p);
}
END_TEST

START_TEST(test_misaligned_pointer_aborts)
{
	emergency_free((char *)emergency_alloc(100, 16) + 8);
}
END_TEST

START_TEST(test_interior_pointer_aborts)
{
	emergency_free((char *)emergency_alloc(100, 16) + 16);
}
END_TEST

/* Blocks of one byte value each, a few live at a time. */
static void *churn(void *arg)
{
	int byte = *(int *)arg;
	char *live[4] = { NULL };

	for (unsigned int i = 0; i < ROUNDS; i++) {
		char **p = &live[i % ARRAY_SIZE(live)];
		size_t size = 1 + i % 200;

		if (*p) {
			if (!all_bytes(*p, emergency_usable(*p), byte))
				return arg;
			emergency_free(*p);
		}
		*p = emergency_alloc(size, 16);
		if (!*p)
			continue;
		if (!all_bytes(*p, size, 0))
			return arg;
		memset(*p, byte, size);
	}
	for (size_t i = 0; i < ARRAY_SIZE(live); i++)
		if (live[i])
			emergency_free(live[i]);
	return NULL;
}

START_TEST(test_threads_do_not_share_blocks)
{
	pthread_t t[NR_THREADS];
	int byte[NR_THREADS];
	void *bad;

	for (int i = 0; i < NR_THREADS; i++) {
		byte[i] = i + 1;
		ck_assert_int_eq(pthread_create(&t[i], NULL, churn, &byte[i]),
				 0);
	}
	for (int i = 0; i < NR_THREADS; i++) {
		pthread_join(t[i], &bad);
		ck_assert_ptr_null(bad);
	}
}
END_TEST

START_TEST(test_all_threads_done_means_rewound)
{
	char *first = emergency_alloc(1, 16);
	pthread_t t[NR_THREADS];
	int byte = 1;

	emergency_free(first);
	for (int i = 0; i < NR_THREADS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, churn, &byte), 0);
	for (int i = 0; i < NR_THREADS; i++)
		pthread_join(t[i], NULL);
	ck_assert_ptr_eq(emergency_alloc(1, 16), first);
}
END_TEST

START_TEST(test_no_deferred_frees_at_first)
{
	ck_assert_ptr_null(deferred_take());
}
END_TEST

static void *next_of(const void *p)
{
	void *next;

	memcpy(&next, p, sizeof(next));
	return next;
}

START_TEST(test_deferred_frees_are_a_list)
{
	static char block[3][16];
	void *p;

	for (size_t i = 0; i < ARRAY_SIZE(block); i++)
		defer_free(block[i]);
	p = deferred_take();
	ck_assert_ptr_eq(p, block[2]);
	ck_assert_ptr_eq(next_of(p), block[1]);
	ck_assert_ptr_eq(next_of(block[1]), block[0]);
	ck_assert_ptr_null(next_of(block[0]));
}
END_TEST

START_TEST(test_deferred_frees_are_taken_once)
{
	static char block[16];

	defer_free(block);
	deferred_take();
	ck_assert_ptr_null(deferred_take());
}
END_TEST

static char blocks[NR_THREADS][ROUNDS][16];

static void *defer_row(void *arg)
{
	char(*row)[16] = arg;

	for (int i = 0; i < ROUNDS; i++)
		defer_free(row[i]);
	return NULL;
}

static unsigned int take_and_mark(void)
{
	unsigned int n = 0;

	for (char *p = deferred_take(); p; n++) {
		char *next = next_of(p);

		ck_assert_int_eq(p[15], 0);
		p[15] = 1;
		p = next;
	}
	return n;
}

START_TEST(test_no_deferred_free_is_lost_among_threads)
{
	pthread_t t[NR_THREADS];
	unsigned int n = 0;

	for (int i = 0; i < NR_THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&t[i], NULL, defer_row, blocks[i]), 0);
	for (int i = 0; i < 1000; i++)
		n += take_and_mark();
	for (int i = 0; i < NR_THREADS; i++)
		pthread_join(t[i], NULL);
	n += take_and_mark();
	ck_assert_uint_eq(n, (unsigned int)NR_THREADS * ROUNDS);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("emergency");
	TCase *t;

	t = add_tcase(s, "blocks", NULL, NULL, 10);
	ADD_TESTS(t, test_block_is_ours,
		  test_nothing_is_ours_before_the_first_block,
		  test_other_memory_is_not_ours, test_block_is_zeroed,
		  test_reused_block_is_zeroed, test_usable_is_what_was_asked,
		  test_blocks_do_not_overlap, test_counted,
		  test_full_arena_says_so, test_too_large_for_the_arena,
		  test_only_the_last_free_rewinds, test_last_free_rewinds);
	ADD_LOOP_TESTS(t, 21, test_alignment);
	ADD_ABORT_TESTS(t, test_double_free_aborts,
			test_misaligned_pointer_aborts,
			test_interior_pointer_aborts);

	t = add_tcase(s, "deferred frees", NULL, NULL, 10);
	ADD_TESTS(t, test_no_deferred_frees_at_first,
		  test_deferred_frees_are_a_list,
		  test_deferred_frees_are_taken_once);

	t = add_tcase(s, "threads", NULL, NULL, 60);
	ADD_TESTS(t, test_threads_do_not_share_blocks,
		  test_all_threads_done_means_rewound,
		  test_no_deferred_free_is_lost_among_threads);
	return run_suite(s);
}
