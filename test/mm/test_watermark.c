/* SPDX-License-Identifier: MIT */
/*
 * test_watermark.c - watermarks, reserves and per-CPU batches against what
 * real kernels show in /proc/zoneinfo (test/oracle/).
 *
 * Those kernels computed them before they gave the memory of their own start-up
 * code back, so from fewer managed pages than they show in the end. By how
 * many isn't shown; but "protection" is that number divided by 256, and all
 * the other values must come out equal for one number that this allows.
 */
#include <stdio.h>
#include <string.h>

#include "../suite.h"
#include "mm/page_alloc.h"

/* A zone of the oracle. */
struct oracle_zone {
	char name[16];
	unsigned long mark[4]; /* min low high promo */
	unsigned long managed;
	unsigned long protection[MAX_NR_ZONES];
	unsigned long pcp_high, pcp_batch; /* CPU 0 */
};

static const char *const oracle_file[] = {
	"test/oracle/proc-linux-6.1.txt",
	"test/oracle/proc-linux-6.12.txt",
};
enum { LINUX_6_1, LINUX_6_12, NR_ORACLES };

static struct oracle_zone oracle[MAX_NR_ZONES];
static struct zone zone[MAX_NR_ZONES];

/* The zones of a 64-bit kernel, in the order of its files. */
enum { NR_SHOWN = 4 };
static const enum zone_type shown[NR_SHOWN] = {
	ZONE_DMA,
	ZONE_DMA32,
	ZONE_NORMAL,
	ZONE_MOVABLE,
};

static void take_value(const char *line, const char *label, unsigned long *v)
{
	char word[32];
	unsigned long n;

	if (sscanf(line, " %31s %lu", word, &n) == 2 && !strcmp(word, label))
		*v = n;
}

static void take_line(struct oracle_zone *z, const char *line)
{
	static const char *const marks[] = { "min", "low", "high", "promo" };
	unsigned long p[NR_SHOWN];

	for (int i = 0; i < 4; i++)
		take_value(line, marks[i], &z->mark[i]);
	take_value(line, "managed", &z->managed);
	take_value(line, "high:", &z->pcp_high);
	take_value(line, "batch:", &z->pcp_batch);
	if (sscanf(line, " protection: (%lu, %lu, %lu, %lu", &p[0], &p[1],
		   &p[2], &p[3]) == NR_SHOWN)
		for (int i = 0; i < NR_SHOWN; i++)
			z->protection[shown[i]] = p[i];
}

static void read_oracle(int which)
{
	struct oracle_zone *z = NULL;
	char line[256], name[16];
	FILE *f = fopen(oracle_file[which], "r");
	int n = 0;

	ck_assert_msg(f, "cannot open %s (run from the top folder)",
		      oracle_file[which]);
	memset(oracle, 0, sizeof(oracle));
	while (fgets(line, sizeof(line), f) && strcmp(line, "==zoneinfo\n"))
		;
	while (fgets(line, sizeof(line), f) && n <= NR_SHOWN) {
		if (sscanf(line, "Node 0, zone %15s", name) == 1) {
			z = n < NR_SHOWN ? &oracle[shown[n]] : NULL;
			if (z)
				strcpy(z->name, name);
			n++;
		} else if (z) {
			take_line(z, line);
		}
	}
	fclose(f);
	for (int i = 0; i < NR_SHOWN; i++)
		ck_assert_str_eq(oracle[shown[i]].name,
				 zone_type_name(shown[i]));
}

/* Our zones with the oracle's managed pages, DMA32's replaced. */
static void compute(unsigned long dma32, int kernel)
{
	for (int i = 0; i < MAX_NR_ZONES; i++)
		zone[i] = (struct zone){
			.type = (enum zone_type)i,
			.managed = i == ZONE_DMA32 ? dma32 : oracle[i].managed,
		};
	setup_zone_watermarks(zone, MAX_NR_ZONES, kernel);
}

/* Marks of a zone that differ; 6.1 does not show promo. */
static int marks_differ(int i, int which)
{
	int n = 0;

	for (int m = 0; m < (which == LINUX_6_1 ? 3 : 4); m++)
		n += zone[i].watermark[m] != oracle[i].mark[m];
	return n;
}

static int zones_differ(int which)
{
	int n = 0;

	for (int k = 0; k < NR_SHOWN; k++) {
		int i = shown[k];

		/* before 6.4 an empty Movable zone had no marks */
		if (which == LINUX_6_1 && i == ZONE_MOVABLE)
			continue;
		n += marks_differ(i, which);
		for (int j = 0; j < NR_SHOWN; j++)
			n += zone[i].lowmem_reserve[shown[j]] !=
			     oracle[i].protection[shown[j]];
	}
	return n;
}

START_TEST(test_marks_and_protection_are_the_kernels)
{
	unsigned long first, best = 1000;

	read_oracle(_i);
	first = oracle[ZONE_DMA].protection[ZONE_DMA32] * 256;
	ck_assert_uint_gt(first, 0);
	for (unsigned long m = first; m < first + 256; m++) {
		compute(m, 700);
		best = min_ul(best, (unsigned long)zones_differ(_i));
	}
	ck_assert_uint_eq(best, 0);
}
END_TEST

START_TEST(test_one_page_in_fifty_off_is_noticed)
{
	unsigned long first;

	read_oracle(_i);
	first = oracle[ZONE_DMA].protection[ZONE_DMA32] * 256;
	compute(first + first / 50, 700);
	ck_assert_int_gt(zones_differ(_i), 0);
}
END_TEST

START_TEST(test_batch_is_the_kernels)
{
	read_oracle(_i);
	for (int i = ZONE_DMA; i <= ZONE_DMA32; i++)
		ck_assert_uint_eq(pcp_batch_for(oracle[i].managed, 700),
				  oracle[i].pcp_batch);
}
END_TEST

START_TEST(test_high_min_is_low_mark_by_cpus)
{
	struct pcp_limits p;

	read_oracle(LINUX_6_1); /* where high does not float yet */
	for (int i = ZONE_DMA; i <= ZONE_DMA32; i++) {
		struct zone z = { .managed = oracle[i].managed };

		z.watermark[WMARK_LOW] = oracle[i].mark[WMARK_LOW];
		pcp_limits_for(&z, 2, 700, &p);
		ck_assert_uint_eq(p.high_min, oracle[i].pcp_high);
	}
}
END_TEST

START_TEST(test_limits_of_a_6_gib_zone)
{
	struct zone z = { .managed = 1474560 };
	struct pcp_limits p;

	z.watermark[WMARK_LOW] = 13832;
	pcp_limits_for(&z, 2, 700, &p);
	ck_assert_uint_eq(p.batch, 63);
	ck_assert_uint_eq(p.high_min, 6916);
	ck_assert_uint_eq(p.high_max, 92160);
}
END_TEST

START_TEST(test_high_is_at_least_four_batches)
{
	struct zone z = { .managed = 1474560 };
	struct pcp_limits p;

	pcp_limits_for(&z, 128, 700, &p);
	ck_assert_uint_eq(p.high_min, 4 * 63);
}
END_TEST

START_TEST(test_4x_high_is_six_batches)
{
	struct zone z = { .managed = 1474560 };
	struct pcp_limits p;

	pcp_limits_for(&z, 2, _i ? 418 : 412, &p);
	ck_assert_uint_eq(p.batch, 63);
	ck_assert_uint_eq(p.high_min, 378);
	ck_assert_uint_eq(p.high_max, 378);
}
END_TEST

static const struct {
	unsigned long lowmem_mb, min_free_kb;
} sizes[] = {
	{ 16, 512 },	{ 64, 1024 },	{ 256, 2048 },
	{ 1024, 4096 }, { 4096, 8192 }, { 16384, 16384 },
};

START_TEST(test_min_free_is_the_square_root)
{
	ck_assert_uint_eq(min_free_kbytes_for(sizes[_i].lowmem_mb * 1024, 0),
			  sizes[_i].min_free_kb);
}
END_TEST

START_TEST(test_min_free_has_a_least)
{
	ck_assert_uint_eq(min_free_kbytes_for(512, 700), 128);
}
END_TEST

START_TEST(test_min_free_has_a_most_by_generation)
{
	ck_assert_uint_eq(min_free_kbytes_for(1ul << 40, 700), 262144);
	ck_assert_uint_eq(min_free_kbytes_for(1ul << 40, 418), 65536);
	ck_assert_uint_eq(min_free_kbytes_for(1ul << 40, 412), 65536);
}
END_TEST

START_TEST(test_default_preset_is_the_newest)
{
	struct zone newest[MAX_NR_ZONES];

	read_oracle(LINUX_6_12);
	compute(112700, 700);
	memcpy(newest, zone, sizeof(zone));
	compute(112700, 0);
	ck_assert_mem_eq(zone, newest, sizeof(zone));
}
END_TEST

START_TEST(test_marks_ascend)
{
	read_oracle(_i);
	compute(100000, 0);
	for (int m = WMARK_MIN; m < WMARK_PROMO; m++)
		ck_assert_uint_lt(zone[ZONE_DMA32].watermark[m],
				  zone[ZONE_DMA32].watermark[m + 1]);
}
END_TEST

START_TEST(test_4x_has_no_promo)
{
	read_oracle(_i);
	compute(100000, 418);
	ck_assert_uint_eq(zone[ZONE_DMA32].watermark[WMARK_PROMO], 0);
	ck_assert_uint_gt(zone[ZONE_DMA32].watermark[WMARK_HIGH], 0);
}
END_TEST

START_TEST(test_no_memory_no_marks)
{
	read_oracle(LINUX_6_12);
	compute(100000, 0);
	ck_assert_uint_eq(zone[ZONE_NORMAL].watermark[WMARK_HIGH], 0);
	ck_assert_uint_eq(zone[ZONE_NORMAL].lowmem_reserve[ZONE_MOVABLE], 0);
}
END_TEST

START_TEST(test_reserve_sums_the_zones_above)
{
	struct zone z[MAX_NR_ZONES] = {
		{ .type = ZONE_DMA, .managed = 4095 },
		{ .type = ZONE_DMA32, .managed = 1000000 },
		{ .type = ZONE_NORMAL, .managed = 2000000 },
		{ .type = ZONE_MOVABLE },
	};

	setup_zone_watermarks(z, MAX_NR_ZONES, 0);
	ck_assert_uint_eq(z[ZONE_DMA].lowmem_reserve[ZONE_DMA32], 3906);
	ck_assert_uint_eq(z[ZONE_DMA].lowmem_reserve[ZONE_NORMAL], 11718);
	ck_assert_uint_eq(z[ZONE_DMA32].lowmem_reserve[ZONE_NORMAL], 7812);
	ck_assert_uint_eq(z[ZONE_NORMAL].lowmem_reserve[ZONE_NORMAL], 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("watermark");
	TCase *t;

	t = add_tcase(s, "oracle", NULL, NULL, 10);
	ADD_LOOP_TESTS(t, NR_ORACLES, test_marks_and_protection_are_the_kernels,
		       test_one_page_in_fifty_off_is_noticed,
		       test_batch_is_the_kernels, test_marks_ascend,
		       test_4x_has_no_promo);
	ADD_TESTS(t, test_high_min_is_low_mark_by_cpus);

	t = add_tcase(s, "rules", NULL, NULL, 10);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(sizes), test_min_free_is_the_square_root);
	ADD_LOOP_TESTS(t, 2, test_4x_high_is_six_batches);
	ADD_TESTS(t, test_min_free_has_a_least,
		  test_min_free_has_a_most_by_generation,
		  test_limits_of_a_6_gib_zone,
		  test_high_is_at_least_four_batches,
		  test_default_preset_is_the_newest, test_no_memory_no_marks,
		  test_reserve_sums_the_zones_above);
	return run_suite(s);
}
