/* SPDX-License-Identifier: MIT */
/*
 * test_pages.c - alloc_pages() and its kin: orders, references, compound and
 * split blocks, exact sizes, many at once, flags, zones, reports.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/slab.h>
#include <signal.h>

#include "child.h"

static unsigned long free_now(void)
{
	drain_all_pages(NULL);
	return nr_free_pages();
}

START_TEST(test_orders)
{
	for (unsigned int o = 0; o <= MAX_PAGE_ORDER; o++) {
		struct page *page = alloc_pages(GFP_KERNEL, o);

		ck_assert_ptr_nonnull(page);
		ck_assert_uint_eq(page_to_pfn(page) & ((1ul << o) - 1), 0);
		ck_assert_int_eq(page_count(page), 1);
		ck_assert_ptr_eq(virt_to_page(page_address(page)), page);
		ck_assert_ptr_eq(pfn_to_page(page_to_pfn(page)), page);
		ck_assert(pfn_valid(page_to_pfn(page)));
		ck_assert(!PageCompound(page) && !PageSlab(page));
		ck_assert_uint_eq(page_private(page), 0);
		ck_assert_ptr_null(page->mapping);
		memset(page_address(page), 0xaa, PAGE_SIZE << o);
		__free_pages(page, o);
	}
}
END_TEST

START_TEST(test_addresses)
{
	unsigned long a = __get_free_pages(GFP_KERNEL, 2);
	unsigned long z = get_zeroed_page(GFP_KERNEL);
	unsigned long d = __get_dma_pages(GFP_KERNEL, 0);

	ck_assert(a && z && d);
	ck_assert_uint_eq(a % (4 * PAGE_SIZE), 0);
	ck_assert_uint_eq(__pa(a + 5), PFN_PHYS(virt_to_pfn(a)) + 5);
	ck_assert_ptr_eq(__va(__pa(a + 5)), (void *)(a + 5));
	ck_assert_int_eq(page_zonenum(virt_to_page(d)), ZONE_DMA);
	ck_assert_str_eq(page_zone(virt_to_page(d))->name, "DMA");
	for (size_t i = 0; i < PAGE_SIZE; i++)
		ck_assert(!((char *)z)[i]);
	ck_assert(virt_addr_valid(a) && !virt_addr_valid(&a));
	free_pages(a, 2);
	free_page(z);
	free_page(d);
	free_pages(0, 3);
}
END_TEST

START_TEST(test_macros)
{
	char *p = (char *)0x12345;

	ck_assert_int_eq(get_order(1), 0);
	ck_assert_int_eq(get_order(4096), 0);
	ck_assert_int_eq(get_order(4097), 1);
	ck_assert_int_eq(get_order(4ul << 20), 10);
	ck_assert_uint_eq(PAGE_ALIGN(1ul), 4096);
	ck_assert_uint_eq(PAGE_ALIGN(4096ul), 4096);
	ck_assert(PAGE_ALIGNED(8192) && !PAGE_ALIGNED(8193));
	ck_assert_uint_eq(offset_in_page(p), 0x345);
	ck_assert_uint_eq(PFN_UP(4097), 2);
	ck_assert_uint_eq(PFN_DOWN(8191), 1);
}
END_TEST

START_TEST(test_compound)
{
	unsigned long before = free_now();
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);

	ck_assert(PageCompound(page) && PageHead(page) && !PageTail(page));
	ck_assert(PageTail(page + 7) && compound_head(page + 7) == page);
	ck_assert_uint_eq(compound_order(page), 3);
	ck_assert_uint_eq(page_size(page), 8 * PAGE_SIZE);
	get_page(page + 5);
	ck_assert_int_eq(page_count(page), 2);
	ck_assert_int_eq(page_count(page + 1), 2);
	__free_pages(page, 3);
	ck_assert_int_eq(page_count(page), 1);
	put_page(page + 2);
	ck_assert_uint_eq(free_now(), before);
}
END_TEST

START_TEST(test_split)
{
	unsigned long before = free_now();
	struct page *page = alloc_pages(GFP_KERNEL, 2);

	ck_assert_int_eq(page_count(page + 1), 0);
	split_page(page, 2);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(page_count(page + i), 1);
	for (int i = 3; i >= 0; i--)
		__free_page(page + i);
	ck_assert_uint_eq(free_now(), before);
}
END_TEST

/* A user who holds the first page of a block keeps that page alone, as the
 * kernel's test of freed pages has it: many rounds, nothing is lost. */
START_TEST(test_free_while_held)
{
	gfp_t gfp = _i ? GFP_KERNEL | __GFP_COMP : GFP_KERNEL;
	unsigned long before = free_now();

	for (int i = 0; i < 100000; i++) {
		unsigned long addr = __get_free_pages(gfp, 3);
		struct page *page = virt_to_page(addr);

		get_page(page);
		free_pages(addr, 3);
		if (page_count(page) != 1)
			ck_abort_msg("round %d: %d users", i, page_count(page));
		put_page(page);
	}
	ck_assert_uint_eq(free_now(), before);
}
END_TEST

START_TEST(test_references)
{
	struct page *page = alloc_page(GFP_KERNEL);

	ck_assert(get_page_unless_zero(page));
	page_ref_inc(page);
	page_ref_add(page, 2);
	ck_assert_int_eq(page_ref_count(page), 5);
	page_ref_sub(page, 3);
	page_ref_dec(page);
	ck_assert_int_eq(page_count(page), 1);
	ck_assert(put_page_testzero(page));
	ck_assert(!get_page_unless_zero(page));
	set_page_count(page, 1);
	__free_page(page);
}
END_TEST

START_TEST(test_exact)
{
	unsigned long before = free_now();
	char *p = alloc_pages_exact(5 * PAGE_SIZE - 1, GFP_KERNEL);

	ck_assert_uint_eq((unsigned long)p % (8 * PAGE_SIZE), 0);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(page_count(virt_to_page(p + i * PAGE_SIZE)),
				 1);
	ck_assert_int_eq(page_count(virt_to_page(p + 5 * PAGE_SIZE)), 0);
	free_pages_exact(p, 5 * PAGE_SIZE - 1);
	ck_assert_uint_eq(free_now(), before);
	ck_assert_ptr_null(
		alloc_pages_exact(5 << 20, GFP_KERNEL | __GFP_NOWARN));
}
END_TEST

START_TEST(test_bulk)
{
	unsigned long before = free_now();
	struct page *pages[50] = { NULL }, *mine = alloc_page(GFP_KERNEL);

	pages[7] = mine;
	ck_assert_uint_eq(alloc_pages_bulk(GFP_KERNEL, 50, pages), 50);
	ck_assert_ptr_eq(pages[7], mine);
	for (int i = 0; i < 50; i++)
		__free_page(pages[i]);
	ck_assert_uint_eq(free_now(), before);
}
END_TEST

START_TEST(test_contig)
{
	unsigned long before = free_now(), nr = 3000;
	struct page *page = alloc_contig_pages(nr, GFP_KERNEL, 0, NULL);

	ck_assert_ptr_nonnull(page);
	memset(page_address(page), 1, nr * PAGE_SIZE);
	free_contig_range(page_to_pfn(page), nr);
	ck_assert_uint_eq(free_now(), before);
}
END_TEST

START_TEST(test_flags)
{
	struct page *page = alloc_page(GFP_KERNEL);

	ck_assert_uint_eq(page->flags, 0);
	SetPageReserved(page);
	ck_assert(PageReserved(page) && !PagePrivate(page));
	ck_assert(!TestSetPageDirty(page) && TestClearPageDirty(page));
	ClearPageReserved(page);
	ck_assert_uint_eq(page->flags, 0);
	set_page_private(page, 0x1234);
	ck_assert_uint_eq(page_private(page), 0x1234);
	__free_page(page);
	page = alloc_page(GFP_KERNEL);
	ck_assert_uint_eq(page_private(page), 0);
	__free_page(page);
}
END_TEST

START_TEST(test_folio)
{
	struct folio *folio = folio_alloc(GFP_KERNEL, 2);

	ck_assert_uint_eq(folio_size(folio), 4 * PAGE_SIZE);
	ck_assert_ptr_eq(page_folio(folio_page(folio, 3)), folio);
	ck_assert_ptr_eq(virt_to_folio((char *)folio_address(folio) + 9999),
			 folio);
	folio_get(folio);
	ck_assert_int_eq(folio_ref_count(folio), 2);
	folio_put(folio);
	folio_put(folio);
}
END_TEST

START_TEST(test_slab_pages)
{
	char *p = kmalloc(2048, GFP_KERNEL);

	ck_assert(PageSlab(virt_to_head_page(p)));
	ck_assert_int_eq(page_count(virt_to_page(p)), 0);
	kfree(p);
}
END_TEST

START_TEST(test_zones)
{
	unsigned long managed = 0, free = 0;
	struct sysinfo si;
	struct zone *zone;

	for_each_populated_zone(zone)
	{
		managed += zone_managed_pages(zone);
		free += zone_page_state(zone, NR_FREE_PAGES);
		ck_assert_uint_lt(min_wmark_pages(zone), low_wmark_pages(zone));
		ck_assert_uint_lt(low_wmark_pages(zone),
				  high_wmark_pages(zone));
		ck_assert_int_eq(zone_to_nid(zone), 0);
	}
	ck_assert_uint_eq(managed, totalram_pages());
	ck_assert_uint_eq(free, nr_free_pages());
	si_meminfo(&si);
	ck_assert_uint_eq(si.totalram, managed);
	ck_assert_uint_eq(si.mem_unit, PAGE_SIZE);
	ck_assert_int_le(si_mem_available(), (long)free);
	ck_assert_uint_eq(nr_node_ids, 1);
	ck_assert_int_eq(numa_node_id(), 0);
}
END_TEST

START_TEST(test_historic_names)
{
	struct page *page = alloc_pages(__GFP_WAIT | __GFP_IO | __GFP_FS |
						__GFP_COLD | __GFP_REPEAT,
					0);

	ck_assert_ptr_nonnull(page);
	__free_page(page);
	ck_assert(!(GFP_ATOMIC & __GFP_WAIT));
	ck_assert(GFP_KERNEL & __GFP_WAIT);
	ck_assert(gfpflags_allow_blocking(GFP_TEMPORARY));
	ck_assert(!gfpflags_allow_blocking(GFP_TRANSHUGE_LIGHT));
	ck_assert(gfpflags_allow_blocking(GFP_TRANSHUGE));
	ck_assert_uint_eq(GFP_KERNEL, 0xcc0);
	ck_assert_uint_eq(GFP_ATOMIC, 0x820);
}
END_TEST

/* in processes of their own */

static void free_twice(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 1);

	__free_pages(page, 1);
	__free_pages(page, 1);
}

static void put_too_often(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	put_page(page);
	put_page(page);
}

static void tail_in_use(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 2);

	page_ref_inc(page + 1);
	__free_pages(page, 2);
}

static void mapping_left(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	page->mapping = (struct address_space *)page;
	__free_page(page);
}

static void not_linear(void)
{
	int local = 0;

	(void)virt_to_page(&local);
}

static void contig_in_use(void)
{
	struct page *page = alloc_contig_pages(10, GFP_KERNEL, 0, NULL);

	get_page(page + 4);
	free_contig_range(page_to_pfn(page), 10);
}

static void exact_compound(void)
{
	(void)alloc_pages_exact(100, GFP_KERNEL | __GFP_COMP);
}

static void split_compound(void)
{
	split_page(alloc_pages(GFP_KERNEL | __GFP_COMP, 2), 2);
}

static void exhaust(void)
{
	while (alloc_pages(GFP_KERNEL, 4))
		;
}

static void exhaust_quietly(void)
{
	while (alloc_pages(GFP_KERNEL | __GFP_NOWARN, 4))
		;
	fputs("quiet", stderr);
}

static void small_machine(void)
{
	struct zone *zone;

	for_each_zone (zone)
		if (populated_zone(zone))
			fprintf(stderr, "%s %lu;", zone->name,
				zone->managed_pages);
}

static void two_nodes(void)
{
	struct page *page = alloc_pages_node(1, GFP_KERNEL, 0);
	char *p = kmalloc_node(100, GFP_KERNEL, 1);

	fprintf(stderr, "%u nodes, page on %d, object on %d, distance %d",
		nr_node_ids, page_to_nid(page), page_to_nid(virt_to_page(p)),
		node_distance(0, 1));
	__free_page(page);
	kfree(p);
}

static const struct child_case cases[] = {
	{ "free_twice", free_twice, "BUG: Bad page state in process ", 0,
	  NULL },
	{ "put_too_often", put_too_often, "page dumped because: ", 0, NULL },
	{ "tail_in_use", tail_in_use, "page dumped because: nonzero _refcount",
	  0, NULL },
	{ "mapping_left", mapping_left, "page dumped because: non-NULL mapping",
	  0, NULL },
	{ "not_linear", not_linear, "kernel BUG at ", SIGABRT, NULL },
	{ "contig_in_use", contig_in_use, "1 pages are still in use!", 0,
	  NULL },
	{ "exact_compound", exact_compound, "WARNING: CPU: ", 0, NULL },
	{ "split_compound", split_compound, "kernel BUG at ", SIGABRT, NULL },
	{ "exhaust", exhaust,
	  "page allocation failure: order:4, mode:0xcc0(GFP_KERNEL), "
	  "nodemask=(null)",
	  0, "mem=16M cpus=2" },
	{ "exhaust", exhaust, "Mem-Info:\n", 0, "mem=16M cpus=2" },
	{ "exhaust", exhaust, " DMA: ", 0, "mem=16M cpus=2" },
	{ "exhaust_quietly", exhaust_quietly, "quiet", 0, "mem=16M cpus=2" },
	{ "small_machine", small_machine, "DMA 4095;DMA32 12288;", 0,
	  "mem=64M" },
	{ "two_nodes", two_nodes,
	  "2 nodes, page on 1, object on 1, distance 20", 0,
	  "mem=256M cpus=2 nodes=2" },
};

static Suite *suite(void)
{
	Suite *s = suite_create("pages");
	TCase *t = tcase_create("pages");

	tcase_add_test(t, test_orders);
	tcase_add_test(t, test_addresses);
	tcase_add_test(t, test_macros);
	tcase_add_test(t, test_compound);
	tcase_add_test(t, test_split);
	tcase_add_loop_test(t, test_free_while_held, 0, 2);
	tcase_add_test(t, test_references);
	tcase_add_test(t, test_exact);
	tcase_add_test(t, test_bulk);
	tcase_add_test(t, test_contig);
	tcase_add_test(t, test_flags);
	tcase_add_test(t, test_folio);
	tcase_add_test(t, test_slab_pages);
	tcase_add_test(t, test_zones);
	tcase_add_test(t, test_historic_names);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);

	t = tcase_create("reports");
	child_add_cases(t);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	return child_main(suite, cases, ARRAY_SIZE(cases), argc, argv);
}
