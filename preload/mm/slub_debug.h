/* SPDX-License-Identifier: MIT */
/*
 * slub_debug.h - slub_debug: caches whose objects are watched.
 *
 * Switched on for a cache by flags at its creation or by the option
 * slub_debug=. Such a cache has no sheaves: each call comes here, takes the
 * cache's lock and handles one object, with the kernel's layout, bytes,
 * checks, repairs and report texts. See slub_debug.c for the files.
 *
 * "Reports" below are those the kernel's own tests count: each BUG and each
 * FIX line is one.
 */
#ifndef KV_SLUB_DEBUG_H
#define KV_SLUB_DEBUG_H

#include "mm/slab.h"

/*
 * Takes what slub_debug= is set to, "" for all caches with FZPU; before the
 * first cache is made. NULL, or what is wrong with it (then nothing is set).
 */
const char *slub_debug_setup(const char *value);

/* Longest value of slub_debug=, its end included. */
enum { SLUB_DEBUG_MAX = 256 };

/* Flags of a cache created as @name with @flags. */
slab_flags_t slub_debug_flags(slab_flags_t flags, const char *name);
/* Are caches whose smallest slab would grow to be left alone (O)? */
bool slub_debug_no_growth(void);

/* WARN-level reports abort (panic_on_warn=). */
void slub_debug_set_panic(bool panic);

/*
 * One object of a debug cache. @asked: bytes the caller wants (kmalloc caches
 * watch what lies behind them), or 0 for the cache's object_size. @caller is
 * stored as its user. __GFP_ZERO is honoured. NULL: out of memory.
 */
void *slub_debug_alloc(struct kmem_cache *s, gfp_t gfp, size_t asked,
		       const void *caller);

/* Gives it back; what fails the checks is reported and leaked. Any @p in the
 * linear map is allowed. */
void slub_debug_free(struct kmem_cache *s, void *p, const void *caller);

/* The same without sizes and callers; how many were got. */
unsigned int slub_debug_alloc_batch(struct kmem_cache *s, gfp_t gfp,
				    void **objs, unsigned int want);
void slub_debug_free_batch(struct kmem_cache *s, void **objs, unsigned int n);

/* Does slub_debug= watch any cache? */
bool slub_debug_active(void);

void slub_debug_fork_child(void);

/* A new slab's objects: filled, linked, constructed. */
void slub_debug_make(struct kmem_cache *s, struct page *slab);
/* An empty slab is about to go: its last check. */
void slub_debug_discard(const struct kmem_cache *s, struct page *slab);

/* Bytes asked for the live object @p of @s, if that is known; else the
 * cache's object_size. */
size_t slub_debug_size(const struct kmem_cache *s, const void *p);

/*
 * The live object @p now is meant for @size <= object_size bytes: the bytes
 * behind are watched. With @zero the bytes that were not asked for before read
 * as zero. False: it is not live.
 */
bool slub_debug_resize(struct kmem_cache *s, void *p, size_t size, bool zero);

/*
 * Walks all slabs and objects of @s, repairs what is broken. Returns the
 * number of reports. Caches without debug flags: 0.
 */
unsigned long slub_validate_cache(struct kmem_cache *s);

/* Reports since the start, all caches. */
unsigned long slub_debug_errors(void);

/* The nth word of an object's metadata for tests and tools: where the free
 * pointer of @p lies. */
void **slub_debug_freepointer(const struct kmem_cache *s, void *p);

/*
 * Text of alloc_traces (@alloc) or free_traces: a row for each caller, most
 * frequent first; "No data\n" if there is none. Like snprintf: terminated,
 * returns the length it would have. Needs SLAB_STORE_USER.
 */
size_t slub_debug_traces(struct kmem_cache *s, bool alloc, char *buf,
			 size_t size);

#endif
