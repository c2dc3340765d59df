/* SPDX-License-Identifier: MIT */
/*
 * test_kvmalloc.c - the decision table of the kernel's rules, cell by cell:
 * rows are sizes, columns the states A to E of the machine (states.h), pages
 * the generations of the rule. Flags and policies have their own files.
 *
 * The machine does not overcommit. When it declares itself out of memory,
 * the test lets go of what it held, as the kernel's OOM killer would see to.
 */
#include "mm/kvmalloc_test.h"

/*
 * What is expected in the states A to E, a character each. Numbers are exact,
 * + is one or more, ? anything. By generation, where it matters: 4.12 and
 * 4.18 in front of 7.0.
 */
struct row {
	const char *name;
	u32 size;
	unsigned int order;   /* of the block that the states are about */
	const char *route;    /* S slab, P pages, V vmalloc */
	const char *fallback; /* slabs of their minimum order */
	/* rounds of reclaim for something contiguous, with NORETRY */
	const char *light[2];
	const char *compact[2]; /* attempts, also those with nothing to move */
	const char *kswapd[2];
	/* rounds of reclaim by the caller's own flags */
	const char *full;
	const char *oom;
};

/* clang-format off */
/* Only orders above 0 can come down to their minimum; only for order 0 is
 * the first try for a slab also the last, which may reclaim. */
#define SLAB_ORDER_0                                                       \
	.route = "SSSSS", .fallback = "00000", .light = { "00011", "00011" }, \
	.compact = { "00000", "00000" }, .kswapd = { "00+++", "00+++" },   \
	.full = "000++", .oom = "00011"
#define SLAB_ORDER_N                                                       \
	.route = "SSSSS", .fallback = "0+0++", .light = { "00000", "00000" }, \
	.compact = { "00000", "00000" }, .kswapd = { "000++", "000++" },   \
	.full = "000++", .oom = "00011"
#define SLAB_8K                                                            \
	.route = "SVSVV", .fallback = "00000", .light = { "01011", "00000" }, \
	.compact = { "02022", "00000" }, .kswapd = { "0+0++", "0++++" },   \
	.full = "000++", .oom = "00011"
#define BLOCK                                                              \
	.route = "PVPVV", .fallback = "00000", .light = { "01011", "00000" }, \
	.compact = { "02022", "00000" }, .kswapd = { "0++++", "0++++" },   \
	.full = "000++", .oom = "00011"
/* Nothing here is movable: then 4.x does not even reclaim. */
#define COSTLY                                                             \
	.route = "PVPVV", .fallback = "00000", .light = { "00000", "00000" }, \
	.compact = { "01011", "00000" }, .kswapd = { "0++++", "0++++" },   \
	.full = "000++", .oom = "00011"
#define LARGER                                                             \
	.route = "VVVVV", .fallback = "00000", .light = { "00000", "00000" }, \
	.compact = { "00000", "00000" }, .kswapd = { "00?++", "00?++" },   \
	.full = "00?++", .oom = "00?11"

static const struct row rows[] = {
	{ "1 byte", 1, 1, SLAB_ORDER_0 },
	{ "kmalloc-64", 64, 1, SLAB_ORDER_0 },
	{ "kmalloc-1k", 1024, 2, SLAB_ORDER_N },
	{ "a page", 4096, 3, SLAB_ORDER_N },
	{ "a page and a byte", 4097, 1, SLAB_8K },
	{ "kmalloc-8k", 8192, 1, SLAB_8K },
	{ "least block", 8193, 2, BLOCK },
	{ "order 2", 16384, 2, BLOCK },
	{ "order 3, in part", 20000, 3, BLOCK },
	{ "order 3", 32768, 3, BLOCK },
	{ "least costly", 32769, 4, COSTLY },
	{ "order 5", 100000, 5, COSTLY },
	{ "1 MiB", 1 << 20, 8, COSTLY },
	{ "4 MiB", 4 << 20, 10, COSTLY },
	{ "4 MiB and a byte", (4 << 20) + 1, 10, LARGER },
	{ "16 MiB", 16 << 20, 10, LARGER },
};
/* clang-format on */
static const int kernels[] = { 412, 418, 700 };

enum {
	NR_ROWS = ARRAY_SIZE(rows),
	NR_KERNELS = ARRAY_SIZE(kernels),
	NR_STATES = STATE_E + 1,
	NR_CELLS = NR_ROWS * NR_KERNELS * NR_STATES,
};

/* The cell with number _i, requested. */
struct cell {
	const struct row *row;
	int kernel;
	enum zone_state state;
	struct outcome got;
};

static void ask(struct cell *c, int i)
{
	c->row = &rows[i / (NR_KERNELS * NR_STATES)];
	c->kernel = kernels[i / NR_STATES % NR_KERNELS];
	c->state = (enum zone_state)(i % NR_STATES);
	boot_kernel(c->kernel);
	state_enter(c->state, c->row->order);
	request(&c->got, c->row->size, GFP_KERNEL);
}

static void done(const struct cell *c)
{
	if (c->got.p)
		kvfree_slow(&thread, c->got.p);
	state_leave();
	validate_core();
}

static void assert_count(const struct cell *c, const char *what,
			 const char *wanted, u64 got)
{
	char want = wanted[c->state];

	if (want == '?' || (want == '+' && got))
		return;
	ck_assert_msg(got == (u64)(want - '0') && want != '+',
		      "%s, %d, state %c: %s %llu, not %c", c->row->name,
		      c->kernel, 'A' + (int)c->state, what,
		      (unsigned long long)got, want);
}

static const char *of_kernel(const struct cell *c, const char *const by[2])
{
	return by[c->kernel == 700];
}

START_TEST(test_route)
{
	struct cell c;

	ask(&c, _i);
	ck_assert_msg(c.got.route == c.row->route[c.state],
		      "%s, %d, state %c: %c, not %c", c.row->name, c.kernel,
		      'A' + (int)c.state, c.got.route, c.row->route[c.state]);
	memset(c.got.p, 1, c.row->size);
	done(&c);
}
END_TEST

START_TEST(test_reclaim_for_contiguous_memory)
{
	struct cell c;

	ask(&c, _i);
	assert_count(&c, "light rounds", of_kernel(&c, c.row->light),
		     c.got.light);
	done(&c);
}
END_TEST

START_TEST(test_compaction)
{
	struct cell c;

	ask(&c, _i);
	assert_count(&c, "attempts", of_kernel(&c, c.row->compact),
		     c.got.count[KV_compact_stall]);
	done(&c);
}
END_TEST

START_TEST(test_reclaim_for_single_pages)
{
	struct cell c;

	ask(&c, _i);
	assert_count(&c, "rounds", c.row->full, c.got.full);
	done(&c);
}
END_TEST

START_TEST(test_kswapd)
{
	struct cell c;

	ask(&c, _i);
	assert_count(&c, "wake-ups", of_kernel(&c, c.row->kswapd),
		     c.got.count[KV_kswapd_wake]);
	done(&c);
}
END_TEST

START_TEST(test_out_of_memory)
{
	struct cell c;

	ask(&c, _i);
	assert_count(&c, "declared", c.row->oom, c.got.count[KV_oom]);
	done(&c);
}
END_TEST

START_TEST(test_order_fallback)
{
	struct cell c;

	ask(&c, _i);
	assert_count(&c, "slabs", c.row->fallback,
		     c.got.count[KV_order_fallback]);
	done(&c);
}
END_TEST

/* Just one for vmalloc, none for all else. */
START_TEST(test_reason)
{
	enum kv_counter why = KV_vmalloc_size;
	struct cell c;

	ask(&c, _i);
	if (c.row->size <= KMALLOC_MAX_CACHE_SIZE)
		why = KV_fallback_slab;
	else if (c.row->size <= KMALLOC_MAX_SIZE)
		why = c.state == STATE_B ? KV_fallback_frag : KV_fallback_nomem;
	assert_reason(&c.got, why);
	done(&c);
}
END_TEST

START_TEST(test_request_is_counted)
{
	unsigned int class;
	struct cell c;

	ask(&c, _i);
	if (c.got.route == 'V') {
		ck_assert_uint_eq(c.got.count[KV_vmalloc_asked], c.row->size);
		ck_assert_uint_eq(c.got.count[KV_vmalloc_served],
				  ALIGN_UP(c.row->size, PAGE_SIZE));
	} else {
		class = kmalloc_class(c.row->size);
		ck_assert_uint_eq(thread.stat.alloc[class], 1);
		ck_assert_uint_eq(thread.stat.asked[class], c.row->size);
		ck_assert_uint_eq(c.got.count[KV_vmalloc_asked], 0);
	}
	done(&c);
}
END_TEST

/* If there is nobody to let go of memory, E is the end for all. */
START_TEST(test_nobody_helps)
{
	struct cell c = {
		.row = &rows[_i / NR_KERNELS],
		.kernel = kernels[_i % NR_KERNELS],
	};

	boot_kernel(c.kernel);
	oom_handler = no_help;
	state_enter(STATE_E, 0);
	request(&c.got, c.row->size, GFP_KERNEL);
	ck_assert_int_eq(c.got.route, '0');
	assert_reason(&c.got, KV_vmalloc_size);
	ck_assert_uint_ge(c.got.count[KV_oom], 1);
	done(&c);
}
END_TEST

/* With overcommit vmalloc needs no frames: nobody waits, nobody is killed. */
START_TEST(test_overcommit)
{
	struct cell c = {
		.row = &rows[_i / NR_KERNELS],
		.kernel = kernels[_i % NR_KERNELS],
	};

	boot_core(c.kernel, POLICY_KVMALLOC, true);
	oom_handler = no_help;
	state_enter(STATE_E, 0);
	request(&c.got, c.row->size, GFP_KERNEL);
	if (c.row->size <= PAGE_SIZE) {
		ck_assert_int_eq(c.got.route, '0');
	} else {
		ck_assert_int_eq(c.got.route, 'V');
		ck_assert_uint_eq(c.got.count[KV_oom], 0);
		ck_assert_uint_eq(c.got.full, 0);
		ck_assert_uint_eq(c.got.count[KV_vmap_overcommit],
				  DIV_ROUND_UP(c.row->size, PAGE_SIZE));
	}
	done(&c);
}
END_TEST

/* An order-1 block is all that kmalloc-8k needs. _i: index of kernels[] */
START_TEST(test_8k_where_only_small_blocks_are)
{
	struct outcome o;

	boot_kernel(kernels[_i]);
	state_enter(STATE_B, 3);
	request(&o, 8192, GFP_KERNEL);
	ck_assert_int_eq(o.route, 'S');
	ck_assert_uint_eq(o.count[KV_order_fallback], 1);
	ck_assert_uint_eq(virt_to_page(o.p)->order, 1);
	ck_assert_uint_eq(o.count[KV_direct_reclaim], 0);
	validate_core();
}
END_TEST

/* A size of 0 is a minimal object of its own. */
START_TEST(test_nothing_asked)
{
	struct outcome a, b;

	boot_kernel(kernels[_i]);
	request(&a, 0, GFP_KERNEL);
	request(&b, 0, GFP_KERNEL);
	ck_assert_int_eq(a.route, 'S');
	ck_assert_uint_eq(kv_usable(a.p), 16);
	ck_assert_ptr_ne(a.p, b.p);
}
END_TEST

/*
 * Costly orders where compaction has something to try, in vain: one round
 * of everything, then vmalloc.
 */

static bool never_moves(struct page *from, struct page *to)
{
	(void)from;
	(void)to;
	return false;
}

static void make_all_movable(void)
{
	static const struct movable_ops ops = { .migrate = never_moves };

	register_movable_ops(&ops);
	for (unsigned long pfn = 1; pfn < machine.nr_pages; pfn++)
		if (is_held(pfn, 1))
			pfn_to_page(pfn)->flags |= PG_MOVABLE;
}

/* _i: 412 or 418 */
START_TEST(test_costly_with_vain_compaction)
{
	struct outcome o;

	boot_kernel(kernels[_i]);
	state_enter(STATE_B, 2);
	make_all_movable();
	request(&o, 65536, GFP_KERNEL);
	ck_assert_int_eq(o.route, 'V');
	ck_assert_uint_eq(o.light, 1);
	ck_assert_uint_eq(o.full, 0);
	ck_assert_uint_eq(o.count[KV_compact_stall], 2);
	ck_assert_uint_eq(o.count[KV_oom], 0);
}
END_TEST

START_TEST(test_costly_of_today_leaves_compaction_alone)
{
	struct outcome o;

	boot_kernel(700);
	state_enter(STATE_B, 2);
	make_all_movable();
	request(&o, 65536, GFP_KERNEL);
	ck_assert_int_eq(o.route, 'V');
	ck_assert_uint_eq(o.count[KV_direct_reclaim], 0);
	ck_assert_uint_eq(o.count[KV_compact_stall], 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kvmalloc");
	TCase *t;

	t = add_tcase(s, "table", NULL, NULL, 60);
	ADD_LOOP_TESTS(t, NR_CELLS, test_route,
		       test_reclaim_for_contiguous_memory, test_compaction,
		       test_reclaim_for_single_pages, test_kswapd,
		       test_out_of_memory, test_order_fallback, test_reason,
		       test_request_is_counted);

	t = add_tcase(s, "edges", NULL, NULL, 60);
	ADD_LOOP_TESTS(t, NR_ROWS * NR_KERNELS, test_nobody_helps,
		       test_overcommit);
	ADD_LOOP_TESTS(t, NR_KERNELS, test_8k_where_only_small_blocks_are,
		       test_nothing_asked);
	ADD_LOOP_TESTS(t, 2, test_costly_with_vain_compaction);
	ADD_TESTS(t, test_costly_of_today_leaves_compaction_alone);
	return run_suite(s);
}
