/* SPDX-License-Identifier: MIT */
/*
 * slub_check.h - is a slab of a debug cache as it was left? What is not is
 * reported and, where that is possible, put right. Cache's lock held.
 */
#ifndef KV_SLUB_CHECK_H
#define KV_SLUB_CHECK_H

#include "mm/slub_layout.h"

/* The bytes in and around @p, free (RED_INACTIVE) or in use (RED_ACTIVE). */
bool check_object(const struct kmem_cache *s, const struct page *slab, u8 *p,
		  u8 state);
/* Makes them so. */
void init_object(const struct kmem_cache *s, u8 *p, u8 state);

/* Counts within bounds, the padding behind the last object. */
bool check_slab(const struct kmem_cache *s, struct page *slab);

/* Does a free object's @link lead to a free object of the slab, or end? */
bool link_leads_to_free(const struct kmem_cache *s, const struct page *slab,
			void *link);

/*
 * The chain of free objects: does each link lead to one, are there as many as
 * the counter says? The counter and the slab's bits follow the chain. False:
 * it went in circles, and all objects are marked used.
 */
bool check_chain(struct kmem_cache *s, struct page *slab);

/* Takes the slab out of use: none of its objects is free. */
void mark_all_used(struct kmem_cache *s, struct page *slab);

#endif
