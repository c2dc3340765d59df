/* SPDX-License-Identifier: MIT */
/*
 * test_huge.c - huge pages of the linear map: when they are asked for, what
 * they cost, and that the system agrees (/proc/self/smaps).
 *
 * The system may have none to give, or no memory at hand: tests that need
 * huge pages end early then, and test_none_to_be_had goes on.
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../suite.h"
#include "mm/huge.h"
#include "mm/huge_linear.h"
#include "mm/states.h"
#include "os/os.h"

enum {
	MAX_BLOCKS = (256 << 20) >> PAGE_SHIFT,
	SMALL = (16 << 20) >> PAGE_SHIFT, /* pages of a small heap */
	MEDIUM = (44 << 20) >> PAGE_SHIFT,
	LARGE = (96 << 20) >> PAGE_SHIFT,
};
static struct page *block[MAX_BLOCKS];

static void setup(void)
{
	huge_boot(HUGE_AUTO);
	machine_start(2048 * MIB, 0);
}

static void setup_always(void)
{
	huge_boot(HUGE_ALWAYS);
	machine_start(2048 * MIB, 0);
}

static void teardown(void)
{
	machine_stop();
}

static void get(unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++) {
		block[i] = alloc_pages(GFP_KERNEL, 0);
		ck_assert_ptr_nonnull(block[i]);
		*(volatile char *)page_address(block[i]) = 1;
	}
}

static void put(unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++)
		free_pages_block(block[i], 0);
	drain_all_pages();
}

/* What smaps says of the linear map. */
struct seen {
	size_t huge, resident;
	bool against; /* huge pages are forbidden somewhere */
	bool asked;
};

static struct seen look(void)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	struct seen seen = { 0 };
	char line[512];
	bool ours = false;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		size_t start, end, kb;

		if (sscanf(line, "%zx-%zx ", &start, &end) == 2)
			ours = virt_is_linear((void *)start);
		else if (!ours)
			continue;
		else if (sscanf(line, "Rss: %zu", &kb) == 1)
			seen.resident += kb << 10;
		else if (sscanf(line, "AnonHugePages: %zu", &kb) == 1)
			seen.huge += kb << 10;
		else if (!strncmp(line, "VmFlags:", 8)) {
			seen.against |= strstr(line, " nh") != NULL;
			seen.asked |= strstr(line, " hg") != NULL;
		}
	}
	fclose(f);
	return seen;
}

/* Has the system given what was asked for? */
static bool have_huge(void)
{
	return stats.huge_state == KVR_HUGE_ON && stats.huge_backed;
}

START_TEST(test_small_heap_asks_for_nothing)
{
	struct seen seen;

	get(0, SMALL);
	seen = look();
	ck_assert_uint_eq(stats.huge_state, KVR_HUGE_SMALL);
	ck_assert_uint_eq(stats.huge_asked, 0);
	ck_assert_uint_eq(seen.huge, 0);
	ck_assert(!seen.asked);
	ck_assert(seen.against ||
		  access("/sys/kernel/mm/transparent_hugepage", F_OK));
	put(0, SMALL);
}
END_TEST

/* @to pages, 4 MiB at a time with @ms between; the longest that any took. */
static u64 grow(unsigned int to, unsigned int ms)
{
	u64 longest = 0;

	for (unsigned int i = 0; i < to; i += MAX_BLOCK_PAGES) {
		u64 start = os_monotonic_ns(), took;

		get(i, i + MAX_BLOCK_PAGES);
		usleep(ms * 1000);
		took = os_monotonic_ns() - start;
		longest = took > longest ? took : longest;
	}
	return longest;
}

START_TEST(test_medium_heap_that_grows_slowly_asks_for_nothing)
{
	grow(MEDIUM, 60);
	ck_assert_uint_eq(stats.huge_asked, 0);
	put(0, MEDIUM);
}
END_TEST

START_TEST(test_medium_heap_that_grows_fast_asks)
{
	/* unless this machine is slow, or has none */
	if (grow(MEDIUM, 0) < 12000000 && stats.huge_state == KVR_HUGE_ON)
		ck_assert_uint_ge(stats.huge_asked, 8 * MIB);
	else
		ck_assert_uint_le(stats.huge_asked, 28 * MIB);
	put(0, MEDIUM);
}
END_TEST

static unsigned long nr_charged(void)
{
	unsigned long nr = 0;

	for_each_zone (z)
		nr += z->charged;
	return nr;
}

/* Frames that stand for areas are no heap. */
START_TEST(test_charged_frames_do_not_count)
{
	u32 chain[12];

	for (size_t i = 0; i < ARRAY_SIZE(chain); i++)
		ck_assert_uint_eq(charge_frames(GFP_KERNEL, 1536, &chain[i]),
				  1536);
	ck_assert_uint_eq(nr_charged(), ARRAY_SIZE(chain) * 512);
	get(0, SMALL / 2);
	ck_assert_uint_eq(stats.huge_asked, 0);
	put(0, SMALL / 2);
	for (size_t i = 0; i < ARRAY_SIZE(chain); i++)
		uncharge_frames(chain[i]);
	ck_assert_uint_eq(nr_charged(), 0);
}
END_TEST

/* The report's number is the system's. */
START_TEST(test_backed_is_what_smaps_says)
{
	struct seen seen;

	get(0, LARGE);
	seen = look();
	ck_assert_uint_eq(seen.huge, stats.huge_backed);
	ck_assert_uint_le(stats.huge_backed, stats.huge_asked);
	if (have_huge())
		ck_assert_uint_ge(seen.huge,
				  huge_is_always() ? 90 * MIB : 50 * MIB);
	put(0, LARGE);
}
END_TEST

START_TEST(test_resident_is_little_more)
{
	get(0, LARGE);
	ck_assert_uint_le(look().resident,
			  ((size_t)LARGE << PAGE_SHIFT) * 33 / 32 + HUGE_SIZE);
	put(0, LARGE);
}
END_TEST

/* Blocks whose ends stay free would have those resident. */
START_TEST(test_heap_with_holes_asks_for_nothing)
{
	enum { N = 4096, PAGES = 9 };

	for (unsigned int i = 0; i < N; i++) {
		block[i] = alloc_page_run(GFP_KERNEL, PAGES);
		ck_assert_ptr_nonnull(block[i]);
	}
	ck_assert_uint_eq(stats.huge_asked, 0);
	for (unsigned int i = 0; i < N; i++)
		free_page_run(block[i], PAGES);
}
END_TEST

START_TEST(test_kernel_presets_ask_for_nothing)
{
	machine_stop();
	machine_start(2048 * MIB, 700);
	get(0, LARGE);
	ck_assert_uint_eq(stats.huge_asked, 0);
	put(0, LARGE);
}
END_TEST

START_TEST(test_off_asks_for_nothing)
{
	machine_stop();
	huge_boot(HUGE_OFF);
	machine_start(2048 * MIB, 0);
	get(0, LARGE);
	ck_assert_uint_eq(stats.huge_state, KVR_HUGE_OFF);
	ck_assert_uint_eq(stats.huge_asked, 0);
	ck_assert_uint_eq(look().huge, 0);
	put(0, LARGE);
}
END_TEST

/* Contents of what is handed out as zero, where others' pages came with it. */
START_TEST(test_zeroed_pages_are_zero)
{
	static const char zero[PAGE_SIZE];

	get(0, LARGE);
	put(LARGE / 2, LARGE);
	for (unsigned int i = LARGE / 2; i < LARGE; i++) {
		block[i] = alloc_pages(GFP_KERNEL | __GFP_ZERO, 0);
		ASSERT_EACH(!memcmp(page_address(block[i]), zero, PAGE_SIZE),
			    "page %u", i);
	}
	put(0, LARGE);
}
END_TEST

START_TEST(test_whole_purge_and_growth_again)
{
	get(0, LARGE);
	put(0, LARGE);
	purge_free_pages(0);
	ck_assert_uint_eq(look().resident, 0);
	ck_assert_uint_eq(stats.huge_backed, 0);
	get(0, LARGE);
	ck_assert_uint_eq(look().huge, stats.huge_backed);
	if (have_huge())
		ck_assert_uint_ge(stats.huge_backed, HUGE_SIZE);
	put(0, LARGE);
}
END_TEST

/* A page in two of every pageblock stays: what was huge is so no more. */
START_TEST(test_part_purge_splits)
{
	bool had;

	get(0, LARGE);
	had = have_huge();
	for (unsigned int i = 0; i < LARGE; i++)
		if (page_to_pfn(block[i]) % PAGEBLOCK_PAGES)
			free_pages_block(block[i], 0);
	drain_all_pages();
	purge_free_pages(0);
	ck_assert_uint_eq(look().huge, 0);
	ck_assert_uint_eq(stats.huge_backed, 0);
	ck_assert_uint_le(look().resident,
			  LARGE / PAGEBLOCK_PAGES * 2 << PAGE_SHIFT);
	if (had)
		ck_assert_uint_le(stats.huge_asked, 2 * HUGE_SIZE);
	for (unsigned int i = 0; i < LARGE; i++)
		if (page_to_pfn(block[i]) % PAGEBLOCK_PAGES == 0)
			free_pages_block(block[i], 0);
	drain_all_pages();
}
END_TEST

/* "never", and whatever else keeps the system from giving one. */
START_TEST(test_none_to_be_had)
{
	ck_assert_int_eq(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0);
	get(0, LARGE);
	ck_assert_uint_eq(look().huge, 0);
	ck_assert_uint_eq(stats.huge_backed, 0);
	ck_assert_uint_eq(stats.huge_state, KVR_HUGE_NONE);
	ck_assert(!look().asked);
	put(0, LARGE);
}
END_TEST

START_TEST(test_fork)
{
	int status;
	pid_t pid;

	get(0, LARGE);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		page_alloc_fork_child();
		get(LARGE, LARGE + LARGE / 2);
		put(0, LARGE);
		get(0, LARGE);
		_exit(page_alloc_validate() != 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	put(0, LARGE);
}
END_TEST

START_TEST(test_try_leaves_contents)
{
	char *p = os_reserve(2 * HUGE_SIZE, HUGE_SIZE);

	ck_assert_int_eq(os_commit(p, 2 * HUGE_SIZE), 0);
	p[5] = 7;
	p[0] = 9;
	huge_try(p);
	huge_try(p + 5);
	huge_is_one(p);
	ck_assert_int_eq(p[0], 9);
	ck_assert_int_eq(p[5], 7);
	os_hugepage(p + HUGE_SIZE, HUGE_SIZE, false);
	ck_assert(!huge_is_one(p + HUGE_SIZE));
	os_release(p, 2 * HUGE_SIZE);
}
END_TEST

/* One slow page in many does not matter. */
START_TEST(test_account)
{
	char *p = os_reserve(HUGE_SIZE, HUGE_SIZE);

	ck_assert_int_eq(os_commit(p, HUGE_SIZE), 0);
	for (int i = 0; i < 1000; i++)
		ck_assert(huge_try(p));
	ck_assert(huge_is_on());
	os_release(p, HUGE_SIZE);
}
END_TEST

START_TEST(test_stop_is_for_good)
{
	ck_assert(huge_is_on());
	huge_stop(KVR_HUGE_SLOW);
	ck_assert(!huge_is_on());
	get(0, LARGE);
	ck_assert_uint_eq(stats.huge_asked, 0);
	ck_assert_uint_eq(stats.huge_state, KVR_HUGE_SLOW);
	put(0, LARGE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("huge");
	TCase *t;

	t = add_tcase(s, "when", setup, teardown, 60);
	ADD_TESTS(t, test_small_heap_asks_for_nothing,
		  test_medium_heap_that_grows_slowly_asks_for_nothing,
		  test_medium_heap_that_grows_fast_asks,
		  test_charged_frames_do_not_count,
		  test_heap_with_holes_asks_for_nothing,
		  test_kernel_presets_ask_for_nothing,
		  test_off_asks_for_nothing, test_none_to_be_had,
		  test_stop_is_for_good, test_try_leaves_contents,
		  test_account);

	t = add_tcase(s, "auto", setup, teardown, 60);
	ADD_TESTS(t, test_backed_is_what_smaps_says,
		  test_resident_is_little_more, test_zeroed_pages_are_zero,
		  test_whole_purge_and_growth_again, test_part_purge_splits,
		  test_fork);

	t = add_tcase(s, "always", setup_always, teardown, 60);
	ADD_TESTS(t, test_backed_is_what_smaps_says,
		  test_resident_is_little_more, test_zeroed_pages_are_zero,
		  test_whole_purge_and_growth_again, test_part_purge_splits,
		  test_none_to_be_had, test_fork);
	return run_suite(s);
}
