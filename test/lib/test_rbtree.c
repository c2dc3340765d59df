/* SPDX-License-Identifier: MIT */
/*
 * test_rbtree.c - the red-black tree against a sorted array, its values
 * against a recount, and its validator against every way to break it.
 */
#include "lib/rbtree.h"

#include <check.h>
#include <stdlib.h>

enum { NR_ITEMS = 2000, NR_STEPS = 40000 };

struct item {
	struct rb_node node;
	unsigned int key;
	unsigned int weight;
	unsigned int max; /* of the weights at and below */
	bool in;
};

static struct item items[NR_ITEMS];
static struct rb_root root;

static struct item *item_of(const struct rb_node *n)
{
	return rb_entry((uintptr_t)n, struct item, node);
}

static bool ordered(const struct rb_node *a, const struct rb_node *b)
{
	return item_of(a)->key < item_of(b)->key;
}

static unsigned int max_of(const struct rb_node *n)
{
	unsigned int max = item_of(n)->weight;

	for (int side = RB_LEFT; side <= RB_RIGHT; side++)
		if (n->child[side] && item_of(n->child[side])->max > max)
			max = item_of(n->child[side])->max;
	return max;
}

static bool exact(const struct rb_node *n)
{
	return item_of(n)->max == max_of(n);
}

static bool update(struct rb_node *n)
{
	unsigned int max = max_of(n);
	bool changed = item_of(n)->max != max;

	item_of(n)->max = max;
	return changed;
}

static void find_place(unsigned int key, struct rb_node **parent,
		       enum rb_side *side)
{
	*parent = NULL;
	*side = RB_LEFT;
	for (struct rb_node *n = root.node; n; n = n->child[*side]) {
		*parent = n;
		*side = item_of(n)->key < key ? RB_RIGHT : RB_LEFT;
	}
}

static void put(struct item *it, bool augmented)
{
	struct rb_node *parent;
	enum rb_side side;

	find_place(it->key, &parent, &side);
	if (augmented)
		rb_insert_augmented(&root, &it->node, parent, side, update);
	else
		rb_insert(&root, &it->node, parent, side);
	it->in = true;
}

static void drop(struct item *it, bool augmented)
{
	if (augmented)
		rb_erase_augmented(&root, &it->node, update);
	else
		rb_erase(&root, &it->node);
	it->in = false;
}

/* Keys ascend with the index; weights are spread. */
static void setup(void)
{
	root.node = NULL;
	srand(1);
	for (unsigned int i = 0; i < NR_ITEMS; i++)
		items[i] = (struct item){
			.key = 10 * i,
			.weight = (unsigned int)rand() % 1000,
		};
}

static void fill(unsigned int nr, bool augmented)
{
	for (unsigned int i = 0; i < nr; i++)
		put(&items[i * 7 % nr], augmented);
}

/* The walk in both directions meets just the items that are in. */
static void assert_walk(void)
{
	struct rb_node *n = rb_first(&root);

	for (int i = 0; i < NR_ITEMS; i++)
		if (items[i].in) {
			ck_assert_ptr_eq(n, &items[i].node);
			n = rb_next(n);
		}
	ck_assert_ptr_null(n);
	n = rb_end(&root, RB_RIGHT);
	for (int i = NR_ITEMS - 1; i >= 0; i--)
		if (items[i].in) {
			ck_assert_ptr_eq(n, &items[i].node);
			n = rb_prev(n);
		}
	ck_assert_ptr_null(n);
}

START_TEST(test_empty_tree_is_valid)
{
	ck_assert_ptr_null(rb_first(&root));
	ck_assert_ptr_null(rb_end(&root, RB_RIGHT));
	ck_assert_uint_eq(rb_validate(&root, ordered, exact), 0);
}
END_TEST

START_TEST(test_every_size_in_every_order)
{
	for (unsigned int nr = 1; nr <= 64; nr++) {
		for (unsigned int step = 1; step < 8; step += 2) {
			setup();
			/* odd steps visit all when nr is a power of two */
			for (unsigned int i = 0; i < nr; i++) {
				struct item *it = &items[i * step % nr];

				if (!it->in)
					put(it, true);
				ck_assert_uint_eq(
					rb_validate(&root, ordered, exact), 0);
			}
			for (unsigned int i = 0; i < nr; i++) {
				struct item *it = &items[i * 5 % nr];

				if (it->in)
					drop(it, true);
				ck_assert_uint_eq(
					rb_validate(&root, ordered, exact), 0);
			}
			assert_walk();
		}
	}
}
END_TEST

/* _i: with values or without */
START_TEST(test_random_operations)
{
	for (int step = 0; step < NR_STEPS; step++) {
		struct item *it = &items[rand() % NR_ITEMS];

		if (it->in)
			drop(it, _i);
		else
			put(it, _i);
		if (step % 97 == 0)
			ck_assert_uint_eq(
				rb_validate(&root, ordered, _i ? exact : NULL),
				0);
		if (step % 997 == 0)
			assert_walk();
	}
}
END_TEST

START_TEST(test_depth_is_logarithmic)
{
	unsigned int deepest = 0;

	for (unsigned int i = 0; i < NR_ITEMS; i++) /* the worst order */
		put(&items[i], false);
	for (struct rb_node *n = rb_first(&root); n; n = rb_next(n)) {
		unsigned int depth = 1;

		for (struct rb_node *p = rb_parent(n); p; p = rb_parent(p))
			depth++;
		if (depth > deepest)
			deepest = depth;
	}
	ck_assert_uint_le(deepest, 2 * fls_ul(NR_ITEMS + 1));
}
END_TEST

START_TEST(test_propagate_updates_the_way_up)
{
	fill(500, true);
	items[123].weight = 5000;
	rb_propagate(&items[123].node, update);
	ck_assert_uint_eq(item_of(root.node)->max, 5000);
	ck_assert_uint_eq(rb_validate(&root, ordered, exact), 0);
}
END_TEST

START_TEST(test_validate_finds_red_root)
{
	fill(1, false);
	rb_set_black(root.node, false);
	ck_assert_uint_ne(rb_validate(&root, ordered, NULL), 0);
}
END_TEST

START_TEST(test_validate_finds_red_child_of_red)
{
	struct rb_node *n;

	fill(500, false);
	for (n = rb_first(&root); n; n = rb_next(n))
		if (!rb_is_black(n) && n->child[RB_LEFT])
			break;
	ck_assert_ptr_nonnull(n);
	rb_set_black(n->child[RB_LEFT], false);
	ck_assert_uint_ne(rb_validate(&root, ordered, NULL), 0);
}
END_TEST

START_TEST(test_validate_finds_uneven_black_height)
{
	struct rb_node *n;

	fill(500, false);
	for (n = rb_first(&root); n; n = rb_next(n))
		if (!rb_is_black(n))
			break;
	ck_assert_ptr_nonnull(n);
	rb_set_black(n, true);
	ck_assert_uint_ne(rb_validate(&root, ordered, NULL), 0);
}
END_TEST

START_TEST(test_validate_finds_wrong_parent)
{
	fill(500, false);
	rb_set_parent(rb_first(&root), root.node);
	ck_assert_uint_ne(rb_validate(&root, ordered, NULL), 0);
}
END_TEST

START_TEST(test_validate_finds_wrong_order)
{
	fill(500, false);
	items[100].key = items[101].key + 1;
	ck_assert_uint_ne(rb_validate(&root, ordered, NULL), 0);
}
END_TEST

START_TEST(test_validate_finds_wrong_value)
{
	fill(500, true);
	items[100].max++;
	ck_assert_uint_ne(rb_validate(&root, ordered, exact), 0);
}
END_TEST

/* A link that leads back up must not send the validator round for ever. */
START_TEST(test_validate_survives_a_loop)
{
	fill(500, false);
	rb_first(&root)->child[RB_LEFT] = root.node;
	ck_assert_uint_ne(rb_validate(&root, ordered, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rbtree");
	TCase *ops = tcase_create("operations");
	TCase *check = tcase_create("validator");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(ops, setup, NULL);
	tcase_add_test(ops, test_empty_tree_is_valid);
	tcase_add_test(ops, test_every_size_in_every_order);
	tcase_add_loop_test(ops, test_random_operations, 0, 2);
	tcase_add_test(ops, test_depth_is_logarithmic);
	tcase_add_test(ops, test_propagate_updates_the_way_up);
	suite_add_tcase(s, ops);

	tcase_add_checked_fixture(check, setup, NULL);
	tcase_add_test(check, test_validate_finds_red_root);
	tcase_add_test(check, test_validate_finds_red_child_of_red);
	tcase_add_test(check, test_validate_finds_uneven_black_height);
	tcase_add_test(check, test_validate_finds_wrong_parent);
	tcase_add_test(check, test_validate_finds_wrong_order);
	tcase_add_test(check, test_validate_finds_wrong_value);
	tcase_add_test(check, test_validate_survives_a_loop);
	suite_add_tcase(s, check);

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
