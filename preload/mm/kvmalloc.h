/* SPDX-License-Identifier: MIT */
/*
 * kvmalloc.h - the policy: which layer serves a request.
 *
 * kvmalloc() of four kernel generations: 4.12, 4.18, 6.12 and 7.0; without a
 * preset the last. malloc() is kvmalloc(GFP_KERNEL) with two differences that keep
 * programs alive: no size is refused because it is above INT_MAX, and where
 * the kernel would call its OOM killer, `oom=` decides.
 */
#ifndef KV_KVMALLOC_H
#define KV_KVMALLOC_H

#include "mm/sheaf.h"

enum kv_policy {
	POLICY_KVMALLOC,	/* contiguous, else vmalloc */
	POLICY_KMALLOC,		/* contiguous or nothing */
	POLICY_VMALLOC,		/* vmalloc only */
	POLICY_IPC_ALLOC,	/* above a page: vmalloc; else kmalloc */
	POLICY_RANDOM,		/* kmalloc or vmalloc by chance */
};
void kvmalloc_boot(enum kv_policy policy, int kernel);

/* init_on_alloc=, init_on_free=: memory is cleared when it is handed out, or
 * freed, by the functions below; sheaves must not serve anybody then. */
void kvmalloc_set_init(bool on_alloc, bool on_free);

/*
 * kvmalloc(@size, @gfp) by the booted generation. @strict: the kernel's own
 * answer for sizes above INT_MAX and for kmalloc(0) is the caller's business.
 * Counts the route. NULL: out of memory by the rules.
 */
void *kvmalloc_gfp(struct thread_cache *t, size_t size, gfp_t gfp, bool strict,
		   const void *caller);

#ifdef KV_KAPI
#include "kvmalloc/counters.h"

/*
 * What is to be done for kvmalloc(@size, @gfp): the kernel's interface has a
 * kmalloc() and a vmalloc() of its own to do it with.
 */
struct kvmalloc_plan {
	bool contiguous;	/* try kmalloc() */
	bool fallback;		/* then vmalloc() */
	bool refused;		/* no vmalloc(): above INT_MAX */
	gfp_t gfp;		/* of the contiguous try */
	enum kv_counter why;	/* vmalloc without a try: the reason */
};
struct kvmalloc_plan kvmalloc_plan(struct thread_cache *t, size_t size,
				   gfp_t gfp);
/* The contiguous try for @size has just failed: why. */
enum kv_counter kvmalloc_fallback_reason(size_t size);
#endif

/* The same, aligned to @align (a power of two above 16). */
void *kvmalloc_aligned(struct thread_cache *t, size_t size, size_t align,
		       gfp_t gfp, const void *caller);

/* Frees what any of the above returned, with the checks of bad_pointer().
 * @caller is who frees, for watched caches; NULL: not known. */
void kvfree_from(struct thread_cache *t, void *p, const void *caller);

static inline void kvfree_slow(struct thread_cache *t, void *p)
{
	kvfree_from(t, p, NULL);
}

/* Usable bytes of a live block. 0: not the start of one. */
size_t kv_usable(const void *p);

/*
 * Changes the size of a live block without copying, where that is possible
 * and not wasteful: the block's address now (an area's pages may move), or
 * NULL with nothing changed. Counts as a free and a request.
 */
void *kv_resize(struct thread_cache *t, void *p, size_t size,
		const void *caller);

/*
 * May a slab object of @have bytes stay where it is when @size are asked?
 * The kernel never shrinks; here half of it must be used, or it is small.
 */
bool kv_fits_object(size_t have, size_t size);

/* Aborts: @p is not the start of a live block; says what it is instead. */
void bad_pointer(const void *p, const char *call)
	__attribute__((noreturn, cold));

#endif
