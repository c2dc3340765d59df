/* SPDX-License-Identifier: MIT */
/*
 * serve.h - what the fast paths would do, for those who see each call: the
 * thread's own sheaves, whatever kv_thread is.
 */
#ifndef KV_ABI_SERVE_H
#define KV_ABI_SERVE_H

#include <string.h>

#include "mm/kmalloc.h"

/* Class that a sheaf could serve the request from; 0: none. */
static inline unsigned int serve_class(size_t size, size_t align)
{
	if (likely(align <= KMALLOC_GRAIN))
		return size <= KMALLOC_MAX_SIZE ? kmalloc_class(size) : 0;
	return align <= PAGE_SIZE && size <= KMALLOC_MAX_CACHE_SIZE ?
		       kmalloc_class_aligned(size, align) :
		       0;
}

static inline void *serve_clear(void *p, unsigned int class, bool zero)
{
	return p && zero ? memset(p, 0, kmalloc_info.size[class]) : p;
}

static inline void *serve_pop(struct thread_cache *t, unsigned int class,
			      size_t size, bool zero)
{
	return serve_clear(sheaf_pop(t, class, size), class, zero);
}

/* The block's class; 0: an area, or what free() will reject. */
static inline unsigned int class_at(const void *p)
{
	return virt_is_linear(p) ? frame_class(virt_to_pfn(p)) : 0;
}

#endif
