/* SPDX-License-Identifier: MIT */
/*
 * slub_debug.c - allocation and free in caches that are watched.
 *
 * Each call takes the cache's lock and handles one object: marks of a free
 * object are checked when it is handed out and replaced by marks of one in
 * use, and the other way round when it comes back. An object that fails the
 * check at free is reported and leaked; one that fails when it is to be handed
 * out takes its slab out of use, and another slab serves.
 *
 *	slub_option.c	which caches, by slub_debug=
 *	slub_layout.h	what is where in a slot
 *	slub_check.c	is it as it was left
 *	slub_report.c	what is said
 *	slub_track.c	who did it; slub_traces.c: lists of them
 *
 * Invariants: those of slub.c; and the objects of the chain that starts at
 * chain_head() are those whose bits are set (slub_validate_cache() tells).
 * Locks: cache->lock over it all, the report's and the depot's inside.
 */
#include "mm/slub_debug.h"

#include <string.h>

#include "lib/bug.h"
#include "mm/slub_check.h"
#include "mm/slub_report.h"
#include "mm/slub_track.h"
#include "mm/stats.h"

/* slabs */

void slub_debug_make(struct kmem_cache *s, struct page *slab)
{
	u8 *next = NULL;

	if (s->flags & SLAB_POISON)
		memset(page_address(slab), POISON_INUSE,
		       PAGE_SIZE << slab->order);
	for (unsigned int i = slab->slab.objects; i--;) {
		u8 *p = object_at(s, slab, i);

		track_clear(s, p);
		if (keeps_asked(s))
			*asked_of(s, p) = s->object_size;
		init_object(s, p, RED_INACTIVE);
		if (s->ctor)
			s->ctor(p);
		*freepointer(s, p) = next;
		next = p;
	}
	/* Last: from now on it is no longer raw. */
	set_chain_head(s, slab, next);
}

void slub_debug_discard(const struct kmem_cache *s, struct page *slab)
{
	if (!(s->flags & SLAB_CONSISTENCY_CHECKS) || !check_slab(s, slab))
		return;
	for (unsigned int i = 0; i < slab->slab.objects; i++)
		if (!check_object(s, slab, object_at(s, slab, i), RED_INACTIVE))
			report_end();
}

/* allocation */

static bool may_be_handed_out(const struct kmem_cache *s, struct page *slab,
			      u8 *p)
{
	if (!p || !object_is_free(slab, object_number(s, slab, p))) {
		slab_err(s, slab, "Freelist Pointer check fails");
		return false;
	}
	return !(s->flags & SLAB_CONSISTENCY_CHECKS) ||
	       (check_slab(s, slab) && check_object(s, slab, p, RED_INACTIVE));
}

/* The head of the chain leaves it. */
static void unchain(struct kmem_cache *s, struct page *slab, u8 *p)
{
	u8 *next = *freepointer(s, p);

	if (unlikely(!link_leads_to_free(s, slab, next))) {
		object_err(s, slab, p, "Freechain corrupt");
		mark_all_used(s, slab);
		slab_fix(s, "Isolate corrupted freechain");
		report_end();
		return;
	}
	set_chain_head(s, slab, next);
	set_object_free(slab, object_number(s, slab, p), false);
	slab->slab.inuse++;
}

/* An object of @slab, which is on no list now, or NULL: it is out of use. */
static u8 *take_object(struct kmem_cache *s, struct page *slab, size_t asked,
		       const struct who *who)
{
	u8 *p = chain_head(s, slab);

	if (unlikely(!may_be_handed_out(s, slab, p))) {
		mark_all_used(s, slab);
		slab_fix(s, "Marking all objects used");
		print_stack(who);
		report_end();
		return NULL;
	}
	unchain(s, slab, p);
	if (s->flags & SLAB_TRACE) {
		report_trace(s, slab, p, true);
		print_stack(who);
	}
	if (keeps_asked(s))
		*asked_of(s, p) = (u32)asked;
	init_object(s, p, RED_ACTIVE);
	track_set(s, p, TRACK_ALLOC, who);
	return p;
}

static u8 *take_from_partials(struct kmem_cache *s, size_t asked,
			      const struct who *who)
{
	struct page *slab;
	u8 *p = NULL;

	while (!p && (slab = fullest_partial(s))) {
		partial_del(s, slab,
			    (unsigned int)slab->slab.objects -
				    slab->slab.inuse);
		p = take_object(s, slab, asked, who);
		if (slab->slab.inuse < slab->slab.objects)
			partial_add(s, slab);
	}
	publish_counts(s);
	return p;
}

static bool add_slab(struct kmem_cache *s, gfp_t gfp)
{
	struct page *slab = new_slab(s, gfp);

	if (!slab)
		return false;
	spin_lock(&s->lock);
	slab_added(s, slab);
	partial_add(s, slab);
	spin_unlock(&s->lock);
	return true;
}

void *slub_debug_alloc(struct kmem_cache *s, gfp_t gfp, size_t asked,
		       const void *caller)
{
	struct who who = track_who(s, caller);
	u8 *p;

	if (!asked || asked > s->object_size)
		asked = s->object_size;
	do {
		spin_lock(&s->lock);
		p = take_from_partials(s, asked, &who);
		spin_unlock(&s->lock);
	} while (!p && add_slab(s, gfp));
	if (!p)
		return NULL;
	stats_note_held((long)s->size);
	if (gfp & __GFP_ZERO)
		memset(p, 0, asked_size(s, p));
	return p;
}

unsigned int slub_debug_alloc_batch(struct kmem_cache *s, gfp_t gfp,
				    void **objs, unsigned int want)
{
	unsigned int n = 0;

	while (n < want && (objs[n] = slub_debug_alloc(
				    s, gfp & ~(gfp_t)__GFP_ZERO, 0, NULL)))
		n++;
	return n;
}

/* free */

static bool may_be_freed(const struct kmem_cache *s, struct page *slab, u8 *p)
{
	long i = object_number(s, slab, p);

	if (!check_slab(s, slab))
		return false;
	if (i < 0) {
		slab_err(s, slab, "Invalid object pointer 0x%016lx",
			 (unsigned long)p);
		return false;
	}
	if (object_is_free(slab, i)) {
		object_err(s, slab, p, "Object already free");
		return false;
	}
	return check_object(s, slab, p, RED_ACTIVE);
}

/* Without checks asked for: what would break the slab itself is fatal. */
static void insist(const struct kmem_cache *s, const struct page *slab,
		   const u8 *p)
{
	long i = object_number(s, slab, p);

	if (i < 0)
		bug("double free or invalid pointer %p (%s)", (const void *)p,
		    s->name);
	if (object_is_free(slab, i))
		bug("double free of %p (%s)", (const void *)p, s->name);
}

static void not_freed(const struct kmem_cache *s, const void *p,
		      const struct who *who)
{
	print_stack(who);
	slab_fix(s, "Object at 0x%016lx not freed", (unsigned long)p);
	report_end();
}

/* A slab that is empty now and not to be kept, or NULL. */
static struct page *give_object(struct kmem_cache *s, struct page *slab, u8 *p,
				const struct who *who)
{
	if (!(s->flags & SLAB_CONSISTENCY_CHECKS)) {
		insist(s, slab, p);
	} else if (unlikely(!may_be_freed(s, slab, p))) {
		not_freed(s, p, who);
		return NULL;
	}
	track_set(s, p, TRACK_FREE, who);
	if (s->flags & SLAB_TRACE) {
		report_trace(s, slab, p, false);
		print_stack(who);
	}
	init_object(s, p, RED_INACTIVE);
	*freepointer(s, p) = chain_head(s, slab);
	set_chain_head(s, slab, p);
	set_object_free(slab, object_number(s, slab, p), true);
	slab->slab.inuse--;
	stats_note_held(-(long)s->size);
	return object_freed(s, slab);
}

/* Is @p in a slab of @s? */
static bool check_home(struct kmem_cache *s, const struct page *slab, u8 *p,
		       const struct who *who)
{
	if (likely(slab->type == PAGE_SLAB && slab->slab.cache == s->index))
		return true;
	if (slab->type != PAGE_SLAB)
		slab_bug(s, "Attempt to free object(0x%016lx) outside of slab",
			 (unsigned long)p);
	else
		slab_bug(s, "Object 0x%016lx belongs to cache %s",
			 (unsigned long)p, caches[slab->slab.cache].name);
	not_freed(s, p, who);
	return false;
}

void slub_debug_free(struct kmem_cache *s, void *p, const void *caller)
{
	struct page *slab = slab_of(p), *empty;
	struct who who = track_who(s, caller);

	if (!check_home(s, slab, p, &who))
		return;
	spin_lock(&s->lock);
	empty = give_object(s, slab, p, &who);
	publish_counts(s);
	spin_unlock(&s->lock);
	if (empty) {
		empty->next = NO_PFN;
		discard_list(s, (u32)page_to_pfn(empty));
	}
}

void slub_debug_free_batch(struct kmem_cache *s, void **objs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		slub_debug_free(s, objs[i], NULL);
}

/* sizes asked */

size_t slub_debug_size(const struct kmem_cache *s, const void *p)
{
	return asked_size(s, p);
}

/* The lock is for who validates meanwhile. */
bool slub_debug_resize(struct kmem_cache *s, void *p, size_t size, bool zero)
{
	const struct page *slab = slab_of(p);
	char *c = p;
	bool live;
	u32 old;

	spin_lock(&s->lock);
	live = !object_is_free(slab, object_number(s, slab, p));
	old = asked_size(s, p);
	if (live && zero && size > old)
		memset(c + old, 0, size - old);
	if (live && keeps_asked(s)) {
		*asked_of(s, p) = (u32)size;
		if (s->flags & SLAB_RED_ZONE)
			memset(c + size, RED_ACTIVE, s->object_size - size);
	}
	spin_unlock(&s->lock);
	return live;
}

void **slub_debug_freepointer(const struct kmem_cache *s, void *p)
{
	return freepointer(s, p);
}

void slub_debug_fork_child(void)
{
	slub_report_fork_child();
	slub_track_fork_child();
}

/* validation */

static bool validate_slab(struct kmem_cache *s, struct page *slab, void *arg)
{
	(void)arg;
	if (slab_is_raw(slab) || !check_slab(s, slab) || !check_chain(s, slab))
		return true;
	for (unsigned int i = 0; i < slab->slab.objects; i++) {
		bool free = object_is_free(slab, (long)i);

		if (check_object(s, slab, object_at(s, slab, i),
				 free ? RED_INACTIVE : RED_ACTIVE))
			continue;
		report_end();
		break;
	}
	return true;
}

unsigned long slub_validate_cache(struct kmem_cache *s)
{
	unsigned long before = slub_debug_errors();

	if (!cache_is_debug(s))
		return 0;
	spin_lock(&s->lock);
	slab_for_each(s, validate_slab, NULL);
	publish_counts(s);
	spin_unlock(&s->lock);
	return slub_debug_errors() - before;
}
