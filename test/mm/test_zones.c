/* SPDX-License-Identifier: MIT */
/*
 * test_zones.c - the zones of both layouts: where they end, which of them
 * serves which gfp flags, what each keeps free, and what is invalid.
 */
#include <string.h>

#include "../suite.h"
#include "lib/bug.h"
#include "mm/pcp.h"
#include "mm/states.h"

#define GFP_TRY (GFP_KERNEL | __GFP_NOWARN)

static void start(u64 mem, enum zone_layout layout, int kernel)
{
	struct machine_config cfg = {
		.mem = mem, .cpus = 2, .zones = layout, .kernel = kernel
	};

	ck_assert_int_eq(machine_boot(&cfg), 0);
}

/* spans */

struct span {
	const char *name;
	unsigned long start, end; /* MiB */
};

static const struct {
	enum zone_layout layout;
	u64 mem;
	struct span span[4];
} layouts[] = {
	{ ZONES_64BIT, 8, { { "DMA", 0, 8 } } },
	{ ZONES_64BIT, 16, { { "DMA", 0, 16 } } },
	{ ZONES_64BIT, 20, { { "DMA", 0, 16 }, { "DMA32", 16, 20 } } },
	{ ZONES_64BIT,
	  6144,
	  { { "DMA", 0, 16 },
	    { "DMA32", 16, 4096 },
	    { "Normal", 4096, 6144 } } },
	{ ZONES_32BIT, 8, { { "DMA", 0, 8 } } },
	{ ZONES_32BIT, 896, { { "DMA", 0, 16 }, { "Normal", 16, 896 } } },
	{ ZONES_32BIT,
	  900,
	  { { "DMA", 0, 16 },
	    { "Normal", 16, 896 },
	    { "HighMem", 896, 900 } } },
	{ ZONES_32BIT,
	  8192,
	  { { "DMA", 0, 16 },
	    { "Normal", 16, 896 },
	    { "HighMem", 896, 8192 } } },
};

START_TEST(test_spans_are_those_of_the_layout)
{
	const struct span *want = layouts[_i].span;
	unsigned int n = 0;

	start(layouts[_i].mem * MIB, layouts[_i].layout, 0);
	for (; n < 4 && want[n].name; n++) {
		const struct zone_span *s = &machine.span[n];

		ck_assert_str_eq(s->name, want[n].name);
		ck_assert_uint_eq(s->start_pfn * PAGE_SIZE,
				  want[n].start * MIB);
		ck_assert_uint_eq(s->end_pfn * PAGE_SIZE, want[n].end * MIB);
		ck_assert_str_eq(zones[s->zone].name, want[n].name);
		ck_assert_uint_eq(zones[s->zone].end_pfn, s->end_pfn);
	}
	ck_assert_uint_eq(machine.last_span + 1, n);
	machine_stop();
}
END_TEST

START_TEST(test_every_frame_knows_its_zone)
{
	start(layouts[_i].mem * MIB, layouts[_i].layout, 0);
	for (unsigned long pfn = 1; pfn < machine.nr_pages; pfn += 511) {
		const struct zone *z = &zones[pfn_zone(pfn)];

		ASSERT_EACH(pfn >= z->start_pfn && pfn < z->end_pfn,
			    "frame %lu is not in %s", pfn, z->name);
		ASSERT_EACH(!strcmp(page_zone_name(pfn_to_page(pfn)), z->name),
			    "frame %lu", pfn);
		ASSERT_EACH(page_is_highmem(pfn_to_page(pfn)) ==
				    !strcmp(z->name, "HighMem"),
			    "frame %lu", pfn);
	}
	ck_assert_uint_eq(pfn_zone(~0ul), machine.span[machine.last_span].zone);
	machine_stop();
}
END_TEST

static const char *const rows[NR_ZONE_LAYOUTS][4] = {
	[ZONES_64BIT] = { "DMA", "DMA32", "Normal", "Movable" },
	[ZONES_32BIT] = { "DMA", "Normal", "HighMem", "Movable" },
};

START_TEST(test_report_has_a_row_for_each_zone)
{
	start(2048 * MIB, (enum zone_layout)_i, 0);
	ck_assert_uint_eq(stats.nr_zones, 4);
	for (int row = 0; row < 4; row++)
		ck_assert_str_eq(stats_pages.zone[row].name, rows[_i][row]);
	machine_stop();
}
END_TEST

/* which zone serves which request */

enum { D, D32, N, H, M, NONE };

/* gfp, highest zone in the 64-bit and in the 32-bit layout */
static const struct {
	gfp_t gfp;
	int type[NR_ZONE_LAYOUTS];
} choices[] = {
	{ 0, { N, N } },
	{ __GFP_DMA, { D, D } },
	{ __GFP_HIGHMEM, { N, H } },
	{ __GFP_DMA32, { D32, N } },
	{ __GFP_MOVABLE, { N, N } },
	{ __GFP_MOVABLE | __GFP_DMA, { D, D } },
	{ __GFP_MOVABLE | __GFP_HIGHMEM, { M, M } },
	{ __GFP_MOVABLE | __GFP_DMA32, { D32, N } },
	{ __GFP_RECLAIMABLE | __GFP_HIGHMEM, { N, H } },
	/* invalid: the lower of the two */
	{ __GFP_DMA | __GFP_HIGHMEM, { D, D } },
	{ __GFP_DMA | __GFP_DMA32, { D, D } },
	{ __GFP_HIGHMEM | __GFP_DMA32, { D32, N } },
	{ __GFP_HIGHMEM | __GFP_DMA32 | __GFP_DMA, { D, D } },
};

START_TEST(test_highest_zone_by_gfp)
{
	struct page_request rq;

	for (int layout = 0; layout < NR_ZONE_LAYOUTS; layout++) {
		start(64 * MIB, (enum zone_layout)layout, 0);
		page_request_init(&rq, GFP_KERNEL | choices[_i].gfp, 0, 1);
		/* our enum is in the order of D, D32, N, H, M */
		ck_assert_int_eq((int)rq.highest, choices[_i].type[layout]);
		machine_stop();
	}
}
END_TEST

START_TEST(test_contradicting_flags_warn_once)
{
	start(64 * MIB, ZONES_64BIT, 0);
	last_bug.text[0] = 0;
	free_pages_block(alloc_pages(GFP_DMA | GFP_DMA32, 0), 0);
	ck_assert_ptr_nonnull(strstr(last_bug.text, "zone"));
	last_bug.text[0] = 0;
	free_pages_block(alloc_pages(GFP_DMA | __GFP_HIGHMEM, 0), 0);
	ck_assert_str_eq(last_bug.text, "");
	machine_stop();
}
END_TEST

/* Where requests land on an empty machine with all zones of its layout. */
START_TEST(test_pages_come_from_that_zone)
{
	for (int layout = 0; layout < NR_ZONE_LAYOUTS; layout++) {
		int type = choices[_i].type[layout];
		struct page *page;

		start(5120 * MIB, (enum zone_layout)layout, 0);
		if (type == M) /* empty: the next one below */
			type = layout == ZONES_32BIT ? H : N;
		for (unsigned int order = 0; order <= 10; order += 5) {
			page = alloc_pages(GFP_KERNEL | choices[_i].gfp, order);
			ck_assert_ptr_nonnull(page);
			ck_assert_uint_eq(pfn_zone(page_to_pfn(page)), type);
			free_pages_block(page, order);
		}
		machine_stop();
	}
}
END_TEST

/*
 * Takes everything a request can get; checks that no zone is begun before
 * those above it. (Reserves are dug into once all are down to their marks.)
 */
static unsigned long drain_downwards(gfp_t gfp, u32 *chain)
{
	unsigned int lowest = MAX_ZONES;
	unsigned long n = 0;
	bool seen[MAX_ZONES] = { false };
	struct page *page;

	while ((page = alloc_pages(gfp | __GFP_MEMALLOC | __GFP_NOWARN, 0))) {
		unsigned int zone = pfn_zone(page_to_pfn(page));

		ASSERT_EACH(seen[zone] || zone < lowest, "zone %u after %u",
			    zone, lowest);
		seen[zone] = true;
		lowest = (unsigned int)min_ul(lowest, zone);
		page->next = *chain;
		*chain = (u32)page_to_pfn(page);
		n++;
	}
	return n;
}

static void free_chain(u32 chain)
{
	while (chain) {
		struct page *page = pfn_to_page(chain);

		chain = page->next;
		free_pages_block(page, 0);
	}
	drain_all_pages();
}

START_TEST(test_fallback_goes_downwards)
{
	u32 chain = 0;

	start(960 * MIB, (enum zone_layout)_i, 0);
	ck_assert_uint_eq(drain_downwards(__GFP_HIGHMEM, &chain),
			  machine.nr_pages - 1);
	ck_assert_uint_eq(nr_free_pages(), 0);
	free_chain(chain);
	ck_assert_uint_eq(nr_free_pages(), machine.nr_pages - 1);
	machine_stop();
}
END_TEST

START_TEST(test_lowmem_requests_never_get_highmem)
{
	u32 chain = 0;

	start(960 * MIB, ZONES_32BIT, 0);
	ck_assert_uint_eq(drain_downwards(0, &chain), 896 * 256 - 1);
	ck_assert_uint_eq(nr_free_pages(), zones[ZONE_HIGHMEM].managed);
	free_chain(chain);
	machine_stop();
}
END_TEST

/* reserves and watermarks */

START_TEST(test_highmem_keeps_a_thousandth)
{
	struct zone z[MAX_NR_ZONES] = {
		{ .type = ZONE_DMA, .managed = 4095 },
		{ .type = ZONE_DMA32 },
		{ .type = ZONE_NORMAL, .managed = 225280 },
		{ .type = ZONE_HIGHMEM, .managed = 65536 },
		{ .type = ZONE_MOVABLE },
	};
	unsigned long lowmem = 4095 + 225280, min, delta;

	setup_zone_watermarks(z, MAX_NR_ZONES, 700);
	/* HighMem is no part of what min_free_kbytes is a function of */
	min = min_free_kbytes_for(lowmem * 4, 700) / 4;
	ck_assert_uint_eq(z[ZONE_NORMAL].watermark[WMARK_MIN],
			  min * 225280 / lowmem);
	ck_assert_uint_eq(z[ZONE_HIGHMEM].watermark[WMARK_MIN], 64);
	/* but its steps are those of its share */
	delta = max_ul(min * 65536 / lowmem / 4, 65536 / 1000);
	ck_assert_uint_eq(z[ZONE_HIGHMEM].watermark[WMARK_LOW], 64 + delta);
	ck_assert_uint_eq(z[ZONE_HIGHMEM].watermark[WMARK_HIGH],
			  64 + 2 * delta);
	z[ZONE_HIGHMEM].managed = 10000000;
	setup_zone_watermarks(z, MAX_NR_ZONES, 418);
	ck_assert_uint_eq(z[ZONE_HIGHMEM].watermark[WMARK_MIN], 128);
	z[ZONE_HIGHMEM].managed = 1000;
	setup_zone_watermarks(z, MAX_NR_ZONES, 418);
	ck_assert_uint_eq(z[ZONE_HIGHMEM].watermark[WMARK_MIN], 32);
}
END_TEST

START_TEST(test_normal_is_kept_from_highmem_requests)
{
	struct zone z[MAX_NR_ZONES] = {
		{ .type = ZONE_DMA, .managed = 4095 },
		{ .type = ZONE_DMA32 },
		{ .type = ZONE_NORMAL, .managed = 225280 },
		{ .type = ZONE_HIGHMEM, .managed = 320000 },
		{ .type = ZONE_MOVABLE },
	};

	setup_zone_watermarks(z, MAX_NR_ZONES, 0);
	ck_assert_uint_eq(z[ZONE_NORMAL].lowmem_reserve[ZONE_HIGHMEM], 10000);
	ck_assert_uint_eq(z[ZONE_NORMAL].lowmem_reserve[ZONE_NORMAL], 0);
	ck_assert_uint_eq(z[ZONE_DMA].lowmem_reserve[ZONE_NORMAL], 880);
	ck_assert_uint_eq(z[ZONE_DMA].lowmem_reserve[ZONE_HIGHMEM],
			  (225280 + 320000) / 256);
	ck_assert_uint_eq(z[ZONE_HIGHMEM].lowmem_reserve[ZONE_MOVABLE], 0);
}
END_TEST

START_TEST(test_highmem_requests_leave_the_reserve_of_normal)
{
	struct zone *normal = &zones[ZONE_NORMAL];
	struct page *page;
	u32 chain = 0;

	start(960 * MIB, ZONES_32BIT, 0);
	while ((page = alloc_pages(__GFP_HIGHMEM | __GFP_NOWARN, 0))) {
		page->next = chain;
		chain = (u32)page_to_pfn(page);
	}
	/* a batch is fetched by one test of the mark */
	ck_assert_uint_ge(normal->nr_free + pcp_pages(normal),
			  normal->lowmem_reserve[ZONE_HIGHMEM] +
				  normal->watermark[WMARK_MIN]);
	page = alloc_pages(GFP_TRY, 0);
	ck_assert_ptr_nonnull(page);
	free_pages_block(page, 0);
	free_chain(chain);
	machine_stop();
}
END_TEST

/* types are mixed at once where no second zone could serve, as in 32 bits */
START_TEST(test_only_64bit_normal_spares_types)
{
	start(5120 * MIB, ZONES_64BIT, 0);
	ck_assert(zones[ZONE_NORMAL].spares_types);
	ck_assert(!zones[ZONE_DMA32].spares_types);
	machine_stop();
	start(5120 * MIB, ZONES_32BIT, 0);
	for_each_zone (z)
		ck_assert(!z->spares_types);
	machine_stop();
}
END_TEST

/* clearing */

static unsigned int cleared;

static void note_clear(struct page *page, unsigned int nr)
{
	ck_assert(page_is_highmem(page));
	memset(page_address(page), 0, nr * PAGE_SIZE);
	cleared += nr;
}

START_TEST(test_highmem_is_cleared_by_its_owner)
{
	struct page *page;

	start(960 * MIB, ZONES_32BIT, 0);
	clear_highpages = note_clear;
	page = alloc_pages(GFP_HIGHUSER, 2);
	memset(page_address(page), 0x5a, 4 * PAGE_SIZE);
	free_pages_block(page, 2);
	ck_assert_ptr_eq(alloc_pages(GFP_HIGHUSER | __GFP_ZERO, 2), page);
	ck_assert_uint_eq(cleared, 4);
	free_pages_block(page, 2);
	page = alloc_pages(GFP_KERNEL, 2);
	memset(page_address(page), 0x5a, 4 * PAGE_SIZE);
	free_pages_block(page, 2);
	ck_assert_ptr_eq(alloc_pages(GFP_KERNEL | __GFP_ZERO, 2), page);
	ck_assert_uint_eq(*(u64 *)page_address(page), 0);
	ck_assert_uint_eq(cleared, 4);
	free_pages_block(page, 2);
	clear_highpages = NULL;
	machine_stop();
}
END_TEST

/* what the validator sees */

START_TEST(test_validator_sees_a_wrong_span)
{
	start(64 * MIB, ZONES_32BIT, 0);
	ck_assert_uint_eq(page_alloc_validate(), 0);
	machine.span[1].start_pfn += MAX_BLOCK_PAGES;
	ck_assert_uint_gt(page_alloc_validate(), 0);
	machine.span[1].start_pfn -= MAX_BLOCK_PAGES;
	zones[ZONE_NORMAL].node = 1;
	ck_assert_uint_gt(page_alloc_validate(), 0);
	zones[ZONE_NORMAL].node = 0;
	machine_stop();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("zones");
	TCase *t;

	t = add_tcase(s, "layout", NULL, NULL, 60);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(layouts),
		       test_spans_are_those_of_the_layout,
		       test_every_frame_knows_its_zone);
	ADD_LOOP_TESTS(t, NR_ZONE_LAYOUTS, test_report_has_a_row_for_each_zone);
	ADD_TESTS(t, test_validator_sees_a_wrong_span);

	t = add_tcase(s, "gfp", NULL, NULL, 60);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(choices), test_highest_zone_by_gfp,
		       test_pages_come_from_that_zone);
	ADD_LOOP_TESTS(t, NR_ZONE_LAYOUTS, test_fallback_goes_downwards);
	ADD_TESTS(t, test_contradicting_flags_warn_once,
		  test_lowmem_requests_never_get_highmem);

	t = add_tcase(s, "marks", NULL, NULL, 60);
	ADD_TESTS(t, test_highmem_keeps_a_thousandth,
		  test_normal_is_kept_from_highmem_requests,
		  test_highmem_requests_leave_the_reserve_of_normal,
		  test_only_64bit_normal_spares_types,
		  test_highmem_is_cleared_by_its_owner);
	return run_suite(s);
}
