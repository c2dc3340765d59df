/* SPDX-License-Identifier: MIT */
/*
 * gfp.h - pages by number: allocation and freeing of blocks of 2^order pages.
 *
 * A block is naturally aligned. Its first page has one reference; __free_pages()
 * drops it. With __GFP_COMP that reference stands for the whole block.
 * HighMem pages (zones=32bit) have no address: alloc_pages() may return them if
 * __GFP_HIGHMEM is given, __get_free_pages() never does.
 */
#ifndef KV_LINUX_GFP_H
#define KV_LINUX_GFP_H

#include <linux/gfp_types.h>
#include <linux/types.h>
#ifndef KV_KAPI_INSIDE
#include <linux/mmzone.h>
#include <linux/topology.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct page;
struct nodemask;

/* All page allocation ends here. @nid NUMA_NO_NODE: the CPU's own node. */
struct page *__alloc_pages(gfp_t gfp, unsigned int order, int nid,
			   const struct nodemask *nodemask);
unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
unsigned long get_zeroed_page(gfp_t gfp);

void __free_pages(struct page *page, unsigned int order);
void free_pages(unsigned long addr, unsigned int order);
void free_unref_page(struct page *page, unsigned int order);

/* @size bytes in single pages; what the block has beyond goes back at once. */
void *alloc_pages_exact(size_t size, gfp_t gfp);
void *alloc_pages_exact_nid(int nid, size_t size, gfp_t gfp);
void free_pages_exact(void *addr, size_t size);

/* Fills the NULL slots with single pages; how many from the start are filled. */
unsigned long alloc_pages_bulk_node(gfp_t gfp, int nid, unsigned long nr,
				    struct page **pages);

/* Any number of adjacent pages, beyond the largest block, too. */
struct page *alloc_contig_pages(unsigned long nr, gfp_t gfp, int nid,
				const struct nodemask *nodemask);
void free_contig_range(unsigned long pfn, unsigned long nr);

void drain_local_pages_kv(void);
void drain_all_pages_kv(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#ifndef KV_KAPI_INSIDE

static inline struct page *alloc_pages_node(int nid, gfp_t gfp,
					    unsigned int order)
{
	return __alloc_pages(gfp, order, nid, NULL);
}

static inline struct page *__alloc_pages_node(int nid, gfp_t gfp,
					      unsigned int order)
{
	return __alloc_pages(gfp, order, nid, NULL);
}

static inline struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	return __alloc_pages(gfp, order, NUMA_NO_NODE, NULL);
}

static inline unsigned long alloc_pages_bulk(gfp_t gfp, unsigned long nr,
					     struct page **pages)
{
	return alloc_pages_bulk_node(gfp, NUMA_NO_NODE, nr, pages);
}

#define alloc_pages_bulk_array(gfp, nr, pages) alloc_pages_bulk(gfp, nr, pages)
#define alloc_pages_bulk_array_node(gfp, nid, nr, pages) \
	alloc_pages_bulk_node(gfp, nid, nr, pages)
#define alloc_page(gfp)		alloc_pages(gfp, 0)
#define alloc_page_node(nid, gfp) alloc_pages_node(nid, gfp, 0)
#define __get_free_page(gfp)	__get_free_pages(gfp, 0)
#define __get_dma_pages(gfp, order) __get_free_pages((gfp) | GFP_DMA, order)
#define __free_page(page)	__free_pages(page, 0)
#define free_page(addr)		free_pages((unsigned long)(addr), 0)
#define drain_local_pages(zone)	drain_local_pages_kv()
#define drain_all_pages(zone)	drain_all_pages_kv()

/* May a request with these flags sleep? */
static inline bool gfpflags_allow_blocking(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM;
}

/* May it wait for a lock? */
static inline bool gfpflags_allow_spinning(gfp_t gfp)
{
	return gfp & __GFP_RECLAIM;
}

/* Flags for an allocation that serves another one. */
static inline gfp_t gfp_nested_mask(gfp_t gfp)
{
	return (gfp & (GFP_KERNEL | GFP_ATOMIC)) | __GFP_NORETRY |
	       __GFP_NOMEMALLOC | __GFP_NOWARN;
}

/* The flags given, or GFP_KERNEL. */
#define __default_gfp_kv(none, gfp, ...) gfp
#define default_gfp(...) __default_gfp_kv(, ##__VA_ARGS__, GFP_KERNEL)

static inline int gfp_migratetype(gfp_t gfp)
{
	return (int)((gfp & GFP_MOVABLE_MASK) >> GFP_MOVABLE_SHIFT);
}

#endif /* KV_KAPI_INSIDE */

#endif
