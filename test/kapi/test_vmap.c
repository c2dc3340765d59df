/* SPDX-License-Identifier: MIT */
/*
 * test_vmap.c - given pages in areas: vmap() and its flags, vm_map_ram() and
 * its blocks, bare areas, and what is said to misuse.
 */
#include <linux/kvkernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <pthread.h>
#include <signal.h>

#include "child.h"
#include "machine.h"

#define PAGES 100

static struct page *pages[PAGES];

/* Pages that are not adjacent, numbered in their first word. */
static void get_pages(void)
{
	for (int i = 0; i < PAGES; i++) {
		pages[i * 37 % PAGES] = alloc_page(GFP_KERNEL);
		ck_assert_ptr_nonnull(pages[i * 37 % PAGES]);
	}
	for (int i = 0; i < PAGES; i++)
		*(int *)page_address(pages[i]) = i;
}

static void put_pages(void)
{
	for (int i = 0; i < PAGES; i++)
		__free_page(pages[i]);
}

static bool in_order(const char *p, int nr)
{
	for (int i = 0; i < nr; i++)
		if (*(const int *)(p + i * PAGE_SIZE) != i)
			return false;
	return true;
}

START_TEST(test_vmap_shows_pages_in_order)
{
	unsigned long held = vmalloc_nr_pages();
	char *p, *again;

	get_pages();
	p = vmap(pages, PAGES, VM_MAP, PAGE_KERNEL);
	again = vmap(pages, PAGES, VM_MAP, PAGE_KERNEL);
	ck_assert(is_vmalloc_addr(p) && p != again);
	ck_assert(in_order(p, PAGES) && in_order(again, PAGES));
	p[3 * PAGE_SIZE + 100] = 'w';
	ck_assert_int_eq(((char *)page_address(pages[3]))[100], 'w');
	ck_assert_int_eq(again[3 * PAGE_SIZE + 100], 'w');
	for (int i = 0; i < PAGES; i++)
		ck_assert_ptr_eq(vmalloc_to_page(p + i * PAGE_SIZE), pages[i]);
	ck_assert_ptr_null(vmalloc_to_page(p + PAGES * PAGE_SIZE));
	ck_assert_uint_eq(find_vm_area(p)->flags, VM_MAP);
	ck_assert_uint_eq(find_vm_area(p)->nr_pages, 0);
	ck_assert_uint_eq(vmalloc_nr_pages(), held);
	vunmap(p);
	vfree(again); /* does no more than vunmap() */
	ck_assert_int_eq(page_count(pages[0]), 1);
	put_pages();
}
END_TEST

START_TEST(test_vmap_put_pages)
{
	unsigned long before, held;
	struct page **list;
	char *p;

	vunmap(vmap((get_pages(), pages), PAGES, VM_MAP, PAGE_KERNEL));
	put_pages();
	before = kv_nr_allocated();
	held = vmalloc_nr_pages();
	list = kmalloc_array(3, sizeof(*list), GFP_KERNEL);
	for (int i = 0; i < 3; i++)
		list[i] = alloc_page(GFP_KERNEL);
	p = vmap(list, 3, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL);
	memset(p, 1, 3 * PAGE_SIZE);
	ck_assert_uint_eq(find_vm_area(p)->nr_pages, 3);
	vfree(p);
	ck_assert_uint_eq(kv_nr_allocated(), before);
	ck_assert_uint_eq(vmalloc_nr_pages(), held);
}
END_TEST

START_TEST(test_vmap_refusals)
{
	get_pages();
	ck_assert_ptr_null(vmap(pages, 0, VM_MAP, PAGE_KERNEL));
	ck_assert_ptr_null(vmap(pages, 1u << 30, VM_MAP, PAGE_KERNEL));
	put_pages();
	vunmap(NULL);
}
END_TEST

START_TEST(test_vmap_pfn)
{
	unsigned long pfns[3];
	char *p;

	get_pages();
	for (int i = 0; i < 3; i++)
		pfns[i] = page_to_pfn(pages[i]);
	p = vmap_pfn(pfns, 3, PAGE_KERNEL);
	ck_assert(in_order(p, 3));
	vunmap(p);
	put_pages();
}
END_TEST

START_TEST(test_bare_areas)
{
	struct vm_struct *vm = get_vm_area(10000, VM_IOREMAP), *same;

	ck_assert_uint_eq(get_vm_area_size(vm), 3 * PAGE_SIZE);
	ck_assert_ptr_eq(find_vm_area(vm->addr), vm);
	ck_assert_ptr_null(vmalloc_to_page(vm->addr));
	free_vm_area(vm);
	vm = get_vm_area(1, VM_IOREMAP | VM_NO_GUARD);
	ck_assert_uint_eq(get_vm_area_size(vm), PAGE_SIZE);
	ck_assert_uint_eq(vm->size, PAGE_SIZE);
	same = remove_vm_area(vm->addr);
	ck_assert_ptr_eq(same, vm);
	ck_assert_ptr_null(find_vm_area(vm->addr));
	kfree(same);
}
END_TEST

/* Parts of a block lie one behind the other, of 2^n pages. */
START_TEST(test_vm_map_ram_parts)
{
	char *p[4];

	get_pages();
	for (int i = 0; i < 4; i++)
		p[i] = vm_map_ram(pages, 3, NUMA_NO_NODE);
	for (int i = 0; i < 4; i++) {
		ck_assert(in_order(p[i], 3));
		ck_assert_ptr_eq(vmalloc_to_page(p[i] + PAGE_SIZE), pages[1]);
		ck_assert_ptr_null(find_vm_area(p[i]));
		if (i)
			ck_assert_ptr_eq(p[i], p[i - 1] + 4 * PAGE_SIZE);
	}
	p[0][2 * PAGE_SIZE + 50] = 'r';
	ck_assert_int_eq(((char *)page_address(pages[2]))[50], 'r');
	for (int i = 0; i < 4; i++)
		vm_unmap_ram(p[i], 3);
	ck_assert_ptr_null(vmalloc_to_page(p[0]));
	put_pages();
}
END_TEST

START_TEST(test_vm_map_ram_large)
{
	char *p;

	get_pages();
	p = vm_map_ram(pages, PAGES, NUMA_NO_NODE);
	ck_assert(in_order(p, PAGES));
	ck_assert_ptr_eq(vmalloc_to_page(p + 99 * PAGE_SIZE), pages[99]);
	vm_unmap_ram(p, PAGES);
	ck_assert_ptr_null(vmalloc_to_page(p));
	put_pages();
}
END_TEST

START_TEST(test_vm_map_ram_blocks_go)
{
	unsigned long before;

	get_pages();
	vm_unmap_ram(vm_map_ram(pages, 1, NUMA_NO_NODE), 1);
	vm_unmap_aliases();
	before = kv_nr_allocated();
	for (int i = 0; i < 200; i++) { /* three blocks */
		char *p = vm_map_ram(pages, 16, NUMA_NO_NODE);

		ck_assert(in_order(p, 16));
		vm_unmap_ram(p, 16);
	}
	vm_unmap_aliases();
	ck_assert_uint_eq(kv_nr_allocated(), before);
	put_pages();
}
END_TEST

static void *map_and_unmap(void *arg)
{
	long bad = 0;

	for (int i = 0; i < 500; i++) {
		int nr = 1 + i % 64;
		char *p = i % 2 ? vm_map_ram(pages, (unsigned int)nr, -1) :
				  vmap(pages, (unsigned int)nr, VM_MAP,
				       PAGE_KERNEL);

		bad += !p || !in_order(p, nr);
		if (i % 2)
			vm_unmap_ram(p, (unsigned int)nr);
		else
			vunmap(p);
	}
	return (char *)arg + bad;
}

START_TEST(test_threads)
{
	pthread_t thread[4];
	void *bad;

	get_pages();
	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, map_and_unmap, NULL);
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], &bad);
		ck_assert_ptr_null(bad);
	}
	put_pages();
}
END_TEST

/* ---- /proc/vmallocinfo ---- */

static char info[1 << 20];

/* The row whose text contains @what, terminated; NULL: there is none. */
static const char *row(const char *what)
{
	static char line[512];
	const char *at, *end;

	ck_assert_int_ge(kv_proc_read("vmallocinfo", info, sizeof(info)), 0);
	at = strstr(info, what);
	if (!at)
		return NULL;
	while (at > info && at[-1] != '\n')
		at--;
	end = strchr(at, '\n');
	snprintf(line, sizeof(line), "%.*s", (int)(end - at), at);
	return line;
}

START_TEST(test_vmallocinfo)
{
	unsigned long start, end, size;
	char caller[256], *p, *large, *user, *ram;
	struct vm_struct *vm;

	vm_unmap_aliases();
	ck_assert_ptr_null(row("unpurged"));
	get_pages();
	large = vmalloc(1234 * PAGE_SIZE);
	user = vmalloc_user(77 * PAGE_SIZE);
	p = vmap(pages, 55, VM_MAP, PAGE_KERNEL);
	ram = vm_map_ram(pages, 1, NUMA_NO_NODE);
	vm = get_vm_area(33 * PAGE_SIZE, VM_IOREMAP);
	vm->phys_addr = 0xfe000000;

	ck_assert_int_eq(sscanf(row(" pages=1234 "),
				"0x%16lx-0x%16lx %7lu %255s pages=1234 "
				"vmalloc vpages N0=1234",
				&start, &end, &size, caller),
			 4);
	ck_assert_uint_eq(size, 1235 * PAGE_SIZE);
	ck_assert_ptr_nonnull(strstr(caller, "+0x"));
	ck_assert_ptr_nonnull(
		strstr(row("pages=77 "), " pages=77 vmalloc user N0=77"));
	ck_assert_ptr_nonnull(strstr(row(" vmap"), "  229376 "));
	ck_assert_ptr_nonnull(strstr(row(" vm_map_ram"), " 4194304 "));
	ck_assert_ptr_nonnull(
		strstr(row(" ioremap"), " phys=0x00000000fe000000 ioremap"));
	free_vm_area(vm);
	vm_unmap_ram(ram, 1);
	vunmap(p);
	vfree(user);
	vfree(large);
	ck_assert_ptr_null(row("pages=1234 "));
	ck_assert_ptr_nonnull(strstr(row(" unpurged vm_area"), " unpurged "));
	put_pages();
}
END_TEST

/* ---- misuse ---- */

static void write_read_only(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	volatile char *p = vmap(&page, 1, VM_MAP, PAGE_KERNEL_RO);

	signal(SIGSEGV, SIG_DFL); /* no sanitizer's */
	if (p[0] == 1)
		_exit(1);
	p[0] = 1;
}

static void vunmap_twice(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *p = vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	vunmap(p);
	vunmap(p);
}

static void vmap_no_page(void)
{
	struct page *page = NULL;

	if (vmap(&page, 1, VM_MAP, PAGE_KERNEL))
		_exit(1);
}

static void unmap_ram_null(void)
{
	vm_unmap_ram(NULL, 1);
}

static void vmap_in_atomic(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	preempt_disable();
	vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	preempt_enable();
}

static void area_in_interrupt(void)
{
	kv_enter_irq();
	get_vm_area(1, VM_MAP);
}

static void free_wrong_area(void)
{
	struct vm_struct vm = *get_vm_area(1, VM_MAP);

	free_vm_area(&vm);
}

static const struct child_case cases[] = {
	{ "write_read_only", write_read_only, "", SIGSEGV, NULL },
	{ "vunmap_twice", vunmap_twice,
	  "Trying to vunmap() nonexistent vm area (", 0, NULL },
	{ "vmap_no_page", vmap_no_page, "WARNING: CPU: ", 0, NULL },
	{ "unmap_ram_null", unmap_ram_null, "kernel BUG at ", SIGABRT, NULL },
	{ "vmap_in_atomic", vmap_in_atomic,
	  "BUG: sleeping function called from invalid context", 0, NULL },
	{ "area_in_interrupt", area_in_interrupt, "kernel BUG at ", SIGABRT,
	  NULL },
	{ "free_wrong_area", free_wrong_area, "kernel BUG at ", SIGABRT, NULL },
};

static Suite *suite(void)
{
	Suite *s = suite_create("vmap");
	TCase *t = tcase_create("areas");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_vmap_shows_pages_in_order);
	tcase_add_test(t, test_vmap_put_pages);
	tcase_add_test(t, test_vmap_refusals);
	tcase_add_test(t, test_vmap_pfn);
	tcase_add_test(t, test_bare_areas);
	tcase_add_test(t, test_vm_map_ram_parts);
	tcase_add_test(t, test_vm_map_ram_large);
	tcase_add_test(t, test_vm_map_ram_blocks_go);
	tcase_add_test(t, test_threads);
	tcase_add_test(t, test_vmallocinfo);
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
