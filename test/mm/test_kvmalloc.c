/* SPDX-License-Identifier: MIT */
/*
 * test_kvmalloc.c - the decision table of kernel-rules 1.3, cell by cell:
 * rows are sizes, columns the states A to E of the machine (states.h), pages
 * the three generations of the rule. Then the effects of gfp flags.
 *
 * The machine does not overcommit. When it declares itself out of memory the
 * test lets go of what it held: what the kernel's OOM killer would bring
 * about. A shrinker with nothing to give notes who reclaims.
 */
#include "mm/kvmalloc_test.h"

#include <limits.h>

struct row {
	const char *what;
	size_t size;
	unsigned int order;	/* of the block that the states are about */
	bool slab_order_0;	/* its slab needs no order */
};

/* clang-format off */
static const struct row rows[] = {
	{ "0",			0,		 1, true },
	{ "1",			1,		 1, true },
	{ "a page, order 0",	64,		 1, true },
	{ "a page, order 2",	1024,		 2, false },
	{ "a page",		4096,		 3, false },
	{ "8k",			4097,		 1, false },
	{ "8k",			8192,		 1, false },
	{ "order 2",		8193,		 2, false },
	{ "order 2",		16384,		 2, false },
	{ "order 3",		20000,		 3, false },
	{ "order 3",		32768,		 3, false },
	{ "order 4",		32769,		 4, false },
	{ "order 5",		100000,		 5, false },
	{ "order 8",		1 << 20,	 8, false },
	{ "order 10",		4 << 20,	10, false },
	{ "above 4M",		(4 << 20) + 1,	10, false },
	{ "16M",		16 << 20,	10, false },
};
/* clang-format on */
static const int kernels[] = { 412, 418, 700 };
enum { NR_ROWS = ARRAY_SIZE(rows), NR_KERNELS = ARRAY_SIZE(kernels),
       NR_STATES = 5, NR_CELLS = NR_ROWS * NR_KERNELS * NR_STATES };

START_TEST(dump)
{
	const struct row *r = &rows[_i / (NR_KERNELS * NR_STATES)];
	int kernel = kernels[_i / NR_STATES % NR_KERNELS];
	enum zone_state state = _i % NR_STATES;
	struct outcome o;

	boot_kv(kernel, false);
	state_enter(state, r->order);
	request(&o, r->size, GFP_KERNEL, true);
	printf("%-16s %8zu %d %c: %c dr %lu light %u full %u compact %lu kswapd %lu oom %lu retry %lu fb %lu why", r->what, r->size, kernel,
	       'A' + state, o.route, o.count[KV_direct_reclaim], o.light, o.full, o.count[KV_compact_stall], o.count[KV_kswapd_wake],
	       o.count[KV_oom], o.count[KV_page_alloc_retry], o.count[KV_order_fallback]);
	for (int i = KV_vmalloc_size; i <= KV_fallback_aligned; i++) if (o.count[i]) printf(" %d:%lu", i - KV_vmalloc_size, o.count[i]);
	printf("\n");
	kvfree_slow(&thread, o.p);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kvmalloc");
	TCase *t;

	t = add_tcase(s, "table", NULL, NULL, 60);
	ADD_LOOP_TESTS(t, NR_CELLS, dump);
	return run_suite(s);
}
