/* SPDX-License-Identifier: MIT */
/*
 * page_info.c - what a page is, where it is, and how many use it.
 */
#include "kapi/pages.h"

#include "kapi/report.h"

/* addresses and numbers */

bool kv_pfn_valid(unsigned long pfn)
{
	return pfn && frame_is_committed(pfn);
}

bool kv_virt_addr_valid(const void *addr)
{
	return virt_is_linear(addr) && kv_pfn_valid(virt_to_pfn(addr));
}

/* The kernel checks with CONFIG_DEBUG_VIRTUAL only; here it would crash. */
struct page *kv_virt_to_page(const void *addr)
{
	KAPI_BUG_ON(!kv_virt_addr_valid(addr));
	return virt_to_page(addr);
}

unsigned long kv_virt_to_pfn(const void *addr)
{
	return virt_to_pfn(addr);
}

void *kv_pfn_to_virt(unsigned long pfn)
{
	return pfn_to_virt(pfn);
}

struct page *kv_pfn_to_page(unsigned long pfn)
{
	return pfn_to_page(pfn);
}

unsigned long kv_page_to_pfn(const struct page *page)
{
	return page_to_pfn(page);
}

void *kv_page_address(const struct page *page)
{
	return kv_page_is_highmem(page) ? page->virtual : page_address(page);
}

int kv_page_to_nid(const struct page *page)
{
	return page_to_nid(page);
}

int kv_page_zonenum(const struct page *page)
{
	return pfn_span(page_to_pfn(page))->type;
}

/* what it is */

int kv_page_is_highmem(const struct page *page)
{
	return page_is_highmem(page);
}

int kv_page_is_slab(const struct page *page)
{
	return pgref_head(page)->type == PAGE_SLAB;
}

int kv_page_is_buddy(const struct page *page)
{
	return page->type == PAGE_BUDDY;
}

int kv_page_is_pfmemalloc(const struct page *page)
{
	return (pgref_head(page)->flags & PG_PFMEMALLOC) != 0;
}

int kv_page_is_compound(const struct page *page)
{
	return pgref_is_compound(page);
}

int kv_page_is_tail(const struct page *page)
{
	return pgref_is_tail(page);
}

struct page *kv_compound_head(const struct page *page)
{
	return pgref_head(page);
}

unsigned int kv_compound_order(const struct page *page)
{
	return pgref_order(page);
}

/* users */

int page_count(const struct page *page)
{
	return (int)pgref_count(page);
}

/* Of this very page: a tail has none of its own in a compound block. */
int page_ref_count(const struct page *page)
{
	return pgref_is_tail(page) ? 0 : (int)pgref_count(page);
}

void get_page(struct page *page)
{
	pgref_get(page);
}

bool get_page_unless_zero(struct page *page)
{
	return pgref_get_unless_zero(page);
}

bool try_get_page(struct page *page)
{
	return !KAPI_WARN_ONCE(!pgref_get_unless_zero(page), NULL);
}

void page_ref_add(struct page *page, int nr)
{
	__atomic_fetch_add(&pgref_head(page)->refcount, (u32)nr,
			   __ATOMIC_RELAXED);
}

void page_ref_sub(struct page *page, int nr)
{
	page_ref_add(page, -nr);
}

void page_ref_inc(struct page *page)
{
	page_ref_add(page, 1);
}

void page_ref_dec(struct page *page)
{
	page_ref_add(page, -1);
}

int page_ref_inc_return(struct page *page)
{
	return (int)__atomic_add_fetch(&pgref_head(page)->refcount, 1u,
				       __ATOMIC_ACQ_REL);
}

int page_ref_dec_and_test(struct page *page)
{
	return !__atomic_sub_fetch(&pgref_head(page)->refcount, 1u,
				   __ATOMIC_ACQ_REL);
}

int put_page_testzero(struct page *page)
{
	return page_ref_dec_and_test(page);
}

void set_page_count(struct page *page, int v)
{
	__atomic_store_n(&pgref_head(page)->refcount, (u32)v, __ATOMIC_RELAXED);
}
