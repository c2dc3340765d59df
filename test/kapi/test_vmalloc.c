/* SPDX-License-Identifier: MIT */
/*
 * test_vmalloc.c - vmalloc() and its kin: contents, frames, address space,
 * resizing, deferred freeing, fork, what is said to misuse; and the list of
 * the kernel's own test_vmalloc, with fewer loops.
 */
#include <linux/fault-inject.h>
#include <linux/kvkernel.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <time.h>

#include "child.h"
#include "machine.h"

#define LAZY_MAX (64ul << 20) /* of two CPUs */

static sigjmp_buf fault;

static void on_fault(int sig)
{
	(void)sig;
	siglongjmp(fault, 1);
}

/* Does an access to @p trap? */
static bool traps(const volatile char *p)
{
	struct sigaction sa = { .sa_handler = on_fault }, old, old_bus;
	bool trapped = true;

	sigaction(SIGSEGV, &sa, &old);
	sigaction(SIGBUS, &sa, &old_bus);
	if (!sigsetjmp(fault, 1)) {
		(void)*p;
		trapped = false;
	}
	sigaction(SIGSEGV, &old, NULL);
	sigaction(SIGBUS, &old_bus, NULL);
	return trapped;
}

static bool all_are(const char *p, char c, size_t n)
{
	while (n--)
		if (*p++ != c)
			return false;
	return true;
}

START_TEST(test_bytes_are_those_of_the_frames)
{
	const size_t pages = 700;
	char *p = vmalloc(pages * PAGE_SIZE);

	ck_assert_ptr_nonnull(p);
	ck_assert(is_vmalloc_addr(p));
	for (size_t i = 0; i < pages; i++)
		memset(p + i * PAGE_SIZE, (int)i, PAGE_SIZE);
	for (size_t i = 0; i < pages; i++) {
		struct page *page = vmalloc_to_page(p + i * PAGE_SIZE + 5);
		char *frame = page_address(page);

		ck_assert(!is_vmalloc_addr(frame));
		ck_assert(all_are(frame, (char)i, PAGE_SIZE));
		ck_assert_int_eq(page_count(page), 1);
		ck_assert_uint_eq(vmalloc_to_pfn(p + i * PAGE_SIZE),
				  page_to_pfn(page));
		frame[9] = 'x';
		ck_assert_int_eq(p[i * PAGE_SIZE + 9], 'x');
	}
	vfree(p);
}
END_TEST

START_TEST(test_all_pages_come_back)
{
	unsigned long before, pages = vmalloc_nr_pages();
	void *p = vmalloc(1);

	vfree(p);
	before = kv_nr_allocated();
	for (size_t n = 1; n < (8 << 20); n = n * 3 + 1) {
		p = vmalloc(n);
		ck_assert_uint_eq(vmalloc_nr_pages() - pages,
				  PFN_UP(n) + (PFN_UP(n) > 512 ?
						       PFN_UP(PFN_UP(n) * 8) :
						       0));
		vfree(p);
	}
	ck_assert_uint_eq(vmalloc_nr_pages(), pages);
	ck_assert_uint_eq(kv_nr_allocated(), before);
}
END_TEST

START_TEST(test_zeroed)
{
	void *(*const calls[])(unsigned long) = { vzalloc, vmalloc_user,
						  vmalloc_32_user };

	for (int i = 0; i < 3; i++) {
		char *p = vmalloc(50000);

		memset(p, 0xee, 50000);
		vfree(p);
		p = calls[i](50000);
		ck_assert(all_are(p, 0, 50000));
		memset(p, 0xee, 50000);
		vfree(p);
	}
}
END_TEST

START_TEST(test_guard_and_use_after_free_trap)
{
	char *p = vmalloc(3 * PAGE_SIZE - 7);

	ck_assert(!traps(p + 3 * PAGE_SIZE - 1));
	ck_assert(traps(p + 3 * PAGE_SIZE));
	ck_assert_ptr_null(vmalloc_to_page(p + 3 * PAGE_SIZE));
	vfree(p);
	ck_assert(traps(p));
	ck_assert_ptr_null(vmalloc_to_page(p));
}
END_TEST

START_TEST(test_lowest_address_first)
{
	char *a, *b, *c, *again;

	vm_unmap_aliases();
	a = vmalloc(PAGE_SIZE);
	b = vmalloc(5 * PAGE_SIZE);
	c = vmalloc(PAGE_SIZE);
	ck_assert_ptr_eq(b, a + 2 * PAGE_SIZE);
	ck_assert_ptr_eq(c, b + 6 * PAGE_SIZE);
	vfree(b);
	vm_unmap_aliases(); /* purges */
	again = vmalloc(4 * PAGE_SIZE);
	ck_assert_ptr_eq(again, b);
	vfree(a);
	vfree(c);
	vfree(again);
}
END_TEST

/* A freed address is used again only when enough have come together. */
START_TEST(test_addresses_are_freed_lazily)
{
	char *first, *p;
	size_t freed = 0;

	vm_unmap_aliases();
	first = vmalloc(1 << 20);
	vfree(first);
	freed += (1 << 20) + PAGE_SIZE;
	do {
		p = vmalloc(1 << 20);
		if (p != first)
			ck_assert(p > first);
		else
			ck_assert_uint_gt(freed, LAZY_MAX);
		vfree(p);
		freed += (1 << 20) + PAGE_SIZE;
	} while (p != first && freed < 4 * LAZY_MAX);
	ck_assert_ptr_eq(p, first);
	ck_assert_uint_lt(freed, LAZY_MAX + (4 << 20));
}
END_TEST

START_TEST(test_huge)
{
	struct vm_struct *vm;
	char *p = vmalloc_huge((2 << 20) + 1, GFP_KERNEL);

	vm = find_vm_area(p);
	ck_assert_uint_eq(vm->nr_pages, 1024);
	ck_assert_uint_eq(vm->page_order, 9);
	ck_assert_uint_eq((unsigned long)p % (2 << 20), 0);
	ck_assert_uint_eq(vmalloc_to_pfn(p) % 512, 0);
	ck_assert_uint_eq(vmalloc_to_pfn(p) + 511,
			  vmalloc_to_pfn(p + 511 * PAGE_SIZE));
	vfree(p);
	p = vmalloc_huge(1 << 20, GFP_KERNEL);
	ck_assert_uint_eq(find_vm_area(p)->nr_pages, 256);
	vfree(p);
}
END_TEST

START_TEST(test_find_vm_area)
{
	char *p = vmalloc(5000);
	struct vm_struct *vm = find_vm_area(p);

	ck_assert_ptr_eq(vm->addr, p);
	ck_assert_uint_eq(vm->size, 3 * PAGE_SIZE);
	ck_assert_uint_eq(get_vm_area_size(vm), 2 * PAGE_SIZE);
	ck_assert_uint_eq(vm->requested_size, 5000);
	ck_assert(vm->flags & VM_ALLOC);
	ck_assert_uint_eq(vm->nr_pages, 2);
	ck_assert_ptr_eq(vm->pages[1], vmalloc_to_page(p + PAGE_SIZE));
	ck_assert_ptr_eq(find_vm_area(p + 4999), vm);
	vfree(p);
	ck_assert_ptr_null(find_vm_area(p));
}
END_TEST

START_TEST(test_vrealloc)
{
	char *p = vrealloc(NULL, 100, GFP_KERNEL | __GFP_ZERO), *q;

	memset(p, 'a', 100);
	q = vrealloc(p, 4096, GFP_KERNEL | __GFP_ZERO);
	ck_assert_ptr_eq(p, q);
	ck_assert(all_are(q, 'a', 100) && all_are(q + 100, 0, 3996));
	memset(q, 'b', 4096);
	q = vrealloc(p, 50, GFP_KERNEL | __GFP_ZERO);
	ck_assert_ptr_eq(p, q);
	ck_assert(all_are(q, 'b', 50) && all_are(q + 50, 0, 4046));
	q = vrealloc(p, 9000, GFP_KERNEL | __GFP_ZERO);
	ck_assert_ptr_ne(p, q);
	ck_assert(all_are(q, 'b', 50) && all_are(q + 50, 0, 8950));
	ck_assert_ptr_null(vrealloc(q, 0, GFP_KERNEL));
	ck_assert_ptr_null(vrealloc(NULL, 0, GFP_KERNEL));
	ck_assert_ptr_null(find_vm_area(q));
}
END_TEST

START_TEST(test_arrays)
{
	char *p = vcalloc(100, 100);

	ck_assert(all_are(p, 0, 10000));
	vfree(p);
	p = vmalloc_array(10, 10);
	ck_assert_ptr_nonnull(p);
	vfree(p);
	ck_assert_ptr_null(vcalloc(SIZE_MAX / 2, 4));
	ck_assert_ptr_null(vmalloc_array(SIZE_MAX / 2, 4));
	ck_assert_ptr_null(__vmalloc_array(SIZE_MAX / 2, 4, GFP_KERNEL));
}
END_TEST

START_TEST(test_gfp_of_old_callers)
{
	void *p = __vmalloc(PAGE_SIZE, GFP_KERNEL, PAGE_KERNEL);

	ck_assert_ptr_nonnull(p);
	vfree(p);
	p = __vmalloc(PAGE_SIZE, GFP_ATOMIC);
	ck_assert_ptr_nonnull(p);
	vfree(p);
	ck_assert_ptr_null(__vmalloc(1ul << 40, GFP_KERNEL | __GFP_NOWARN));
}
END_TEST

START_TEST(test_freed_in_interrupt_is_deferred)
{
	char *p = vmalloc(PAGE_SIZE), *q;
	unsigned long reports = kv_nr_reports();

	kv_enter_irq();
	vfree(p);
	kv_exit_irq();
	ck_assert(!traps(p)); /* nobody came to do it */
	q = vmalloc(PAGE_SIZE);
	ck_assert(traps(p));
	preempt_disable();
	vfree_atomic(q);
	preempt_enable();
	ck_assert(!traps(q));
	vfree(vmalloc(1));
	ck_assert(traps(q));
	ck_assert_uint_eq(kv_nr_reports(), reports);
}
END_TEST

static int notified;

static int notify(struct notifier_block *nb, unsigned long action, void *data)
{
	(void)nb;
	(void)action;
	notified++;
	(void)data;
	return NOTIFY_DONE;
}

START_TEST(test_no_address_space_asks_the_notified)
{
	struct notifier_block nb = { .notifier_call = notify };

	ck_assert_int_eq(register_vmap_purge_notifier(&nb), 0);
	ck_assert_ptr_null(get_vm_area(VMALLOC_TOTAL, VM_MAP));
	ck_assert_int_gt(notified, 0);
	ck_assert_int_eq(unregister_vmap_purge_notifier(&nb), 0);
	ck_assert_int_ne(unregister_vmap_purge_notifier(&nb), 0);
}
END_TEST

START_TEST(test_exhaustion)
{
	static char *p[4096];
	unsigned long before = vmalloc_nr_pages();
	int n = 0;

	while (n < 4096 &&
	       (p[n] = __vmalloc(1 << 20,
				 GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN))) {
		p[n][12345] = 1;
		n++;
	}
	ck_assert_int_gt(n, 200); /* of 256 MiB */
	ck_assert_int_lt(n, 256);
	while (n--)
		vfree(p[n]);
	ck_assert_uint_eq(vmalloc_nr_pages(), before);
	p[0] = vmalloc(100 << 20);
	ck_assert_ptr_nonnull(p[0]);
	vfree(p[0]);
}
END_TEST

/* Parent and child write to the same addresses and see their own. */
START_TEST(test_fork_copies_frames)
{
	char *v = vmalloc(3 << 20), *k = kmalloc(100, GFP_KERNEL), *other;
	struct page *page = alloc_page(GFP_KERNEL);
	char *m = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	int status;
	pid_t pid;

	memset(v, 'p', 3 << 20);
	strcpy(k, "parent");
	m[0] = 'p';
	pid = fork();
	if (pid == 0) {
		bool ok = all_are(v, 'p', 3 << 20) && !strcmp(k, "parent") &&
			  m[0] == 'p' && *(char *)page_address(page) == 'p';

		memset(v, 'c', 3 << 20);
		strcpy(k, "child");
		m[0] = 'c';
		ok &= *(char *)page_address(page) == 'c';
		ok &= *(char *)page_address(vmalloc_to_page(v)) == 'c';
		other = vmalloc(1 << 20);
		memset(other, 'd', 1 << 20);
		ok &= *(char *)page_address(vmalloc_to_page(other)) == 'd';
		vfree(other);
		vfree(v);
		vunmap(m);
		kfree(k);
		pid = fork(); /* and a child of the child */
		if (pid == 0)
			_exit(ok ? 0 : 1);
		waitpid(pid, &status, 0);
		_exit(ok && status == 0 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	ck_assert_int_eq(status, 0);
	ck_assert(all_are(v, 'p', 3 << 20));
	ck_assert_str_eq(k, "parent");
	ck_assert_int_eq(m[0], 'p');
	ck_assert_int_eq(*(char *)page_address(page), 'p');
	vfree(v);
	vunmap(m);
	kfree(k);
	__free_page(page);
}
END_TEST

static u32 stop;

/* Writes to @p and to per-CPU memory; true if that could be had. */
static bool use(char *p)
{
	long *c = alloc_percpu(long);

	if (!c)
		return false;
	memset(p, 1, 5000);
	this_cpu_inc(*c);
	free_percpu(c);
	return true;
}

static void *churn(void *arg)
{
	unsigned long n = 0;
	long bad = 0;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		size_t size = (n++ * 7919) % 60000 + 1;
		char *v = vmalloc(size), *k = kmalloc(size, GFP_KERNEL);
		int *c = alloc_percpu(int);

		bad += !v || !k || !c;
		if (v && k)
			v[size - 1] = k[size - 1] = 1;
		free_percpu(c);
		kfree(k);
		vfree(v);
	}
	return (char *)arg + bad;
}

START_TEST(test_fork_among_threads)
{
	pthread_t thread[3];
	int status;
	void *bad;

	for (int i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, churn, NULL);
	for (int i = 0; i < 30; i++) {
		char *v = vmalloc(100000);
		pid_t pid;

		memset(v, i, 100000);
		pid = fork();
		if (pid == 0) {
			bool ok = all_are(v, (char)i, 100000);

			vfree(v);
			for (int j = 0; j < 100; j++) {
				v = vmalloc(5000);
				ok &= v && use(v);
				vfree(v);
			}
			_exit(ok ? 0 : 1);
		}
		waitpid(pid, &status, 0);
		ck_assert_int_eq(status, 0);
		vfree(v);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 3; i++) {
		pthread_join(thread[i], &bad);
		ck_assert_ptr_null(bad);
	}
}
END_TEST

/* ---- each request of an operation fails once ---- */

static struct page *three[3];

static void op_small(void)
{
	vfree(vmalloc(100));
}

static void op_large(void)
{
	vfree(vzalloc(3 << 20)); /* its array is an area, too */
}

static void op_huge(void)
{
	vfree(vmalloc_huge(2 << 20, GFP_KERNEL));
}

static void op_vrealloc(void)
{
	void *p = vmalloc(100), *q = p ? vrealloc(p, 9000, GFP_KERNEL) : NULL;

	vfree(q ? q : p);
}

static void op_vmap(void)
{
	vunmap(vmap(three, 3, VM_MAP, PAGE_KERNEL));
}

static void op_vm_map_ram(void)
{
	void *p = vm_map_ram(three, 3, NUMA_NO_NODE);

	if (p)
		vm_unmap_ram(p, 3);
	vm_unmap_aliases();
}

/* More than a chunk: another one is made. */
static void op_percpu(void)
{
	void *p[40];

	for (int i = 0; i < 40; i++)
		p[i] = __alloc_percpu_gfp(32768, 4, GFP_KERNEL | __GFP_NOWARN);
	for (int i = 0; i < 40; i++)
		free_percpu(p[i]);
}

/* What per-CPU chunks keep populated does not count. */
static unsigned long held(void)
{
	return kv_nr_allocated() - pcpu_nr_pages();
}

static void (*const ops[])(void) = { op_small,	  op_large, op_huge,
				     op_vrealloc, op_vmap,  op_vm_map_ram,
				     op_percpu };

START_TEST(test_fail_nth)
{
	unsigned long before;
	int n;

	kv_failslab_ignore_gfp_wait = false;
	kv_fail_page_alloc_ignore_gfp_wait = false;
	kv_fail_page_alloc_ignore_gfp_highmem = false;
	kv_fail_page_alloc_min_order = 0;
	kv_failslab.verbose = kv_fail_page_alloc.verbose = 0;
	for (int i = 0; i < 3; i++)
		three[i] = alloc_page(GFP_KERNEL);
	ops[_i]();
	before = held();
	for (n = 1; n < 10000; n++) {
		kv_fail_nth_set(n);
		ops[_i]();
		if (kv_fail_nth_set(0) > 0)
			break;
		ck_assert_msg(held() == before,
			      "request %d fails: %ld are lost", n,
			      (long)(held() - before));
	}
	ck_assert_int_gt(n, 1);
	ck_assert_int_lt(n, 10000);
	for (int i = 0; i < 3; i++)
		__free_page(three[i]);
	kv_failslab_ignore_gfp_wait = true;
	kv_fail_page_alloc_ignore_gfp_wait = true;
	kv_fail_page_alloc_ignore_gfp_highmem = true;
	kv_fail_page_alloc_min_order = 1;
}
END_TEST

/* ---- the kernel's test_vmalloc ---- */

enum { REPEAT = 1, PCPU_OBJECTS = 3500 };

static int loops = 300;

static int alloc_free(unsigned long size, unsigned long align)
{
	char *p = __vmalloc_node(size, align, GFP_KERNEL | __GFP_ZERO, 0,
				 __builtin_return_address(0));

	if (!p)
		return -1;
	*p = 0;
	vfree(p);
	return 0;
}

static int fix_size_alloc_test(void)
{
	for (int i = 0; i < loops; i++) {
		char *p = i % 2 ? vmalloc(PAGE_SIZE) :
				  vmalloc_huge(PAGE_SIZE, GFP_KERNEL);

		if (!p)
			return -1;
		*p = 0;
		vfree(p);
	}
	return 0;
}

static int full_fit_alloc_test(void)
{
	enum { PAIRS = 2048 };
	static void *hole[PAIRS], *kept[PAIRS];
	int rv = 0;

	for (int i = 0; i < PAIRS; i++) {
		hole[i] = vmalloc(PAGE_SIZE);
		kept[i] = vmalloc(PAGE_SIZE);
	}
	for (int i = 0; i < PAIRS; i++)
		vfree(hole[i]);
	for (int i = 0; i < loops; i++)
		rv |= alloc_free(PAGE_SIZE, 1);
	for (int i = 0; i < PAIRS; i++)
		vfree(kept[i]);
	return rv;
}

static int long_busy_list_alloc_test(void)
{
	enum { AREAS = 15000 };
	static void *p[AREAS];
	int rv = 0;

	for (int i = 0; i < AREAS; i++)
		if (!(p[i] = vmalloc(PAGE_SIZE)))
			rv = -1;
	for (int i = 0; i < loops; i++)
		rv |= alloc_free(100 * PAGE_SIZE, 1) | alloc_free(PAGE_SIZE, 1);
	for (int i = 0; i < AREAS; i++)
		vfree(p[i]);
	return rv;
}

static int random_size_alloc_test(void)
{
	int rv = 0;

	for (int i = 0; i < loops; i++)
		rv |= alloc_free((1 + get_random_u32() % 100) * PAGE_SIZE, 1);
	return rv;
}

static int fix_align_alloc_test(void)
{
	int rv = 0;

	for (int i = 0; i < loops; i++)
		rv |= alloc_free(5 * PAGE_SIZE, 16 << 10);
	return rv;
}

static int random_size_align_alloc_test(void)
{
	int rv = 0;

	for (int i = 0; i < loops; i++)
		rv |= alloc_free((1 + get_random_u32() % 10) * PAGE_SIZE,
				 1ul << (20 + get_random_u32() % 3));
	return rv;
}

static int align_shift_alloc_test(void)
{
	for (int i = 0; i < 64; i++) {
		void *p = __vmalloc_node(PAGE_SIZE, 1ul << i,
					 GFP_KERNEL | __GFP_NOWARN, 0, NULL);

		if (!p)
			return -1;
		if ((unsigned long)p & ((1ul << i) - 1))
			return 0; /* passes: that is a failure */
		vfree(p);
	}
	return 0;
}

static int pcpu_alloc_test(void)
{
	static void *p[PCPU_OBJECTS];
	int rv = 0;

	for (int i = 0; i < PCPU_OBJECTS; i++) {
		p[i] = __alloc_percpu(1 + get_random_u32() % 1024,
				      1ul << (1 + get_random_u32() % 11));
		if (!p[i])
			rv = -1;
	}
	for (int i = 0; i < PCPU_OBJECTS; i++)
		free_percpu(p[i]);
	return rv;
}

struct rcu_object {
	struct rcu_head rcu;
	char array[100];
};

static int kvfree_rcu_1_arg_vmalloc_test(void)
{
	for (int i = 0; i < loops; i++) {
		struct rcu_object *p = vmalloc(PAGE_SIZE);

		if (!p)
			return -1;
		p->array[0] = 'a';
		kvfree_rcu_mightsleep(p);
	}
	return 0;
}

static int kvfree_rcu_2_arg_vmalloc_test(void)
{
	for (int i = 0; i < loops; i++) {
		struct rcu_object *p = vmalloc(PAGE_SIZE);

		if (!p)
			return -1;
		p->array[0] = 'a';
		kvfree_rcu(p, rcu);
	}
	rcu_barrier();
	return 0;
}

static int vm_map_ram_test(void)
{
	enum { PAGES = 3 };
	struct page *pages[PAGES];
	int rv = 0;

	for (int i = 0; i < PAGES; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	for (int i = 0; i < loops; i++) {
		char *p = vm_map_ram(pages, PAGES, NUMA_NO_NODE);

		if (!p) {
			rv = -1;
			break;
		}
		*p = 'a';
		vm_unmap_ram(p, PAGES);
	}
	for (int i = 0; i < PAGES; i++)
		__free_page(pages[i]);
	return rv;
}

static int no_block_alloc_test(void)
{
	for (int i = 0; i < loops; i++) {
		char *p;

		preempt_disable();
		p = __vmalloc(PAGE_SIZE * (1 + (unsigned int)i % 64),
			      i % 2 ? GFP_NOWAIT : GFP_ATOMIC);
		if (p)
			*p = 0;
		preempt_enable();
		vfree(p);
	}
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
	bool xfail;
} tests[] = {
	{ "fix_size_alloc_test", fix_size_alloc_test, false },
	{ "full_fit_alloc_test", full_fit_alloc_test, false },
	{ "long_busy_list_alloc_test", long_busy_list_alloc_test, false },
	{ "random_size_alloc_test", random_size_alloc_test, false },
	{ "fix_align_alloc_test", fix_align_alloc_test, false },
	{ "random_size_align_alloc_test", random_size_align_alloc_test, false },
	{ "align_shift_alloc_test", align_shift_alloc_test, true },
	{ "pcpu_alloc_test", pcpu_alloc_test, false },
	{ "kvfree_rcu_1_arg_vmalloc_test", kvfree_rcu_1_arg_vmalloc_test,
	  false },
	{ "kvfree_rcu_2_arg_vmalloc_test", kvfree_rcu_2_arg_vmalloc_test,
	  false },
	{ "vm_map_ram_test", vm_map_ram_test, false },
	{ "no_block_alloc_test", no_block_alloc_test, false },
};

START_TEST(test_kernel_list)
{
	int passed = 0, failed = 0, xfailed = 0;
	unsigned long reports = kv_nr_reports(), before;
	struct timespec start, end;
	u64 usec;
	int rv;

	vm_unmap_aliases();
	before = vmalloc_nr_pages();
	clock_gettime(CLOCK_MONOTONIC, &start);
	rv = tests[_i].run();
	clock_gettime(CLOCK_MONOTONIC, &end);
	passed = rv == 0;
	xfailed = rv && tests[_i].xfail;
	failed = rv && !tests[_i].xfail;
	usec = (u64)(end.tv_sec - start.tv_sec) * 1000000 +
	       (u64)(end.tv_nsec / 1000) - (u64)(start.tv_nsec / 1000);
	printf("Summary: %s passed: %d failed: %d xfailed: %d repeat: %d "
	       "loops: %d avg: %lu usec\n",
	       tests[_i].name, passed, failed, xfailed, REPEAT, loops,
	       (unsigned long)usec);
	ck_assert_int_eq(failed, 0);
	ck_assert_int_eq(xfailed, tests[_i].xfail);
	ck_assert_uint_eq(kv_nr_reports(), reports);
	if (!tests[_i].xfail && tests[_i].run != pcpu_alloc_test) {
		vfree(vmalloc(1)); /* what was deferred */
		ck_assert_uint_eq(vmalloc_nr_pages(), before);
	}
}
END_TEST

/* ---- misuse ---- */

static void vfree_linear(void)
{
	vfree(kmalloc(4096, GFP_KERNEL));
}

static void vfree_twice(void)
{
	void *p = vmalloc(1);

	vfree(p);
	vfree(p);
}

static void vfree_unaligned(void)
{
	vfree((char *)vmalloc(100) + 8);
}

static void vunmap_unknown(void)
{
	vunmap((void *)VMALLOC_START);
}

static void vrealloc_unknown(void)
{
	vrealloc((void *)VMALLOC_START, 100, GFP_KERNEL);
}

static void vmalloc_in_interrupt(void)
{
	kv_enter_irq();
	__vmalloc(100, GFP_ATOMIC);
}

static void vunmap_in_interrupt(void)
{
	kv_enter_softirq();
	vunmap(NULL);
}

static void vmalloc_in_atomic(void)
{
	preempt_disable();
	vmalloc(100);
	preempt_enable();
}

static void vfree_in_atomic(void)
{
	void *p = vmalloc(100);

	preempt_disable();
	vfree(p);
	preempt_enable();
}

static void vmalloc_nothing(void)
{
	vmalloc(0);
	vmalloc(0);
}

static void vmalloc_too_much(void)
{
	if (vmalloc(1ul << 40))
		_exit(1);
}

static void vmalloc_no_pages(void)
{
	for (int i = 0; i < 300; i++)
		if (!__vmalloc(1 << 20, GFP_KERNEL | __GFP_NORETRY))
			return;
	_exit(1);
}

static void vmalloc_bad_gfp(void)
{
	vfree(__vmalloc(100, GFP_KERNEL | __GFP_MOVABLE));
}

static void write_guard(void)
{
	char *p = vmalloc(4096);

	signal(SIGSEGV, SIG_DFL); /* no sanitizer's */
	*(volatile char *)(p + 4096) = 1;
}

static void vrealloc_align(void)
{
	char *p = vmalloc(4096);

	p = (unsigned long)p & 4096 ? p : vmalloc(4096);
	vrealloc_node_align(p, 8, 1 << 30, GFP_KERNEL, NUMA_NO_NODE);
}

static const struct child_case cases[] = {
	{ "vfree_linear", vfree_linear,
	  "Trying to vfree() nonexistent vm area (", 0, NULL },
	{ "vfree_twice", vfree_twice, "Trying to vfree() nonexistent vm area (",
	  0, NULL },
	{ "vfree_unaligned", vfree_unaligned, "Trying to vfree() bad address (",
	  0, NULL },
	{ "vunmap_unknown", vunmap_unknown,
	  "Trying to vunmap() nonexistent vm area (", 0, NULL },
	{ "vrealloc_unknown", vrealloc_unknown,
	  "Trying to vrealloc() nonexistent vm area (", 0, NULL },
	{ "vrealloc_align", vrealloc_align,
	  "will not reallocate with a bigger alignment (0x40000000)", 0, NULL },
	{ "vmalloc_in_interrupt", vmalloc_in_interrupt, "kernel BUG at ",
	  SIGABRT, NULL },
	{ "vunmap_in_interrupt", vunmap_in_interrupt, "kernel BUG at ", SIGABRT,
	  NULL },
	{ "vmalloc_in_atomic", vmalloc_in_atomic,
	  "BUG: sleeping function called from invalid context", 0, NULL },
	{ "vfree_in_atomic", vfree_in_atomic,
	  "BUG: sleeping function called from invalid context", 0, NULL },
	{ "vmalloc_nothing", vmalloc_nothing, "WARNING: CPU: ", 0, NULL },
	{ "vmalloc_too_much", vmalloc_too_much,
	  "vmalloc error: size 1099511627776, exceeds total pages, "
	  "mode:0xcc0(GFP_KERNEL)",
	  0, NULL },
	{ "vmalloc_no_pages", vmalloc_no_pages,
	  "vmalloc error: size 1048576, failed to allocate pages, "
	  "mode:0x10cc0(GFP_KERNEL|__GFP_NORETRY)",
	  0, NULL },
	{ "vmalloc_bad_gfp", vmalloc_bad_gfp,
	  "Unexpected gfp: 0x8 (__GFP_MOVABLE). Fixing up to gfp: 0xcc0 "
	  "(GFP_KERNEL). Fix your code!",
	  0, NULL },
	{ "write_guard", write_guard, "", SIGSEGV, NULL },
	{ "panic_on_warn", vfree_twice, "Kernel panic - not syncing", SIGABRT,
	  "mem=64M cpus=2 panic_on_warn=1" },
};

static Suite *suite(void)
{
	Suite *s = suite_create("vmalloc");
	TCase *t = tcase_create("areas");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_lowest_address_first);
	tcase_add_test(t, test_bytes_are_those_of_the_frames);
	tcase_add_test(t, test_all_pages_come_back);
	tcase_add_test(t, test_zeroed);
	tcase_add_test(t, test_guard_and_use_after_free_trap);
	tcase_add_test(t, test_addresses_are_freed_lazily);
	tcase_add_test(t, test_huge);
	tcase_add_test(t, test_find_vm_area);
	tcase_add_test(t, test_vrealloc);
	tcase_add_test(t, test_arrays);
	tcase_add_test(t, test_gfp_of_old_callers);
	tcase_add_test(t, test_freed_in_interrupt_is_deferred);
	tcase_add_test(t, test_no_address_space_asks_the_notified);
	tcase_add_test(t, test_exhaustion);
	tcase_add_test(t, test_fork_copies_frames);
	tcase_add_test(t, test_fork_among_threads);
	tcase_add_loop_test(t, test_fail_nth, 0, sizeof(ops) / sizeof(ops[0]));
	suite_add_tcase(s, t);
	t = tcase_create("kernel's list");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, test_kernel_list, 0,
			    sizeof(tests) / sizeof(tests[0]));
	suite_add_tcase(s, t);
	t = tcase_create("misuse");
	child_add_cases(t);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	machine("mem=256M cpus=2", argv);
	return child_main(suite, cases, ARRAY_SIZE(cases), argc, argv);
}
