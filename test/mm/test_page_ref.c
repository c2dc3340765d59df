/* SPDX-License-Identifier: MIT */
/*
 * test_page_ref.c - counted pages: compound and plain blocks, what is freed
 * when, splitting, exact sizes, bulk, runs beyond the largest block; and what
 * is told of misuse.
 */
#include <pthread.h>
#include <string.h>

#include "../suite.h"
#include "lib/cpu.h"
#include "mm/page_ref.h"
#include "mm/states.h"

static unsigned int nr_bad;
static const struct page *bad_page;
static char bad_reason[64];

static void note_bad(const struct page *page, const char *reason)
{
	nr_bad++;
	bad_page = page;
	strncpy(bad_reason, reason, sizeof(bad_reason) - 1);
}

static void boot(u64 mem, unsigned int nodes, enum zone_layout layout)
{
	struct machine_config cfg = {
		.mem = mem, .cpus = 4, .zones = layout, .nodes = nodes
	};

	ck_assert_int_eq(machine_boot(&cfg), 0);
	pgref_bad_page = note_bad;
	nr_bad = 0;
}

static void setup(void)
{
	boot(64 * MIB, 1, ZONES_64BIT);
}

static unsigned long all_free(void)
{
	drain_all_pages();
	return nr_free_pages();
}

/* Nothing may be missing, and nobody may have complained. */
static void teardown(void)
{
	ck_assert_uint_eq(all_free(), machine.nr_pages - 1);
	ck_assert_uint_eq(nr_bad, 0);
	machine_stop();
}

/* For tests that lose pages on purpose. */
static void stop(void)
{
	machine_stop();
}

static struct page *get(gfp_t gfp, unsigned int order)
{
	struct page *page = pgref_alloc(NUMA_NO_NODE, GFP_KERNEL | gfp, order);

	ck_assert_ptr_nonnull(page);
	return page;
}

/* counts */

START_TEST(test_first_page_counts_one)
{
	struct page *page = get(0, (unsigned int)_i);

	ck_assert_uint_eq(pgref_count(page), 1);
	for (unsigned long i = 1; i < 1ul << _i; i++)
		ASSERT_EACH(pgref_count(page + i) == 0, "page %lu", i);
	ck_assert(!pgref_is_compound(page));
	ck_assert(!pgref_is_tail(page + (1ul << _i) - 1));
	ck_assert_ptr_eq(pgref_head(page + (1ul << _i) - 1),
			 page + (1ul << _i) - 1);
	ck_assert_uint_eq(pgref_order(page), 0);
	pgref_free(page, (unsigned int)_i);
	ck_assert_uint_eq(pgref_count(page), 0);
}
END_TEST

START_TEST(test_compound_counts_on_its_head)
{
	struct page *page = get(__GFP_COMP, (unsigned int)_i), *last;

	last = page + (1ul << _i) - 1;
	ck_assert_int_eq(pgref_is_compound(page), _i > 0);
	ck_assert_int_eq(pgref_is_tail(last), _i > 0);
	ck_assert(!pgref_is_tail(page));
	ck_assert_ptr_eq(pgref_head(last), page);
	ck_assert_uint_eq(pgref_order(last), _i);
	pgref_get(last);
	ck_assert_uint_eq(pgref_count(page), 2);
	ck_assert_uint_eq(pgref_count(last), 2);
	pgref_put(last);
	ck_assert_uint_eq(pgref_count(page), 1);
	pgref_put(last);
	ck_assert_uint_eq(pgref_count(page), 0);
	ck_assert(!pgref_is_compound(page));
}
END_TEST

/* Stale counts of what was there before must not shine through. */
START_TEST(test_tails_start_at_zero_after_any_use)
{
	struct page *page[16], *block;

	for (int i = 0; i < 16; i++)
		page[i] = get(0, 0);
	for (int i = 0; i < 16; i++)
		pgref_free(page[i], 0);
	drain_all_pages();
	block = get(0, 4);
	for (int i = 1; i < 16; i++)
		ck_assert_uint_eq(pgref_count(block + i), 0);
	pgref_free(block, 4);
}
END_TEST

START_TEST(test_get_unless_zero)
{
	struct page *page = get(0, 1);

	ck_assert(pgref_get_unless_zero(page));
	ck_assert_uint_eq(pgref_count(page), 2);
	ck_assert(!pgref_get_unless_zero(page + 1));
	pgref_put(page);
	pgref_free(page, 1);
	ck_assert(!pgref_get_unless_zero(page));
}
END_TEST

/* freeing */

START_TEST(test_compound_goes_with_the_last_reference)
{
	unsigned long before = all_free();
	struct page *page = get(__GFP_COMP, (unsigned int)_i);

	pgref_get(page);
	pgref_free(page, (unsigned int)_i);
	ck_assert_uint_eq(before - all_free(), 1ul << _i);
	pgref_put(page);
	ck_assert_uint_eq(all_free(), before);
}
END_TEST

START_TEST(test_plain_block_comes_apart)
{
	unsigned long before = all_free();
	struct page *page = get(0, (unsigned int)_i);

	memset(page_address(page), 0x5a, PAGE_SIZE << _i);
	pgref_get(page);
	pgref_free(page, (unsigned int)_i);
	ck_assert_uint_eq(before - all_free(), 1); /* the first is kept */
	ck_assert_uint_eq(pgref_count(page), 1);
	ck_assert_uint_eq(page_alloc_validate(), 0);
	ck_assert_uint_eq(*(u8 *)page_address(page), 0x5a);
	pgref_put(page);
	ck_assert_uint_eq(all_free(), before);
}
END_TEST

START_TEST(test_free_after_put_frees_all)
{
	struct page *page = get(0, (unsigned int)_i);

	pgref_get(page);
	pgref_put(page);
	ck_assert_uint_eq(pgref_count(page), 1);
	pgref_free(page, (unsigned int)_i);
}
END_TEST

/* The kernel loses the rest; the proof of the lists still holds. */
START_TEST(test_put_of_a_plain_block_frees_one_page)
{
	unsigned long before = all_free();
	struct page *page = get(0, 3);

	pgref_put(page);
	ck_assert_uint_eq(before - all_free(), 7);
	ck_assert_uint_eq(page_alloc_validate(), 0);
	stop();
}
END_TEST

START_TEST(test_smaller_order_frees_the_front)
{
	unsigned long before = all_free();
	struct page *page = get(0, 3);

	pgref_free(page, 1);
	ck_assert_uint_eq(before - all_free(), 6);
	ck_assert_uint_eq(page_alloc_validate(), 0);
	stop();
}
END_TEST

START_TEST(test_split_pages_are_free_to_go)
{
	unsigned int order = (unsigned int)_i;
	unsigned long before = all_free();
	struct page *page = get(0, order);

	pgref_split(page, order);
	for (unsigned long i = 0; i < 1ul << order; i++)
		ASSERT_EACH(pgref_count(page + i) == 1, "page %lu", i);
	for (unsigned long i = 1ul << order; i-- > 1;)
		pgref_free(page + i, 0);
	ck_assert_uint_eq(before - all_free(), 1);
	ck_assert_uint_eq(page_alloc_validate(), 0);
	pgref_put(page);
}
END_TEST

/* The kernel's own test: no page is lost, whoever is last. */
START_TEST(test_many_frees_lose_nothing)
{
	unsigned long before = all_free();

	for (int i = 0; i < 250000; i++) {
		gfp_t comp = i % 2 ? (gfp_t)__GFP_COMP : 0;
		struct page *page =
			pgref_alloc(NUMA_NO_NODE, GFP_KERNEL | comp, 3);

		pgref_get(page);
		pgref_free(page, 3);
		pgref_put(page);
	}
	ck_assert_uint_eq(all_free(), before);
}
END_TEST

/* exact sizes */

static const size_t exact[] = { 1,	     4096,	   4097,
				3 * 4096,    5 * 4096 + 1, 65536,
				1000 * 4096, 1024 * 4096 };

START_TEST(test_exact_takes_no_page_more)
{
	size_t size = exact[_i], pages = DIV_ROUND_UP(size, PAGE_SIZE);
	unsigned long before = all_free();
	char *p = pgref_alloc_exact(NUMA_NO_NODE, size, GFP_KERNEL);

	ck_assert_ptr_nonnull(p);
	memset(p, 1, size);
	ck_assert_uint_eq(before - all_free(), pages);
	for (size_t i = 0; i < pages; i++)
		ASSERT_EACH(pgref_count(virt_to_page(p) + i) == 1, "page %zu",
			    i);
	pgref_free_exact(p, size);
	ck_assert_uint_eq(all_free(), before);
}
END_TEST

START_TEST(test_exact_refuses_more_than_a_block)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;

	ck_assert_ptr_null(pgref_alloc_exact(-1, (4u << 20) + 1, gfp));
	ck_assert_ptr_null(pgref_alloc_exact(-1, 0, gfp));
	ck_assert_ptr_null(pgref_alloc_exact(-1, ~(size_t)0, gfp));
}
END_TEST

START_TEST(test_exact_is_zeroed_and_lowmem)
{
	char *p;

	machine_stop();
	boot(960 * MIB, 1, ZONES_32BIT);
	p = pgref_alloc_exact(-1, 5 * PAGE_SIZE,
			      GFP_KERNEL | __GFP_HIGHMEM | __GFP_COMP);
	ck_assert(!page_is_highmem(virt_to_page(p)));
	ck_assert(!pgref_is_compound(virt_to_page(p)));
	memset(p, 1, 5 * PAGE_SIZE);
	pgref_free_exact(p, 5 * PAGE_SIZE);
	p = pgref_alloc_exact(-1, 5 * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);
	for (size_t i = 0; i < 5 * PAGE_SIZE; i++)
		ASSERT_EACH(!p[i], "byte %zu", i);
	pgref_free_exact(p, 5 * PAGE_SIZE);
}
END_TEST

/* bulk */

START_TEST(test_bulk_fills_the_gaps)
{
	struct page *array[100] = { NULL }, *mine = get(0, 0);

	array[0] = array[50] = mine;
	ck_assert_uint_eq(pgref_alloc_bulk(-1, GFP_KERNEL, 100, array), 100);
	for (int i = 0; i < 100; i++) {
		ck_assert_ptr_nonnull(array[i]);
		ck_assert_uint_eq(pgref_count(array[i]), 1);
		for (int j = 0; j < i; j++)
			ck_assert(array[j] != array[i] || array[i] == mine);
	}
	ck_assert_ptr_eq(array[50], mine);
	for (int i = 0; i < 100; i++)
		if (i != 50)
			pgref_put(array[i]);
}
END_TEST

START_TEST(test_bulk_may_be_short)
{
	static struct page *array[20000];
	unsigned long got = pgref_alloc_bulk(-1, GFP_KERNEL, 20000, array);

	ck_assert_uint_lt(got, machine.nr_pages);
	ck_assert_uint_gt(got, machine.nr_pages / 10 * 9);
	ck_assert_ptr_null(array[got]);
	/* with effort one more, while there is any; from the reserves, some */
	for (int i = 0; i < 100; i++)
		got = pgref_alloc_bulk(-1, GFP_KERNEL | __GFP_NOWARN, 20000,
				       array);
	ck_assert_ptr_null(array[got]);
	ck_assert_uint_gt(pgref_alloc_bulk(-1, GFP_ATOMIC, 20000, array), got);
	for (unsigned long i = 0; i < 20000 && array[i]; i++)
		pgref_put(array[i]);
}
END_TEST

/* contiguous */

static const unsigned long contig[] = { 1,    3,    512,  1024, 1025,
					2048, 3000, 4096, 8192, 10000 };

START_TEST(test_contig_of_any_length)
{
	unsigned long nr = contig[_i], before = all_free();
	struct page *page = pgref_alloc_contig(nr, GFP_KERNEL | __GFP_ZERO, -1);
	unsigned long pfn;

	ck_assert_ptr_nonnull(page);
	pfn = page_to_pfn(page);
	if (!(nr & (nr - 1)))
		ck_assert_uint_eq(pfn % nr, 0);
	ck_assert_uint_eq(before - all_free(), nr);
	for (unsigned long i = 0; i < nr; i++) {
		u64 *word = page_address(page + i);

		ASSERT_EACH(pgref_count(page + i) == 1, "page %lu", i);
		ASSERT_EACH(!*word, "page %lu is not zero", i);
		*word = i;
	}
	ck_assert_uint_eq(page_alloc_validate(), 0);
	ck_assert_uint_eq(pgref_free_contig(pfn, nr), 0);
	ck_assert_uint_eq(all_free(), before);
	ck_assert_uint_eq(page_alloc_validate(), 0);
}
END_TEST

START_TEST(test_contig_of_used_memory_is_zeroed)
{
	struct page *page = pgref_alloc_contig(3000, GFP_KERNEL, -1);
	unsigned long pfn = page_to_pfn(page);

	memset(page_address(page), 0x5a, 3000 * PAGE_SIZE);
	pgref_free_contig(pfn, 3000);
	page = pgref_alloc_contig(3000, GFP_KERNEL | __GFP_ZERO, -1);
	ck_assert_uint_eq(page_to_pfn(page), pfn);
	for (unsigned long i = 0; i < 3000 * PAGE_SIZE / 8; i++)
		ASSERT_EACH(!((u64 *)page_address(page))[i], "word %lu", i);
	pgref_free_contig(pfn, 3000);
}
END_TEST

START_TEST(test_contig_goes_around_what_is_used)
{
	struct page *wall = get(0, 0), *page;
	unsigned long pfn = page_to_pfn(wall);

	page = pgref_alloc_contig(1500, GFP_KERNEL, -1);
	ck_assert_ptr_nonnull(page);
	ck_assert(pfn < page_to_pfn(page) || pfn >= page_to_pfn(page) + 1500);
	pgref_free_contig(page_to_pfn(page), 1500);
	pgref_free(wall, 0);
}
END_TEST

/* Every 1000th page is held: no run of 2000, though most is free. */
START_TEST(test_contig_fails_on_fragments)
{
	struct page *array[64] = { NULL };
	struct page *all = pgref_alloc_contig(12000, GFP_KERNEL, -1);
	unsigned long pfn = page_to_pfn(all);
	unsigned int n = 0;

	for (unsigned long i = 0; i < 12000; i++) {
		if (i % 1000 == 0)
			array[n++] = all + i;
		else
			pgref_free(all + i, 0);
	}
	/* what is not of this zone is held, too */
	while (pgref_alloc_contig(4000, GFP_KERNEL, -1))
		;
	ck_assert_ptr_null(pgref_alloc_contig(4001, GFP_KERNEL, -1));
	ck_assert_int_eq(last_alloc_fail, ALLOC_FRAG);
	for (unsigned int i = 0; i < n; i++)
		pgref_free(array[i], 0);
	all = pgref_alloc_contig(12000, GFP_KERNEL, -1);
	ck_assert_uint_eq(page_to_pfn(all), pfn);
	stop();
}
END_TEST

START_TEST(test_contig_keeps_the_min_watermark)
{
	struct zone *z = &zones[ZONE_DMA32];
	unsigned long most = z->managed - z->watermark[WMARK_MIN];

	ck_assert_ptr_null(pgref_alloc_contig(most + 1, GFP_KERNEL, -1));
	ck_assert_ptr_nonnull(pgref_alloc_contig(most, GFP_KERNEL, -1));
	stop();
}
END_TEST

START_TEST(test_contig_refuses_odd_requests)
{
	ck_assert_ptr_null(pgref_alloc_contig(0, GFP_KERNEL, -1));
	ck_assert_ptr_null(pgref_alloc_contig(~0ul, GFP_KERNEL, -1));
	ck_assert_ptr_null(pgref_alloc_contig(1, GFP_KERNEL | __GFP_COMP, -1));
	ck_assert_ptr_null(
		pgref_alloc_contig(1, GFP_KERNEL | __GFP_NORETRY, -1));
	ck_assert_ptr_null(
		pgref_alloc_contig(1, GFP_KERNEL | __GFP_NOFAIL, -1));
}
END_TEST

START_TEST(test_contig_tells_who_is_still_used)
{
	struct page *page = pgref_alloc_contig(2000, GFP_KERNEL, -1);

	pgref_get(page + 1234);
	ck_assert_uint_eq(pgref_free_contig(page_to_pfn(page), 2000), 1);
	pgref_put(page + 1234);
}
END_TEST

START_TEST(test_contig_by_node_and_zone)
{
	struct page *page;

	machine_stop();
	boot(1280 * MIB, 2, ZONES_32BIT);
	page = pgref_alloc_contig(5000, GFP_KERNEL, 1);
	ck_assert_int_eq(page_to_nid(page), 1);
	ck_assert_str_eq(page_zone_name(page), "Normal");
	pgref_free_contig(page_to_pfn(page), 5000);
	page = pgref_alloc_contig(5000, GFP_HIGHUSER, 1);
	ck_assert_str_eq(page_zone_name(page), "HighMem");
	pgref_free_contig(page_to_pfn(page), 5000);
	page = pgref_alloc_contig(100, GFP_KERNEL | GFP_DMA, 1);
	ck_assert_str_eq(page_zone_name(page), "DMA");
	pgref_free_contig(page_to_pfn(page), 100);
	ck_assert_ptr_null(pgref_alloc_contig(
		100, GFP_KERNEL | GFP_DMA | __GFP_THISNODE, 1));
	/* more than node 1 has */
	page = pgref_alloc_contig(150000, GFP_KERNEL, 1);
	ck_assert_int_eq(page_to_nid(page), 0);
	pgref_free_contig(page_to_pfn(page), 150000);
}
END_TEST

/* misuse */

#define ck_assert_bad(page, reason)                   \
	do {                                          \
		ck_assert_uint_eq(nr_bad, 1);         \
		ck_assert_ptr_eq(bad_page, page);     \
		ck_assert_str_eq(bad_reason, reason); \
		nr_bad = 0;                           \
	} while (0)

START_TEST(test_double_free_is_told)
{
	unsigned int order = (unsigned int)_i % 5;
	gfp_t comp = _i / 5 ? (gfp_t)__GFP_COMP : 0;
	struct page *page = get(comp, order);

	pgref_free(page, order);
	pgref_free(page, order);
	ck_assert_bad(page, "nonzero _refcount");
	pgref_put(page);
	ck_assert_bad(page, "nonzero _refcount");
	drain_all_pages();
	pgref_free(page, order);
	ck_assert_bad(page, "nonzero _refcount");
}
END_TEST

START_TEST(test_get_of_a_free_page_is_told)
{
	struct page *page = get(0, 1);

	pgref_get(page + 1);
	ck_assert_bad(page + 1, "zero _refcount");
	pgref_free(page, 1);
	pgref_get(page);
	ck_assert_bad(page, "zero _refcount");
}
END_TEST

START_TEST(test_larger_order_than_asked_is_told)
{
	struct page *page = get(0, 2);

	pgref_free(page, 3);
	ck_assert_bad(page, "nonzero _refcount");
	ck_assert_uint_eq(pgref_count(page), 1);
	pgref_free(page, 2);
}
END_TEST

START_TEST(test_split_block_freed_whole_is_told)
{
	struct page *page = get(0, 2);

	pgref_split(page, 2);
	pgref_free(page, 2);
	ck_assert_bad(page, "nonzero _refcount");
	for (int i = 0; i < 4; i++)
		pgref_free(page + i, 0);
}
END_TEST

START_TEST(test_counted_tail_keeps_its_block_out)
{
	unsigned long before = all_free();
	struct page *page = get(0, 3);

	page[5].refcount = 1;
	pgref_free(page, 3);
	ck_assert_bad(page + 5, "nonzero _refcount");
	ck_assert_uint_eq(before - all_free(), 8);
	ck_assert_uint_eq(page_alloc_validate(), 0);
	stop();
}
END_TEST

START_TEST(test_counted_tail_keeps_its_part_out)
{
	unsigned long before = all_free();
	struct page *page = get(0, 3);

	page[5].refcount = 1;
	pgref_get(page);
	pgref_free(page, 3); /* 4..7 stay, 1, 2..3 go */
	ck_assert_bad(page + 5, "nonzero _refcount");
	ck_assert_uint_eq(before - all_free(), 5);
	ck_assert_uint_eq(page_alloc_validate(), 0);
	stop();
}
END_TEST

START_TEST(test_compound_is_not_split)
{
	struct page *page = get(__GFP_COMP, 2);

	pgref_split(page, 2);
	ck_assert_uint_eq(nr_bad, 1);
	nr_bad = 0;
	pgref_put(page);
}
END_TEST

/* threads */

enum { NR_THREADS = 4, ROUNDS = 20000 };

static struct page *shared[8];

/* All take and drop references of the same blocks; who is last frees. */
static void *share(void *arg)
{
	kv_cpu = *(unsigned int *)arg;
	for (int i = 0; i < ROUNDS; i++) {
		struct page *page = shared[i % 8];

		pgref_get(page + (i % 4));
		pgref_put(page + (i * 3 % 4));
	}
	for (int i = 0; i < 8; i++)
		pgref_put(shared[i]);
	return NULL;
}

START_TEST(test_threads_share_compound_blocks)
{
	pthread_t thread[NR_THREADS];
	unsigned int id[NR_THREADS];

	for (int i = 0; i < 8; i++) {
		shared[i] = get(__GFP_COMP, 2);
		for (int n = 1; n < NR_THREADS; n++)
			pgref_get(shared[i]);
	}
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		id[i] = i;
		pthread_create(&thread[i], NULL, share, &id[i]);
	}
	for (int i = 0; i < NR_THREADS; i++)
		pthread_join(thread[i], NULL);
	for (int i = 0; i < 8; i++)
		ck_assert_uint_eq(pgref_count(shared[i]), 0);
}
END_TEST

static struct page *pieces[ROUNDS];

static void *put_pieces(void *arg)
{
	(void)arg;
	kv_cpu = 1;
	for (int i = 0; i < ROUNDS / 8; i++)
		pgref_put(pieces[i]);
	return NULL;
}

/* One frees the block, another drops the reference it took: no order given */
START_TEST(test_free_and_put_race)
{
	pthread_t thread;

	for (int i = 0; i < ROUNDS / 8; i++) {
		pieces[i] = get(0, 2);
		pgref_get(pieces[i]);
	}
	pthread_create(&thread, NULL, put_pieces, NULL);
	for (int i = 0; i < ROUNDS / 8; i++)
		pgref_free(pieces[i], 2);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(page_alloc_validate(), 0);
}
END_TEST

/* random operations: what is counted must be what is held */

enum { NR_SLOTS = 200 };

struct slot {
	struct page *page;
	unsigned long nr; /* pages of a run, or 0 */
	unsigned int order;
	unsigned int refs;
	bool comp, split;
};
static struct slot slot[NR_SLOTS];
static u64 seed;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static unsigned long fill(struct slot *s)
{
	int nid = (int)(rnd() % (machine.nr_nodes + 1)) - 1;
	gfp_t gfp = (rnd() % 2 ? GFP_KERNEL : GFP_HIGHUSER) | __GFP_NOWARN;

	*s = (struct slot){ .refs = 1 };
	if (rnd() % 8 == 0) {
		s->nr = 1 + rnd() % 3000;
		s->page = pgref_alloc_contig(s->nr, gfp, nid);
		return s->page ? s->nr : 0;
	}
	s->order = (unsigned int)(rnd() % (1 + rnd() % 8));
	s->comp = rnd() % 2;
	s->page = pgref_alloc(nid, gfp | (s->comp ? (gfp_t)__GFP_COMP : 0),
			      s->order);
	if (s->page && !s->comp && rnd() % 4 == 0) {
		pgref_split(s->page, s->order);
		s->split = true;
	}
	return s->page ? 1ul << s->order : 0;
}

/* Drops one reference of a slot; how many pages come back. */
static unsigned long drop(struct slot *s)
{
	struct page *page = s->page;
	unsigned long nr = s->nr ? s->nr : 1ul << s->order;

	if (s->nr || s->split) {
		if (s->nr)
			pgref_free_contig(page_to_pfn(page), nr);
		for (unsigned long i = 0; s->split && i < nr; i++)
			pgref_put(page + i);
		s->page = NULL;
		return nr;
	}
	if (s->refs > 1 && rnd() % 2) {
		s->refs--;
		pgref_put(page + (s->comp ? nr - 1 : 0));
		return 0;
	}
	pgref_free(page, s->order);
	if (--s->refs == 0) {
		s->page = NULL;
		return nr;
	}
	if (s->comp)
		return 0;
	s->order = 0; /* came apart */
	return nr - 1;
}

START_TEST(test_random_operations)
{
	unsigned long held = 0;

	machine_stop();
	boot(1000 * MIB, (unsigned int)_i % 4 + 1, (enum zone_layout)(_i / 4));
	seed = 0x9e3779b97f4a7c15u + (unsigned int)_i;
	memset(slot, 0, sizeof(slot));
	for (int i = 0; i < 20000; i++) {
		struct slot *s = &slot[rnd() % NR_SLOTS];

		kv_cpu = (u32)(i >> 5) % 4;
		if (!s->page) {
			held += fill(s);
		} else if (!s->nr && !s->split && rnd() % 3 == 0) {
			pgref_get(s->page);
			s->refs++;
		} else {
			held -= drop(s);
		}
		ASSERT_EACH(!nr_bad, "%s at %d", bad_reason, i);
		if (i % 2000 == 0) {
			ck_assert_uint_eq(page_alloc_validate(), 0);
			ck_assert_uint_eq(all_free(),
					  machine.nr_pages - 1 - held);
		}
	}
	for (int i = 0; i < NR_SLOTS; i++)
		while (slot[i].page)
			held -= drop(&slot[i]);
	ck_assert_uint_eq(held, 0);
	kv_cpu = 0;
}
END_TEST

int main(void)
{
	Suite *s = suite_create("page_ref");
	TCase *t;

	t = add_tcase(s, "counts", setup, teardown, 60);
	ADD_LOOP_TESTS(t, NR_PAGE_ORDERS, test_first_page_counts_one,
		       test_compound_counts_on_its_head);
	ADD_TESTS(t, test_tails_start_at_zero_after_any_use,
		  test_get_unless_zero);

	t = add_tcase(s, "freeing", setup, teardown, 60);
	ADD_LOOP_TESTS(
		t, NR_PAGE_ORDERS, test_compound_goes_with_the_last_reference,
		test_plain_block_comes_apart, test_free_after_put_frees_all,
		test_split_pages_are_free_to_go);
	ADD_TESTS(t, test_many_frees_lose_nothing);

	t = add_tcase(s, "lost", setup, NULL, 60);
	ADD_TESTS(t, test_put_of_a_plain_block_frees_one_page,
		  test_smaller_order_frees_the_front,
		  test_counted_tail_keeps_its_block_out,
		  test_counted_tail_keeps_its_part_out,
		  test_contig_fails_on_fragments,
		  test_contig_keeps_the_min_watermark);

	t = add_tcase(s, "many", setup, teardown, 60);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(exact), test_exact_takes_no_page_more);
	ADD_TESTS(t, test_exact_refuses_more_than_a_block,
		  test_exact_is_zeroed_and_lowmem, test_bulk_fills_the_gaps,
		  test_bulk_may_be_short);

	t = add_tcase(s, "contiguous", setup, teardown, 60);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(contig), test_contig_of_any_length);
	ADD_TESTS(t, test_contig_of_used_memory_is_zeroed,
		  test_contig_goes_around_what_is_used,
		  test_contig_refuses_odd_requests,
		  test_contig_tells_who_is_still_used,
		  test_contig_by_node_and_zone);

	t = add_tcase(s, "misuse", setup, teardown, 60);
	ADD_LOOP_TESTS(t, 10, test_double_free_is_told);
	ADD_TESTS(t, test_get_of_a_free_page_is_told,
		  test_larger_order_than_asked_is_told,
		  test_split_block_freed_whole_is_told,
		  test_compound_is_not_split);

	t = add_tcase(s, "threads", setup, teardown, 120);
	ADD_TESTS(t, test_threads_share_compound_blocks,
		  test_free_and_put_race);
	ADD_LOOP_TESTS(t, 8, test_random_operations);
	return run_suite(s);
}
