/* SPDX-License-Identifier: MIT */
/*
 * slab.h - what the files of kmalloc and kmem_cache share (inside files only).
 *
 *	kmalloc.c	kmalloc(), kfree() and their kin; large blocks
 *	krealloc.c	sizes of live memory, and changing them
 *	kmem_cache.c	caches: made, merged, ended
 *	slab_object.c	objects of caches: the ways in and out of sheaves
 *	slab_buckets.c	kmalloc() out of caches of one's own
 *	slab_bulk.c	many at once, and prefilled sheaves
 *	slab_sysfs.c	the attributes of /sys/kernel/slab
 *	slab_stat.c	counters among them
 *	kvmalloc.c	kmalloc or vmalloc
 *	misuse.c	what is wrong with a pointer, in the kernel's words
 */
#ifndef KV_KAPI_SLAB_H
#define KV_KAPI_SLAB_H

#include "kapi/kapi.h"

#include <errno.h>
#include <linux/slab.h>

#include "kapi/meminit.h"
#include "mm/kmalloc.h"

#define ZERO_SIZE_PTR ((void *)16)
#define CALLER __builtin_return_address(0)

static inline bool zero_or_null(const void *p)
{
	return (size_t)p <= (size_t)ZERO_SIZE_PTR;
}

static inline void *err_ptr(long err)
{
	return (void *)err;
}

/* What functions of user memory return for NULL. */
static inline void *or_enomem(void *p)
{
	return p ? p : err_ptr(-ENOMEM);
}

/*
 * An object of @s: context, fault injection and watching included. @asked:
 * bytes the caller wants, 0: the cache's object_size. NULL: out of memory by
 * the rules; told, unless __GFP_NOWARN.
 */
void *kapi_object_alloc(struct kmem_cache *s, gfp_t gfp, int node,
			size_t asked, const void *caller);
/* @p is an object of @s, or misuse that is told. */
void kapi_object_free(struct kmem_cache *s, void *p, const void *caller);

/* The cache whose slab @p lies in, or NULL. Any @p is allowed. */
struct kmem_cache *kapi_cache_at(const void *p);

/* kmalloc() on behalf of @caller. And out of a set of caches, NULL: its own. */
void *kapi_kmalloc(size_t size, gfp_t gfp, int node, const void *caller);
void *kapi_kmalloc_in(const kmem_buckets *b, size_t size, gfp_t gfp, int node,
		      const void *caller);
/* The cache of @b for what kmalloc() serves by @class. */
struct kmem_cache *kapi_bucket(const kmem_buckets *b, unsigned int class);
void kapi_kfree(void *p, const void *caller);

/* A block of kmalloc() above its caches that starts at @p: its bytes, or 0. */
size_t kapi_large_size(const void *p);

/* A block goes by other ways than kfree(): if it is a large one of kmalloc()
 * it is none any more. */
void kapi_large_forget(struct page *page);

/* Serialises the making and ending of caches, and walks over them. */
void kapi_caches_lock(void);
void kapi_caches_unlock(void);

/* misuse.c; each counts as a report and returns unless it says otherwise. */

/* kfree(@p) of what kmalloc() never returned: vmalloc memory, pages, a stack,
 * the middle of a large block. */
void misuse_kfree(const void *p);
/* @p lies in a slab of @s, but is not where an object starts. */
void misuse_interior(const struct kmem_cache *s, const void *p);
/* The object is free: aborts, as a hardened kernel's free list does. */
void misuse_double_free(const struct kmem_cache *s, const void *p)
	__attribute__((noreturn));
/* kmem_cache_free(@s, @p), but @p is @real's, or no object at all (NULL). */
void misuse_wrong_cache(const struct kmem_cache *s,
			const struct kmem_cache *real, const void *p);
/* Flags that make no sense for slabs; which ones are left. */
gfp_t misuse_fix_gfp(gfp_t gfp);
/* No slab for @s: the kernel's three lines, at most some a second. */
void slab_out_of_memory(struct kmem_cache *s, gfp_t gfp, int node);

/* True at most @burst times in @interval_ns; what printk_ratelimit does. */
struct ratelimit {
	u64 begin;
	u32 printed;
};
bool ratelimit_ok(struct ratelimit *r, u64 interval_ns, u32 burst);

#endif
