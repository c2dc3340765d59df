/* SPDX-License-Identifier: MIT */
/*
 * profile.h - what a report learns of the interface's requests, for inside
 * files: the call stacks of those served by slabs, by kmalloc()'s blocks and
 * by vmalloc(), and the names of caches. Without a report, and without call
 * stacks, nothing of it runs.
 */
#ifndef KV_KAPI_PROFILE_H
#define KV_KAPI_PROFILE_H

#include "kapi/kapi.h"

#include "prof/prof.h"

void kapi_record_now(struct thread_cache *t, const void *p, unsigned int class,
		     size_t asked, bool fallback);

/*
 * In the core: @p, of the cache with the index @class (0: an area), serves a
 * request of @asked bytes; @fallback: because nothing contiguous was to be
 * had.
 */
static ALWAYS_INLINE void kapi_record(struct thread_cache *t, const void *p,
				      unsigned int class, size_t asked,
				      bool fallback)
{
	if (unlikely(prof_on))
		kapi_record_now(t, p, class, asked, fallback);
}

/* In the core: it is going to be freed. */
static inline void kapi_forget(struct thread_cache *t, const void *p,
			       unsigned int class)
{
	if (unlikely(prof_on))
		prof_free(t, p, class);
}

/* A cache was made whose objects programs get: a size class of the report. */
void kapi_profile_cache(const struct kmem_cache *s);
/* The same for kmalloc()'s sets of caches beside the normal one. */
void kapi_profile_sets(void);

#endif
