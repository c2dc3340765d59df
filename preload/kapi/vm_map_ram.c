/* SPDX-License-Identifier: MIT */
/*
 * vm_map_ram.c - given pages mapped for a short time.
 *
 * Up to VMAP_MAX_ALLOC pages take a part of a block: an area of 4 MiB that
 * each CPU has and cuts from its start to its end, in parts of 2^n pages. What
 * is unmapped is not used again: a block all of whose parts were used and
 * unmapped goes as a whole. More pages get an area of their own. Neither has a
 * guard behind. A lookup of pages works as in any area.
 *
 * Locks: blocks.lock guards the lists and the blocks' numbers. A part belongs
 * to who mapped it.
 */
#include "kapi/vm.h"

#include <linux/slab.h>

#include "kapi/context.h"
#include "kapi/report.h"
#include "lib/list.h"

enum {
	BLOCK_PAGES = 1024, /* VMAP_BBMAP_BITS */
	MAX_ALLOC = 64,	    /* VMAP_MAX_ALLOC */
};

struct block {
	struct list_head all;
	struct vm_area *area;
	unsigned int cpu;
	unsigned int used;  /* pages cut off, from the start */
	unsigned int dirty; /* of those, unmapped again */
	struct page *pages[BLOCK_PAGES];
};

static struct {
	struct spinlock lock;
	struct list_head all;
	struct block *current[MAX_NR_CPUS]; /* with room, or NULL */
} blocks = { .all = { &blocks.all, &blocks.all } };

void vm_map_ram_lock(void)
{
	spin_lock(&blocks.lock);
}

void vm_map_ram_unlock(void)
{
	spin_unlock(&blocks.lock);
}

static struct vm_area *new_area(unsigned long nr, gfp_t gfp, const void *caller)
{
	return vm_area_get(nr << PAGE_SHIFT,
			   nr == BLOCK_PAGES ? nr << PAGE_SHIFT : PAGE_SIZE,
			   VM_NO_GUARD, VM_KIND_RAM, gfp, caller);
}

static struct block *new_block(unsigned int cpu, const void *caller)
{
	struct block *b = kvmalloc(sizeof(*b), GFP_KERNEL | __GFP_ZERO);

	if (!b)
		return NULL;
	b->area = new_area(BLOCK_PAGES, GFP_KERNEL, caller);
	if (!b->area) {
		kvfree(b);
		return NULL;
	}
	b->cpu = cpu;
	b->area->pages = b->pages;
	b->area->nr_pages = BLOCK_PAGES;
	vm_area_publish(b->area);
	return b;
}

/* A block leaves the lists; lock held. */
static void drop(struct block *b)
{
	list_del(&b->all);
	if (blocks.current[b->cpu] == b)
		blocks.current[b->cpu] = NULL;
}

static void free_block(struct block *b)
{
	struct vm_area *area = vm_area_remove(b->area->vm.addr, VM_KIND_RAM);

	if (area)
		vm_area_put(area);
	kvfree(b);
}

static unsigned int part_pages(unsigned int nr)
{
	return 1u << (nr > 1 ? ilog2_ul(nr - 1) + 1 : 0);
}

/* @nr pages of address space of the CPU's block; NULL: it has no more. */
static char *cut(unsigned int cpu, unsigned int nr, struct page **pages)
{
	unsigned int take = part_pages(nr), at;
	struct block *b;
	char *addr = NULL;

	spin_lock(&blocks.lock);
	b = blocks.current[cpu];
	if (b && b->used + take <= BLOCK_PAGES) {
		at = b->used;
		b->used += take;
		for (unsigned int i = 0; i < nr; i++)
			b->pages[at + i] = pages[i];
		addr = (char *)b->area->vm.addr + ((size_t)at << PAGE_SHIFT);
	}
	spin_unlock(&blocks.lock);
	return addr;
}

/* The CPU's block has no room: another becomes it. Parts at the old one's end
 * that nobody can use count as unmapped. */
static bool next_block(unsigned int cpu, const void *caller)
{
	struct block *b = new_block(cpu, caller), *old;

	if (!b)
		return false;
	spin_lock(&blocks.lock);
	old = blocks.current[cpu];
	blocks.current[cpu] = b;
	list_add(&b->all, &blocks.all);
	if (old) {
		old->dirty += BLOCK_PAGES - old->used;
		old->used = BLOCK_PAGES;
		if (old->dirty == BLOCK_PAGES)
			drop(old);
		else
			old = NULL;
	}
	spin_unlock(&blocks.lock);
	if (old)
		free_block(old);
	return true;
}

static char *get_part(unsigned int nr, struct page **pages, const void *caller)
{
	unsigned int cpu = kapi_this_cpu();
	char *addr;

	while (!(addr = cut(cpu, nr, pages)))
		if (!next_block(cpu, caller))
			return NULL;
	return addr;
}

/* The block that @addr lies in, or NULL; lock held. */
static struct block *block_of(const char *addr)
{
	list_for_each (p, &blocks.all) {
		struct block *b = list_entry(p, struct block, all);
		const char *base = b->area->vm.addr;

		if ((size_t)(addr - base) < (size_t)BLOCK_PAGES << PAGE_SHIFT)
			return b;
	}
	return NULL;
}

/* A part is unmapped: no page is seen there, its block may go. */
static void put_part(char *addr, unsigned int nr)
{
	struct block *b;
	size_t at;

	vm_unmap(addr, (size_t)nr << PAGE_SHIFT);
	spin_lock(&blocks.lock);
	b = block_of(addr);
	if (b) {
		at = (size_t)(addr - (char *)b->area->vm.addr) >> PAGE_SHIFT;
		for (unsigned int i = 0; i < nr; i++)
			b->pages[at + i] = NULL;
		b->dirty += part_pages(nr);
		if (b->dirty == BLOCK_PAGES)
			drop(b);
		else
			b = NULL;
	}
	spin_unlock(&blocks.lock);
	if (b)
		free_block(b);
}

static char *get_own(unsigned int nr, struct page **pages, const void *caller)
{
	struct page **list = kvmalloc(nr * sizeof(*list), GFP_KERNEL);
	struct vm_area *area;

	if (!list)
		return NULL;
	area = new_area(nr, GFP_KERNEL, caller);
	if (!area) {
		kvfree(list);
		return NULL;
	}
	for (unsigned int i = 0; i < nr; i++)
		list[i] = pages[i];
	area->pages = list;
	area->nr_pages = nr;
	vm_area_publish(area);
	return area->vm.addr;
}

static void put_own(char *addr)
{
	struct vm_area *area = vm_area_remove(addr, VM_KIND_RAM);
	struct page **list;

	KAPI_BUG_ON(!area);
	list = area->pages;
	vm_area_put(area);
	kvfree(list);
}

void *vm_map_ram(struct page **pages, unsigned int count, int node)
{
	const void *caller = __builtin_return_address(0);
	struct thread_cache *t;
	char *addr;
	int err;

	(void)node;
	kapi_might_sleep("vm_map_ram");
	if (!count || count > vm_total_pages())
		return NULL;
	addr = count <= MAX_ALLOC ? get_part(count, pages, caller) :
				    get_own(count, pages, caller);
	if (!addr)
		return NULL;
	t = kapi_enter();
	err = t ? vm_map_pages(addr, pages, count, false) : -1;
	if (t)
		kapi_leave(t);
	if (err) {
		vm_unmap_ram(addr, count);
		return NULL;
	}
	return addr;
}

void vm_unmap_ram(const void *mem, unsigned int count)
{
	char *addr = (char *)(uintptr_t)mem;

	kapi_might_sleep("vm_unmap_ram");
	KAPI_BUG_ON(!addr || !is_vmalloc_addr(addr) ||
		    ((uintptr_t)addr & (PAGE_SIZE - 1)));
	if (count <= MAX_ALLOC)
		put_part(addr, count);
	else
		put_own(addr);
}

void vm_map_ram_purge(void)
{
	for (;;) {
		struct block *idle = NULL;

		spin_lock(&blocks.lock);
		list_for_each (p, &blocks.all) {
			struct block *b = list_entry(p, struct block, all);

			if (b->dirty == b->used) {
				idle = b;
				drop(b);
				break;
			}
		}
		spin_unlock(&blocks.lock);
		if (!idle)
			return;
		free_block(idle);
	}
}
