/* SPDX-License-Identifier: MIT */
/* test_ioremap.c - device memory: addresses behind the machine's last frame. */
#include <linux/array_size.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kvkernel.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <signal.h>

#include "child.h"
#include "machine.h"

#define DEVICE 0x100000000ull /* far behind the machine's memory */

START_TEST(test_same_memory_everywhere)
{
	char *a = ioremap(DEVICE, 8192), *b = ioremap(DEVICE + 4096, 4096);

	ck_assert(is_vmalloc_addr(a) && is_vmalloc_addr(b));
	ck_assert_uint_eq(readl(a + 4096), 0);
	writel(0x12345678, a + 4096);
	ck_assert_uint_eq(ioread32(b), 0x12345678);
	iounmap(a);
	ck_assert_uint_eq(readl(b), 0x12345678);
	iounmap(b);
	a = ioremap_wc(DEVICE + 4096, 4);
	ck_assert_uint_eq(readl(a), 0x12345678);
	writel(0, a);
	iounmap(a);
}
END_TEST

START_TEST(test_offset_in_page)
{
	char *p = ioremap(DEVICE + 0x10ffe, 4);
	struct vm_struct *vm = find_vm_area(p);

	ck_assert_uint_eq((unsigned long)p % PAGE_SIZE, 0xffe);
	ck_assert_uint_eq(get_vm_area_size(vm), 2 * PAGE_SIZE);
	ck_assert_uint_eq(vm->phys_addr, DEVICE + 0x10000);
	ck_assert(vm->flags & VM_IOREMAP);
	writew(1, p);
	writew(2, p + 2);
	iounmap(p);
	ck_assert_ptr_null(find_vm_area(p));
}
END_TEST

START_TEST(test_refused)
{
	unsigned long before = kv_nr_reports();

	ck_assert_ptr_null(ioremap(DEVICE, 0));
	ck_assert_ptr_null(ioremap(~0ull - 10, 100));
	ck_assert_uint_eq(kv_nr_reports(), before);
	ck_assert_ptr_null(ioremap(1 << 20, 4096)); /* memory */
	ck_assert_uint_eq(kv_nr_reports(), before + 1);
}
END_TEST

START_TEST(test_page_range)
{
	struct vm_struct *vm = get_vm_area(3 * PAGE_SIZE, VM_IOREMAP);
	unsigned long addr = (unsigned long)vm->addr;
	char *again;

	ck_assert_int_eq(ioremap_page_range(addr, addr + 3 * PAGE_SIZE,
					    DEVICE + 0x20000, PAGE_KERNEL), 0);
	writel(7, (char *)vm->addr + 2 * PAGE_SIZE);
	again = ioremap(DEVICE + 0x20000 + 2 * PAGE_SIZE, PAGE_SIZE);
	ck_assert_uint_eq(readl(again), 7);
	ck_assert_int_eq(ioremap_page_range(addr, addr + PAGE_SIZE, DEVICE,
					    PAGE_KERNEL), -ERANGE);
	iounmap(again);
	free_vm_area(vm);
	vm = get_vm_area(PAGE_SIZE, VM_MAP);
	addr = (unsigned long)vm->addr;
	ck_assert_int_eq(ioremap_page_range(addr, addr + PAGE_SIZE, DEVICE,
					    PAGE_KERNEL), -EINVAL);
	free_vm_area(vm);
}
END_TEST

START_TEST(test_memremap)
{
	char *p = kmalloc(64, GFP_KERNEL), *q;

	q = memremap(virt_to_phys(p), 64, MEMREMAP_WB);
	ck_assert_ptr_eq(p, q);
	memunmap(q);
	*p = 1; /* it is still there */
	kfree(p);
	q = memremap(DEVICE, 64, MEMREMAP_WB);
	ck_assert(is_vmalloc_addr(q));
	memunmap(q);
	ck_assert_ptr_null(memremap(DEVICE, 64, 0));
}
END_TEST

START_TEST(test_vmallocinfo)
{
	static char text[1 << 16];
	void *p = ioremap(DEVICE + 0x3000, 4096);

	ck_assert_int_gt(kv_proc_read("vmallocinfo", text, sizeof(text)), 0);
	ck_assert_ptr_nonnull(strstr(text,
				     "phys=0x0000000100003000 ioremap\n"));
	iounmap(p);
}
END_TEST

static void use_after_unmap(void)
{
	char *p = ioremap(DEVICE, 4096);

	iounmap(p);
	fprintf(stderr, "unmapped\n");
	writel(1, p);
}

static void bad_address(void)
{
	char *p = vmalloc(100);

	iounmap(p);
	*p = 1; /* untouched */
	vfree(p);
}

static const struct child_case cases[] = {
	{ "use_after_unmap", use_after_unmap, "unmapped", SIGSEGV, NULL },
	{ "bad_address", bad_address, "iounmap: bad address", 0, NULL },
};

static Suite *suite(void)
{
	Suite *s = suite_create("ioremap");
	TCase *t = tcase_create("ioremap");

	tcase_add_test(t, test_same_memory_everywhere);
	tcase_add_test(t, test_offset_in_page);
	tcase_add_test(t, test_refused);
	tcase_add_test(t, test_page_range);
	tcase_add_test(t, test_memremap);
	tcase_add_test(t, test_vmallocinfo);
	child_add_cases(t);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	machine("mem=256M cpus=2", argv);
	return child_main(suite, cases, ARRAY_SIZE(cases), argc, argv);
}
