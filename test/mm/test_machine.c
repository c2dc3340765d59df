/* SPDX-License-Identifier: MIT */
/* test_machine.c - reserving, committing and limits of the machine's maps. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../suite.h"
#include "mm/states.h"
#include "os/os.h"

static void boot(u64 mem)
{
	machine_start(mem, 0);
}

/* sizes */

static const struct {
	u64 asked;
	unsigned long frames;
} sizes[] = {
	{ 0, 1024 },
	{ 4 * MIB, 1024 },
	{ 8 * MIB - 1, 1024 },
	{ 8 * MIB, 2048 },
	{ 64 * MIB + 4096, 16384 },
	{ 5000 * MIB, 1280000 },
	{ 65536 * MIB, 16777216 },
};

START_TEST(test_size_is_rounded_down_to_4_mib)
{
	boot(sizes[_i].asked);
	ck_assert_uint_eq(machine.nr_pages, sizes[_i].frames);
	ck_assert_uint_eq(machine.cfg.mem, (u64)sizes[_i].frames * PAGE_SIZE);
	machine_stop();
}
END_TEST

START_TEST(test_every_frame_is_in_one_zone)
{
	unsigned long frames = 1; /* frame 0 is nobody's */

	boot(sizes[_i].asked);
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		frames += zones[i].managed;
		ck_assert_uint_eq(zones[i].managed,
				  zones[i].end_pfn - zones[i].start_pfn);
	}
	ck_assert_uint_eq(frames, machine.nr_pages);
	machine_stop();
}
END_TEST

static const struct {
	u64 mem;
	unsigned long managed[MAX_NR_ZONES];
} zone_sizes[] = {
	{ 8 * MIB, { 2047 } },
	{ 64 * MIB, { 4095, 12288 } },
	{ 4096 * MIB, { 4095, 1044480 } },
	{ 6144 * MIB, { 4095, 1044480, 524288 } },
};

START_TEST(test_zones_end_at_16_mib_and_4_gib)
{
	boot(zone_sizes[_i].mem);
	for (int i = 0; i < MAX_NR_ZONES; i++)
		ck_assert_uint_eq(zones[i].managed, zone_sizes[_i].managed[i]);
	machine_stop();
}
END_TEST

START_TEST(test_pfn_zone_agrees_with_zones)
{
	boot(6144 * MIB);
	for (int i = 0; i <= ZONE_NORMAL; i++) {
		ck_assert_uint_eq(pfn_zone(zones[i].start_pfn), i);
		ck_assert_uint_eq(pfn_zone(zones[i].end_pfn - 1), i);
	}
	machine_stop();
}
END_TEST

START_TEST(test_cpus_are_clamped)
{
	struct machine_config cfg = { .mem = 8 * MIB, .cpus = 1000 };

	ck_assert_int_eq(machine_boot(&cfg), 0);
	ck_assert_uint_eq(machine.cfg.cpus, MAX_NR_CPUS);
	machine_stop();
}
END_TEST

/* addresses */

START_TEST(test_linear_map_is_aligned_to_the_largest_block)
{
	boot(64 * MIB);
	ck_assert_uint_eq((size_t)machine.linear_base % (4 * MIB), 0);
	machine_stop();
}
END_TEST

START_TEST(test_pfn_and_address_are_inverse)
{
	boot(64 * MIB);
	for (unsigned long pfn = 0; pfn < machine.nr_pages; pfn += 511) {
		ck_assert_uint_eq(virt_to_pfn(pfn_to_virt(pfn)), pfn);
		ck_assert_uint_eq(page_to_pfn(pfn_to_page(pfn)), pfn);
	}
	machine_stop();
}
END_TEST

START_TEST(test_virt_is_linear_at_the_edges)
{
	char *base, *end;

	boot(64 * MIB);
	base = machine.linear_base;
	end = base + 64 * MIB;
	ck_assert(virt_is_linear(base));
	ck_assert(virt_is_linear(end - 1));
	ck_assert(!virt_is_linear(end));
	ck_assert(!virt_is_linear(base - 1));
	ck_assert(!virt_is_linear(NULL));
	machine_stop();
}
END_TEST

START_TEST(test_get_order_is_the_smallest_that_fits)
{
	ck_assert_uint_eq(get_order(0), 0);
	ck_assert_uint_eq(get_order(1), 0);
	for (unsigned int o = 0; o <= MAX_PAGE_ORDER; o++) {
		ck_assert_uint_eq(get_order(PAGE_SIZE << o), o);
		ck_assert_uint_eq(get_order((PAGE_SIZE << o) + 1), o + 1);
	}
}
END_TEST

/* committing */

START_TEST(test_boot_commits_no_frame)
{
	boot(65536 * MIB);
	ck_assert_uint_eq(machine.nr_committed, 0);
	ck_assert_uint_eq(next_committed_frame(0), machine.nr_pages);
	machine_stop();
}
END_TEST

START_TEST(test_first_step_is_4_mib)
{
	boot(64 * MIB);
	ck_assert_int_eq(machine_commit(ZONE_DMA, 1), 0);
	ck_assert_uint_eq(machine.nr_committed, 1024);
	machine_stop();
}
END_TEST

START_TEST(test_steps_grow_to_64_mib)
{
	unsigned long before = 0, step = 0;

	boot(8192 * MIB);
	for (int i = 0; i < 100 && step < 16384; i++) {
		before = machine.nr_committed;
		ck_assert_int_eq(machine_commit(ZONE_NORMAL,
						ZONE_DMA32_END +
							before + 1024),
				 0);
		step = machine.nr_committed - before;
		ck_assert_uint_le(step, max_ul(1024, before / 8 + 1023));
	}
	ck_assert_uint_eq(step, 16384);
	machine_stop();
}
END_TEST

START_TEST(test_committing_again_changes_nothing)
{
	boot(64 * MIB);
	machine_commit(ZONE_DMA, 1024);
	ck_assert_int_eq(machine_commit(ZONE_DMA, 1024), 0);
	ck_assert_int_eq(machine_commit(ZONE_DMA, 5), 0);
	ck_assert_uint_eq(machine.nr_committed, 1024);
	machine_stop();
}
END_TEST

START_TEST(test_all_frames_can_be_committed_and_written)
{
	boot(64 * MIB);
	ck_assert_int_eq(machine_commit(ZONE_DMA, 4096), 0);
	ck_assert_int_eq(machine_commit(ZONE_DMA32, 16384), 0);
	for (unsigned long pfn = 0; pfn < machine.nr_pages; pfn++) {
		*(char *)pfn_to_virt(pfn) = 1;
		pfn_to_page(pfn)->refcount++;
		machine.freemap[pfn * FREEMAP_WORDS] = 1;
		machine.class_map[pfn] = 1;
		pfn_to_pageblock(pfn)->mt = 0;
	}
	machine_shutdown();
}
END_TEST

START_TEST(test_class_map_is_readable_everywhere)
{
	unsigned long sum = 0;

	boot(1024 * MIB);
	for (unsigned long pfn = 0; pfn < machine.nr_pages; pfn++)
		sum += machine.class_map[pfn];
	ck_assert_uint_eq(sum, 0);
	machine_stop();
}
END_TEST

START_TEST(test_uncommitted_frame_cannot_be_touched)
{
	boot(64 * MIB);
	machine_commit(ZONE_DMA32, ZONE_DMA_END + 1024);
	signal(SIGSEGV, SIG_DFL); /* sanitizers have a handler */
	*(volatile char *)pfn_to_virt(ZONE_DMA_END + 1024) = 1;
}
END_TEST

START_TEST(test_holes_are_skipped)
{
	boot(64 * MIB);
	machine_commit(ZONE_DMA32, ZONE_DMA_END + 1024);
	ck_assert(!frame_is_committed(0));
	ck_assert(frame_is_committed(ZONE_DMA_END));
	ck_assert(!frame_is_committed(ZONE_DMA_END + 1024));
	ck_assert(!frame_is_committed(~0ul));
	ck_assert_uint_eq(next_committed_frame(1), ZONE_DMA_END);
	ck_assert_uint_eq(next_committed_frame(ZONE_DMA_END + 5),
			  ZONE_DMA_END + 5);
	ck_assert_uint_eq(next_committed_frame(ZONE_DMA_END + 1024),
			  machine.nr_pages);
	machine_stop();
}
END_TEST

#ifdef OS_FAULT
START_TEST(test_failed_commit_leaves_no_trace)
{
	int err;

	boot(64 * MIB);
	for (long nth = 1;; nth++) {
		unsigned long before = machine.nr_committed;

		os_fault_set(nth);
		err = machine_commit(ZONE_DMA, before + 1024);
		if (os_fault_left())
			break;
		if (err)
			ck_assert_uint_eq(machine.nr_committed, before);
		else
			ck_assert_uint_ge(machine.nr_committed, before + 1024);
	}
	os_fault_set(0);
	ck_assert_int_eq(err, 0);
	machine_stop();
}
END_TEST

START_TEST(test_failed_reservation_tries_half)
{
	struct machine_config cfg = { .mem = 64 * MIB, .cpus = 1 };

	os_fault_set(1);
	ck_assert_int_eq(machine_boot(&cfg), 0);
	os_fault_set(0);
	ck_assert_uint_eq(machine.cfg.mem, 32 * MIB);
	machine_stop();
}
END_TEST

START_TEST(test_least_machine_that_fails_is_enomem)
{
	struct machine_config cfg = { .mem = 4 * MIB, .cpus = 1 };
	int refused = 0, err;

	for (long nth = 1;; nth++) {
		os_fault_set(nth);
		err = machine_boot(&cfg);
		if (os_fault_left())
			break;
		/* trimming a reservation may fail; how often it is needed
		   depends on addresses */
		ck_assert(err == 0 || err == -ENOMEM);
		ck_assert_int_eq(machine.booted, err == 0);
		refused += err != 0;
		machine_shutdown();
	}
	os_fault_set(0);
	ck_assert_int_eq(err, 0);
	ck_assert_int_ge(refused, 2);
	machine_stop();
}
END_TEST
#endif

/* limits: each test has a process of its own */

/* What RLIMIT_AS leaves free becomes @bytes. */
static void leave_address_space(u64 bytes)
{
	struct rlimit r = { .rlim_cur = os_address_space_used() + bytes };

	r.rlim_max = r.rlim_cur;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &r), 0);
}

START_TEST(test_starts_under_256_mib_of_address_space)
{
	struct machine_config cfg = { .mem = 65536 * MIB, .cpus = 1 };

	leave_address_space(256 * MIB);
	ck_assert_int_eq(machine_boot(&cfg), 0);
	ck_assert_uint_ge(machine.cfg.mem, 64 * MIB);
	machine_stop();
}
END_TEST

START_TEST(test_a_third_of_limited_space_is_left)
{
	struct machine_config cfg = { .mem = 65536 * MIB, .cpus = 1 };

	leave_address_space(256 * MIB);
	ck_assert_int_eq(machine_boot(&cfg), 0);
	ck_assert_ptr_ne(mmap(NULL, 85 * MIB, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
			 MAP_FAILED);
	machine_stop();
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
START_TEST(test_no_address_space_is_enomem)
{
	struct machine_config cfg = { .mem = 65536 * MIB, .cpus = 1 };

	leave_address_space(MIB);
	ck_assert_int_eq(machine_boot(&cfg), -ENOMEM);
}
END_TEST

START_TEST(test_limited_data_fails_the_request_only)
{
	struct rlimit r = { .rlim_cur = 1 * MIB, .rlim_max = 64 * MIB };

	boot(64 * MIB);
	ck_assert_int_eq(setrlimit(RLIMIT_DATA, &r), 0);
	ck_assert_ptr_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0));
	ck_assert_int_eq(last_alloc_fail, ALLOC_NOMEM);
	r.rlim_cur = r.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_DATA, &r), 0);
	ck_assert_ptr_nonnull(alloc_pages(GFP_KERNEL, 0));
	machine_stop();
}
END_TEST

#else
#define SANITIZED /* the tool needs memory of its own */
#endif

START_TEST(test_child_has_its_own_copy)
{
	struct page *page;
	char *p;
	int status;

	boot(64 * MIB);
	page = alloc_pages(GFP_KERNEL, 0);
	p = page_address(page);
	*p = 'p';
	if (fork() == 0) {
		page_alloc_fork_child();
		if (*p != 'p' || page_alloc_validate())
			_exit(1);
		*p = 'c';
		free_pages_block(page, 0);
		_exit(alloc_pages(GFP_KERNEL, 10) ? 0 : 1);
	}
	ck_assert_int_gt(wait(&status), 0);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(*p, 'p');
	ck_assert_int_eq(page->type, PAGE_USED);
	machine_stop();
}
END_TEST

START_TEST(test_shutdown_releases_address_space)
{
	u64 before = os_address_space_used();

	boot(8192 * MIB);
	machine_commit(ZONE_NORMAL, machine.nr_pages);
	machine_shutdown();
	ck_assert_uint_le(os_address_space_used(), before + MIB);
	machine_shutdown(); /* twice does no harm */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("machine");
	TCase *t;

	t = add_tcase(s, "sizes", NULL, NULL, 30);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(sizes), test_size_is_rounded_down_to_4_mib,
		       test_every_frame_is_in_one_zone);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(zone_sizes),
		       test_zones_end_at_16_mib_and_4_gib);
	ADD_TESTS(t, test_pfn_zone_agrees_with_zones, test_cpus_are_clamped);

	t = add_tcase(s, "addresses", NULL, NULL, 30);
	ADD_TESTS(t, test_linear_map_is_aligned_to_the_largest_block,
		  test_pfn_and_address_are_inverse,
		  test_virt_is_linear_at_the_edges,
		  test_get_order_is_the_smallest_that_fits);

	t = add_tcase(s, "commit", NULL, NULL, 30);
	ADD_TESTS(t, test_boot_commits_no_frame, test_first_step_is_4_mib,
		  test_steps_grow_to_64_mib,
		  test_committing_again_changes_nothing,
		  test_all_frames_can_be_committed_and_written,
		  test_class_map_is_readable_everywhere,
		  test_holes_are_skipped);
	tcase_add_test_raise_signal(t, test_uncommitted_frame_cannot_be_touched,
				    SIGSEGV);
#ifdef OS_FAULT
	ADD_TESTS(t, test_failed_commit_leaves_no_trace,
		  test_failed_reservation_tries_half,
		  test_least_machine_that_fails_is_enomem);
#endif

	t = add_tcase(s, "limits", NULL, NULL, 30);
	ADD_TESTS(t, test_starts_under_256_mib_of_address_space,
		  test_a_third_of_limited_space_is_left,
		  test_child_has_its_own_copy,
		  test_shutdown_releases_address_space);
#ifndef SANITIZED
	ADD_TESTS(t, test_no_address_space_is_enomem,
		  test_limited_data_fails_the_request_only);
#endif
	return run_suite(s);
}
