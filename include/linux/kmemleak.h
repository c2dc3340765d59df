/* SPDX-License-Identifier: MIT */
/*
 * kmemleak.h - hints for the kernel's leak detector. There is none here (what
 * is live at the end is in the report, or ask a sanitizer), so they do nothing.
 */
#ifndef KV_LINUX_KMEMLEAK_H
#define KV_LINUX_KMEMLEAK_H

#include <linux/types.h>

static inline void kmemleak_alloc(const void *ptr, size_t size, int min_count,
				  gfp_t gfp)
{
	(void)ptr;
	(void)size;
	(void)min_count;
	(void)gfp;
}

static inline void kmemleak_free(const void *ptr)
{
	(void)ptr;
}

static inline void kmemleak_update_trace(const void *ptr)
{
	(void)ptr;
}

static inline void kmemleak_not_leak(const void *ptr)
{
	(void)ptr;
}

static inline void kmemleak_ignore(const void *ptr)
{
	(void)ptr;
}

static inline void kmemleak_no_scan(const void *ptr)
{
	(void)ptr;
}

static inline void kmemleak_scan_area(const void *ptr, size_t size, gfp_t gfp)
{
	(void)ptr;
	(void)size;
	(void)gfp;
}

#endif
