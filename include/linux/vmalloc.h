/* SPDX-License-Identifier: MIT */
/*
 * vmalloc.h - virtually contiguous memory, in a region of its own.
 *
 * An area is made of pages that need not be adjacent; each is seen at its own
 * address too (vmalloc_to_page(), page_address()). Behind an area is a page
 * without access, and a freed address is not given to others for a while.
 */
#ifndef KV_LINUX_VMALLOC_H
#define KV_LINUX_VMALLOC_H

#include <linux/types.h>

#ifndef KV_KAPI_INSIDE
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/overflow.h>
#include <linux/pgtable.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct page;
struct notifier_block;

/* vm_struct.flags */
#define VM_IOREMAP		0x00000001
#define VM_ALLOC		0x00000002
#define VM_MAP			0x00000004
#define VM_USERMAP		0x00000008
#define VM_DMA_COHERENT		0x00000010
#define VM_UNINITIALIZED	0x00000020
#define VM_NO_GUARD		0x00000040
#define VM_KASAN		0x00000080
#define VM_FLUSH_RESET_PERMS	0x00000100
#define VM_MAP_PUT_PAGES	0x00000200
#define VM_ALLOW_HUGE_VMAP	0x00000400
#define VM_DEFER_KMEMLEAK	0
#define VM_SPARSE		0x00001000

#define IOREMAP_MAX_ORDER	30
#define VMALLOC_TOTAL		(VMALLOC_END - VMALLOC_START)

struct vm_struct {
	struct vm_struct *next;
	void *addr;
	unsigned long size;		/* with the guard page */
	unsigned long flags;
	struct page **pages;
	unsigned int page_order;
	unsigned int nr_pages;
	phys_addr_t phys_addr;
	const void *caller;
	unsigned long requested_size;
};

void *vmalloc(unsigned long size);
void *vzalloc(unsigned long size);
void *vmalloc_user(unsigned long size);
void *vmalloc_node(unsigned long size, int node);
void *vzalloc_node(unsigned long size, int node);
void *vmalloc_32(unsigned long size);
void *vmalloc_32_user(unsigned long size);
void *vmalloc_huge(unsigned long size, gfp_t gfp);
void *vmalloc_huge_node(unsigned long size, gfp_t gfp, int node);
void *vmalloc_exec(unsigned long size);
void *__vmalloc(unsigned long size, gfp_t gfp);
void *__vmalloc_node(unsigned long size, unsigned long align, gfp_t gfp,
		     int node, const void *caller);
void *__vmalloc_node_range(unsigned long size, unsigned long align,
			   unsigned long start, unsigned long end, gfp_t gfp,
			   pgprot_t prot, unsigned long vm_flags, int node,
			   const void *caller);

void *vmalloc_array(size_t n, size_t size);
void *vcalloc(size_t n, size_t size);
void *__vmalloc_array(size_t n, size_t size, gfp_t gfp);
void *__vcalloc(size_t n, size_t size, gfp_t gfp);
void *vrealloc(const void *p, size_t size, gfp_t gfp);
void *vrealloc_node_align(const void *p, size_t size, unsigned long align,
			  gfp_t gfp, int node);

void vfree(const void *addr);
void vfree_atomic(const void *addr);

void *vmap(struct page **pages, unsigned int count, unsigned long flags,
	   pgprot_t prot);
void *vmap_pfn(unsigned long *pfns, unsigned int count, pgprot_t prot);
void vunmap(const void *addr);
void *vm_map_ram(struct page **pages, unsigned int count, int node);
void vm_unmap_ram(const void *mem, unsigned int count);
void vm_unmap_aliases(void);

struct vm_struct *get_vm_area(unsigned long size, unsigned long flags);
struct vm_struct *get_vm_area_caller(unsigned long size, unsigned long flags,
				     const void *caller);
struct vm_struct *find_vm_area(const void *addr);
struct vm_struct *remove_vm_area(const void *addr);
void free_vm_area(struct vm_struct *area);

struct page *vmalloc_to_page(const void *addr);
unsigned long vmalloc_to_pfn(const void *addr);
unsigned long vmalloc_nr_pages(void);

int register_vmap_purge_notifier(struct notifier_block *nb);
int unregister_vmap_purge_notifier(struct notifier_block *nb);

bool kv_is_vmalloc_addr(const void *x);
#ifndef KV_KAPI_INSIDE
#define is_vmalloc_addr(x) kv_is_vmalloc_addr(x)
#define is_vmalloc_or_module_addr(x) is_vmalloc_addr(x)

/* Where the region is: known once the machine has booted. */
unsigned long kv_vmalloc_start(void);
unsigned long kv_vmalloc_end(void);
#define VMALLOC_START	kv_vmalloc_start()
#define VMALLOC_END	kv_vmalloc_end()

static inline size_t get_vm_area_size(const struct vm_struct *area)
{
	return area->flags & VM_NO_GUARD ? area->size : area->size - 4096;
}

/* Kernels before 5.8 had a third argument, the protection. */
#define __vmalloc(size, gfp, ...) __vmalloc(size, gfp)
/* Every allocating call has a form without accounting of call sites. */
#define vmalloc_noprof			vmalloc
#define vzalloc_noprof			vzalloc
#define __vmalloc_noprof		__vmalloc
#define vmalloc_user_noprof		vmalloc_user
#define vmalloc_huge_noprof		vmalloc_huge
#define vrealloc_noprof			vrealloc
#endif

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
