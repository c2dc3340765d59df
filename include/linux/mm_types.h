/* SPDX-License-Identifier: MIT */
/*
 * mm_types.h - struct page: one for each frame of the machine.
 *
 * The allocator's part is opaque; the rest belongs to the page's owner from
 * alloc_pages() to __free_pages(). Use page_private() and its kin where the
 * code must be C++, too: there some fields are spelled otherwise.
 */
#ifndef KV_LINUX_MM_TYPES_H
#define KV_LINUX_MM_TYPES_H

#include <linux/types.h>

#ifdef KV_KAPI_INSIDE
struct page;
#else

struct address_space;

#ifdef __cplusplus
#define KV_PAGE_PRIVATE private_
#define KV_PAGE_VIRTUAL virtual_
#else
#define KV_PAGE_PRIVATE private
#define KV_PAGE_VIRTUAL virtual
#endif

typedef unsigned long pgoff_t;

struct page {
	unsigned long kv_core[4];	/* the allocator's */
	union {
		struct list_head lru;	/* or any list of the owner's */
		struct list_head pcp_list, buddy_list;
		void *slab_list[2];
	};
	struct address_space *mapping;	/* NULL at first */
	pgoff_t index;
	unsigned long KV_PAGE_PRIVATE;	/* 0 at first */
	void *KV_PAGE_VIRTUAL;	/* HighMem: where it is mapped */
	unsigned long flags;	/* PG_*, see page-flags.h; 0 at first */
};

/* A page that is no tail: what most code means today. */
struct folio {
	union {
		struct page page;
		struct {
			unsigned long kv_core[4];
			struct list_head lru;
			struct address_space *mapping;
			pgoff_t index;
			unsigned long KV_PAGE_PRIVATE;
			void *KV_PAGE_VIRTUAL;
			unsigned long flags;
		};
	};
};

#endif /* KV_KAPI_INSIDE */
#endif
