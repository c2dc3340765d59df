/* SPDX-License-Identifier: MIT */
/*
 * highmem_copy.c - copying between pages that have no address: with
 * KVMALLOC="zones=32bit mem=1G" what lies above 896 MiB is mapped only while
 * it is used. (On a 64-bit layout the same code finds all pages mapped.)
 */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>

#define PAGES 64

static void fill(struct page *page, int byte)
{
	void *p = kmap_local_page(page);

	memset(p, byte, PAGE_SIZE);
	kunmap_local(p);
}

static bool holds(struct page *page, int byte)
{
	u8 *p = kmap_local_page(page);
	bool ok = !memchr_inv(p, byte, PAGE_SIZE);

	kunmap_local(p);
	return ok;
}

static void free_list(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
}

static int alloc_list(struct list_head *pages)
{
	for (int i = 0; i < PAGES; i++) {
		struct page *page = alloc_page(GFP_HIGHUSER);

		if (!page) {
			free_list(pages);
			return -ENOMEM;
		}
		fill(page, i);
		list_add_tail(&page->lru, pages);
	}
	return 0;
}

static int __init highmem_copy_init(void)
{
	unsigned int high = 0, unmapped = 0, good = 0;
	struct page *page, *copy;
	LIST_HEAD(pages);
	int i = 0;

	if (alloc_list(&pages))
		return -ENOMEM;
	copy = alloc_page(GFP_HIGHUSER);
	if (!copy) {
		free_list(&pages);
		return -ENOMEM;
	}
	list_for_each_entry(page, &pages, lru) {
		high += PageHighMem(page) != 0;
		unmapped += page_address(page) == NULL;
		copy_highpage(copy, page);
		good += holds(copy, i++);
	}
	__free_page(copy);
	free_list(&pages);
	pr_info("%u pages copied, %u of them high, %u without an address\n",
		good, high, unmapped);
	return good == PAGES && high == unmapped ? 0 : -EINVAL;
}

static void __exit highmem_copy_exit(void)
{
}

module_init(highmem_copy_init);
module_exit(highmem_copy_exit);
MODULE_LICENSE("Dual MIT/GPL");
