/* SPDX-License-Identifier: MIT */
/*
 * test_helpers.c - what kernel code takes for granted beside allocation:
 * lists, bits, numbers, text, counts, locks, contexts, RCU, sorting, waiting,
 * threads, injected faults and the checks of copies to users. What aborts or
 * is to be read on stderr runs in a process of its own.
 */
#include <asm/unaligned.h>
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/fault-inject.h>
#include <linux/hashtable.h>
#include <linux/interrupt.h>
#include <linux/jhash.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/kvkernel.h>
#include <linux/list_sort.h>
#include <linux/llist.h>
#include <linux/mempool.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/rbtree.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <pthread.h>
#include <signal.h>

#include "child.h"
#include "machine.h"

struct item {
	int key, order;
	struct list_head list;
	struct hlist_node hash;
	struct llist_node stack;
	struct rb_node node;
};

/* The keys from first to last, one digit each. */
static const char *keys(struct list_head *head)
{
	static char text[32];
	struct item *i;
	size_t n = 0;

	list_for_each_entry(i, head, list) text[n++] = (char)('0' + i->key);
	text[n] = 0;
	return text;
}

static void fill(struct list_head *head, struct item *items, int n)
{
	INIT_LIST_HEAD(head);
	for (int i = 0; i < n; i++) {
		items[i].key = i;
		list_add_tail(&items[i].list, head);
	}
}

START_TEST(test_list_moves)
{
	struct item it[6];
	LIST_HEAD(a);
	LIST_HEAD(b);

	fill(&a, it, 6);
	ck_assert_str_eq(keys(&a), "012345");
	list_move(&it[3].list, &a);
	list_move_tail(&it[0].list, &a);
	ck_assert_str_eq(keys(&a), "312450");
	list_rotate_left(&a);
	ck_assert_str_eq(keys(&a), "124503");
	list_swap(&it[1].list, &it[2].list);
	ck_assert_str_eq(keys(&a), "214503");
	list_swap(&it[2].list, &it[3].list);
	ck_assert_str_eq(keys(&a), "314502");
	list_rotate_to_front(&it[4].list, &a);
	ck_assert_str_eq(keys(&a), "450231");
	list_bulk_move_tail(&a, &it[5].list, &it[0].list);
	ck_assert_str_eq(keys(&a), "423150");
	list_cut_position(&b, &a, &it[3].list);
	ck_assert_str_eq(keys(&b), "423");
	ck_assert_str_eq(keys(&a), "150");
	list_splice_init(&b, &a);
	ck_assert_str_eq(keys(&a), "423150");
	ck_assert(list_empty(&b));
	list_cut_before(&b, &a, &it[2].list);
	ck_assert_str_eq(keys(&b), "4");
	ck_assert(list_is_singular(&b));
	list_splice_tail(&b, &a);
	ck_assert_str_eq(keys(&a), "231504");
	ck_assert_uint_eq(list_count_nodes(&a), 6);
}
END_TEST

START_TEST(test_list_walks)
{
	struct item it[5], *i, *n;
	LIST_HEAD(a);
	int sum = 0;

	fill(&a, it, 5);
	list_for_each_entry_safe(i, n, &a, list) if (i->key % 2)
		list_del(&i->list);
	ck_assert_str_eq(keys(&a), "024");
	ck_assert_ptr_eq(it[1].list.next, LIST_POISON1);
	ck_assert_ptr_eq(it[1].list.prev, LIST_POISON2);
	list_for_each_entry_reverse(i, &a, list) sum = sum * 10 + i->key;
	ck_assert_int_eq(sum, 420);
	i = &it[2];
	list_for_each_entry_continue(i, &a, list) sum = i->key;
	ck_assert_int_eq(sum, 4);
	i = &it[2];
	list_for_each_entry_from_reverse(i, &a, list) sum += i->key;
	ck_assert_int_eq(sum, 6);
	ck_assert_ptr_eq(list_next_entry_circular(&it[4], &a, list), &it[0]);
	list_del_init(&it[0].list);
	ck_assert(list_empty(&it[0].list));
	ck_assert_ptr_eq(list_first_entry(&a, struct item, list), &it[2]);
}
END_TEST

START_TEST(test_hlist)
{
	struct item it[4] = { { .key = 0 },
			      { .key = 1 },
			      { .key = 2 },
			      { .key = 3 } },
		    *i;
	struct hlist_node *n;
	HLIST_HEAD(a);
	HLIST_HEAD(b);
	int sum = 0;

	hlist_add_head(&it[1].hash, &a);
	hlist_add_before(&it[0].hash, &it[1].hash);
	hlist_add_behind(&it[2].hash, &it[1].hash);
	hlist_for_each_entry(i, &a, hash) sum = sum * 10 + i->key + 1;
	ck_assert_int_eq(sum, 123);
	hlist_for_each_entry_safe(i, n, &a, hash) if (i->key == 1)
		hlist_del_init(&i->hash);
	ck_assert(hlist_unhashed(&it[1].hash));
	hlist_move_list(&a, &b);
	ck_assert(hlist_empty(&a));
	hlist_del(&it[0].hash);
	ck_assert(hlist_is_singular_node(&it[2].hash, &b));
	INIT_HLIST_NODE(&it[3].hash);
	hlist_add_fake(&it[3].hash);
	hlist_del(&it[3].hash);
}
END_TEST

START_TEST(test_hashtable)
{
	static DEFINE_HASHTABLE(table, 4);
	static struct item it[100];
	struct item *i;
	int bkt, found = 0;

	ck_assert(hash_empty(table));
	for (int k = 0; k < 100; k++) {
		it[k].key = k;
		hash_add(table, &it[k].hash, k);
	}
	hash_for_each(table, bkt, i, hash) found++;
	ck_assert_int_eq(found, 100);
	hash_for_each_possible(table, i, hash, 42) if (i->key == 42) break;
	ck_assert_ptr_eq(i, &it[42]);
	for (int k = 0; k < 100; k++)
		hash_del(&it[k].hash);
	ck_assert(hash_empty(table));
}
END_TEST

START_TEST(test_llist)
{
	struct item it[4] = { { .key = 1 },
			      { .key = 2 },
			      { .key = 3 },
			      { .key = 4 } },
		    *i;
	struct llist_node *n;
	LLIST_HEAD(a);
	int sum = 0;

	ck_assert(llist_add(&it[0].stack, &a));
	ck_assert(!llist_add(&it[1].stack, &a));
	it[3].stack.next = &it[2].stack;
	ck_assert(!llist_add_batch(&it[3].stack, &it[2].stack, &a));
	ck_assert_ptr_eq(llist_del_first(&a), &it[3].stack);
	n = llist_del_all(&a);
	ck_assert(llist_empty(&a));
	n = llist_reverse_order(n);
	llist_for_each_entry(i, n, stack) sum = sum * 10 + i->key;
	ck_assert_int_eq(sum, 123);
}
END_TEST

enum { PUSHERS = 4, PUSHES = 20000 };
static struct llist_head shared_stack;

static void *push(void *arg)
{
	struct item *items = arg;

	for (int i = 0; i < PUSHES; i++)
		llist_add(&items[i].stack, &shared_stack);
	return NULL;
}

START_TEST(test_llist_threads)
{
	static struct item items[PUSHERS][PUSHES];
	struct llist_node *n, *next;
	pthread_t t[PUSHERS];
	int found = 0;

	for (int i = 0; i < PUSHERS; i++)
		pthread_create(&t[i], NULL, push, items[i]);
	for (int running = 1; running; found += 0) {
		n = llist_del_all(&shared_stack);
		llist_for_each_safe(n, next, n) found++;
		running = found < PUSHERS * PUSHES;
	}
	for (int i = 0; i < PUSHERS; i++)
		pthread_join(t[i], NULL);
	ck_assert_int_eq(found, PUSHERS * PUSHES);
	ck_assert(llist_empty(&shared_stack));
}
END_TEST

static bool less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct item, node)->key <
	       rb_entry(b, struct item, node)->key;
}

static int compare_key(const void *key, const struct rb_node *n)
{
	return *(const int *)key - rb_entry(n, struct item, node)->key;
}

START_TEST(test_rbtree)
{
	enum { NR = 500 };
	static struct item it[NR], other;
	struct rb_root root = RB_ROOT;
	struct item *i, *n;
	int key = 250, seen = 0;

	for (int k = 0; k < NR; k++) {
		it[k].key = k * 7 % NR;
		rb_add(&it[k].node, &root, less);
	}
	for (struct rb_node *r = rb_first(&root); r; r = rb_next(r))
		ck_assert_int_eq(rb_entry(r, struct item, node)->key, seen++);
	ck_assert_int_eq(seen, NR);
	i = rb_entry(rb_find(&key, &root, compare_key), struct item, node);
	ck_assert_int_eq(i->key, 250);
	other.key = 250;
	rb_replace_node(&i->node, &other.node, &root);
	ck_assert_ptr_eq(rb_find(&key, &root, compare_key), &other.node);
	for (struct rb_node *r = rb_last(&root); r; r = rb_prev(r))
		seen--;
	ck_assert_int_eq(seen, 0);
	for (int k = 0; k < NR; k += 2)
		if (&it[k] != i)
			rb_erase(&it[k].node, &root);
	rbtree_postorder_for_each_entry_safe(i, n, &root, node)
	{
		seen++;
		memset(&i->node, 0xff, sizeof(i->node));
	}
	ck_assert_int_ge(seen, NR / 2);
	RB_CLEAR_NODE(&other.node);
	ck_assert(RB_EMPTY_NODE(&other.node));
	ck_assert_ptr_null(rb_next(&other.node));
}
END_TEST

static int by_key(void *priv, const struct list_head *a,
		  const struct list_head *b)
{
	(void)priv;
	return list_entry(a, struct item, list)->key -
	       list_entry(b, struct item, list)->key;
}

static int by_value(const void *a, const void *b)
{
	return *(const u16 *)a - *(const u16 *)b;
}

START_TEST(test_sorting)
{
	static struct item it[1000];
	static u16 numbers[1000];
	struct item *i, *before = NULL;
	LIST_HEAD(a);

	fill(&a, it, 1000);
	for (int k = 0; k < 1000; k++) {
		it[k].key = k * 31 % 100;
		it[k].order = k;
		numbers[k] = (u16)(k * 31 % 1000);
	}
	list_sort(NULL, &a, by_key);
	list_for_each_entry(i, &a, list)
	{
		ck_assert(!before || before->key < i->key ||
			  (before->key == i->key && before->order < i->order));
		before = i;
	}
	ck_assert_uint_eq(list_count_nodes(&a), 1000);
	sort(numbers, 1000, sizeof(u16), by_value, NULL);
	for (int k = 0; k < 1000; k++)
		ck_assert_int_eq(numbers[k], k);
	sort(numbers, 0, sizeof(u16), by_value, NULL);
}
END_TEST

START_TEST(test_bits)
{
	DECLARE_BITMAP(map, 200);

	ck_assert_int_eq(fls(0), 0);
	ck_assert_int_eq(fls(1), 1);
	ck_assert_int_eq(fls(0x80000000u), 32);
	ck_assert_int_eq(fls64(1ull << 40), 41);
	ck_assert_uint_eq(__ffs(8), 3);
	ck_assert_uint_eq(ffz(7), 3);
	ck_assert_uint_eq(hweight64(0xf0f), 8);
	ck_assert_uint_eq(rol32(0x80000001u, 1), 3);
	ck_assert_uint_eq(ror8(1, 1), 0x80);
	ck_assert_int_eq(sign_extend32(0xff, 7), -1);
	bitmap_zero(map, 200);
	ck_assert_uint_eq(find_first_bit(map, 200), 200);
	ck_assert_uint_eq(find_last_bit(map, 200), 200);
	ck_assert(!test_and_set_bit(130, map));
	ck_assert(test_and_set_bit(130, map));
	set_bit(3, map);
	change_bit(199, map);
	ck_assert_uint_eq(find_last_bit(map, 200), 199);
	ck_assert_uint_eq(find_last_bit(map, 199), 130);
	ck_assert_uint_eq(find_next_bit(map, 200, 4), 130);
	ck_assert_uint_eq(find_next_bit(map, 130, 4), 130);
	ck_assert_uint_eq(find_next_zero_bit(map, 200, 130), 131);
	ck_assert_uint_eq(bitmap_weight(map, 200), 3);
	ck_assert(test_and_clear_bit(3, map));
	ck_assert(!test_bit(3, map));
}
END_TEST

START_TEST(test_bitmaps)
{
	DECLARE_BITMAP(a, 128) = { 0 };
	DECLARE_BITMAP(b, 128) = { 0 };
	DECLARE_BITMAP(c, 128);
	unsigned long *heap = bitmap_zalloc(1000, GFP_KERNEL);

	ck_assert(bitmap_empty(heap, 1000));
	bitmap_free(heap);
	bitmap_set(a, 10, 100);
	bitmap_set(b, 60, 10);
	ck_assert(bitmap_subset(b, a, 128));
	ck_assert(!bitmap_subset(a, b, 128));
	ck_assert(bitmap_intersects(a, b, 128));
	ck_assert(bitmap_and(c, a, b, 128));
	ck_assert(bitmap_equal(c, b, 128));
	ck_assert(!bitmap_andnot(c, b, a, 128));
	bitmap_clear(a, 60, 10);
	ck_assert_uint_eq(bitmap_find_next_zero_area(a, 128, 0, 10, 0), 0);
	ck_assert_uint_eq(bitmap_find_next_zero_area(a, 128, 1, 10, 0), 60);
	ck_assert_uint_eq(bitmap_find_next_zero_area(a, 128, 1, 4, 15), 64);
	ck_assert_uint_gt(bitmap_find_next_zero_area(a, 128, 0, 19, 0), 128);
	ck_assert_int_eq(bitmap_find_free_region(a, 128, 3), 0);
	ck_assert_int_eq(bitmap_find_free_region(a, 128, 3), 112);
	ck_assert_int_eq(bitmap_allocate_region(a, 112, 2), -EBUSY);
	bitmap_release_region(a, 112, 3);
	ck_assert_int_eq(bitmap_find_free_region(a, 128, 5), -ENOMEM);
}
END_TEST

START_TEST(test_overflow_checks)
{
	struct {
		int head;
		u64 tail[];
	} *p = NULL;
	u8 small;
	int n;

	ck_assert(check_add_overflow(INT_MAX, 1, &n));
	ck_assert(!check_sub_overflow(1, 2, &n));
	ck_assert_int_eq(n, -1);
	ck_assert(check_mul_overflow(16, 16, &small));
	ck_assert_uint_eq(size_mul(SIZE_MAX / 2, 3), SIZE_MAX);
	ck_assert_uint_eq(size_add(SIZE_MAX, 1), SIZE_MAX);
	ck_assert_uint_eq(size_sub(1, 2), SIZE_MAX);
	ck_assert_uint_eq(struct_size(p, tail, 3), 8 + 24);
	ck_assert_uint_eq(struct_size(p, tail, SIZE_MAX / 4), SIZE_MAX);
	ck_assert_uint_eq(array3_size(2, 3, 4), 24);
}
END_TEST

START_TEST(test_numbers_from_text)
{
	unsigned long long u = 7;
	long long s;
	int i = 7;
	u8 byte;
	s8 small;
	bool b;
	char *end, text[] = "16M,x";

	ck_assert_int_eq(kstrtoull("18446744073709551615\n", 10, &u), 0);
	ck_assert_uint_eq(u, ~0ull);
	ck_assert_int_eq(kstrtoull("18446744073709551616", 10, &u), -ERANGE);
	ck_assert_int_eq(kstrtoull("-1", 0, &u), -EINVAL);
	ck_assert_int_eq(kstrtoull(" 1", 0, &u), -EINVAL);
	ck_assert_int_eq(kstrtoull("1 ", 0, &u), -EINVAL);
	ck_assert_int_eq(kstrtoull("", 0, &u), -EINVAL);
	ck_assert_int_eq(kstrtoull("0x", 16, &u), -EINVAL);
	ck_assert_uint_eq(u, ~0ull);
	ck_assert_int_eq(kstrtoull("+0x1f", 0, &u), 0);
	ck_assert_uint_eq(u, 31);
	ck_assert_int_eq(kstrtoll("-9223372036854775808", 10, &s), 0);
	ck_assert(s == LLONG_MIN);
	ck_assert_int_eq(kstrtoint("2147483648", 10, &i), -ERANGE);
	ck_assert_int_eq(i, 7);
	ck_assert_int_eq(kstrtou8("256", 10, &byte), -ERANGE);
	ck_assert_int_eq(kstrtos8("-128", 10, &small), 0);
	ck_assert_int_eq(small, -128);
	ck_assert_int_eq(kstrtobool("on", &b), 0);
	ck_assert(b);
	ck_assert_int_eq(kstrtobool("off", &b), 0);
	ck_assert(!b);
	ck_assert_int_eq(kstrtobool("x", &b), -EINVAL);
	ck_assert_uint_eq(memparse(text, &end), 16 << 20);
	ck_assert_str_eq(end, ",x");
	ck_assert_int_eq(hex2bin(&byte, "a5", 1), 0);
	ck_assert_int_eq(byte, 0xa5);
}
END_TEST

START_TEST(test_strings)
{
	char buf[8];
	u8 bytes[4] = { 0, 0, 1, 0 };

	ck_assert_int_eq(strscpy(buf, "12345678", sizeof(buf)), -E2BIG);
	ck_assert_str_eq(buf, "1234567");
	ck_assert_int_eq(strscpy(buf, "ab"), 2);
	ck_assert_int_eq(strscpy_pad(buf, "abc", sizeof(buf)), 3);
	ck_assert_ptr_null(memchr_inv(buf + 3, 0, 5));
	ck_assert_ptr_eq(memchr_inv(bytes, 0, 4), bytes + 2);
	ck_assert(sysfs_streq("on\n", "on"));
	strscpy(buf, "  x ", sizeof(buf));
	ck_assert_str_eq(strim(buf), "x");
	ck_assert_ptr_null(strnchr("abc", 2, 'c'));
	ck_assert_str_eq(kbasename("/a/b"), "b");
	ck_assert_uint_eq(get_unaligned_be32("\1\2\3\4"), 0x01020304);
	ck_assert_uint_eq(get_unaligned_le16("\1\2"), 0x0201);
	/* lookup3's own check value */
	ck_assert_uint_eq(jhash("Four score and seven years ago", 30,
				0u - JHASH_INITVAL + 0xdeadbeef),
			  0x17770551);
}
END_TEST

static int format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = kv_vsnprintk(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

static int format_within(char *buf, size_t size, const char *fmt, ...)
{
	struct va_format vf = { .fmt = fmt };
	va_list ap;
	int n;

	va_start(ap, fmt);
	vf.va = &ap;
	n = format(buf, size, "<%pV>", &vf);
	va_end(ap);
	return n;
}

START_TEST(test_printk_formats)
{
	static char buf[4096], longer[3000];

#define IS(text, ...)                                                   \
	do {                                                            \
		ck_assert_int_eq(format(buf, sizeof(buf), __VA_ARGS__), \
				 (int)strlen(text));                    \
		ck_assert_str_eq(buf, text);                            \
	} while (0)
	IS("-ENOMEM|", "%pe|", ERR_PTR(-ENOMEM));
	IS("   -EINVAL|-EIO  |", "%10pe|%-6pe|", ERR_PTR(-EINVAL),
	   ERR_PTR(-EIO));
	IS("01 02 ff", "%*ph", 3, "\1\2\xff");
	IS("01:02", "%*phC", 2, "\1\2");
	IS("01-02", "%2phD", "\1\2");
	IS("0102", "%2phN", "\1\2");
	IS("  ab|ab  |a|a |", "%4s|%-4s|%.1s|%-*.*s|", "ab", "ab", "ab", 2, 1,
	   "ab");
	IS("ab|", "%.*s|", -1, "ab");
	IS("ab  |", "%*s|", -4, "ab");
	IS("(null)", "%s", (char *)NULL);
	IS("007| 7|7 |-1|ff|0xff|010", "%03d|%2d|%-2d|%d|%x|%#x|%#o", 7, 7, 7,
	   -1, 255, 255, 8);
	IS("18446744073709551615 -1 5 x%", "%llu %ld %zu %c%%", ~0ull, -1l,
	   (size_t)5, 'x');
	IS("00000000000000ab", "%px", (void *)0xab);
	memset(longer, 'x', sizeof(longer) - 1);
	IS(longer, "%s", longer);
#undef IS
	ck_assert_int_eq(format_within(buf, sizeof(buf), "%d-%s", 5, "x"), 5);
	ck_assert_str_eq(buf, "<5-x>");
	ck_assert_int_eq(format_within(buf, 4, "%d-%s", 5, "x"), 5);
	ck_assert_str_eq(buf, "<5-");
	ck_assert_int_eq(format(NULL, 0, "%s", longer), 2999);
	ck_assert_int_eq(scnprintf(buf, 4, "%d", 12345), 3);
	format(buf, sizeof(buf), "%ps %pS", (void *)kfree, (void *)kfree);
	ck_assert_msg(!strncmp(buf, "kfree kfree+0x0/0x", 18), "%s", buf);
}
END_TEST

START_TEST(test_text_in_memory)
{
	char small[8],
		*text = kasprintf(GFP_KERNEL, "%s %pe", "x", ERR_PTR(-EIO));
	struct seq_file m = { .buf = small, .size = sizeof(small) };

	ck_assert_str_eq(text, "x -EIO");
	kfree(text);
	seq_printf(&m, "%d", 123);
	seq_puts(&m, "abc");
	ck_assert(!seq_has_overflowed(&m));
	seq_putc(&m, 'd');
	ck_assert_uint_eq(m.count, 7);
	seq_puts(&m, "xyz");
	ck_assert(seq_has_overflowed(&m));
}
END_TEST

START_TEST(test_atomics)
{
	atomic_t a = ATOMIC_INIT(INT_MAX);
	atomic64_t b = ATOMIC64_INIT(5);
	int old = 3;

	atomic_inc(&a);
	ck_assert_int_eq(atomic_read(&a), INT_MIN);
	ck_assert_int_eq(atomic_dec_if_positive(&a), INT_MAX);
	atomic_set(&a, INT_MAX);
	ck_assert(atomic_add_unless(&a, 1, 0));
	ck_assert_int_eq(atomic_read(&a), INT_MIN);
	atomic_set(&a, 1);
	ck_assert(!atomic_try_cmpxchg(&a, &old, 9));
	ck_assert_int_eq(old, 1);
	ck_assert_int_eq(atomic_cmpxchg(&a, 1, 9), 1);
	ck_assert_int_eq(atomic_xchg(&a, 2), 9);
	ck_assert(!atomic_inc_and_test(&a));
	ck_assert_int_eq(atomic_fetch_andnot(1, &a), 3);
	ck_assert_int_eq(atomic_read(&a), 2);
	ck_assert(atomic_sub_and_test(2, &a));
	ck_assert(!atomic_inc_not_zero(&a));
	ck_assert_int_eq(atomic64_add_return_relaxed(3, &b), 8);
	ck_assert_int_eq(atomic64_dec_if_positive(&b), 7);
}
END_TEST

static void released(struct kref *kref)
{
	(void)kref;
}

START_TEST(test_refcounts)
{
	refcount_t r = REFCOUNT_INIT(1);
	struct kref kref = KREF_INIT(1);
	spinlock_t lock = __SPIN_LOCK_UNLOCKED(lock);

	refcount_inc(&r);
	ck_assert(!refcount_dec_and_test(&r));
	ck_assert(!refcount_dec_not_one(&r));
	ck_assert(refcount_dec_and_lock(&r, &lock));
	spin_unlock(&lock);
	ck_assert(!refcount_inc_not_zero(&r));
	refcount_set(&r, 1);
	ck_assert(refcount_dec_if_one(&r));
	kref_get(&kref);
	ck_assert_int_eq(kref_put(&kref, released), 0);
	ck_assert_int_eq(kref_put(&kref, released), 1);
	ck_assert_int_eq(kref_get_unless_zero(&kref), 0);
}
END_TEST

/* Each prints its report, and the count stays where it does no harm. */
static void saturate(void (*op)(refcount_t *), int from)
{
	refcount_t r = REFCOUNT_INIT(from);

	op(&r);
	op(&r);
	fprintf(stderr, "%s\n",
		atomic_read(&r.refs) < INT_MIN / 4 ? "stays saturated" :
						     "LOST");
}

static void dec_and_test(refcount_t *r)
{
	if (refcount_dec_and_test(r))
		fprintf(stderr, "FREED\n");
}

static void inc_not_zero(refcount_t *r)
{
	if (!refcount_inc_not_zero(r))
		fprintf(stderr, "ZERO\n");
}

static void refcount_overflow(void)
{
	saturate(refcount_inc, INT_MAX);
	saturate(inc_not_zero, INT_MAX);
}

static void refcount_from_zero(void)
{
	saturate(refcount_inc, 0);
}

static void refcount_underflow(void)
{
	saturate(dec_and_test, 0);
}

static void refcount_to_zero(void)
{
	saturate(refcount_dec, 1);
}

static void spin_recursion(void)
{
	static DEFINE_SPINLOCK(l);

	spin_lock(&l);
	spin_lock(&l);
}

static void mutex_recursion(void)
{
	static DEFINE_MUTEX(l);

	mutex_lock(&l);
	mutex_lock(&l);
}

#ifndef __SANITIZE_THREAD__
static void spin_not_held(void)
{
	static DEFINE_SPINLOCK(l);

	spin_unlock(&l);
}

static void *unlock_it(void *l)
{
	mutex_unlock(l);
	return NULL;
}

static void mutex_by_another(void)
{
	static DEFINE_MUTEX(l);
	pthread_t t;

	mutex_lock(&l);
	pthread_create(&t, NULL, unlock_it, &l);
	pthread_join(t, NULL);
	fprintf(stderr, "%s\n", mutex_is_locked(&l) ? "still locked" : "OPEN");
}
#endif

static void mutex_while_atomic(void)
{
	static DEFINE_MUTEX(m);

	preempt_disable();
	mutex_lock(&m);
}

static void kmalloc_under_lock(void)
{
	static DEFINE_SPINLOCK(l);

	spin_lock(&l);
	kfree(kmalloc(64, GFP_ATOMIC));
	if (kv_nr_reports())
		fprintf(stderr, "GFP_ATOMIC REPORTED\n");
	kfree(kmalloc(64, GFP_KERNEL));
	spin_unlock(&l);
	fprintf(stderr, "reports: %lu\n", kv_nr_reports());
}

static void kmalloc_in_irq(void)
{
	kv_enter_irq();
	kfree(kmalloc(64, GFP_KERNEL));
	kv_exit_irq();
}

static void kmalloc_in_rcu(void)
{
	rcu_read_lock();
	kfree(kmalloc(64, GFP_KERNEL));
	rcu_read_unlock();
}

static void preempt_unbalanced(void)
{
	preempt_enable();
}

static void rcu_unbalanced(void)
{
	rcu_read_unlock();
}

static void copy(const void *to, const void *from, size_t n, bool to_user)
{
	if (to_user)
		copy_to_user((void *)(unsigned long)to, from, n);
	else
		copy_from_user((void *)(unsigned long)to, from, n);
	fprintf(stderr, "copied\n");
}

static char user[16384];

static void free_pages_to_no_cache(void)
{
	kmem_cache_free(NULL, (void *)__get_free_page(GFP_KERNEL));
}

static void user_slab(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	copy(user, p + 32, 32, true);
	copy(user, p + 32, 33, true);
}

static void user_slab_write(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	copy(p + 1, user, 64, false);
}

static void user_window(void)
{
	struct kmem_cache *s =
		kmem_cache_create_usercopy("windowed", 128, 8, 0, 32, 64, NULL);
	char *p = kmem_cache_alloc(s, GFP_KERNEL);

	copy(user, p + 32, 64, true);
	copy(user, p + 31, 2, true);
}

static void user_no_window(void)
{
	struct kmem_cache *s = kmem_cache_create("private", 128, 8, 0, NULL);

	copy(user, kmem_cache_alloc(s, GFP_KERNEL), 1, true);
}

static void user_vmalloc(void)
{
	char *p = vmalloc(2 * PAGE_SIZE);

	copy(user, p, 2 * PAGE_SIZE, true);
	copy(user, p + PAGE_SIZE, PAGE_SIZE + 1, true);
}

static void user_pages(void)
{
	char *p = (char *)__get_free_pages(GFP_KERNEL | __GFP_COMP, 1);

	copy(user, p, 2 * PAGE_SIZE, true);
	copy(user, p + 1, 2 * PAGE_SIZE, true);
}

static void user_zero_size(void)
{
	copy(kmalloc(0, GFP_KERNEL), user, 1, false);
}

static void user_wrapped(void)
{
	copy(user, (void *)-16ul, 32, true);
}

static void user_stack(void)
{
	char local[16] = { 0 };

	copy(local, user, sizeof(local), false);
	copy(user, local, 64ul << 20, true);
}

static void user_text(void)
{
	copy(user, (void *)user_text, 16, true);
}

/* clang-format off */
#define SLEEPING "BUG: sleeping function called from invalid context at "
#define EXPOSED(what) \
	"usercopy: Kernel memory exposure attempt detected from " what
#define OVERWRITTEN(what) \
	"usercopy: Kernel memory overwrite attempt detected to " what
static const struct child_case cases[] = {
	{ "refcount_overflow", refcount_overflow,
	  "refcount_t: saturated; leaking memory.", 0, NULL },
	{ "refcount_from_zero", refcount_from_zero,
	  "refcount_t: addition on 0; use-after-free.", 0, NULL },
	{ "refcount_underflow", refcount_underflow,
	  "refcount_t: underflow; use-after-free.", 0, NULL },
	{ "refcount_to_zero", refcount_to_zero,
	  "refcount_t: decrement hit 0; leaking memory.", 0, NULL },
	{ "spin_recursion", spin_recursion, "spinlock recursion on CPU#",
	  SIGABRT, NULL },
	{ "mutex_recursion", mutex_recursion, "mutex recursion", SIGABRT,
	  NULL },
#ifndef __SANITIZE_THREAD__ /* which reports them, too */
	{ "spin_not_held", spin_not_held, "spinlock wrong owner on CPU#", 0,
	  NULL },
	{ "mutex_by_another", mutex_by_another, "still locked", 0, NULL },
#endif
	{ "mutex_while_atomic", mutex_while_atomic, SLEEPING, 0, NULL },
	{ "kmalloc_under_lock", kmalloc_under_lock,
	  "in_atomic(): 1, irqs_disabled(): 0, non_block: 0", 0, NULL },
	{ "kmalloc_in_irq", kmalloc_in_irq, "preempt_count: 10000, expected: 0",
	  0, NULL },
	{ "kmalloc_in_rcu", kmalloc_in_rcu, "RCU nest depth: 1, expected: 0",
	  0, NULL },
	{ "preempt_unbalanced", preempt_unbalanced, "WARNING: CPU: ", 0, NULL },
	{ "rcu_unbalanced", rcu_unbalanced,
	  "rcu_read_unlock() without a lock", 0, NULL },
	{ "warning_that_panics", preempt_unbalanced,
	  "Kernel panic - not syncing", SIGABRT,
	  "mem=64M cpus=2 panic_on_warn=1" },
	{ "free_pages_to_no_cache", free_pages_to_no_cache,
	  "object is not in a slab page", 0, NULL },
	{ "user_slab", user_slab, "copied\n"
	  EXPOSED("SLUB object 'kmalloc-64' (offset 32, size 33)!"), SIGABRT,
	  NULL },
	{ "user_slab_write", user_slab_write,
	  OVERWRITTEN("SLUB object 'kmalloc-64' (offset 1, size 64)!"),
	  SIGABRT, NULL },
	{ "user_window", user_window, "copied\n"
	  EXPOSED("SLUB object 'windowed' (offset 31, size 2)!"), SIGABRT,
	  NULL },
	{ "user_no_window", user_no_window,
	  EXPOSED("SLUB object 'private' (offset 0, size 1)!"), SIGABRT, NULL },
	{ "user_vmalloc", user_vmalloc, "copied\n"
	  EXPOSED("vmalloc (offset 4096, size 4097)!"), SIGABRT, NULL },
	{ "user_pages", user_pages, "copied\n"
	  EXPOSED("page alloc (offset 1, size 8192)!"), SIGABRT, NULL },
	{ "user_zero_size", user_zero_size, OVERWRITTEN("null address"),
	  SIGABRT, NULL },
	{ "user_wrapped", user_wrapped, EXPOSED("wrapped address"), SIGABRT,
	  NULL },
	{ "user_stack", user_stack, "copied\n" EXPOSED("process stack"),
	  SIGABRT, NULL },
	{ "user_text", user_text, EXPOSED("kernel text"), SIGABRT, NULL },
};
/* clang-format on */

/* What is reported once is reported, and not what is harmless. */
START_TEST(test_report_details)
{
	static const struct {
		const char *name, *absent, *present;
	} want[] = {
		{ "refcount_overflow", "LOST", "stays saturated" },
		{ "refcount_underflow", "FREED", "stays saturated" },
		{ "refcount_to_zero", "LOST", "stays saturated" },
		{ "kmalloc_under_lock", "GFP_ATOMIC REPORTED", "reports: 1\n" },
		{ "kmalloc_under_lock", "GFP_ATOMIC REPORTED", SLEEPING },
		{ "kmalloc_under_lock", "GFP_ATOMIC REPORTED", "Call Trace:" },
	};
	static char buf[1 << 16];

	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		struct child_case c = { .name = want[i].name };

		child_run(&c, buf, sizeof(buf));
		ck_assert_msg(!strstr(buf, want[i].absent), "%s", buf);
		ck_assert_msg(strstr(buf, want[i].present) != NULL, "%s", buf);
	}
}
END_TEST

START_TEST(test_contexts)
{
	unsigned long flags, inner;
	unsigned long before = kv_nr_reports();

	ck_assert(in_task() && !in_interrupt() && preemptible());
	kv_enter_irq();
	ck_assert(in_hardirq() && in_interrupt() && !in_task());
	kv_enter_nmi();
	ck_assert(in_nmi());
	kv_exit_nmi();
	kv_exit_irq();
	kv_enter_softirq();
	ck_assert(in_serving_softirq() && in_softirq() && !in_task());
	kv_exit_softirq();
	local_bh_disable();
	ck_assert(in_softirq() && !in_serving_softirq() && in_task());
	local_bh_enable();
	local_irq_save(flags);
	local_irq_save(inner);
	local_irq_restore(inner);
	ck_assert(irqs_disabled());
	local_irq_restore(flags);
	ck_assert(!irqs_disabled() && preemptible());
	preempt_disable();
	ck_assert(in_atomic());
	preempt_enable();
	ck_assert_uint_eq(preempt_count(), 0);
	ck_assert_uint_eq(kv_nr_reports(), before);
}
END_TEST

START_TEST(test_gfp_scopes)
{
	unsigned int noio = memalloc_noio_save(), nofs;

	ck_assert_uint_eq(current_gfp_context(GFP_KERNEL), GFP_NOIO);
	nofs = memalloc_nofs_save();
	memalloc_nofs_restore(nofs);
	ck_assert_uint_eq(current_gfp_context(GFP_KERNEL), GFP_NOIO);
	memalloc_noio_restore(noio);
	ck_assert_uint_eq(current_gfp_context(GFP_KERNEL), GFP_KERNEL);
}
END_TEST

START_TEST(test_locks)
{
	static DEFINE_SPINLOCK(l);
	static DEFINE_RWLOCK(rw);
	static DEFINE_SEQLOCK(seq);
	static DEFINE_MUTEX(m);
	unsigned long flags;
	unsigned int begin;

	ck_assert(spin_trylock(&l));
	ck_assert(!spin_trylock(&l));
	ck_assert_uint_eq(preempt_count(), 1);
	ck_assert(spin_is_locked(&l));
	spin_unlock(&l);
	spin_lock_irqsave(&l, flags);
	ck_assert(irqs_disabled());
	spin_unlock_irqrestore(&l, flags);
	ck_assert(preemptible());
	read_lock(&rw);
	ck_assert(read_trylock(&rw));
	ck_assert(!write_trylock(&rw));
	read_unlock(&rw);
	read_unlock(&rw);
	ck_assert(mutex_trylock(&m));
	ck_assert(!mutex_trylock(&m));
	mutex_unlock(&m);
	begin = read_seqbegin(&seq);
	ck_assert(!read_seqretry(&seq, begin));
	write_seqlock(&seq);
	write_sequnlock(&seq);
	ck_assert(read_seqretry(&seq, begin));
	ck_assert(preemptible());
}
END_TEST

DEFINE_FREE(item, struct item *, kfree(_T))
DEFINE_GUARD(test_mutex, struct mutex *, mutex_lock(_T), mutex_unlock(_T))

static struct item *make_item(bool keep)
{
	struct item *i __free(item) = kmalloc(sizeof(*i), GFP_KERNEL);

	if (!keep)
		return NULL;
	return_ptr(i);
}

START_TEST(test_cleanup)
{
	static DEFINE_MUTEX(m);
	unsigned long before = kv_nr_allocated();
	struct item *kept;
	int ran = 0;

	ck_assert_ptr_null(make_item(false));
	ck_assert_uint_eq(kv_nr_allocated(), before);
	kept = make_item(true);
	ck_assert_uint_eq(kv_nr_allocated(), before + 1);
	kfree(kept);
	{
		guard(test_mutex)(&m);
		ck_assert(mutex_is_locked(&m));
	}
	ck_assert(!mutex_is_locked(&m));
	scoped_guard(test_mutex, &m)
	{
		ck_assert(mutex_is_locked(&m));
		ran++;
	}
	ck_assert_int_eq(ran, 1);
	ck_assert(!mutex_is_locked(&m));
}
END_TEST

struct node {
	int order;
	struct rcu_head rcu;
};
static int rcu_ran;

static void in_order(struct rcu_head *head)
{
	struct node *n = container_of(head, struct node, rcu);

	ck_assert_int_eq(n->order, rcu_ran);
	rcu_ran++;
	kfree(n);
}

START_TEST(test_call_rcu_order)
{
	rcu_ran = 0;
	for (int i = 0; i < 300; i++) {
		struct node *n = kmalloc(sizeof(*n), GFP_KERNEL);

		n->order = i;
		call_rcu(&n->rcu, in_order);
	}
	rcu_barrier();
	ck_assert_int_eq(rcu_ran, 300);
}
END_TEST

START_TEST(test_rcu_reader_delays)
{
	struct node *n = kmalloc(sizeof(*n), GFP_KERNEL);

	rcu_ran = 0;
	n->order = 0;
	rcu_read_lock();
	call_rcu(&n->rcu, in_order);
	for (int i = 0; i < 200; i++)
		kfree_rcu((struct node *)kmalloc(sizeof(*n), GFP_ATOMIC), rcu);
	ck_assert_int_eq(rcu_ran, 0);
	rcu_read_unlock();
	rcu_barrier();
	ck_assert_int_eq(rcu_ran, 1);
}
END_TEST

enum { ALIVE = 0x600d };
static struct node *published;
static bool stop_readers;

static void *read_side(void *arg)
{
	long bad = 0;

	(void)arg;
	while (!READ_ONCE(stop_readers)) {
		rcu_read_lock();
		bad += rcu_dereference(published)->order != ALIVE;
		rcu_read_unlock();
	}
	return (void *)bad;
}

static void spoil(struct rcu_head *head)
{
	struct node *n = container_of(head, struct node, rcu);

	n->order = 0;
	kfree(n);
}

START_TEST(test_rcu_threads)
{
	pthread_t t[3];
	void *bad;

	published = kmalloc(sizeof(*published), GFP_KERNEL);
	published->order = ALIVE;
	WRITE_ONCE(stop_readers, false);
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, read_side, NULL);
	for (int i = 0; i < 3000; i++) {
		struct node *n = kmalloc(sizeof(*n), GFP_KERNEL), *old;

		n->order = ALIVE;
		old = rcu_replace_pointer(published, n, true);
		if (i % 100 == 0) {
			synchronize_rcu();
			old->order = 0;
			kfree(old);
		} else if (i % 2) {
			kfree_rcu(old, rcu);
		} else {
			call_rcu(&old->rcu, spoil);
		}
	}
	WRITE_ONCE(stop_readers, true);
	for (int i = 0; i < 3; i++) {
		pthread_join(t[i], &bad);
		ck_assert_int_eq((long)bad, 0);
	}
	rcu_barrier();
	kfree(published);
}
END_TEST

START_TEST(test_rcu_fork)
{
	pthread_t t;
	int status;
	pid_t pid;

	published = kmalloc(sizeof(*published), GFP_KERNEL);
	published->order = ALIVE;
	WRITE_ONCE(stop_readers, false);
	pthread_create(&t, NULL, read_side, NULL);
	for (int i = 0; i < 20; i++) {
		pid = fork();
		if (!pid) {
			alarm(20);
			synchronize_rcu();
			rcu_barrier();
			_exit(0);
		}
		waitpid(pid, &status, 0);
		ck_assert_int_eq(status, 0);
	}
	WRITE_ONCE(stop_readers, true);
	pthread_join(t, NULL);
	kfree(published);
}
END_TEST

static DECLARE_COMPLETION(started);
static DECLARE_WAIT_QUEUE_HEAD(queue);
static int value;

static int thread_body(void *data)
{
	set_cpus_allowed_ptr(current, cpumask_of(1));
	preempt_disable();
	value = raw_smp_processor_id();
	preempt_enable();
	complete(&started);
	wait_event(queue, READ_ONCE(value) == 7);
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return *(int *)data;
}

START_TEST(test_kthread)
{
	struct task_struct *task;
	int result = 42;

	task = kthread_run(thread_body, &result, "body/%d", 1);
	ck_assert(!IS_ERR(task));
	ck_assert_str_eq(task->comm, "body/1");
	wait_for_completion(&started);
	ck_assert_int_eq(value, 1);
	WRITE_ONCE(value, 7);
	wake_up(&queue);
	ck_assert_int_eq(kthread_stop(task), 42);
	task = kthread_create(thread_body, &result, "never");
	ck_assert_int_eq(kthread_stop(task), -EINTR);
	ck_assert_uint_eq(wait_for_completion_timeout(&started, 2), 0);
	complete_all(&started);
	ck_assert_uint_gt(wait_for_completion_timeout(&started, HZ), 0);
	ck_assert_int_eq(schedule_timeout_interruptible(2), 0);
}
END_TEST

static bool pool_is_dry;

static void *dry_alloc(gfp_t gfp, void *data)
{
	return READ_ONCE(pool_is_dry) ? NULL : mempool_kmalloc(gfp, data);
}

static void *free_later(void *arg)
{
	void **of = arg;

	usleep(20000);
	mempool_free(of[0], of[1]);
	return NULL;
}

START_TEST(test_mempool)
{
	unsigned long before = kv_nr_allocated();
	mempool_t *pool =
		mempool_create(2, dry_alloc, mempool_kfree, (void *)64ul);
	void *a, *b, *of[2];
	pthread_t t;

	WRITE_ONCE(pool_is_dry, true);
	a = mempool_alloc(pool, GFP_KERNEL);
	b = mempool_alloc(pool, GFP_KERNEL);
	ck_assert(a && b && a != b);
	ck_assert_ptr_null(mempool_alloc(pool, GFP_NOWAIT));
	of[0] = a;
	of[1] = pool;
	pthread_create(&t, NULL, free_later, of);
	ck_assert_ptr_eq(mempool_alloc(pool, GFP_KERNEL), a);
	pthread_join(t, NULL);
	mempool_free(a, pool);
	mempool_free(b, pool);
	WRITE_ONCE(pool_is_dry, false);
	ck_assert_int_eq(mempool_resize(pool, 5), 0);
	ck_assert_int_eq(pool->curr_nr, 5);
	ck_assert_int_eq(mempool_resize(pool, 1), 0);
	ck_assert_int_eq(pool->curr_nr, 1);
	mempool_destroy(pool);
	ck_assert_uint_eq(kv_nr_allocated(), before);
}
END_TEST

START_TEST(test_setup_fault_attr)
{
	DECLARE_FAULT_ATTR(attr);
	char good[] = "3,50,100,7", bad[] = "1,2,x", rest[] = "1,2,3,4,5";

	console_loglevel = 0;
	ck_assert_int_eq(setup_fault_attr(&attr, good), 1);
	ck_assert_uint_eq(attr.interval, 3);
	ck_assert_uint_eq(attr.probability, 50);
	ck_assert_int_eq(atomic_read(&attr.space), 100);
	ck_assert_int_eq(atomic_read(&attr.times), 7);
	ck_assert_int_eq(setup_fault_attr(&attr, bad), 0);
	ck_assert_int_eq(setup_fault_attr(&attr, rest), 0);
	console_loglevel = 8;
	ck_assert_uint_eq(attr.interval, 3);
}
END_TEST

/* How many of @n calls of @size fail. */
static int failures(struct fault_attr *attr, int n, ssize_t size)
{
	int failed = 0;

	while (n--)
		failed += should_fail(attr, size);
	return failed;
}

START_TEST(test_should_fail)
{
	DECLARE_FAULT_ATTR(attr);

	attr.verbose = 0;
	ck_assert_int_eq(failures(&attr, 100, 1), 0);
	attr.probability = 100;
	ck_assert_int_eq(failures(&attr, 100, 1), 1);
	atomic_set(&attr.times, -1);
	attr.interval = 10;
	ck_assert_int_eq(failures(&attr, 100, 1), 10);
	attr.interval = 1;
	atomic_set(&attr.space, 50);
	ck_assert_int_eq(failures(&attr, 10, 10), 6);
	atomic_set(&attr.space, 0);
	attr.task_filter = true;
	ck_assert_int_eq(failures(&attr, 10, 1), 0);
	kv_make_it_fail(true);
	ck_assert_int_eq(failures(&attr, 10, 1), 10);
	kv_make_it_fail(false);
	attr.task_filter = false;
	attr.reject_start = 1;
	attr.reject_end = ~0ul;
	ck_assert_int_eq(failures(&attr, 10, 1), 0);
	attr.reject_start = attr.reject_end = 0;
	attr.probability = 30;
	ck_assert_int_gt(failures(&attr, 1000, 1), 200);
	ck_assert_int_lt(failures(&attr, 1000, 1), 400);
}
END_TEST

START_TEST(test_fail_nth)
{
	unsigned long before = kv_nr_faults();
	void *p[3];

	kv_failslab.verbose = 0;
	kv_failslab_ignore_gfp_wait = false;
	kv_fail_nth_set(2);
	for (int i = 0; i < 3; i++)
		p[i] = kmalloc(64, GFP_KERNEL);
	ck_assert(p[0] && !p[1] && p[2]);
	ck_assert_int_eq(kv_fail_nth_get(), 0);
	ck_assert_uint_eq(kv_nr_faults(), before + 1);
	kv_fail_nth_set(1);
	p[1] = kmalloc(64, GFP_KERNEL | __GFP_NOFAIL);
	ck_assert_ptr_nonnull(p[1]);
	ck_assert_int_eq(kv_fail_nth_set(0), 1);
	for (int i = 0; i < 3; i++)
		kfree(p[i]);
	kv_failslab_ignore_gfp_wait = true;
}
END_TEST

START_TEST(test_leak_count)
{
	unsigned long before = kv_nr_allocated();
	void *a = kmalloc(100, GFP_KERNEL);
	unsigned long b = __get_free_pages(GFP_KERNEL, 2);

	ck_assert_uint_eq(kv_nr_allocated(), before + 1 + 4);
	kfree(a);
	free_pages(b, 2);
	ck_assert_uint_eq(kv_nr_allocated(), before);
}
END_TEST

START_TEST(test_random)
{
	struct rnd_state a, b;
	u64 seen = 0;

	prandom_seed_state(&a, 1);
	prandom_seed_state(&b, 1);
	for (int i = 0; i < 1000; i++) {
		ck_assert_uint_eq(prandom_u32_state(&a), prandom_u32_state(&b));
		ck_assert_uint_lt(prandom_u32_max(10), 10);
		seen |= 1ull << get_random_u32_below(10);
	}
	ck_assert_uint_eq(seen, 1023);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("helpers");
	TCase *t = tcase_create("helpers");

	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	tcase_add_test(t, test_list_moves);
	tcase_add_test(t, test_list_walks);
	tcase_add_test(t, test_hlist);
	tcase_add_test(t, test_hashtable);
	tcase_add_test(t, test_llist);
	tcase_add_test(t, test_llist_threads);
	tcase_add_test(t, test_rbtree);
	tcase_add_test(t, test_sorting);
	tcase_add_test(t, test_bits);
	tcase_add_test(t, test_bitmaps);
	tcase_add_test(t, test_overflow_checks);
	tcase_add_test(t, test_numbers_from_text);
	tcase_add_test(t, test_strings);
	tcase_add_test(t, test_printk_formats);
	tcase_add_test(t, test_text_in_memory);
	tcase_add_test(t, test_atomics);
	tcase_add_test(t, test_refcounts);
	tcase_add_test(t, test_contexts);
	tcase_add_test(t, test_gfp_scopes);
	tcase_add_test(t, test_locks);
	tcase_add_test(t, test_cleanup);
	tcase_add_test(t, test_call_rcu_order);
	tcase_add_test(t, test_rcu_reader_delays);
	tcase_add_test(t, test_rcu_threads);
	tcase_add_test(t, test_rcu_fork);
	tcase_add_test(t, test_kthread);
	tcase_add_test(t, test_mempool);
	tcase_add_test(t, test_setup_fault_attr);
	tcase_add_test(t, test_should_fail);
	tcase_add_test(t, test_fail_nth);
	tcase_add_test(t, test_leak_count);
	tcase_add_test(t, test_random);
	tcase_add_test(t, test_report_details);
	child_add_cases(t);
	return s;
}

int main(int argc, char **argv)
{
	machine("mem=64M cpus=2", argv);
	return child_main(suite, cases, ARRAY_SIZE(cases), argc, argv);
}
