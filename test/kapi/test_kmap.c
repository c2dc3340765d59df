/* SPDX-License-Identifier: MIT */
/*
 * test_kmap.c - HighMem of the 32-bit layout: pages without an address, the
 * table of kmap(), the stack of kmap_local_page(), copies, misuse; and that
 * the same calls return linear addresses in the 64-bit layout.
 */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/kvkernel.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

#include "child.h"
#include "machine.h"

static sigjmp_buf fault;

static void on_fault(int sig)
{
	(void)sig;
	siglongjmp(fault, 1);
}

static bool traps(const volatile char *p)
{
	struct sigaction sa = { .sa_handler = on_fault }, old;
	bool trapped = true;

	sigaction(SIGSEGV, &sa, &old);
	if (!sigsetjmp(fault, 1)) {
		(void)*p;
		trapped = false;
	}
	sigaction(SIGSEGV, &old, NULL);
	return trapped;
}

static struct page *high_page(void)
{
	struct page *page = alloc_page(GFP_HIGHUSER);

	ck_assert_ptr_nonnull(page);
	ck_assert(PageHighMem(page));
	return page;
}

static void fill(struct page *page, int byte)
{
	memset_page(page, 0, byte, PAGE_SIZE);
}

static bool holds(struct page *page, int byte)
{
	u8 *p = kmap_local_page(page);
	bool ok = !memchr_inv(p, byte, PAGE_SIZE);

	kunmap_local(p);
	return ok;
}

START_TEST(test_high_pages_have_no_address)
{
	struct page *page = high_page();

	ck_assert_ptr_null(page_address(page));
	ck_assert(traps(pfn_to_virt(page_to_pfn(page))));
	ck_assert_uint_ge(page_to_pfn(page), 896 << 8);
	ck_assert_uint_eq(totalhigh_pages(), 128 << 8);
	ck_assert_uint_gt(nr_free_highpages(), 0);
	__free_page(page);
	page = alloc_page(GFP_KERNEL);
	ck_assert(!PageHighMem(page));
	ck_assert_ptr_eq(kmap(page), page_address(page));
	ck_assert_ptr_eq(kmap_local_page(page), page_address(page));
	kunmap_local(page_address(page));
	kunmap(page);
	__free_page(page);
}
END_TEST

START_TEST(test_kmap_counts)
{
	struct page *page = high_page(), *other = high_page();
	char *a = kmap(page), *b = kmap(page), *c = kmap(other);

	ck_assert_ptr_eq(a, b);
	ck_assert_ptr_ne(a, c);
	ck_assert_ptr_eq(page_address(page), a);
	ck_assert_ptr_eq(kmap_to_page(a), page);
	ck_assert_ptr_eq(kmap_to_page(c + 100), other);
	a[10] = 3;
	c[10] = 4;
	kunmap(page);
	ck_assert_int_eq(b[10], 3);
	kunmap(page);
	ck_assert_int_eq(b[10], 3); /* not flushed yet */
	ck_assert_ptr_eq(kmap(page), a);
	kunmap(page);
	kunmap(other);
	kmap_flush_unused();
	ck_assert_ptr_null(page_address(page));
	ck_assert(traps(a));
	__free_page(page);
	__free_page(other);
}
END_TEST

static struct page *table[LAST_PKMAP + 1];
static u32 mapped_one_more;

static void *map_one_more(void *arg)
{
	void *p = kmap(table[LAST_PKMAP]);

	__atomic_store_n(&mapped_one_more, 1, __ATOMIC_SEQ_CST);
	return p ? arg : NULL;
}

START_TEST(test_kmap_sleeps_when_the_table_is_full)
{
	pthread_t thread;
	void *good;

	for (int i = 0; i <= LAST_PKMAP; i++)
		table[i] = high_page();
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < LAST_PKMAP; i++)
			*(int *)kmap(table[i]) = i;
		for (int i = 0; i < LAST_PKMAP; i++)
			ck_assert_int_eq(*(int *)page_address(table[i]), i);
		if (round < 2)
			for (int i = 0; i < LAST_PKMAP; i++)
				kunmap(table[i]);
	}
	pthread_create(&thread, NULL, map_one_more, table);
	usleep(50000);
	ck_assert_uint_eq(__atomic_load_n(&mapped_one_more, __ATOMIC_SEQ_CST),
			  0);
	kunmap(table[500]);
	pthread_join(thread, &good);
	ck_assert_ptr_nonnull(good);
	ck_assert_ptr_null(page_address(table[500]));
	ck_assert_ptr_nonnull(page_address(table[LAST_PKMAP]));
	for (int i = 0; i <= LAST_PKMAP; i++) {
		if (i != 500)
			kunmap(table[i]);
		__free_page(table[i]);
	}
	kmap_flush_unused();
}
END_TEST

START_TEST(test_kmap_local_nests)
{
	struct page *page[KM_MAX_IDX];
	char *p[KM_MAX_IDX];
	unsigned long reports = kv_nr_reports();

	for (int i = 0; i < KM_MAX_IDX; i++) {
		page[i] = high_page();
		p[i] = kmap_local_page(page[i]);
		p[i][7] = (char)i;
		ck_assert_ptr_eq(kmap_to_page(p[i]), page[i]);
	}
	ck_assert(traps(p[3] + PAGE_SIZE));
	for (int i = KM_MAX_IDX; i--;) {
		ck_assert_int_eq(p[i][7], i);
		kunmap_local(p[i] + 5); /* anywhere in the page */
		ck_assert(traps(p[i]));
		__free_page(page[i]);
	}
	ck_assert_uint_eq(kv_nr_reports(), reports);
}
END_TEST

START_TEST(test_kmap_atomic)
{
	struct page *page = high_page();
	char *p = kmap_atomic(page, KM_USER0), *q;

	ck_assert_uint_ne(preempt_count(), 0);
	p[5] = 'a';
	kunmap_atomic(p, KM_USER0);
	ck_assert_uint_eq(preempt_count(), 0);
	q = kmap_atomic(page);
	ck_assert_int_eq(q[5], 'a');
	kunmap_atomic(q);
	__free_page(page);
}
END_TEST

START_TEST(test_copies)
{
	struct page *a = high_page(), *b = high_page();
	char buf[100] = "some bytes";

	fill(a, 1);
	fill(b, 2);
	copy_highpage(b, a);
	ck_assert(holds(b, 1));
	clear_highpage(b);
	ck_assert(holds(b, 0));
	memcpy_to_page(b, 4000, buf, 96);
	memcpy_page(a, 0, b, 4000, 96);
	memset(buf, 0, sizeof(buf));
	memcpy_from_page(buf, a, 0, 96);
	ck_assert_str_eq(buf, "some bytes");
	fill(a, 7);
	zero_user_segments(a, 0, 2000, 2048, 4096);
	memcpy_from_page(buf, a, 1999, 50);
	ck_assert_int_eq(buf[0], 0);
	ck_assert_int_eq(buf[1], 7);
	ck_assert_int_eq(buf[48], 7);
	ck_assert_int_eq(buf[49], 0);
	zero_user(a, 2000, 48);
	ck_assert(holds(a, 0));
	fill(a, 7);
	clear_user_highpage(a, 0);
	ck_assert(holds(a, 0));
	__free_page(a);
	__free_page(b);
}
END_TEST

START_TEST(test_zeroed_high_pages)
{
	struct page *page = high_page();

	fill(page, 0xee);
	__free_page(page);
	for (int i = 0; i < 100; i++) {
		page = alloc_page(GFP_HIGHUSER | __GFP_ZERO);
		ck_assert(holds(page, 0));
		fill(page, 0xee);
		__free_page(page);
	}
}
END_TEST

START_TEST(test_vmalloc_takes_high_pages)
{
	char *p = vzalloc(1 << 20);
	unsigned long high = 0;

	for (size_t i = 0; i < 256; i++) {
		struct page *page = vmalloc_to_page(p + i * PAGE_SIZE);

		high += PageHighMem(page) != 0;
		p[i * PAGE_SIZE] = (char)i;
		ck_assert_int_eq(p[i * PAGE_SIZE + 1], 0);
		if (PageHighMem(page)) {
			u8 *q = kmap_local_page(page);

			ck_assert_uint_eq(q[0], i);
			kunmap_local(q);
		}
	}
	ck_assert_uint_eq(high, 256);
	vfree(p);
	p = vmalloc_32(1 << 20);
	ck_assert(p && !PageHighMem(vmalloc_to_page(p)));
	vfree(p);
}
END_TEST

/* 128 MiB are left for areas: address space ends before memory does. */
START_TEST(test_vmalloc_space_is_small)
{
	static void *p[64];
	int n = 0;

	ck_assert_uint_eq(VMALLOC_TOTAL, 128 << 20);
	while (n < 64 && (p[n] = __vmalloc(4 << 20, GFP_KERNEL | __GFP_NOWARN)))
		n++;
	ck_assert_int_gt(n, 28);
	ck_assert_int_lt(n, 32);
	while (n--)
		vfree(p[n]);
}
END_TEST

START_TEST(test_fork_keeps_mappings)
{
	struct page *page = high_page();
	char *a = kmap(page), *b = kmap_local_page(page);
	int status;
	pid_t pid;

	a[0] = 'p';
	pid = fork();
	if (pid == 0) {
		bool ok = a[0] == 'p' && b[0] == 'p';

		b[0] = 'c';
		_exit(ok && a[0] == 'c' ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(a[0], 'p');
	ck_assert_int_eq(b[0], 'p');
	kunmap_local(b);
	kunmap(page);
	__free_page(page);
}
END_TEST

static void *use_local(void *arg)
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	long bad = 0;

	for (int i = 0; i < 200; i++) {
		int *p = kmap_local_page(page), *q;

		*p = i;
		q = kmap(page);
		bad += *q != i;
		kunmap(page);
		kunmap_local(p);
	}
	__free_page(page);
	return (char *)arg + bad;
}

START_TEST(test_threads)
{
	pthread_t thread[4];
	void *bad;

	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 4; i++)
			pthread_create(&thread[i], NULL, use_local, NULL);
		for (int i = 0; i < 4; i++) {
			pthread_join(thread[i], &bad);
			ck_assert_ptr_null(bad);
		}
	}
}
END_TEST

/* ---- other layout, misuse ---- */

static void all_are_linear(void)
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	void *p = page_address(page);

	if (PageHighMem(page) || !p || kmap(page) != p ||
	    kmap_local_page(page) != p || kmap_atomic(page) != p ||
	    totalhigh_pages() || nr_free_highpages())
		_exit(1);
	kunmap_atomic(p);
	kunmap_local(p);
	kunmap(page);
	__free_page(page);
}

static void wrong_order(void)
{
	void *a = kmap_local_page(alloc_page(GFP_HIGHUSER));
	void *b = kmap_local_page(alloc_page(GFP_HIGHUSER));

	kunmap_local(a);
	kunmap_local(b);
}

static void too_many(void)
{
	for (int i = 0; i <= KM_MAX_IDX; i++)
		kmap_local_page(alloc_page(GFP_HIGHUSER));
}

static void unmapped(void)
{
	kunmap(alloc_page(GFP_HIGHUSER));
}

static void unmapped_twice(void)
{
	struct page *page = alloc_page(GFP_HIGHUSER);

	kmap(page);
	kunmap(page);
	kunmap(page);
}

static void in_atomic_context(void)
{
	preempt_disable();
	kmap(alloc_page(GFP_HIGHUSER));
	preempt_enable();
}

static void not_mapped_here(void)
{
	char c = 0;

	kunmap_local(&c);
}

static const struct child_case cases[] = {
	{ "all_are_linear", all_are_linear, "", 0, "mem=1G cpus=2" },
	{ "wrong_order", wrong_order, "WARNING: CPU: ", 0, NULL },
	{ "too_many", too_many, "kernel BUG at ", SIGABRT, NULL },
	{ "unmapped", unmapped, "kernel BUG at ", SIGABRT, NULL },
	{ "unmapped_twice", unmapped_twice, "kernel BUG at ", SIGABRT, NULL },
	{ "in_atomic_context", in_atomic_context,
	  "BUG: sleeping function called from invalid context", 0, NULL },
	{ "not_mapped_here", not_mapped_here, "WARNING: CPU: ", 0, NULL },
};

static Suite *suite(void)
{
	Suite *s = suite_create("kmap");
	TCase *t = tcase_create("HighMem");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_high_pages_have_no_address);
	tcase_add_test(t, test_kmap_counts);
	tcase_add_test(t, test_kmap_sleeps_when_the_table_is_full);
	tcase_add_test(t, test_kmap_local_nests);
	tcase_add_test(t, test_kmap_atomic);
	tcase_add_test(t, test_copies);
	tcase_add_test(t, test_zeroed_high_pages);
	tcase_add_test(t, test_vmalloc_takes_high_pages);
	tcase_add_test(t, test_vmalloc_space_is_small);
	tcase_add_test(t, test_fork_keeps_mappings);
	tcase_add_test(t, test_threads);
	suite_add_tcase(s, t);
	t = tcase_create("cases");
	child_add_cases(t);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	machine("mem=1G cpus=2 zones=32bit", argv);
	return child_main(suite, cases, ARRAY_SIZE(cases), argc, argv);
}
