/* SPDX-License-Identifier: MIT */
/*
 * test_typesafe.c - SLAB_TYPESAFE_BY_RCU: the memory of a freed object stays
 * one of its type as long as a reader may look; a cache may be destroyed while
 * kfree_rcu() still has objects of it.
 */
#include <linux/kvkernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "child.h"

struct thing {
	unsigned long magic, id;
	char pad[240];
};
#define MAGIC 0x7419fade

static void ctor(void *p)
{
	((struct thing *)p)->magic = MAGIC;
}

static struct kmem_cache *make(void)
{
	struct kmem_cache *c = kmem_cache_create(
		"typesafe", sizeof(struct thing), 0, SLAB_TYPESAFE_BY_RCU,
		ctor);

	ck_assert_ptr_nonnull(c);
	return c;
}

START_TEST(test_memory_stays_for_readers)
{
	struct kmem_cache *c = make();
	static struct thing *t[1000];

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		t[i] = kmem_cache_alloc(c, GFP_KERNEL);
		ck_assert_ptr_nonnull(t[i]);
		t[i]->id = i;
	}
	rcu_read_lock();
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		kmem_cache_free(c, t[i]);
	kmem_cache_shrink(c);
	/* what others take meanwhile must not be these pages */
	for (int i = 0; i < 64; i++) {
		void *p = kmalloc(64 << 10, GFP_ATOMIC);

		if (p)
			memset(p, 0xff, 64 << 10);
		kfree(p);
	}
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		ck_assert_uint_eq(t[i]->magic, MAGIC);
	rcu_read_unlock();
	kmem_cache_destroy(c);
}
END_TEST

START_TEST(test_pages_go_after_a_grace_period)
{
	struct kmem_cache *c = make();
	static struct thing *t[1000];
	unsigned long before;

	kmem_cache_shrink(c);
	rcu_barrier();
	before = kv_nr_allocated();
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		t[i] = kmem_cache_alloc(c, GFP_KERNEL);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		kmem_cache_free(c, t[i]);
	kmem_cache_shrink(c);
	rcu_barrier();
	ck_assert_uint_eq(kv_nr_allocated(), before);
	kmem_cache_destroy(c);
	rcu_barrier();
}
END_TEST

struct node {
	struct rcu_head rcu;
	char text[40];
};

/* As the kernel's own tests have it: no object is left, no report. */
START_TEST(test_kfree_rcu_then_destroy)
{
	unsigned long before = kv_nr_reports();

	for (int round = 0; round < 10; round++) {
		struct kmem_cache *c = KMEM_CACHE(node, SLAB_NO_MERGE);

		ck_assert_ptr_nonnull(c);
		for (int i = 0; i < 100; i++) {
			struct node *n = kmem_cache_alloc(c, GFP_KERNEL);

			ck_assert_ptr_nonnull(n);
			kfree_rcu(n, rcu);
		}
		kmem_cache_destroy(c);
	}
	ck_assert_uint_eq(kv_nr_reports(), before);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("typesafe");
	TCase *t = tcase_create("typesafe");

	tcase_add_test(t, test_memory_stays_for_readers);
	tcase_add_test(t, test_pages_go_after_a_grace_period);
	tcase_add_test(t, test_kfree_rcu_then_destroy);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	return child_main(suite, NULL, 0, argc, argv);
}
