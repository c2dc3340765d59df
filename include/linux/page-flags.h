/* SPDX-License-Identifier: MIT */
/*
 * page-flags.h - what a page is, and the flags its owner may set.
 *
 * What the allocator knows (slab, head, tail, HighMem) is asked from it.
 * The owner's flags are bits of page->flags, all clear at allocation; those of
 * a compound block are on its head.
 */
#ifndef KV_LINUX_PAGE_FLAGS_H
#define KV_LINUX_PAGE_FLAGS_H

#include <linux/mm_types.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
int kv_page_is_slab(const struct page *page);
int kv_page_is_buddy(const struct page *page);
int kv_page_is_highmem(const struct page *page);
int kv_page_is_pfmemalloc(const struct page *page);
int kv_page_is_compound(const struct page *page);
int kv_page_is_tail(const struct page *page);
struct page *kv_compound_head(const struct page *page);
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#ifndef KV_KAPI_INSIDE

static inline int PageSlab(const struct page *page)
{
	return kv_page_is_slab(page);
}

static inline int PageBuddy(const struct page *page)
{
	return kv_page_is_buddy(page);
}

static inline int PageHighMem(const struct page *page)
{
	return kv_page_is_highmem(page);
}

static inline int PageCompound(const struct page *page)
{
	return kv_page_is_compound(page);
}

static inline int PageTail(const struct page *page)
{
	return kv_page_is_tail(page);
}

static inline int PageHead(const struct page *page)
{
	return kv_page_is_compound(page) && !kv_page_is_tail(page);
}

static inline int page_is_pfmemalloc(const struct page *page)
{
	return kv_page_is_pfmemalloc(page);
}

/* Any page of a compound block; a const head for a const page is lost. */
static inline struct page *compound_head(const struct page *page)
{
	return kv_compound_head(page);
}

#define page_folio(p)	((struct folio *)compound_head(p))
#define folio_page(folio, n) (&(folio)->page + (n))

/* clang-format off */
/* bit, name in PageName(), name in folio_test_name() */
#define KV_PAGE_FLAGS(X)               \
	X(locked,     Locked)          \
	X(referenced, Referenced)      \
	X(uptodate,   Uptodate)        \
	X(dirty,      Dirty)           \
	X(lru,        LRU)             \
	X(active,     Active)          \
	X(workingset, Workingset)      \
	X(error,      Error)           \
	X(owner_priv_1, OwnerPriv1)    \
	X(checked,    Checked)         \
	X(arch_1,     Arch1)           \
	X(reserved,   Reserved)        \
	X(private,    Private)         \
	X(private_2,  Private2)        \
	X(writeback,  Writeback)       \
	X(mappedtodisk, MappedToDisk)  \
	X(reclaim,    Reclaim)         \
	X(swapbacked, SwapBacked)      \
	X(unevictable, Unevictable)    \
	X(mlocked,    Mlocked)
/* clang-format on */

enum pageflags {
#define X(bit, Name) PG_##bit,
	KV_PAGE_FLAGS(X)
#undef X
	__NR_PAGEFLAGS
};

#define X(bit, Name)                                                        \
	static inline int Page##Name(const struct page *page)               \
	{                                                                   \
		return __atomic_load_n(&page->flags, __ATOMIC_RELAXED) >>   \
			       PG_##bit & 1;                                \
	}                                                                   \
	static inline void SetPage##Name(struct page *page)                 \
	{                                                                   \
		__atomic_fetch_or(&page->flags, 1ul << PG_##bit,            \
				  __ATOMIC_ACQ_REL);                        \
	}                                                                   \
	static inline void ClearPage##Name(struct page *page)               \
	{                                                                   \
		__atomic_fetch_and(&page->flags, ~(1ul << PG_##bit),        \
				   __ATOMIC_ACQ_REL);                       \
	}                                                                   \
	static inline int TestSetPage##Name(struct page *page)              \
	{                                                                   \
		return __atomic_fetch_or(&page->flags, 1ul << PG_##bit,     \
					 __ATOMIC_ACQ_REL) >>               \
			       PG_##bit & 1;                                \
	}                                                                   \
	static inline int TestClearPage##Name(struct page *page)            \
	{                                                                   \
		return __atomic_fetch_and(&page->flags, ~(1ul << PG_##bit), \
					  __ATOMIC_ACQ_REL) >>              \
			       PG_##bit & 1;                                \
	}                                                                   \
	static inline bool folio_test_##bit(const struct folio *folio)      \
	{                                                                   \
		return Page##Name(&folio->page);                            \
	}                                                                   \
	static inline void folio_set_##bit(struct folio *folio)             \
	{                                                                   \
		SetPage##Name(&folio->page);                                \
	}                                                                   \
	static inline void folio_clear_##bit(struct folio *folio)           \
	{                                                                   \
		ClearPage##Name(&folio->page);                              \
	}
KV_PAGE_FLAGS(X)
#undef X

static inline bool folio_test_slab(const struct folio *folio)
{
	return kv_page_is_slab(&folio->page);
}

static inline bool folio_test_highmem(const struct folio *folio)
{
	return kv_page_is_highmem(&folio->page);
}

static inline bool folio_test_large(const struct folio *folio)
{
	return kv_page_is_compound(&folio->page);
}

#endif /* KV_KAPI_INSIDE */
#endif
