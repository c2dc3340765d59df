/* SPDX-License-Identifier: MIT */
/*
 * test_vmalloc_huge.c - huge pages of vmalloc areas (vmap_huge.c): which areas
 * ask for them, as smaps tells.
 *
 * Where memory is slow to come nobody asks any more: tests end early then.
 */
#include <stdio.h>
#include <unistd.h>

#include "mm/huge.h"
#include "vmalloc_test.h"

static void boot_auto(void)
{
	huge_boot(HUGE_AUTO);
	boot_default();
}

static void boot_always(void)
{
	huge_boot(HUGE_ALWAYS);
	boot_default();
}

static void boot_off(void)
{
	huge_boot(HUGE_OFF);
	boot_default();
}

static void boot_kernel_rules(void)
{
	huge_boot(HUGE_AUTO);
	boot_kernel();
}

static bool system_has_them(void)
{
	return !access("/sys/kernel/mm/transparent_hugepage", F_OK);
}

/* What smaps says of the mapping with @p: asked for, bytes in huge pages. */
struct seen {
	bool asked;
	size_t huge;
};

static struct seen look(const char *p)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	struct seen seen = { 0 };
	char line[512];
	bool here = false;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		size_t start, end, kb;

		if (sscanf(line, "%zx-%zx ", &start, &end) == 2)
			here = (size_t)p >= start && (size_t)p < end;
		else if (here && sscanf(line, "AnonHugePages: %zu", &kb) == 1)
			seen.huge = kb << 10;
		else if (here && !strncmp(line, "VmFlags:", 8))
			seen.asked = strstr(line, " hg") != NULL;
	}
	fclose(f);
	return seen;
}

/* Asked for, unless the system has none or was slow. */
static bool asked(const char *p)
{
	return look(p).asked || !system_has_them() || !huge_is_on();
}

static char *fill(char *p, size_t size)
{
	memset(p, 1, size);
	return p;
}

static char *get_zeroed(size_t size)
{
	char *p = vmalloc_area(GFP_KERNEL | __GFP_ZERO, size, 0, NULL);

	ck_assert_ptr_nonnull(p);
	return p;
}

START_TEST(test_who_fills_areas_gets_huge_pages)
{
	char *p = must_get(7 * MIB), *q;

	ck_assert(!look(p).asked);
	q = must_get(8 * MIB);
	ck_assert(!look(q).asked); /* the first is untouched as yet */
	fill(q, 8 * MIB);
	q = must_get(9 * MIB);
	ck_assert(asked(q));
	fill(q, 9 * MIB);
	ck_assert(asked(must_get(5 * MIB)));
	ck_assert(!look(must_get(6 * MIB)).asked); /* nor is that one */
}
END_TEST

/* Both ends and what a huge page at the start covers is not all of it. */
START_TEST(test_who_fills_parts_gets_none)
{
	char *p = must_get(7 * MIB);

	fill(p, 2 * MIB);
	p[7 * MIB - 1] = 1;
	ck_assert(!look(must_get(7 * MIB)).asked);
	fill(p = must_get(7 * MIB), 6 * MIB);
	ck_assert(!look(must_get(7 * MIB)).asked);
}
END_TEST

START_TEST(test_habit_outlives_areas)
{
	char *p = fill(must_get(7 * MIB), 7 * MIB);

	fill(must_get(8 * MIB), 8 * MIB);
	p = fill(must_get(9 * MIB), 9 * MIB);
	put(p);
	vmalloc_purge(0);
	ck_assert(asked(must_get(10 * MIB)));
}
END_TEST

START_TEST(test_large_areas_are_believed)
{
	ck_assert(asked(must_get(8 * MIB)));
	ck_assert(!look(must_get(15 * MIB)).asked); /* the last is empty */
	ck_assert(asked(must_get(16 * MIB)));
	ck_assert(!look(get_zeroed(32 * MIB)).asked);
}
END_TEST

START_TEST(test_zeroed_areas_are_a_habit_of_their_own)
{
	char *p;

	fill(must_get(7 * MIB), 7 * MIB);
	p = get_zeroed(7 * MIB);
	ck_assert(!look(p).asked);
	fill(p, 7 * MIB);
	p = get_zeroed(11 * MIB);
	ck_assert(asked(p));
	ck_assert(is_zero(p, 11 * MIB));
}
END_TEST

START_TEST(test_growing_areas_are_filled)
{
	char *p = must_get(5 * MIB);

	mark(p, 0, 5 * MIB, 1);
	p = resize(p, 9 * MIB);
	ck_assert(asked(p));
	ck_assert(marked(p, 0, 5 * MIB, 1));
	ck_assert(is_zero(p + 5 * MIB, 4 * MIB));
}
END_TEST

/* The last huge page becomes whole if that is little. */
START_TEST(test_sizes)
{
	ck_assert_uint_eq(vmalloc_usable(must_get(31 * MIB)), 31 * MIB);
	fill(must_get(7 * MIB), 7 * MIB);
	if (!huge_is_on())
		return;
	ck_assert_uint_eq(vmalloc_usable(fill(must_get(31 * MIB), 31 * MIB)),
			  32 * MIB);
	ck_assert_uint_eq(vmalloc_usable(fill(must_get(13 * MIB), 13 * MIB)),
			  13 * MIB);
}
END_TEST

START_TEST(test_none_are_asked_for)
{
	char *p = fill(must_get(40 * MIB), 40 * MIB);

	ck_assert(!look(p).asked);
	fill(must_get(7 * MIB), 7 * MIB);
	p = must_get(31 * MIB);
	ck_assert(!look(p).asked);
	ck_assert_uint_eq(vmalloc_usable(p), 31 * MIB);
	p = resize(fill(must_get(5 * MIB), 5 * MIB), 31 * MIB);
	ck_assert(!look(p).asked);
	ck_assert_uint_eq(vmalloc_usable(p), 31 * MIB);
}
END_TEST

START_TEST(test_kernel_sizes_are_exact)
{
	char *p;

	fill(must_get(7 * MIB), 7 * MIB);
	p = must_get(15 * MIB);
	ck_assert(!look(p).asked);
	fill(p, 15 * MIB);
	ck_assert_uint_eq(vmalloc_usable(must_get(31 * MIB)), 31 * MIB);
}
END_TEST

/* What is taken of another area are huge pages still. */
START_TEST(test_taken_pages_stay_huge)
{
	char *p = fill(must_get(24 * MIB), 24 * MIB), *q;

	if (look(p).huge < 24 * MIB)
		return;
	must_get(40 * MIB);
	put(p);
	q = must_get(11 * MIB);
	ck_assert_int_eq(q[0] + q[11 * MIB - 1], 2);
	ck_assert_uint_ge(look(q).huge, 10 * MIB);
	ck_assert_uint_eq(look(p).huge, resident(p, 12 * MIB));
	ck_assert_uint_eq(vmalloc_validate(), 0);
}
END_TEST

static void add(Suite *s, const char *name, SFun boot,
		const TTest *const *tests)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, boot, shutdown_machine);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	for (; *tests; tests++)
		tcase_add_test(t, *tests);
}

int main(void)
{
	const TTest *const when[] = {
		test_who_fills_areas_gets_huge_pages,
		test_who_fills_parts_gets_none,
		test_habit_outlives_areas,
		test_large_areas_are_believed,
		test_zeroed_areas_are_a_habit_of_their_own,
		test_growing_areas_are_filled,
		test_sizes,
		NULL,
	};
	const TTest *const off[] = { test_none_are_asked_for, NULL };
	const TTest *const kernel[] = { test_kernel_sizes_are_exact, NULL };
	const TTest *const always[] = { test_taken_pages_stay_huge, NULL };
	Suite *s = suite_create("vmalloc huge");

	add(s, "when", boot_auto, when);
	add(s, "off", boot_off, off);
	add(s, "always", boot_always, always);
	add(s, "kernel rules", boot_kernel_rules, kernel);
	return run_suite(s);
}
