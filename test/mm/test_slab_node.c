/* SPDX-License-Identifier: MIT */
/*
 * test_slab_node.c - objects on the node that was asked for, and where the
 * others come from on a machine of several nodes.
 */
#include "lib/cpu.h"
#include "slab_test.h"

enum { NODES = 4, NR_OBJS = 600 };

static void boot(unsigned int nodes)
{
	struct machine_config cfg = {
		.mem = 128 * MIB, .cpus = 8, .kernel = 700, .nodes = nodes
	};

	ck_assert_int_eq(machine_boot(&cfg), 0);
}

static void setup(void)
{
	boot(NODES);
}

static void teardown(void)
{
	kv_cpu = 0;
	validate_slabs();
	slab_shutdown();
	machine_shutdown();
}

static int node_of(const void *p)
{
	return page_to_nid(virt_to_page(p));
}

/* Takes all single pages of a node: chained. */
static u32 exhaust(int nid)
{
	gfp_t gfp = __GFP_THISNODE | __GFP_MEMALLOC | __GFP_NOWARN;
	struct page *page;
	u32 chain = 0;

	while ((page = alloc_pages_node(nid, gfp, 0))) {
		page->next = chain;
		chain = (u32)page_to_pfn(page);
	}
	return chain;
}

static void release(u32 chain)
{
	while (chain) {
		struct page *page = pfn_to_page(chain);

		chain = page->next;
		free_pages_block(page, 0);
	}
}

START_TEST(test_object_lies_on_its_node)
{
	struct kmem_cache *s = make_cache(192, 5);
	static void *objs[NR_OBJS];

	for (int i = 0; i < NR_OBJS; i++) {
		objs[i] = slab_alloc_node(s, GFP_KERNEL, i % NODES);
		ck_assert_ptr_nonnull(objs[i]);
		ASSERT_EACH(node_of(objs[i]) == i % NODES, "object %d", i);
		memset(objs[i], i, 192);
	}
	/* slabs are shared by the objects of one node, not made for each */
	ck_assert_uint_le(s->nr_slabs, NR_OBJS / s->objects + NODES);
	validate_slabs();
	slab_free_batch(s, objs, NR_OBJS);
	ck_assert_uint_eq(s->nr_objs, s->nr_free);
}
END_TEST

START_TEST(test_partial_slab_of_the_node_first)
{
	struct kmem_cache *s = make_cache(1024, 5);
	void *a = slab_alloc_node(s, GFP_KERNEL, 3);
	void *b = slab_alloc_node(s, GFP_KERNEL, 1);
	void *c = slab_alloc_node(s, GFP_KERNEL, 3);

	ck_assert_uint_eq(s->nr_slabs, 2);
	ck_assert_ptr_eq((char *)a + 1024, c);
	slab_free_batch(s, &a, 1);
	ck_assert_ptr_eq(slab_alloc_node(s, GFP_KERNEL, 3), a);
	slab_free_batch(s, (void *[]){ a, b, c }, 3);
}
END_TEST

START_TEST(test_full_node_is_left_unless_forbidden)
{
	struct kmem_cache *s = make_cache(512, 5);
	u32 chain = exhaust(2);
	void *obj;

	ck_assert_ptr_null(slab_alloc_node(
		s, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN, 2));
	obj = slab_alloc_node(s, GFP_KERNEL, 2);
	ck_assert_ptr_nonnull(obj);
	ck_assert_int_ne(node_of(obj), 2);
	release(chain);
	slab_free_batch(s, &obj, 1);
	obj = slab_alloc_node(s, GFP_KERNEL | __GFP_THISNODE, 2);
	ck_assert_int_eq(node_of(obj), 2);
	slab_free_batch(s, &obj, 1);
}
END_TEST

START_TEST(test_batches_prefer_the_cpus_node)
{
	struct kmem_cache *s = make_cache(64, 5);
	void *far = slab_alloc_node(s, GFP_KERNEL, 1), *objs[NODES];
	void *near = slab_alloc_node(s, GFP_KERNEL, 2);

	kv_cpu = 2;
	ck_assert_uint_eq(slab_alloc_batch(s, GFP_KERNEL, objs, 1), 1);
	ck_assert_int_eq(node_of(objs[0]), 2);
	/* a free object elsewhere is taken rather than a new slab */
	kv_cpu = 3;
	ck_assert_uint_eq(slab_alloc_batch(s, GFP_KERNEL, objs + 1, 1), 1);
	ck_assert_int_ne(node_of(objs[1]), 3);
	ck_assert_uint_eq(s->nr_slabs, 2);
	slab_free_batch(s, (void *[]){ far, near, objs[0], objs[1] }, 4);
}
END_TEST

START_TEST(test_zeroed)
{
	struct kmem_cache *s = make_cache(256, 5);
	void *obj = slab_alloc_node(s, GFP_KERNEL, 1);

	memset(obj, 0x5a, 256);
	slab_free_batch(s, &obj, 1);
	ck_assert_ptr_eq(slab_alloc_node(s, GFP_KERNEL | __GFP_ZERO, 1), obj);
	ck_assert(all_bytes(obj, 256, 0));
	slab_free_batch(s, &obj, 1);
}
END_TEST

START_TEST(test_no_node_and_no_such_node)
{
	struct kmem_cache *s = make_cache(256, 5);
	void *a = slab_alloc_node(s, GFP_KERNEL, NUMA_NO_NODE);
	void *b = slab_alloc_node(s, GFP_KERNEL, 100);

	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	ck_assert_ptr_null(
		slab_alloc_node(s, GFP_KERNEL | __GFP_THISNODE, 100));
	slab_free_batch(s, (void *[]){ a, b }, 2);
}
END_TEST

START_TEST(test_one_node)
{
	struct kmem_cache *s;
	void *obj;

	machine_shutdown();
	boot(1);
	s = make_cache(256, 5);
	obj = slab_alloc_node(s, GFP_KERNEL | __GFP_THISNODE, 0);
	ck_assert_ptr_nonnull(obj);
	slab_free_batch(s, &obj, 1);
}
END_TEST

START_TEST(test_report_counts_slabs_by_node)
{
	struct kmem_cache *s = make_cache(4096, 0);
	void *obj = slab_alloc_node(s, GFP_KERNEL, 2);
	const struct kvr_zone *row = zones[pfn_zone(virt_to_pfn(obj))].mirror;

	ck_assert_uint_eq(row->node, 2);
	ck_assert_uint_eq(row->slab_pages, stats.slab_pages);
	ck_assert_uint_gt(row->slab_pages, 0);
	slab_free_batch(s, &obj, 1);
	ck_assert_uint_eq(row->slab_pages, 0);
}
END_TEST

/* Objects of random nodes come and go; each stays where it was put. */
START_TEST(test_random)
{
	struct kmem_cache *s = make_cache((u32)(24u << _i), 5);
	static void *objs[NR_OBJS];
	u64 seed = 0x9e3779b97f4a7c15u;

	for (int i = 0; i < 40000; i++) {
		void **obj = &objs[next_random(&seed) % NR_OBJS];
		int nid = (int)(next_random(&seed) % NODES);

		kv_cpu = (u32)(i >> 4) % 8;
		if (*obj) {
			ASSERT_EACH(*(void ***)*obj == obj, "at %d", i);
			slab_free_batch(s, obj, 1);
			*obj = NULL;
			continue;
		}
		*obj = slab_alloc_node(s, GFP_KERNEL, nid);
		ASSERT_EACH(*obj && node_of(*obj) == nid, "at %d", i);
		*(void ***)*obj = obj;
		if (i % 4000 == 0)
			validate_slabs();
	}
	for (int i = 0; i < NR_OBJS; i++)
		if (objs[i])
			slab_free_batch(s, &objs[i], 1);
	ck_assert_uint_eq(s->nr_objs, s->nr_free);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slab_node");
	TCase *t = add_tcase(s, "nodes", setup, teardown, 60);

	ADD_TESTS(t, test_object_lies_on_its_node,
		  test_partial_slab_of_the_node_first,
		  test_full_node_is_left_unless_forbidden,
		  test_batches_prefer_the_cpus_node, test_zeroed,
		  test_no_node_and_no_such_node, test_one_node,
		  test_report_counts_slabs_by_node);
	ADD_LOOP_TESTS(t, 8, test_random);
	return run_suite(s);
}
