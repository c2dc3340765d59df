/* SPDX-License-Identifier: MIT */
/* kmap.h - what the two ways to map HighMem pages share (inside files only). */
#ifndef KV_KAPI_KMAP_H
#define KV_KAPI_KMAP_H

#include "kapi/kapi.h"

#include <linux/highmem.h>

/* The page mapped at @addr by this thread's kmap_local_page(), or NULL. */
struct page *kmap_local_to_page(const void *addr);

/* In fork.c: locks taken before a fork, dropped after it. */
void kmap_lock(void);
void kmap_unlock(void);

#endif
