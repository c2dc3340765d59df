/* SPDX-License-Identifier: MIT */
/*
 * test_slab_order.c - the geometry of slabs against the kernel's: its table
 * of kmalloc classes, its rule written down once more, and every cache of
 * real machines.
 */
#include <stdio.h>

#include "mm/oracle.h"
#include "mm/slab.h"
#include "suite.h"

static const u32 sizes[] = { 8,	  16,  32,   64,   96,	 128, 192,
			     256, 512, 1024, 2048, 4096, 8192 };

/* clang-format off */
/* Objects a slab of each size, by number of CPUs (the kernel's rules). */
static const struct {
	unsigned int cpus_from, cpus_to;
	unsigned int objects[ARRAY_SIZE(sizes)];
	unsigned int order[ARRAY_SIZE(sizes)];
} classes[] = {
	{ 1, 1,
	  { 512, 256, 128, 64, 42, 32, 21, 16, 8, 8, 8, 8, 4 },
	  { 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 3 } },
	{ 2, 7,
	  { 512, 256, 128, 64, 42, 32, 21, 16, 16, 16, 16, 8, 4 },
	  { 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3 } },
	{ 8, 15,
	  { 512, 256, 128, 64, 42, 32, 21, 32, 32, 32, 16, 8, 4 },
	  { 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 3 } },
	{ 16, 127,
	  { 512, 256, 128, 64, 42, 32, 42, 32, 32, 32, 16, 8, 4 },
	  { 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 3, 3, 3 } },
	{ 128, 128,
	  { 512, 256, 128, 64, 42, 64, 42, 64, 64, 32, 16, 8, 4 },
	  { 0, 0, 0, 0, 0, 1, 1, 2, 3, 3, 3, 3, 3 } },
};
/* clang-format on */

static unsigned int objects_in(unsigned int order, u32 size)
{
	return (unsigned int)((PAGE_SIZE << order) / size);
}

/* _i + 1: CPUs */
START_TEST(test_kmalloc_classes)
{
	unsigned int cpus = (unsigned int)_i + 1, row = 0;

	while (cpus > classes[row].cpus_to)
		row++;
	ck_assert_uint_ge(cpus, classes[row].cpus_from);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		int order = calculate_order(sizes[i], cpus, 700);

		ck_assert_msg(order == (int)classes[row].order[i],
			      "kmalloc-%u on %u CPUs: order %d, not %u",
			      sizes[i], cpus, order, classes[row].order[i]);
		ck_assert_msg(objects_in((unsigned int)order, sizes[i]) ==
				      classes[row].objects[i],
			      "kmalloc-%u on %u CPUs: not %u objects", sizes[i],
			      cpus, classes[row].objects[i]);
	}
}
END_TEST

/*
 * The rule, in the words of the kernel's rules. A slab of @order wastes at
 * most 1/@fraction of itself:
 */
static bool wastes_at_most(unsigned int order, u32 size, unsigned int fraction)
{
	size_t slab = PAGE_SIZE << order;

	return slab % size <= slab / fraction;
}

/* The least order for @least objects, up to 3, with little waste; or -1. */
static int first_fit(u32 size, unsigned int least, unsigned int fraction)
{
	for (unsigned int order = 0; order <= SLAB_MAX_ORDER; order++)
		if (objects_in(order, size) >= least &&
		    wastes_at_most(order, size, fraction))
			return (int)order;
	return -1;
}

static int one_object(u32 size)
{
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++)
		if (objects_in(order, size))
			return (int)order;
	return -1;
}

static unsigned int wanted_objects(u32 size, unsigned int cpus)
{
	unsigned int want = 4 * (fls_ul(cpus) + 1);
	unsigned int most = objects_in(SLAB_MAX_ORDER, size);

	return want < most ? want : most ? most : 1;
}

static int order_today(u32 size, unsigned int cpus)
{
	unsigned int want = wanted_objects(size, cpus);

	for (unsigned int fraction = 16; fraction >= 2; fraction /= 2) {
		int order = first_fit(size, want, fraction);

		if (order >= 0)
			return order;
	}
	return one_object(size);
}

static int order_419(u32 size, unsigned int cpus)
{
	for (unsigned int want = wanted_objects(size, cpus); want > 1; want--)
		for (unsigned int fraction = 16; fraction >= 4; fraction /= 2) {
			int order = first_fit(size, want, fraction);

			if (order >= 0)
				return order;
		}
	return one_object(size);
}

static const u8 some_cpus[] = { 1, 2, 4, 8, 16, 32, 64, 128 };

/* _i: index of some_cpus[] */
START_TEST(test_rule_of_today_at_every_size)
{
	unsigned int cpus = some_cpus[_i];

	for (u32 size = 8; size <= 70000; size += 8) {
		int order = calculate_order(size, cpus, 700);

		ASSERT_EACH(order == order_today(size, cpus),
			    "%u bytes on %u CPUs: order %d, not %d", size, cpus,
			    order, order_today(size, cpus));
	}
}
END_TEST

START_TEST(test_rule_of_419_at_every_size)
{
	unsigned int cpus = some_cpus[_i];

	for (u32 size = 8; size <= 70000; size += 8) {
		int order = calculate_order(size, cpus, 418);

		ASSERT_EACH(order == order_419(size, cpus),
			    "%u bytes on %u CPUs: order %d, not %d", size, cpus,
			    order, order_419(size, cpus));
	}
}
END_TEST

START_TEST(test_412_has_the_rule_of_419)
{
	for (u32 size = 8; size <= 9000; size += 8)
		ASSERT_EACH(calculate_order(size, some_cpus[_i], 412) ==
				    calculate_order(size, some_cpus[_i], 418),
			    "%u bytes", size);
}
END_TEST

/* If none did, testing both would be testing one. */
START_TEST(test_rules_differ)
{
	unsigned int differ = 0;

	for (u32 size = 8; size <= 33000; size += 8)
		differ += order_today(size, 2) != order_419(size, 2);
	ck_assert_uint_gt(differ, 0);
}
END_TEST

/* _i: 0 today, 1 4.19 */
START_TEST(test_largest_object)
{
	int kernel = _i ? 418 : 700;
	u32 most = (u32)PAGE_SIZE << MAX_PAGE_ORDER;

	ck_assert_int_eq(calculate_order(most, 2, kernel), MAX_PAGE_ORDER);
	ck_assert_int_eq(calculate_order(most + 8, 2, kernel), -1);
}
END_TEST

static const char *const versions[] = { "6.1", "6.12" };

/* _i: index of versions[]. Nothing is exempt. */
START_TEST(test_every_cache_of_a_real_machine)
{
	static struct oracle_row rows[ORACLE_MAX_ROWS];
	size_t n = oracle_read(versions[_i], rows), differ = 0;

	for (size_t i = 0; i < n; i++) {
		int order = calculate_order(rows[i].size, 2, 700);

		if (order < 0 || 1u << order != rows[i].pages ||
		    objects_in((unsigned int)order, rows[i].size) !=
			    rows[i].objects) {
			differ++;
			printf("%s: %s, %u bytes: order %d\n", versions[_i],
			       rows[i].name, rows[i].size, order);
		}
	}
	ck_assert_msg(!differ, "%zu of %zu caches differ", differ, n);
}
END_TEST

/* slabs of the booted machine */

static const int presets[] = { 0, 412, 418, 700 };

/* _i: index of presets[], kernels only */
START_TEST(test_kernel_presets_have_the_kernels_slabs)
{
	machine.cfg.cpus = 8;
	machine.cfg.kernel = presets[_i];
	for (u32 size = 8; size <= 70000; size += 8)
		ASSERT_EACH(slab_order(size) ==
				    calculate_order(size, 8, presets[_i]),
			    "%u bytes", size);
}
END_TEST

/* By default the smallest with little waste, however many CPUs. */
START_TEST(test_default_slabs_are_small)
{
	machine.cfg.cpus = some_cpus[_i];
	for (u32 size = 8; size <= 4 * PAGE_SIZE; size += 8) {
		int order = first_fit(size, 1, 16);

		if (order < 0)
			order = first_fit(size, 1, 8);
		if (order < 0)
			order = one_object(size);
		ASSERT_EACH(slab_order(size) == order, "%u bytes: %d, not %d",
			    size, slab_order(size), order);
	}
}
END_TEST

START_TEST(test_default_slabs_of_large_objects)
{
	machine.cfg.cpus = 2;
	for (u32 size = 4 * PAGE_SIZE + 8; size <= 70000; size += 8)
		ASSERT_EACH(slab_order(size) == order_today(size, 2),
			    "%u bytes", size);
}
END_TEST

/* Capacities of 7.0 by size of slot, at both sides of each step. */
START_TEST(test_sheaf_capacity)
{
	static const struct {
		u32 size;
		unsigned int capacity;
	} steps[] = {
		{ 8, 60 },   { 96, 60 },   { 192, 60 },	 { 248, 60 },
		{ 256, 28 }, { 1016, 28 }, { 1024, 12 }, { 4088, 12 },
		{ 4096, 4 }, { 8192, 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		ck_assert_uint_eq(sheaf_capacity_for(steps[i].size),
				  steps[i].capacity);
}
END_TEST

/* ilog2(size) / 2 within 5 and 10 */
START_TEST(test_min_partial)
{
	static const struct {
		u32 size;
		unsigned int slabs;
	} steps[] = {
		{ 8, 5 },	 { 1024, 5 },	   { 2048, 5 },
		{ 4095, 5 },	 { 4096, 6 },	   { 8192, 6 },
		{ 1u << 14, 7 }, { 1u << 20, 10 }, { 1u << 22, 10 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		ck_assert_uint_eq(min_partial_for(steps[i].size),
				  steps[i].slabs);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slab order");
	TCase *t;

	t = add_tcase(s, "rule", NULL, NULL, 60);
	ADD_LOOP_TESTS(t, 128, test_kmalloc_classes);
	ADD_LOOP_TESTS(
		t, ARRAY_SIZE(some_cpus), test_rule_of_today_at_every_size,
		test_rule_of_419_at_every_size, test_412_has_the_rule_of_419);
	ADD_LOOP_TESTS(t, 2, test_largest_object);
	ADD_TESTS(t, test_rules_differ);

	t = add_tcase(s, "real machines", NULL, NULL, 10);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(versions),
		       test_every_cache_of_a_real_machine);

	t = add_tcase(s, "slabs of a machine", NULL, NULL, 60);
	tcase_add_loop_test(t, test_kernel_presets_have_the_kernels_slabs, 1,
			    (int)ARRAY_SIZE(presets));
	ADD_LOOP_TESTS(t, ARRAY_SIZE(some_cpus), test_default_slabs_are_small);
	ADD_TESTS(t, test_default_slabs_of_large_objects);

	t = add_tcase(s, "other numbers", NULL, NULL, 10);
	ADD_TESTS(t, test_sheaf_capacity, test_min_partial);
	return run_suite(s);
}
