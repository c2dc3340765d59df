/* SPDX-License-Identifier: MIT */
/*
 * mm.h - pages: their addresses, numbers and users.
 *
 * A frame number (pfn) counts pages of the machine; physical address = pfn *
 * PAGE_SIZE. Frames that are no HighMem have a linear address, always. One
 * linear address after another is one frame after another.
 */
#ifndef KV_LINUX_MM_H
#define KV_LINUX_MM_H

#include <linux/gfp.h>
#include <linux/types.h>

#ifdef KV_KAPI_INSIDE
struct folio;
struct sysinfo;
#else
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mmzone.h>
#include <linux/overflow.h>
#include <linux/page-flags.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysinfo.h>

#ifndef PAGE_SHIFT
#define PAGE_SHIFT	12
#endif
#ifndef PAGE_SIZE
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#endif
#ifndef PAGE_MASK
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#endif
#define PAGE_ALIGN(addr) \
	(((addr) + (__typeof__(addr))(PAGE_SIZE - 1)) & (__typeof__(addr))PAGE_MASK)
#define PAGE_ALIGN_DOWN(addr)	((addr) & (__typeof__(addr))PAGE_MASK)
#define PAGE_ALIGNED(addr)	(((unsigned long)(addr) & (PAGE_SIZE - 1)) == 0)
#define offset_in_page(p)	((unsigned long)(p) & (PAGE_SIZE - 1))
#define PFN_ALIGN(x)		PAGE_ALIGN((unsigned long)(x))
#define PFN_UP(x)		(((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x)		((x) >> PAGE_SHIFT)
#define PFN_PHYS(x)		((phys_addr_t)(x) << PAGE_SHIFT)
#define PHYS_PFN(x)		((unsigned long)((x) >> PAGE_SHIFT))
#endif

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* linux/vmalloc.h */
bool kv_is_vmalloc_addr(const void *x);

/* The linear map; BUG for what is no page of the machine's. */
struct page *kv_virt_to_page(const void *addr);
void *kv_page_address(const struct page *page);
struct page *kv_pfn_to_page(unsigned long pfn);
unsigned long kv_page_to_pfn(const struct page *page);
bool kv_pfn_valid(unsigned long pfn);
bool kv_virt_addr_valid(const void *addr);
void *kv_pfn_to_virt(unsigned long pfn);
unsigned long kv_virt_to_pfn(const void *addr);

unsigned int kv_compound_order(const struct page *page);
int kv_page_to_nid(const struct page *page);
int kv_page_zonenum(const struct page *page);

/* References. Of a compound block the head counts for all its pages. */
int page_count(const struct page *page);
int page_ref_count(const struct page *page);
void get_page(struct page *page);
bool get_page_unless_zero(struct page *page);
bool try_get_page(struct page *page);
void put_page(struct page *page);
/* Drops one without freeing: true if it was the last. */
int put_page_testzero(struct page *page);
void page_ref_inc(struct page *page);
void page_ref_dec(struct page *page);
void page_ref_add(struct page *page, int nr);
void page_ref_sub(struct page *page, int nr);
int page_ref_dec_and_test(struct page *page);
int page_ref_inc_return(struct page *page);
void set_page_count(struct page *page, int v);

/* Makes single pages of a block that is not compound. */
void split_page(struct page *page, unsigned int order);

unsigned long totalram_pages(void);
unsigned long totalhigh_pages(void);
unsigned long nr_free_highpages(void);
void si_meminfo(struct sysinfo *val);
long si_mem_available(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#ifndef KV_KAPI_INSIDE

#define is_vmalloc_addr(x)	kv_is_vmalloc_addr(x)
#define virt_to_page(addr)	kv_virt_to_page((const void *)(unsigned long)(addr))
#define virt_to_head_page(addr)	compound_head(virt_to_page(addr))
#define virt_addr_valid(addr) \
	kv_virt_addr_valid((const void *)(unsigned long)(addr))
#define pfn_to_page(pfn)	kv_pfn_to_page(pfn)
#define page_to_pfn(page)	kv_page_to_pfn(page)
#define pfn_valid(pfn)		kv_pfn_valid(pfn)
#define virt_to_pfn(addr)	kv_virt_to_pfn((const void *)(unsigned long)(addr))
#define pfn_to_virt(pfn)	kv_pfn_to_virt(pfn)
#define page_to_virt(page)	kv_page_address(page)
#define page_to_phys(page)	PFN_PHYS(kv_page_to_pfn(page))
#define phys_to_page(phys)	kv_pfn_to_page(PHYS_PFN(phys))
#define __pa(addr) \
	((unsigned long)PFN_PHYS(virt_to_pfn(addr)) + offset_in_page(addr))
#define __va(phys) \
	((void *)((char *)pfn_to_virt(PHYS_PFN(phys)) + offset_in_page(phys)))
#define nth_page(page, n)	((page) + (n))

static inline void *page_address(const struct page *page)
{
	return kv_page_address(page);
}
#define lowmem_page_address(page) page_address(page)

static inline unsigned int compound_order(struct page *page)
{
	return kv_compound_order(page);
}

static inline unsigned long compound_nr(struct page *page)
{
	return 1ul << kv_compound_order(page);
}

static inline unsigned long page_size(struct page *page)
{
	return PAGE_SIZE << kv_compound_order(page);
}

static inline int page_to_nid(const struct page *page)
{
	return kv_page_to_nid(page);
}

static inline enum zone_type page_zonenum(const struct page *page)
{
	return (enum zone_type)kv_page_zonenum(page);
}

static inline struct zone *page_zone(const struct page *page)
{
	return &NODE_DATA(kv_page_to_nid(page))
			->node_zones[kv_page_zonenum(page)];
}
#define page_pgdat(page) NODE_DATA(page_to_nid(page))

static inline unsigned long page_private_kv(const struct page *page)
{
	return page->KV_PAGE_PRIVATE;
}

static inline void set_page_private(struct page *page, unsigned long v)
{
	page->KV_PAGE_PRIVATE = v;
}
#define page_private(page) page_private_kv(page)

static inline struct address_space *page_mapping(const struct page *page)
{
	return page->mapping;
}

static inline void init_page_count(struct page *page)
{
	set_page_count(page, 1);
}

static inline int get_order(unsigned long size)
{
	if (size <= PAGE_SIZE)
		return 0;
	return (int)(8 * sizeof(size)) -
	       __builtin_clzl((size - 1) >> PAGE_SHIFT);
}

/* folios: the head page by another name */

static inline struct folio *folio_alloc(gfp_t gfp, unsigned int order)
{
	return (struct folio *)alloc_pages(gfp | __GFP_COMP, order);
}

static inline struct folio *folio_alloc_node_kv(gfp_t gfp, unsigned int order,
						int nid)
{
	return (struct folio *)alloc_pages_node(nid, gfp | __GFP_COMP, order);
}
#define __folio_alloc_node(gfp, order, nid) folio_alloc_node_kv(gfp, order, nid)

static inline void folio_get(struct folio *folio)
{
	get_page(&folio->page);
}

static inline bool folio_try_get(struct folio *folio)
{
	return get_page_unless_zero(&folio->page);
}

static inline void folio_put(struct folio *folio)
{
	put_page(&folio->page);
}

static inline int folio_ref_count(const struct folio *folio)
{
	return page_ref_count(&folio->page);
}

static inline void *folio_address(const struct folio *folio)
{
	return kv_page_address(&folio->page);
}

static inline unsigned int folio_order(const struct folio *folio)
{
	return kv_compound_order(&folio->page);
}

static inline unsigned long folio_nr_pages(const struct folio *folio)
{
	return 1ul << kv_compound_order(&folio->page);
}

static inline size_t folio_size(const struct folio *folio)
{
	return PAGE_SIZE << kv_compound_order(&folio->page);
}

static inline unsigned long folio_pfn(const struct folio *folio)
{
	return kv_page_to_pfn(&folio->page);
}

static inline int folio_nid(const struct folio *folio)
{
	return kv_page_to_nid(&folio->page);
}

#define virt_to_folio(addr)	page_folio(virt_to_page(addr))

static inline void *folio_get_private(struct folio *folio)
{
	return (void *)folio->page.KV_PAGE_PRIVATE;
}

#endif /* KV_KAPI_INSIDE */
#endif
