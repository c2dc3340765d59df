/* SPDX-License-Identifier: MIT */
/*
 * kmap_local.c - addresses for HighMem pages, for one thread.
 *
 * Each thread has a window of KM_MAX_IDX slots, used as a stack: mappings are
 * undone in reverse order. One more than there are is a BUG, another order
 * is reported, and the latest one is undone as in the kernel. Behind each slot
 * is a page without access. A window is made when its thread first maps a
 * HighMem page, and handed on when it ends.
 *
 * The kernel also keeps the thread on its CPU. Nothing here depends on that.
 */
#include "kapi/kmap.h"

#include <linux/preempt.h>
#include <pthread.h>

#include "kapi/context.h"
#include "kapi/report.h"
#include "kapi/vm.h"
#include "os/os.h"

enum { SLOT_SHIFT = PAGE_SHIFT + 1 }; /* with the guard */
#define WINDOW_SIZE ((size_t)KM_MAX_IDX << SLOT_SHIFT)

struct window {
	char *base;
	struct page *page[KM_MAX_IDX];
};
static _Thread_local struct window own;

static struct {
	struct spinlock lock;
	unsigned int nr;
	char *base[MAX_NR_CPUS]; /* of threads that ended */
} unused;

static void give_window(void *base)
{
	vm_unmap(base, WINDOW_SIZE);
	spin_lock(&unused.lock);
	if (unused.nr < ARRAY_SIZE(unused.base)) {
		unused.base[unused.nr++] = base;
		base = NULL;
	}
	spin_unlock(&unused.lock);
	if (base)
		os_release(base, WINDOW_SIZE);
}

/* A key of a thread's end; made once. */
static pthread_key_t end_key;

static void make_key(void)
{
	if (pthread_key_create(&end_key, give_window))
		panic("no key for windows of threads");
}

static void get_window(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_key);
	spin_lock(&unused.lock);
	if (unused.nr)
		own.base = unused.base[--unused.nr];
	spin_unlock(&unused.lock);
	if (!own.base)
		own.base = os_reserve(WINDOW_SIZE, PAGE_SIZE);
	if (!own.base)
		panic("no address space for kmap_local_page()");
	pthread_setspecific(end_key, own.base);
}

static char *slot_address(int slot)
{
	return own.base + ((size_t)slot << SLOT_SHIFT);
}

void *kmap_local_page(const struct page *page)
{
	struct page *mapped = pfn_to_page(page_to_pfn(page));
	int slot = kapi_task.local_maps;

	if (!page_is_highmem(page))
		return page_address(page);
	KAPI_BUG_ON(slot >= KM_MAX_IDX);
	if (!own.base)
		get_window();
	if (vm_map_pages(slot_address(slot), &mapped, 1, false))
		panic("no memory to map a page");
	own.page[slot] = mapped;
	kapi_task.local_maps++;
	return slot_address(slot);
}

void *kmap_local_pfn(unsigned long pfn)
{
	return kmap_local_page(pfn_to_page(pfn));
}

static bool in_window(const void *addr)
{
	return own.base &&
	       (size_t)((const char *)addr - own.base) < WINDOW_SIZE;
}

struct page *kmap_local_to_page(const void *addr)
{
	size_t slot = (size_t)((const char *)addr - own.base) >> SLOT_SHIFT;

	return in_window(addr) && slot < (size_t)kapi_task.local_maps ?
		       own.page[slot] :
		       NULL;
}

void kv_kunmap_local(const void *addr)
{
	const char *start =
		(const char *)ALIGN_DOWN((uintptr_t)addr, PAGE_SIZE);
	int slot;

	if (!in_window(addr)) {
		KAPI_WARN_ONCE(!virt_is_linear(addr),
			       "kunmap_local() of %p, which is not mapped by "
			       "this thread",
			       addr);
		return;
	}
	KAPI_BUG_ON(!kapi_task.local_maps);
	slot = --kapi_task.local_maps;
	KAPI_WARN_ONCE(start != slot_address(slot),
		       "kunmap_local() of %p, but %p was mapped last", addr,
		       (const void *)slot_address(slot));
	own.page[slot] = NULL;
	vm_unmap(slot_address(slot), PAGE_SIZE);
}

void *kv_kmap_atomic(const struct page *page)
{
	preempt_disable();
	return kmap_local_page(page);
}

void kv_kunmap_atomic(const void *addr)
{
	kv_kunmap_local(addr);
	preempt_enable();
}
