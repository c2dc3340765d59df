/* SPDX-License-Identifier: MIT */
/*
 * highmem.h - addresses for pages that have none of their own.
 *
 * With zones=32bit frames above 896 MiB are HighMem: no address leads to them
 * until they are mapped. Three ways:
 *   kmap()            in a table all threads share; may sleep until it has
 *                     room; the same page has the same address for all
 *   kmap_local_page() for this thread alone, 16 at a time; unmapped in
 *                     reverse order
 *   kmap_atomic()     the same with preemption disabled; deprecated
 * Other pages, and all pages with zones=64bit, are seen at their address.
 */
#ifndef KV_LINUX_HIGHMEM_H
#define KV_LINUX_HIGHMEM_H

#include <linux/types.h>
#ifndef KV_KAPI_INSIDE
#include <linux/bug.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#endif

#define LAST_PKMAP	1024
#define KM_MAX_IDX	16

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct page;

/* Sleeps; the address is good for all threads until kunmap(). */
void *kmap(struct page *page);
void kunmap(const struct page *page);
/* Unmaps what kunmap() left in the table. */
void kmap_flush_unused(void);

void *kmap_local_page(const struct page *page);
void *kmap_local_pfn(unsigned long pfn);
void kv_kunmap_local(const void *addr);
void *kv_kmap_atomic(const struct page *page);
void kv_kunmap_atomic(const void *addr);

/* The page that is seen at @addr: mapped by kmap(), or not HighMem. */
struct page *kmap_to_page(void *addr);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#ifndef KV_KAPI_INSIDE

/* An address is unmapped, not a page: that does not compile. */
#ifdef __cplusplus
template <typename T> static inline void kv_no_page(const T *) {}
void kv_no_page(const struct page *) = delete;
#define KV_NO_PAGE(addr) kv_no_page(addr)
#else
#define KV_NO_PAGE(addr)                                                    \
	_Static_assert(!__builtin_types_compatible_p(__typeof__(addr),      \
						     struct page *),        \
		       "the mapped address is wanted, not the page")
#endif

#define kunmap_local(addr)                     \
	do {                                   \
		KV_NO_PAGE(addr);              \
		kv_kunmap_local(addr);         \
	} while (0)
/* To Linux 2.6.36 a second argument named the slot; it is ignored. */
#define kmap_atomic(page, ...)	kv_kmap_atomic(page)
#define kunmap_atomic(addr, ...)               \
	do {                                   \
		KV_NO_PAGE(addr);              \
		kv_kunmap_atomic(addr);        \
	} while (0)
#define kmap_atomic_pfn(pfn)	kv_kmap_atomic(pfn_to_page(pfn))
#define kmap_atomic_prot(page, prot) ((void)(prot), kv_kmap_atomic(page))
#define kmap_local_page_prot(page, prot) ((void)(prot), kmap_local_page(page))
#define kmap_local_page_try_from_panic(page) \
	(PageHighMem(page) ? NULL : page_address(page))

enum km_type {
	KM_BOUNCE_READ,
	KM_SKB_SUNRPC_DATA,
	KM_SKB_DATA_SOFTIRQ,
	KM_USER0,
	KM_USER1,
	KM_BIO_SRC_IRQ,
	KM_BIO_DST_IRQ,
	KM_PTE0,
	KM_PTE1,
	KM_IRQ0,
	KM_IRQ1,
	KM_SOFTIRQ0,
	KM_SOFTIRQ1,
	KM_TYPE_NR
};

/* Caches are coherent. */
#define flush_dcache_page(page)			((void)(page))
#define flush_dcache_folio(folio)		((void)(folio))
#define flush_kernel_dcache_page(page)		((void)(page))
#define flush_kernel_vmap_range(addr, size)	((void)(addr), (void)(size))
#define invalidate_kernel_vmap_range(addr, size) ((void)(addr), (void)(size))
#define flush_anon_page(vma, page, vmaddr)	((void)(page))

/* Any page of a folio, by its offset in bytes. */
static inline void *kmap_local_folio(struct folio *folio, size_t offset)
{
	struct page *page = folio_page(folio, offset / PAGE_SIZE);

	return (char *)kmap_local_page(page) + offset % PAGE_SIZE;
}

static inline void clear_page(void *addr)
{
	memset(addr, 0, PAGE_SIZE);
}

static inline void copy_page(void *to, const void *from)
{
	memcpy(to, from, PAGE_SIZE);
}

static inline void memcpy_page(struct page *to_page, size_t to_off,
			       struct page *from_page, size_t from_off,
			       size_t len)
{
	char *to = (char *)kmap_local_page(to_page);
	char *from = (char *)kmap_local_page(from_page);

	WARN_ON_ONCE(to_off + len > PAGE_SIZE || from_off + len > PAGE_SIZE);
	memcpy(to + to_off, from + from_off, len);
	kunmap_local(from);
	kunmap_local(to);
}

static inline void memmove_page(struct page *to_page, size_t to_off,
				struct page *from_page, size_t from_off,
				size_t len)
{
	char *to = (char *)kmap_local_page(to_page);
	char *from = (char *)kmap_local_page(from_page);

	WARN_ON_ONCE(to_off + len > PAGE_SIZE || from_off + len > PAGE_SIZE);
	memmove(to + to_off, from + from_off, len);
	kunmap_local(from);
	kunmap_local(to);
}

static inline void memcpy_from_page(void *to, struct page *page, size_t offset,
				    size_t len)
{
	char *from = (char *)kmap_local_page(page);

	WARN_ON_ONCE(offset + len > PAGE_SIZE);
	memcpy(to, from + offset, len);
	kunmap_local(from);
}

static inline void memcpy_to_page(struct page *page, size_t offset,
				  const void *from, size_t len)
{
	char *to = (char *)kmap_local_page(page);

	WARN_ON_ONCE(offset + len > PAGE_SIZE);
	memcpy(to + offset, from, len);
	kunmap_local(to);
}

static inline void memset_page(struct page *page, size_t offset, int val,
			       size_t len)
{
	char *addr = (char *)kmap_local_page(page);

	WARN_ON_ONCE(offset + len > PAGE_SIZE);
	memset(addr + offset, val, len);
	kunmap_local(addr);
}

static inline void memzero_page(struct page *page, size_t offset, size_t len)
{
	memset_page(page, offset, 0, len);
}

static inline void copy_highpage(struct page *to, struct page *from)
{
	memcpy_page(to, 0, from, 0, PAGE_SIZE);
}

static inline void clear_highpage(struct page *page)
{
	memset_page(page, 0, 0, PAGE_SIZE);
}

static inline void clear_user_highpage(struct page *page, unsigned long vaddr)
{
	(void)vaddr;
	clear_highpage(page);
}

#define copy_user_highpage(to, from, vaddr, vma) copy_highpage(to, from)

static inline void zero_user_segments(struct page *page, unsigned int start1,
				      unsigned int end1, unsigned int start2,
				      unsigned int end2)
{
	BUG_ON(end1 > PAGE_SIZE || end2 > PAGE_SIZE);
	if (end1 > start1)
		memset_page(page, start1, 0, end1 - start1);
	if (end2 > start2)
		memset_page(page, start2, 0, end2 - start2);
}

static inline void zero_user_segment(struct page *page, unsigned int start,
				     unsigned int end)
{
	zero_user_segments(page, start, end, 0, 0);
}

static inline void zero_user(struct page *page, unsigned int start,
			     unsigned int size)
{
	zero_user_segments(page, start, start + size, 0, 0);
}

/* @len bytes from @offset on, page by page. */
static inline void memcpy_from_folio(char *to, struct folio *folio,
				     size_t offset, size_t len)
{
	while (len) {
		size_t room = PAGE_SIZE - offset % PAGE_SIZE;
		size_t n = len < room ? len : room;

		memcpy_from_page(to, folio_page(folio, offset / PAGE_SIZE),
				 offset % PAGE_SIZE, n);
		to += n;
		offset += n;
		len -= n;
	}
}

static inline void memcpy_to_folio(struct folio *folio, size_t offset,
				   const char *from, size_t len)
{
	while (len) {
		size_t room = PAGE_SIZE - offset % PAGE_SIZE;
		size_t n = len < room ? len : room;

		memcpy_to_page(folio_page(folio, offset / PAGE_SIZE),
			       offset % PAGE_SIZE, from, n);
		from += n;
		offset += n;
		len -= n;
	}
}

#endif /* KV_KAPI_INSIDE */
#endif
