/* SPDX-License-Identifier: MIT */
/*
 * test_nodes.c - machines of several nodes: how memory is divided, where
 * requests are served, in which order other nodes follow, and what each node
 * keeps free; random operations over nodes and layouts.
 */
#include <pthread.h>
#include <string.h>

#include "../suite.h"
#include "lib/bug.h"
#include "lib/cpu.h"
#include "mm/buddy.h"
#include "mm/pcp.h"
#include "mm/states.h"
#include "os/os.h"

static void boot(u64 mem, unsigned int nodes, enum zone_layout layout)
{
	struct machine_config cfg = {
		.mem = mem, .cpus = 8, .zones = layout, .nodes = nodes
	};

	ck_assert_int_eq(machine_boot(&cfg), 0);
}

/* 256 MiB on four nodes. */
static void setup(void)
{
	boot(256 * MIB, 4, ZONES_64BIT);
}

static void teardown(void)
{
	kv_cpu = 0;
	drain_all_pages();
	ck_assert_uint_eq(nr_free_pages(), machine.nr_pages - 1);
	machine_stop();
}

static unsigned long node_free(int nid)
{
	unsigned long pages = 0;

	for_each_zone (z)
		pages += z->node == nid ? z->nr_free : 0;
	return pages;
}

static unsigned long node_managed(int nid)
{
	unsigned long pages = 0;

	for_each_zone (z)
		pages += z->node == nid ? z->managed : 0;
	return pages;
}

/* Allocates single pages till there are none; chains them, counts by node. */
static u32 take_while(int nid, gfp_t gfp, unsigned long got[MAX_NUMNODES])
{
	struct page *page;
	u32 chain = 0;

	memset(got, 0, MAX_NUMNODES * sizeof(got[0]));
	while ((page = alloc_pages_node(nid, gfp | __GFP_NOWARN, 0))) {
		got[page_to_nid(page)]++;
		page->next = chain;
		chain = (u32)page_to_pfn(page);
	}
	return chain;
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

/* division */

START_TEST(test_memory_is_divided_evenly)
{
	unsigned long pages = 1;

	boot(512 * MIB + 20 * MIB, (unsigned int)_i + 1, ZONES_64BIT);
	ck_assert_uint_eq(machine.nr_nodes, _i + 1);
	for (int nid = 0; nid <= _i; nid++) {
		unsigned long even = machine.nr_pages / ((unsigned int)_i + 1);

		pages += node_managed(nid);
		ck_assert_uint_ge(node_managed(nid) + (nid == 0),
				  ALIGN_DOWN(even, MAX_BLOCK_PAGES));
		ck_assert_uint_lt(node_managed(nid),
				  even + (unsigned int)(_i + 1) *
						  MAX_BLOCK_PAGES);
	}
	ck_assert_uint_eq(pages, machine.nr_pages);
	machine_stop();
}
END_TEST

START_TEST(test_low_zones_are_the_first_nodes)
{
	boot(6144 * MIB, 3, ZONES_64BIT);
	ck_assert_uint_eq(node_zone(0, ZONE_DMA)->managed, 4095);
	ck_assert_uint_eq(node_zone(0, ZONE_DMA32)->managed, 2032 * 256);
	ck_assert_uint_eq(node_zone(0, ZONE_NORMAL)->managed, 0);
	ck_assert_uint_eq(node_zone(1, ZONE_DMA)->managed, 0);
	ck_assert_uint_eq(node_zone(1, ZONE_DMA32)->managed, 2048 * 256);
	ck_assert_uint_eq(node_zone(2, ZONE_DMA32)->managed, 0);
	ck_assert_uint_eq(node_zone(2, ZONE_NORMAL)->managed, 2048 * 256);
	/* a node that could fall back to DMA32 only elsewhere mixes types */
	ck_assert(!node_zone(2, ZONE_NORMAL)->spares_types);
	machine_stop();
	boot(6144 * MIB, 2, ZONES_64BIT);
	ck_assert_uint_eq(node_zone(1, ZONE_DMA32)->managed, 1024 * 256);
	ck_assert(node_zone(1, ZONE_NORMAL)->spares_types);
	machine_stop();
}
END_TEST

START_TEST(test_small_machine_has_fewer_nodes)
{
	boot(12 * MIB, 8, ZONES_64BIT);
	ck_assert_uint_eq(machine.nr_nodes, 3);
	ck_assert_uint_eq(machine.cfg.nodes, 3);
	machine_stop();
	boot(12 * MIB, 0, ZONES_64BIT);
	ck_assert_uint_eq(machine.nr_nodes, 1);
	machine_stop();
}
END_TEST

START_TEST(test_report_has_rows_for_each_node)
{
	ck_assert_uint_eq(stats.nr_zones, 16);
	for (unsigned int row = 0; row < 16; row++)
		ck_assert_uint_eq(stats_pages.zone[row].node, row / 4);
	ck_assert_str_eq(stats_pages.zone[5].name, "DMA32");
	ck_assert_uint_eq(stats_pages.zone[5].managed,
			  node_zone(1, ZONE_DMA32)->managed);
	ck_assert_uint_eq(stats_pages.zone[5].start_pfn,
			  node_zone(1, ZONE_DMA32)->start_pfn);
	ck_assert_uint_eq(stats.total_pages, machine.nr_pages - 1);
}
END_TEST

START_TEST(test_marks_are_shares_of_all_nodes)
{
	unsigned long min = min_free_kbytes_for(stats.total_pages * 4, 0) / 4,
		      sum = 0;

	for_each_zone (z)
		if (z->managed)
			sum += z->watermark[WMARK_MIN];
	ck_assert_uint_le(sum, min);
	ck_assert_uint_ge(sum + MAX_ZONES, min);
	/* the zones above are those of the same node */
	ck_assert_uint_eq(node_zone(0, ZONE_DMA)->lowmem_reserve[ZONE_NORMAL],
			  node_zone(0, ZONE_DMA32)->managed / 256);
}
END_TEST

START_TEST(test_distances)
{
	ck_assert_int_eq(node_distance(1, 1), 10);
	ck_assert_int_eq(node_distance(0, 3), 20);
	ck_assert_int_eq(node_distance(0, 4), -1);
	ck_assert_int_eq(node_distance(-1, 0), -1);
}
END_TEST

START_TEST(test_pfn_and_page_know_their_node)
{
	for (int nid = 0; nid < 4; nid++) {
		struct page *page = alloc_pages_node(nid, GFP_KERNEL, 0);

		ck_assert_int_eq(page_to_nid(page), nid);
		ck_assert_int_eq(pfn_to_nid(page_to_pfn(page)), nid);
		ck_assert_str_eq(page_zone_name(page), "DMA32");
		free_pages_block(page, 0);
	}
}
END_TEST

/* where requests are served */

START_TEST(test_asked_node_serves)
{
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		for (int nid = 0; nid < 4; nid++) {
			struct page *page =
				alloc_pages_node(nid, GFP_KERNEL, order);

			ck_assert_ptr_nonnull(page);
			ck_assert_int_eq(page_to_nid(page), nid);
			free_pages_block(page, order);
		}
	}
}
END_TEST

START_TEST(test_the_cpus_node_serves_by_default)
{
	for (kv_cpu = 0; kv_cpu < 8; kv_cpu++) {
		int node = (int)kv_cpu % 4;
		struct page *page = alloc_pages(GFP_KERNEL, 0);
		struct page *other =
			alloc_pages_node(NUMA_NO_NODE, GFP_KERNEL, 3);
		struct page *run = alloc_page_run(GFP_KERNEL, 5);

		ck_assert_int_eq(local_node(), node);
		ck_assert_int_eq(page_to_nid(page), node);
		ck_assert_int_eq(page_to_nid(other), node);
		ck_assert_int_eq(page_to_nid(run), node);
		free_pages_block(page, 0);
		free_pages_block(other, 3);
		free_page_run(run, 5);
	}
}
END_TEST

START_TEST(test_dma_is_found_on_its_node)
{
	struct page *page = alloc_pages_node(3, GFP_KERNEL | GFP_DMA, 0);

	ck_assert_int_eq(page_to_nid(page), 0);
	ck_assert_str_eq(page_zone_name(page), "DMA");
	free_pages_block(page, 0);
	ck_assert_ptr_null(
		alloc_pages_node(3, GFP_NOWAIT | GFP_DMA | __GFP_THISNODE, 0));
}
END_TEST

START_TEST(test_thisnode_goes_nowhere_else)
{
	unsigned long got[MAX_NUMNODES];
	u32 chain = take_while(_i, GFP_KERNEL | __GFP_THISNODE, got);

	for (int nid = 0; nid < 4; nid++) {
		if (nid == _i)
			ck_assert_uint_gt(got[nid], node_managed(nid) / 10 * 9);
		else
			ck_assert_uint_eq(got[nid], 0);
	}
	/* without it, the next node has some */
	ck_assert_ptr_nonnull(alloc_pages_node(_i, GFP_KERNEL, 0));
	ck_assert_int_eq(page_to_nid(alloc_pages_node(_i, GFP_KERNEL, 10)),
			 (_i + 1) % 4);
	ck_assert_uint_eq(node_free((_i + 2) % 4), node_managed((_i + 2) % 4));
	free_chain(chain);
	machine_shutdown();
}
END_TEST

START_TEST(test_other_nodes_follow_upwards)
{
	unsigned long got[MAX_NUMNODES];
	unsigned int lowest = 0;
	struct page *page;
	bool seen[4] = { false };
	int order[4];

	while ((page = alloc_pages_node(_i, GFP_NOWAIT, 0))) {
		int nid = page_to_nid(page);

		if (!seen[nid])
			order[lowest++] = nid;
		seen[nid] = true;
	}
	ck_assert_uint_eq(lowest, 4);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(order[i], (_i + i) % 4);
	ck_assert_uint_eq(take_while(0, GFP_NOWAIT, got), 0);
	machine_shutdown();
}
END_TEST

START_TEST(test_a_node_keeps_its_own_marks)
{
	unsigned long got[MAX_NUMNODES];
	u32 chain = take_while(2, GFP_NOWAIT | __GFP_THISNODE, got);
	struct zone *z = node_zone(2, ZONE_DMA32);

	/* a batch is fetched by one test of the mark */
	ck_assert_uint_ge(z->nr_free + pcp_pages(z), z->watermark[WMARK_MIN]);
	ck_assert_uint_lt(z->nr_free, z->watermark[WMARK_LOW]);
	free_chain(chain);
}
END_TEST

START_TEST(test_unknown_node_warns_once)
{
	struct page *page;

	last_bug.text[0] = 0;
	page = alloc_pages_node(4, GFP_KERNEL, 0);
	ck_assert_int_eq(page_to_nid(page), local_node());
	free_pages_block(page, 0);
	ck_assert_ptr_nonnull(strstr(last_bug.text, "nid"));
	last_bug.text[0] = 0;
	ck_assert_ptr_null(alloc_pages_node(7, GFP_KERNEL | __GFP_THISNODE, 0));
	ck_assert_ptr_null(
		alloc_pages_node(-2, GFP_KERNEL | __GFP_THISNODE, 0));
	ck_assert_str_eq(last_bug.text, "");
}
END_TEST

START_TEST(test_order_above_ten_fails_on_any_node)
{
	ck_assert_ptr_null(alloc_pages_node(2, GFP_KERNEL | __GFP_NOWARN,
					    MAX_PAGE_ORDER + 1));
	ck_assert_int_eq(last_alloc_fail, ALLOC_TOO_BIG);
}
END_TEST

/* A page freed on another CPU goes to its own node's list. */
START_TEST(test_freed_page_stays_with_its_node)
{
	struct page *page = alloc_pages_node(1, GFP_KERNEL, 0), *again;

	kv_cpu = 2;
	free_pages_block(page, 0);
	again = alloc_pages_node(1, GFP_KERNEL, 0);
	ck_assert_ptr_eq(again, page);
	free_pages_block(again, 0);
	ck_assert_uint_gt(node_zone(1, ZONE_DMA32)->pcp[2].count, 0);
}
END_TEST

START_TEST(test_areas_are_charged_to_the_local_node_first)
{
	unsigned long before = node_free(1);
	u32 chain;

	kv_cpu = 1;
	ck_assert_uint_eq(charge_frames(GFP_KERNEL, 3000, &chain), 3000);
	ck_assert_uint_eq(before - node_free(1), 3000);
	uncharge_frames(chain);
	ck_assert_uint_eq(charge_frames(GFP_KERNEL, 30000, &chain), 30000);
	ck_assert_uint_lt(node_free(2), node_managed(2));
	uncharge_frames(chain);
}
END_TEST

START_TEST(test_boot_without_memory_for_lists_fails)
{
	struct machine_config cfg = { .mem = 64 * MIB, .cpus = 2, .nodes = 2 };
	int failed = 0;

	/* whatever the maps do without, they get from a smaller machine */
	machine_shutdown();
	for (long nth = 1; nth < 20; nth++) {
		os_fault_set(nth);
		if (machine_boot(&cfg) < 0) {
			ck_assert(!machine.booted);
			failed++;
		} else {
			os_fault_set(0);
			machine_stop();
		}
	}
	os_fault_set(0);
	ck_assert_int_eq(failed, 2); /* reserving and committing */
	setup();
}
END_TEST

START_TEST(test_host_nodes_are_counted)
{
	ck_assert_uint_ge(os_nr_nodes(), 1);
	ck_assert_uint_le(os_nr_nodes(), 1024);
	ck_assert_uint_eq(machine.host_nodes, os_nr_nodes());
}
END_TEST

/* Where it fails, everything works as before; where not, pages move. */
START_TEST(test_binding_is_only_a_hint)
{
	struct page *page;

	machine_shutdown();
	boot(64 * MIB, 2, ZONES_64BIT);
	machine.host_nodes = 64; /* not there: mbind() refuses */
	page = alloc_pages_node(1, GFP_KERNEL, 10);
	ck_assert_int_eq(page_to_nid(page), 1);
	memset(page_address(page), 1, 1024 * PAGE_SIZE);
	free_pages_block(page, 10);
	machine_stop();
	setup();
}
END_TEST

/* random operations */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLOW = 8 };
#else
enum { SLOW = 1 };
#endif

enum { NR_SLOTS = 400, OPS = 60000 / SLOW, VALIDATE_EVERY = 6000 / SLOW };

struct slot {
	struct page *page;
	unsigned int nr;
	u32 chain;
	u64 tag;
};

struct worker {
	struct slot slot[NR_SLOTS];
	u64 seed, tags;
	unsigned long bad, failed;
	unsigned int id;
};
static struct worker worker[4];

static u64 rnd(struct worker *w)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return w->seed;
}

static u64 *word(const struct slot *s, unsigned int i)
{
	return (u64 *)(void *)((char *)page_address(s->page) + i * PAGE_SIZE);
}

static const gfp_t gfps[] = {
	GFP_KERNEL,
	GFP_KERNEL,
	GFP_ATOMIC,
	GFP_NOWAIT,
	GFP_HIGHUSER,
	GFP_HIGHUSER | __GFP_MOVABLE,
	GFP_KERNEL | GFP_DMA,
	GFP_KERNEL | GFP_DMA32,
	GFP_KERNEL | __GFP_MOVABLE,
	GFP_KERNEL | __GFP_RECLAIMABLE,
	GFP_KERNEL | __GFP_ZERO,
	GFP_HIGHUSER | __GFP_ZERO,
};

/* Did the page come from where the flags allow? */
static bool is_allowed(const struct page *page, int nid, gfp_t gfp)
{
	struct page_request rq;

	page_request_init(&rq, gfp, 0, 1);
	return zones[pfn_zone(page_to_pfn(page))].type <= rq.highest &&
	       (!(gfp & __GFP_THISNODE) || page_to_nid(page) == nid);
}

static void fill(struct worker *w, struct slot *s)
{
	gfp_t gfp = gfps[rnd(w) % ARRAY_SIZE(gfps)] | __GFP_NOWARN;
	int nid = (int)(rnd(w) % machine.nr_nodes);
	unsigned int order = (unsigned int)(rnd(w) % (1 + rnd(w) % 9));

	if (rnd(w) % 4 == 0)
		gfp |= __GFP_THISNODE;
	if (rnd(w) % 16 == 0) {
		s->nr = (unsigned int)charge_frames(gfp, 1 + rnd(w) % 3000,
						    &s->chain);
		return;
	}
	s->page = alloc_pages_node(nid, gfp, order);
	if (!s->page) {
		w->failed++;
		return;
	}
	w->bad += !is_allowed(s->page, nid, gfp);
	s->nr = 1u << order;
	s->tag = ++w->tags << 20 | (u64)w->id << 60;
	for (unsigned int i = 0; i < s->nr; i++) {
		w->bad += (gfp & __GFP_ZERO) && *word(s, i);
		*word(s, i) = s->tag + i;
	}
}

static void empty(struct worker *w, struct slot *s)
{
	if (s->page) {
		for (unsigned int i = 0; i < s->nr; i++)
			w->bad += *word(s, i) != s->tag + i;
		free_pages_block(s->page, get_order(s->nr * PAGE_SIZE));
	} else if (s->nr) {
		uncharge_frames(s->chain);
	}
	*s = (struct slot){ 0 };
}

static void step(struct worker *w)
{
	struct slot *s = &w->slot[rnd(w) % NR_SLOTS];

	if (rnd(w) % 2048 == 0)
		purge_free_pages(rnd(w) % 2000);
	else if (rnd(w) % 2048 == 0)
		drain_all_pages();
	else if (s->nr)
		empty(w, s);
	else
		fill(w, s);
}

static void empty_all(struct worker *w)
{
	for (int i = 0; i < NR_SLOTS; i++)
		empty(w, &w->slot[i]);
}

static void start(unsigned int nodes, enum zone_layout layout, u64 mem)
{
	boot(mem, nodes, layout);
	memset(worker, 0, sizeof(worker));
	for (unsigned int i = 0; i < ARRAY_SIZE(worker); i++) {
		worker[i].id = i;
		worker[i].seed = 0x9e3779b97f4a7c15u * (i + 1 + nodes);
	}
}

/* _i: nodes - 1, then the layout, then a machine with no room to spare */
START_TEST(test_random_operations)
{
	struct worker *w = &worker[0];

	start((unsigned int)_i % 4 + 1, (enum zone_layout)(_i / 4 % 2),
	      _i / 8 ? 40 * MIB : 1200 * MIB);
	for (int i = 0; i < OPS; i++) {
		kv_cpu = (u32)(i >> 6) % 8;
		step(w);
		if (i % VALIDATE_EVERY == 0)
			ck_assert_uint_eq(page_alloc_validate(), 0);
		ASSERT_EACH(!w->bad, "at operation %d", i);
	}
	empty_all(w);
	ck_assert_uint_eq(w->bad, 0);
	teardown();
}
END_TEST

static void *run(void *arg)
{
	struct worker *w = arg;

	kv_cpu = w->id;
	for (int i = 0; i < OPS / 2; i++)
		step(w);
	empty_all(w);
	return NULL;
}

START_TEST(test_four_threads)
{
	pthread_t thread[4];

	start((unsigned int)_i + 1, ZONES_32BIT, 1024 * MIB);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(
			pthread_create(&thread[i], NULL, run, &worker[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		ck_assert_uint_eq(worker[i].bad, 0);
	}
	page_alloc_sync_stats();
	ck_assert_uint_eq(stats.counter[KV_pgalloc], stats.counter[KV_pgfree]);
	teardown();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nodes");
	TCase *t;

	t = add_tcase(s, "division", NULL, NULL, 60);
	ADD_LOOP_TESTS(t, MAX_NUMNODES, test_memory_is_divided_evenly);
	ADD_TESTS(t, test_low_zones_are_the_first_nodes,
		  test_small_machine_has_fewer_nodes);

	t = add_tcase(s, "nodes", setup, teardown, 60);
	ADD_TESTS(t, test_report_has_rows_for_each_node,
		  test_marks_are_shares_of_all_nodes, test_distances,
		  test_pfn_and_page_know_their_node, test_asked_node_serves,
		  test_the_cpus_node_serves_by_default,
		  test_dma_is_found_on_its_node,
		  test_a_node_keeps_its_own_marks, test_unknown_node_warns_once,
		  test_order_above_ten_fails_on_any_node,
		  test_freed_page_stays_with_its_node,
		  test_areas_are_charged_to_the_local_node_first,
		  test_boot_without_memory_for_lists_fails,
		  test_host_nodes_are_counted, test_binding_is_only_a_hint);

	t = add_tcase(s, "fallback", setup, NULL, 60);
	ADD_LOOP_TESTS(t, 4, test_thisnode_goes_nowhere_else,
		       test_other_nodes_follow_upwards);

	t = add_tcase(s, "random", NULL, NULL, 600);
	ADD_LOOP_TESTS(t, 16, test_random_operations);
	ADD_LOOP_TESTS(t, 4, test_four_threads);
	return run_suite(s);
}
