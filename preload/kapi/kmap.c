/* SPDX-License-Identifier: MIT */
/*
 * kmap.c - addresses for HighMem pages, in a table all threads share.
 *
 * In the 32-bit layout the frames of zone HighMem are not in the linear map:
 * their only way to an address is a second mapping of machine.fd. The table
 * has LAST_PKMAP slots of a page, each with the kernel's count: 0 free, 1
 * nobody uses it, but it is still mapped, n: n - 1 users. Slots are handed out
 * in a circle; on its wrap the unused ones are unmapped. Who finds none sleeps
 * until a kunmap().
 *
 * page->virtual tells where a page is mapped. It is believed only if the slot
 * says the same: whoever allocates the page may clear it.
 *
 * Locks: pkmap.lock. System calls are made with it: nobody else waits for it
 * but those who map.
 */
#include "kapi/kmap.h"

#include "kapi/context.h"
#include "kapi/report.h"
#include "kapi/vm.h"
#include "os/os.h"

static struct {
	struct spinlock lock;
	char *base;	    /* of the table; NULL: never used */
	unsigned int last;  /* slot handed out last */
	u32 waiting, freed; /* futex: freed changes with each kunmap */
	u32 count[LAST_PKMAP];
	struct page *page[LAST_PKMAP];
} pkmap;

void kmap_lock(void)
{
	spin_lock(&pkmap.lock);
}

void kmap_unlock(void)
{
	spin_unlock(&pkmap.lock);
}

static char *slot_address(unsigned int slot)
{
	return pkmap.base + ((size_t)slot << PAGE_SHIFT);
}

/* The slot @addr lies in, or -1. */
static int slot_at(const void *addr)
{
	size_t off = (size_t)((const char *)addr - pkmap.base);

	return pkmap.base && off < (size_t)LAST_PKMAP << PAGE_SHIFT ?
		       (int)(off >> PAGE_SHIFT) :
		       -1;
}

/* The slot @page is mapped in, or -1; lock held. */
static int slot_of(const struct page *page)
{
	int slot = page->virtual ? slot_at(page->virtual) : -1;

	return slot >= 0 && pkmap.page[slot] == page ? slot : -1;
}

/* Unmaps what nobody uses; lock held. */
static void flush(void)
{
	for (unsigned int i = 0; i < LAST_PKMAP; i++) {
		if (pkmap.count[i] != 1)
			continue;
		if (slot_of(pkmap.page[i]) == (int)i)
			pkmap.page[i]->virtual = NULL;
		pkmap.count[i] = 0;
		pkmap.page[i] = NULL;
		vm_unmap(slot_address(i), PAGE_SIZE);
	}
}

/* A free slot, or -1; lock held. */
static int find_slot(void)
{
	for (unsigned int i = 0; i < LAST_PKMAP; i++) {
		pkmap.last = (pkmap.last + 1) % LAST_PKMAP;
		if (!pkmap.last)
			flush();
		if (!pkmap.count[pkmap.last])
			return (int)pkmap.last;
	}
	flush(); /* what became unused behind the circle's start */
	for (unsigned int i = 0; i < LAST_PKMAP; i++)
		if (!pkmap.count[i])
			return (int)i;
	return -1;
}

static void make_table(void)
{
	if (pkmap.base)
		return;
	pkmap.base = os_reserve((size_t)LAST_PKMAP << PAGE_SHIFT, PAGE_SIZE);
	if (!pkmap.base)
		panic("no address space for kmap()");
}

/* Maps @page in a slot; -1: all are in use. Lock held. */
static int map(struct page *page)
{
	int slot;

	make_table();
	slot = find_slot();
	if (slot < 0)
		return -1;
	if (vm_map_pages(slot_address((unsigned int)slot), &page, 1, false))
		panic("no memory to map a page");
	pkmap.page[slot] = page;
	pkmap.count[slot] = 1;
	page->virtual = slot_address((unsigned int)slot);
	return slot;
}

static void wait_for_slot(void)
{
	u32 seen = __atomic_load_n(&pkmap.freed, __ATOMIC_RELAXED);

	pkmap.waiting++;
	spin_unlock(&pkmap.lock);
	os_futex_wait(&pkmap.freed, seen);
	spin_lock(&pkmap.lock);
	pkmap.waiting--;
}

void *kmap(struct page *page)
{
	void *addr;
	int slot;

	kapi_might_sleep("kmap");
	if (!page_is_highmem(page))
		return page_address(page);
	spin_lock(&pkmap.lock);
	while ((slot = slot_of(page)) < 0 && (slot = map(page)) < 0)
		wait_for_slot();
	pkmap.count[slot]++;
	addr = slot_address((unsigned int)slot);
	spin_unlock(&pkmap.lock);
	return addr;
}

void kunmap(const struct page *page)
{
	int slot;
	bool wake = false;

	KAPI_BUG_ON(kapi_in_interrupt());
	if (!page_is_highmem(page))
		return;
	spin_lock(&pkmap.lock);
	slot = slot_of(page);
	if (slot >= 0 && pkmap.count[slot] > 1 && --pkmap.count[slot] == 1) {
		__atomic_add_fetch(&pkmap.freed, 1, __ATOMIC_RELAXED);
		wake = pkmap.waiting;
	} else if (slot < 0 || pkmap.count[slot] < 2) {
		spin_unlock(&pkmap.lock);
		kv_bug_at(__FILE__, __LINE__, __func__);
	}
	spin_unlock(&pkmap.lock);
	if (wake)
		os_futex_wake(&pkmap.freed, 1);
}

void kmap_flush_unused(void)
{
	spin_lock(&pkmap.lock);
	if (pkmap.base)
		flush();
	spin_unlock(&pkmap.lock);
}

struct page *kmap_to_page(void *addr)
{
	int slot = slot_at(addr);
	struct page *page;

	if (slot >= 0)
		return pkmap.page[slot];
	page = kmap_local_to_page(addr);
	if (page)
		return page;
	if (KAPI_WARN(!virt_is_linear(addr),
		      "kmap_to_page() of %p, where no "
		      "page is mapped",
		      addr))
		return NULL;
	return virt_to_page(addr);
}

/* HighMem pages become holes of the file: they read as zero. */
static void clear_by_hole(struct page *page, unsigned int nr)
{
	if (machine_discard(page_to_pfn(page), nr))
		panic("frames can't be cleared");
}

static void __attribute__((constructor(101))) at_load(void)
{
	clear_highpages = clear_by_hole;
}
