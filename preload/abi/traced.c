/* SPDX-License-Identifier: MIT */
/* traced.c - see traced.h. */
#include "abi/traced.h"

#include <errno.h>

#include "abi/emergency.h"
#include "abi/gate.h"
#include "abi/init.h"
#include "abi/malloc.h"
#include "abi/serve.h"
#include "abi/thread.h"
#include "mm/kvmalloc.h"
#include "mm/stats.h"
#include "mm/vmalloc.h"

static void *none(size_t size)
{
	out_of_memory(size);
	errno = ENOMEM;
	return NULL;
}

/* In the core. @asked: what the counters say, of the @size that are made. */
static void *serve(struct thread_cache *t, size_t size, size_t asked,
		   size_t align, bool zero, const void *caller)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN | (zero ? (gfp_t)__GFP_ZERO : 0);
	unsigned int class = serve_class(size, align);
	void *p = class ? serve_pop(t, class, asked, zero) : NULL;

	if (p)
		return p;
	return align <= KMALLOC_GRAIN ?
		       kvmalloc_gfp(t, size, gfp, false, caller) :
		       kvmalloc_aligned(t, size, align, gfp, caller);
}

static void release(struct thread_cache *t, void *p, const void *caller)
{
	unsigned int class = class_at(p);

	if (!class || !sheaf_push(t, class, p))
		kvfree_from(t, p, caller);
}

void *traced_request(size_t size, size_t align, bool zero, const void *caller)
{
	struct thread_cache *t = thread_self();
	void *p;

	if (unlikely(!slow_enter_or_aside(t, size, align, &p))) {
		trace_missed();
		return p ? p : none(size);
	}
	p = serve(t, size, size, align, zero, caller);
	trace_request(t,
		      align > KMALLOC_GRAIN ? KVT_ALIGNED :
		      zero		    ? KVT_CALLOC :
					      KVT_MALLOC,
		      p, size, align);
	core_leave(t);
	return p ? p : none(size);
}

void traced_release(void *p, const void *caller)
{
	struct thread_cache *t = thread_self();

	if (!p || is_emergency(p) || (!virt_is_linear(p) && !vmalloc_owns(p))) {
		free_slow(p, caller);
	} else if (unlikely(!slow_enter(t))) {
		defer_free(p); /* traced when its time has come */
	} else {
		trace_free(t, p);
		release(t, p, caller);
		core_leave(t);
	}
}

/* As free() and malloc(): the one or the other may not be in the trace. */
static void *renew(void *p, size_t old, size_t size)
{
	void *now = malloc(size);

	if (!now)
		return NULL;
	memcpy(now, p, old < size ? old : size);
	free(p);
	return now;
}

/* In the core. NULL: it stays as it was. */
static void *move(struct thread_cache *t, u64 number, void *p, size_t old,
		  size_t size, const void *caller)
{
	size_t more =
		size <= KMALLOC_MAX_CACHE_SIZE ? room_to_grow(old, size) : size;
	void *now = serve(t, more, size, KMALLOC_GRAIN, false, caller);
	size_t keep = old < size ? old : size;

	if (!now) {
		trace_failed(t, number, size);
		return NULL;
	}
	count_events(KV_realloc_copied, keep);
	memcpy(now, p, keep);
	trace_resized(t, number, p, now, size);
	release(t, p, caller);
	return now;
}

void *traced_resize(void *p, size_t old, size_t size, const void *caller)
{
	struct thread_cache *t = thread_self();
	void *now;
	u64 number;

	if (is_emergency(p) || !slow_enter(t))
		return renew(p, old, size);
	count_event(KV_realloc_calls);
	if (class_at(p))
		check_live(sheaf_last(t, class_at(p)), p);
	number = trace_number(t);
	now = kv_resize(t, p, size, caller);
	if (now) {
		count_event(KV_realloc_inplace);
		trace_resized(t, number, p, now, size);
	} else {
		now = move(t, number, p, old, size, caller);
	}
	core_leave(t);
	return now ? now : none(size);
}
