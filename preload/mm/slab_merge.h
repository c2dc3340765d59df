/* SPDX-License-Identifier: MIT */
/*
 * slab_merge.h - caches of like objects are one cache (the kernel's rules).
 */
#ifndef KV_SLAB_MERGE_H
#define KV_SLAB_MERGE_H

#include "mm/slab.h"

/* slab_nomerge: nothing merges from now on. */
void slab_set_nomerge(bool on);

/*
 * The oldest cache that can serve what @args ask for, or NULL. Nothing
 * changes. Callers serialise, as for cache_create().
 */
struct kmem_cache *find_mergeable(const struct cache_args *args);

/*
 * The same, and it is @args' as well now: refcount + 1, object_size the larger
 * of both; cache_destroy() drops the reference. NULL: make one.
 */
struct kmem_cache *slab_merge(const struct cache_args *args);

/* May other creations share @s? */
bool slab_unmergeable(const struct kmem_cache *s);

/*
 * Name under which sysfs lists a cache that may be shared: ":", letters for
 * the flags (d DMA, D DMA32, a reclaimable, F checks, A accounted), "-", the
 * slot's size in 7 digits. @size bytes at @name, terminated.
 */
void slab_alias_name(const struct kmem_cache *s, char *name, size_t size);

#endif
