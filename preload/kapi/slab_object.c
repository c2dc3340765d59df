/* SPDX-License-Identifier: MIT */
/*
 * slab_object.c - one object of a cache: in and out.
 *
 * In the order of the kernel's hooks: may the caller sleep, is a fault to be
 * injected, then the thread's sheaf, the barn, slabs. Caches that are watched
 * take slub_debug's way. A free looks at the slab first: what is no object of
 * the cache is told and left alone.
 *
 * Requests for a node go past the sheaves, whose objects are of any node.
 */
#include "kapi/slab.h"

#include <string.h>

#include "abi/emergency.h"
#include "kapi/context.h"
#include "kapi/fault.h"
#include "kapi/profile.h"
#include "kapi/report.h"
#include "kapi/slab_stat.h"
#include "mm/slub_debug.h"
#include "mm/slub_layout.h"
#include "mm/stats.h"

struct kmem_cache *kapi_cache_at(const void *p)
{
	struct page *slab;

	if (!virt_is_linear(p) || !frame_is_committed(virt_to_pfn(p)))
		return NULL;
	slab = slab_of(p);
	return slab->type == PAGE_SLAB ? &caches[slab->slab.cache] : NULL;
}

/* Memory that was used before, or never: cleared if that is asked. */
static bool wants_zero(const struct kmem_cache *s, gfp_t gfp)
{
	if (gfp & __GFP_ZERO)
		return true;
	return kapi_init_on_alloc() && !s->ctor &&
	       !(s->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_POISON));
}

static void *take(struct thread_cache *t, struct kmem_cache *s, gfp_t gfp,
		  int node, size_t asked, const void *caller)
{
	void *p;

	if (cache_is_debug(s)) {
		slab_stat(s, STAT_alloc_slowpath);
		p = slub_debug_alloc(s, gfp, asked, caller);
	} else if (unlikely(node != NUMA_NO_NODE && machine.nr_nodes > 1)) {
		slab_stat(s, STAT_alloc_node_mismatch);
		slab_stat(s, STAT_alloc_slowpath);
		p = slab_alloc_node(s, gfp, node);
	} else {
		p = sheaf_pop(t, s->index, asked);
		if (likely(p)) {
			if (gfp & __GFP_ZERO)
				memset(p, 0, s->object_size);
			return p;
		}
		p = sheaf_alloc_slow(t, s, gfp);
	}
	if (p) {
		t->stat.alloc[s->index]++;
		t->stat.asked[s->index] += asked;
	}
	return p;
}

void *kapi_object_alloc(struct kmem_cache *s, gfp_t gfp, int node, size_t asked,
			const void *caller)
{
	struct thread_cache *t;
	void *p = NULL;

	gfp = kapi_may_alloc(gfp, "kmem_cache_alloc");
	if (unlikely(kapi_should_fail_slab(s, gfp)))
		return NULL;
	KAPI_WARN_ONCE(s->ctor && (gfp & __GFP_ZERO), NULL);
	if (wants_zero(s, gfp))
		gfp |= __GFP_ZERO;
	t = kapi_enter();
	if (t) {
		asked = asked ? asked : s->object_size;
		p = take(t, s, gfp, node, asked, caller);
		if (likely(p))
			kapi_record(t, p, s->index, asked, false);
		kapi_leave(t);
	}
	if (unlikely(!p))
		slab_out_of_memory(s, gfp, node);
	return p;
}

/*
 * Without the cache's lock: bits of other objects may change meanwhile, that
 * of a live one does not.
 */
#ifdef __SANITIZE_THREAD__
#define NO_TSAN __attribute__((__noinline__, no_sanitize("thread")))
#else
#define NO_TSAN
#endif
static NO_TSAN bool bit_is_set(const u64 *map, unsigned long i)
{
	return map[i / 64] >> i % 64 & 1;
}

/* Is it free already, as far as one look can tell? */
static bool looks_free(const struct thread_cache *t, const struct kmem_cache *s,
		       const void *p)
{
	struct page *slab = slab_of(p);

	if (sheaf_last(t, s->index) == p)
		return true;
	return bit_is_set(slab_map(slab),
			  (unsigned long)object_number(s, slab, p));
}

static void give(struct thread_cache *t, struct kmem_cache *s, void *p,
		 const void *caller)
{
	if (cache_is_debug(s)) {
		slab_stat(s, STAT_free_slowpath);
		kapi_forget(t, p, s->index);
		slub_debug_free(s, p, caller);
		t->stat.free[s->index]++;
		return;
	}
	if (unlikely(!slab_is_object(s, p))) {
		misuse_interior(s, p);
		return;
	}
	if (unlikely(looks_free(t, s, p))) {
		kapi_leave(t);
		misuse_double_free(s, p);
	}
	if (kapi_init_on_free() && !s->ctor &&
	    !(s->flags & SLAB_TYPESAFE_BY_RCU))
		memset(p, 0, s->object_size);
	kapi_forget(t, p, s->index);
	if (sheaf_push(t, s->index, p))
		return;
	sheaf_free_slow(t, s, p);
	t->stat.free[s->index]++;
}

/* What signal handlers that interrupted the core have left. */
static void free_deferred(const void *caller)
{
	void *p = deferred_take(), *next;

	for (; p; p = next) {
		memcpy(&next, p, sizeof(next));
		kapi_kfree(p, caller);
	}
}

void kapi_object_free(struct kmem_cache *s, void *p, const void *caller)
{
	struct thread_cache *t = kapi_enter();

	if (unlikely(!t)) {
		defer_free(p);
		return;
	}
	give(t, s, p, caller);
	kapi_leave(t);
	free_deferred(caller);
}

void *kmem_cache_alloc(struct kmem_cache *s, gfp_t flags)
{
	return kapi_object_alloc(s, flags, NUMA_NO_NODE, 0, CALLER);
}

void *kmem_cache_zalloc(struct kmem_cache *s, gfp_t flags)
{
	return kapi_object_alloc(s, flags | __GFP_ZERO, NUMA_NO_NODE, 0,
				 CALLER);
}

void *kmem_cache_alloc_node(struct kmem_cache *s, gfp_t flags, int node)
{
	return kapi_object_alloc(s, flags, node, 0, CALLER);
}

/* @s may be merged with what @p's slab says: then they are one. */
void kmem_cache_free(struct kmem_cache *s, void *obj)
{
	struct kmem_cache *real = kapi_cache_at(obj);

	if (unlikely(!obj))
		return;
	if (unlikely(real != s || !s)) { /* pages, and no cache given */
		misuse_wrong_cache(s, real, obj);
		return;
	}
	kapi_object_free(s, obj, CALLER);
}
