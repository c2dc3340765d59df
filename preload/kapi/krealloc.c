/* SPDX-License-Identifier: MIT */
/*
 * krealloc.c - how large live memory is, and changing that.
 *
 * Memory never shrinks: a block stays where it is for any size that it has
 * room for. With __GFP_ZERO what is behind the size asked reads as zero; how
 * much was asked before is known only where slub_debug keeps it, so all of the
 * rest is cleared then.
 */
#include "kapi/slab.h"

#include <string.h>

#include "kapi/report.h"
#include "mm/slub_debug.h"

/* Bytes of the live block @p; 0: there is none. */
static size_t size_of(const void *p)
{
	const struct kmem_cache *s = kapi_cache_at(p);

	if (!s)
		return kapi_large_size(p);
	if (!cache_is_debug(s) && !slab_is_object(s, p))
		return 0;
	if (s->flags & (SLAB_RED_ZONE | SLAB_POISON))
		return s->object_size;
	return s->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_STORE_USER) ? s->inuse :
								     s->size;
}

size_t ksize(const void *p)
{
	struct kmem_cache *s;
	size_t size;

	if (zero_or_null(p))
		return 0;
	size = size_of(p);
	if (KAPI_WARN_ONCE(!size, "ksize of 0x%p, which is no kmalloc memory",
			   p))
		return 0;
	s = kapi_cache_at(p);
	if (s && cache_is_debug(s)) /* all of it is the caller's now */
		slub_debug_resize(s, (void *)(size_t)p, s->object_size, false);
	return size;
}

/* The most that fits where @p is; a cache's slack is not for use. */
static size_t room_at(const void *p, const struct kmem_cache *s)
{
	return s ? s->object_size : kapi_large_size(p);
}

static bool stays(void *p, size_t size, size_t align, gfp_t gfp)
{
	struct kmem_cache *s = kapi_cache_at(p);
	size_t room = room_at(p, s);
	bool zero = (gfp & __GFP_ZERO) || kapi_init_on_alloc();

	if (size > room || ((size_t)p & (align - 1)))
		return false;
	if (s && cache_is_debug(s))
		slub_debug_resize(s, p, size, zero);
	else if (zero)
		memset((char *)p + size, 0, room - size);
	return true;
}

static size_t content_of(const void *p)
{
	const struct kmem_cache *s = kapi_cache_at(p);

	return s && cache_is_debug(s) ? slub_debug_size(s, p) : room_at(p, s);
}

static void *resize(void *p, size_t size, size_t align, gfp_t gfp, int node,
		    const void *caller)
{
	size_t old;
	void *now;

	if (zero_or_null(p))
		return kapi_kmalloc(size, gfp, node, caller);
	if (!size) {
		kapi_kfree(p, caller);
		return ZERO_SIZE_PTR;
	}
	if (unlikely(!size_of(p))) {
		misuse_kfree(p);
		return NULL;
	}
	if (stays(p, size, align, gfp))
		return p;
	old = content_of(p);
	now = kapi_kmalloc(size, gfp, node, caller);
	if (!now)
		return NULL;
	memcpy(now, p, min_ul(old, size));
	kapi_kfree(p, caller);
	return now;
}

void *krealloc(const void *p, size_t size, gfp_t flags)
{
	return resize((void *)(size_t)p, size, 1, flags, NUMA_NO_NODE, CALLER);
}

void *krealloc_node_align(const void *p, size_t size, unsigned long align,
			  gfp_t flags, int node)
{
	return resize((void *)(size_t)p, size, align ? align : 1, flags, node,
		      CALLER);
}

void *krealloc_array(void *p, size_t n, size_t size, gfp_t flags)
{
	size_t bytes;

	if (unlikely(__builtin_mul_overflow(n, size, &bytes)))
		return NULL;
	return resize(p, bytes, 1, flags, NUMA_NO_NODE, CALLER);
}

void kfree_sensitive(const void *p)
{
	void *mem = (void *)(size_t)p;
	size_t size = ksize(p);

	if (size) {
		memset(mem, 0, size);
		__asm__ volatile("" : : "r"(mem) : "memory");
	}
	kapi_kfree(mem, CALLER);
}
