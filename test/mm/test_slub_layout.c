/* SPDX-License-Identifier: MIT */
/*
 * test_slub_layout.c - what slots are made of, worked out by hand from the
 * kernel's rules; which caches slub_debug= watches; the limits of orders.
 */
#include "mm/slub_layout.h"
#include "mm/slub_test.h"

enum {
	F = SLAB_CONSISTENCY_CHECKS,
	Z = SLAB_RED_ZONE,
	P = SLAB_POISON,
	U = SLAB_STORE_USER,
	K = SLAB_KMALLOC,
	FZPU = F | Z | P | U,
};

static void no_work(void *obj)
{
	(void)obj;
}

static const struct slot {
	u32 object_size, align;
	slab_flags_t flags;
	void (*ctor)(void *);
	int freeptr;		      /* -1: wherever */
	u32 size, inuse, offset, pad; /* expected */
} slots[] = {
	{ 64, 0, 0, NULL, -1, 64, 64, 32, 0 },
	{ 60, 0, 0, NULL, -1, 64, 64, 24, 0 },
	{ 1, 0, 0, NULL, -1, 8, 8, 0, 0 },
	{ 64, 0, F, NULL, -1, 64, 64, 32, 0 },
	{ 64, 0, Z, NULL, -1, 88, 72, 32, 8 },
	{ 60, 0, Z, NULL, -1, 80, 64, 24, 8 },
	{ 4, 0, Z, NULL, -1, 32, 8, 8, 8 },
	{ 8, 0, Z, NULL, -1, 32, 16, 0, 8 },
	{ 64, 0, P, NULL, -1, 72, 64, 64, 0 },
	{ 64, 0, U, NULL, -1, 128, 64, 32, 0 },
	{ 64, 0, FZPU, NULL, -1, 160, 72, 72, 8 },
	{ 64, 64, FZPU, NULL, -1, 256, 72, 72, 64 },
	{ 64, 0, SLAB_HWCACHE_ALIGN | FZPU, NULL, -1, 256, 72, 72, 64 },
	{ 30, 0, SLAB_HWCACHE_ALIGN, NULL, -1, 32, 32, 8, 0 },
	{ 64, 64, K | FZPU, NULL, -1, 256, 72, 72, 64 },
	{ 8, 8, K | FZPU, NULL, -1, 112, 16, 16, 8 },
	{ 96, 32, K | FZPU, NULL, -1, 224, 104, 104, 32 },
	{ 64, 64, K | Z | U, NULL, -1, 256, 72, 72, 64 },
	{ 64, 64, K | Z, NULL, -1, 192, 72, 32, 64 },
	{ 4096, 4096, K | FZPU, NULL, -1, 12288, 4104, 4104, 4096 },
	{ 64, 0, 0, no_work, -1, 72, 64, 64, 0 },
	{ 64, 0, SLAB_TYPESAFE_BY_RCU, NULL, -1, 72, 64, 64, 0 },
	{ 64, 0, SLAB_TYPESAFE_BY_RCU, NULL, 8, 64, 64, 8, 0 },
	{ 64, 0, 0, no_work, 16, 64, 64, 16, 0 },
};

START_TEST(test_slot)
{
	const struct slot *w = &slots[_i];
	struct kmem_cache *s = cache_create(&(struct cache_args){
		.name = "slot",
		.object_size = w->object_size,
		.align = w->align,
		.flags = w->flags,
		.ctor = w->ctor,
		.use_freeptr_offset = w->freeptr >= 0,
		.freeptr_offset = w->freeptr >= 0 ? (u32)w->freeptr : 0,
	});

	ck_assert_uint_eq(s->size, w->size);
	ck_assert_uint_eq(s->inuse, w->inuse);
	ck_assert_uint_eq(s->offset, w->offset);
	ck_assert_uint_eq(s->red_left_pad, w->pad);
	ck_assert_uint_eq(stats_pages.cache[s->index].size, w->size);
}
END_TEST

START_TEST(test_parts_do_not_overlap)
{
	struct kmem_cache *s = make_watched((u32)_i + 1, K | FZPU);
	size_t p = (size_t)object_at(s, pfn_to_page(1), 0);

	ck_assert_uint_ge(s->inuse, s->object_size);
	ck_assert_uint_ge((size_t)freepointer(s, (void *)p), p + s->inuse);
	ck_assert_uint_ge((size_t)track_of(s, (void *)p, TRACK_ALLOC),
			  (size_t)(freepointer(s, (void *)p) + 1));
	ck_assert_uint_ge((size_t)asked_of(s, (void *)p),
			  (size_t)track_of(s, (void *)p, NR_TRACKS));
	ck_assert_uint_ge(padding_start(s),
			  (size_t)(asked_of(s, (void *)p) + 1) - p);
	ck_assert_uint_ge(slot_end(s), padding_start(s) + sizeof(void *));
}
END_TEST

START_TEST(test_objects_of_watched_caches_are_aligned)
{
	u32 align = 8u << _i;
	struct kmem_cache *s = cache_create(&(struct cache_args){
		.name = "aligned",
		.object_size = align,
		.align = align,
		.flags = FZPU,
	});

	for (int i = 0; i < 20; i++)
		ck_assert_uint_eq(
			(size_t)slub_debug_alloc(s, GFP_KERNEL, 0, NULL) %
				align,
			0);
}
END_TEST

/* slub_debug= */

static slab_flags_t flags_for(const char *value, const char *name)
{
	ck_assert_ptr_null(slub_debug_setup(value));
	return slub_debug_flags(0, name);
}

START_TEST(test_option_for_all)
{
	ck_assert_uint_eq(flags_for("", "any"), FZPU);
	ck_assert_uint_eq(flags_for("FZ", "any"), F | Z);
	ck_assert_uint_eq(flags_for("fz", "any"), F | Z);
	ck_assert_uint_eq(flags_for("TA", "any"), SLAB_TRACE | SLAB_FAILSLAB);
	ck_assert_uint_eq(flags_for("-", "any"), 0);
	ck_assert_uint_eq(flags_for(NULL, "any"), 0);
}
END_TEST

START_TEST(test_option_for_some)
{
	ck_assert_uint_eq(flags_for(",dentry", "dentry"), FZPU);
	ck_assert_uint_eq(flags_for(",dentry", "dentry2"), 0);
	ck_assert_uint_eq(flags_for("P,dentry", "dentr"), 0);
	ck_assert_uint_eq(flags_for("P,a,b,c", "b"), P);
	ck_assert_uint_eq(flags_for("P,kmalloc-*", "kmalloc-64"), P);
	ck_assert_uint_eq(flags_for("P,kmalloc-*", "dma-kmalloc-64"), 0);
	ck_assert_uint_eq(flags_for("P,*", "any"), P);
}
END_TEST

START_TEST(test_option_of_several_blocks)
{
	static const char value[] = "F;Z,a,b;U,c*;-,cut";

	ck_assert_uint_eq(flags_for(value, "a"), Z);
	ck_assert_uint_eq(flags_for(value, "b"), Z);
	ck_assert_uint_eq(flags_for(value, "cd"), U);
	ck_assert_uint_eq(flags_for(value, "cut"), 0);
	ck_assert_uint_eq(flags_for(value, "other"), F);
}
END_TEST

START_TEST(test_option_that_is_none)
{
	char value[SLUB_DEBUG_MAX + 1];

	slub_debug_setup("P");
	ck_assert_ptr_nonnull(strstr(slub_debug_setup("FX"), "'X'"));
	memset(value, 'F', SLUB_DEBUG_MAX);
	value[SLUB_DEBUG_MAX] = 0;
	ck_assert_ptr_nonnull(strstr(slub_debug_setup(value), "long"));
	/* nothing has changed */
	ck_assert_uint_eq(slub_debug_flags(0, "any"), P);
}
END_TEST

START_TEST(test_option_leaves_marked_caches_alone)
{
	slub_debug_setup("");
	ck_assert_uint_eq(slub_debug_flags(SLAB_NO_USER_FLAGS, "any"),
			  SLAB_NO_USER_FLAGS);
	ck_assert_uint_eq(slub_debug_flags(SLAB_NOLEAKTRACE, "any"),
			  SLAB_NOLEAKTRACE | F | Z | P);
}
END_TEST

/* O: where a slab of one object would need a higher order, no metadata */
START_TEST(test_option_no_growth)
{
	slub_debug_setup("FZPUO");
	ck_assert_uint_eq(make_watched(4096, 0)->size, 4096);
	ck_assert_uint_eq(make_watched(64, 0)->size, 160);
	slub_debug_setup("FZPU");
	ck_assert_uint_gt(make_watched(4096, 0)->size, 4096);
}
END_TEST

START_TEST(test_watched_caches_have_no_sheaves)
{
	struct cache_args args = { .name = "a",
				   .object_size = 64,
				   .sheaf_capacity = 60 };

	ck_assert_uint_eq(cache_create(&args)->sheaf_capacity, 60);
	slub_debug_setup("F,b");
	args.name = "b";
	ck_assert_uint_eq(cache_create(&args)->sheaf_capacity, 0);
}
END_TEST

/* slab_min_order= and so on; 2 CPUs, a kernel's preset */

static unsigned int order_with(unsigned int min_order, unsigned int max_order,
			       unsigned int min_objects, u32 size)
{
	slab_set_limits(&(struct slab_limits){ .min_order = min_order,
					       .max_order = max_order,
					       .min_objects = min_objects });
	return make_watched(size, 0)->order;
}

START_TEST(test_limits_of_orders)
{
	ck_assert_uint_eq(order_with(0, 3, 0, 512), 1);
	ck_assert_uint_eq(order_with(2, 3, 0, 512), 2);
	ck_assert_uint_eq(order_with(0, 0, 0, 512), 0);
	ck_assert_uint_eq(order_with(0, 3, 64, 512), 3);
	ck_assert_uint_eq(order_with(0, 5, 128, 512), 4);
	ck_assert_uint_eq(order_with(0, 1, 0, 8192), 1);
	/* more than the limit where one object needs it */
	ck_assert_uint_eq(order_with(0, 0, 0, 8192), 1);
	/* the least order wins */
	ck_assert_uint_eq(order_with(4, 1, 0, 64), 4);
}
END_TEST

START_TEST(test_sizes_that_no_cache_has)
{
	struct cache_args args = { .name = "none" };

	ck_assert_ptr_null(cache_create(&args));
	args.object_size = (4 << 20) + 1;
	ck_assert_ptr_null(cache_create(&args));
	args.object_size = 4 << 20;
	ck_assert_ptr_nonnull(cache_create(&args));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slub layout");
	TCase *t = add_tcase(suite, "slots", slub_setup, slub_teardown, 10);

	ADD_LOOP_TESTS(t, ARRAY_SIZE(slots), test_slot);
	ADD_LOOP_TESTS(t, 130, test_parts_do_not_overlap);
	ADD_LOOP_TESTS(t, 11, test_objects_of_watched_caches_are_aligned);

	t = add_tcase(suite, "option", slub_setup, slub_teardown, 10);
	ADD_TESTS(t, test_option_for_all, test_option_for_some,
		  test_option_of_several_blocks, test_option_that_is_none,
		  test_option_leaves_marked_caches_alone, test_option_no_growth,
		  test_watched_caches_have_no_sheaves);

	t = add_tcase(suite, "limits", slub_setup, slub_teardown, 10);
	ADD_TESTS(t, test_limits_of_orders, test_sizes_that_no_cache_has);
	return run_suite(suite);
}
