/* SPDX-License-Identifier: MIT */
/*
 * record.c - see record.h.
 *
 * A request that the sampling lets pass costs a decrement and the pop that
 * the fast path would have done. Requests that are recorded enter the core,
 * for the sake of the unwinder; frees need not, as a rule: all they change is
 * the thread's own and the block's.
 */
#include "abi/record.h"

#include <errno.h>
#include <string.h>

#include "abi/emergency.h"
#include "abi/gate.h"
#include "abi/init.h"
#include "abi/malloc.h"
#include "abi/options.h"
#include "abi/serve.h"
#include "abi/thread.h"
#include "lib/bug.h"
#include "mm/kmalloc.h"
#include "mm/kvmalloc.h"
#include "mm/vmalloc.h"
#include "prof/blocks.h"

/* Contiguous memory was tried for, and there was none. */
static bool fell_back(const void *p, size_t size, size_t align)
{
	return is_vmalloc_addr(p) && max_ul(size, align) <= KMALLOC_MAX_SIZE &&
	       options[KV_OPT_policy].number == POLICY_KVMALLOC;
}

/* Is this one to be recorded? Never what the unwinder asks for itself. */
static inline bool chosen(struct thread_cache *t, unsigned int class)
{
	if (unlikely(t->unwinding))
		return false;
	if (likely(!t->skip[class]))
		return true;
	t->skip[class]--;
	return false;
}

/* Served for more than was asked. */
static void correct_asked(struct thread_cache *t, const void *p, size_t less)
{
	unsigned int class = class_at(p);

	if (class)
		t->stat.asked[class] -= less;
}

/*
 * In the core. A sheaf's object is taken first, so that it is on its way into
 * the processor's cache while the stack is unwound.
 */
static inline void *record(struct thread_cache *t, size_t size, size_t align,
			   bool zero, const void *caller)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN |
		    (zero ? (gfp_t)__GFP_ZERO : 0);
	unsigned int class = serve_class(size, align);
	size_t asked = likely(!t->asked) ? size : t->asked;
	void *p = class ? serve_pop(t, class, size, zero) : NULL;
	u32 stack = 0;

	if (likely(chosen(t, class))) {
		if (likely(p))
			prof_prefetch(p, class);
		stack = prof_stack(t);
	}
	if (unlikely(!p))
		p = align <= KMALLOC_GRAIN ?
			    kvmalloc_gfp(t, size, gfp, false, caller) :
			    kvmalloc_aligned(t, size, align, gfp, caller);
	if (unlikely(!p))
		return NULL;
	if (unlikely(asked != size))
		correct_asked(t, p, size - asked);
	if (likely(stack))
		prof_alloc(t, p, asked, stack, fell_back(p, size, align));
	return p;
}

/* One function, for each frame of ours is one more to unwind. */
static NOINLINE void *record_slow(size_t size, size_t align, bool zero,
				  const void *caller)
{
	struct thread_cache *t = thread_self();
	void *p;

	if (unlikely(size > PTRDIFF_MAX)) {
		errno = ENOMEM;
		return NULL;
	}
	if (unlikely(!slow_enter(t))) {
		p = emergency_alloc(size, align);
	} else {
		p = record(t, size, align, zero, caller);
		core_leave(t);
	}
	if (unlikely(!p)) {
		out_of_memory(size);
		errno = ENOMEM;
	}
	return p;
}

/* The class's next request is not to be recorded, and its sheaf can serve. */
static inline bool passes(const struct thread_cache *t, unsigned int class)
{
	return likely(t) && t->skip[class] && sheaf_last(t, class);
}

static NOINLINE void *record_aligned(size_t size, size_t align, bool zero,
				     const void *caller)
{
	struct thread_cache *t = kv_own;
	unsigned int class = serve_class(size, align);

	if (!passes(t, class))
		return record_slow(size, align, zero, caller);
	t->skip[class]--;
	return serve_pop(t, class, size, zero);
}

void *record_request(size_t size, size_t align, bool zero, const void *caller)
{
	struct thread_cache *t = kv_own;
	unsigned int class;

	if (unlikely(align > KMALLOC_GRAIN))
		return record_aligned(size, align, zero, caller);
	class = serve_class(size, KMALLOC_GRAIN);
	if (unlikely(!passes(t, class)))
		return record_slow(size, align, zero, caller);
	t->skip[class]--;
	return serve_pop(t, class, size, zero);
}

void *record_growing(size_t more, size_t size, const void *caller)
{
	struct thread_cache *t = kv_own;
	unsigned int class = serve_class(more, KMALLOC_GRAIN);
	void *p;

	if (passes(t, class)) {
		t->skip[class]--;
		return serve_pop(t, class, size, false);
	}
	if (t)
		t->asked = size;
	p = record_slow(more, KMALLOC_GRAIN, false, caller);
	if (t)
		t->asked = 0;
	return p;
}

/* Has it no tag any more, whatever it had? */
static NOINLINE bool release_tag(struct thread_cache *t, const void *p,
				 unsigned int class)
{
	u64 *tag = block_tag(p, class);

	if (tag && *tag)
		return prof_free_fast(t, tag, class);
	prof_no_tag(t, p, class);
	return true;
}

void record_release(void *p)
{
	struct thread_cache *t = kv_own;
	unsigned int class = class_at(p);

	if (likely(t && class &&
		   (!frame_has_tags(p) || release_tag(t, p, class)) &&
		   sheaf_push(t, class, p)))
		return;
	free_slow(p, CALLER);
}

void record_free(struct thread_cache *t, void *p)
{
	unsigned int class = class_at(p);

	if (class || is_vmalloc_addr(p))
		prof_free(t, p, class);
	if (!class || !sheaf_push(t, class, p))
		kvfree_slow(t, p);
}

void *record_resize(struct thread_cache *t, void *p, size_t size,
		    const void *caller)
{
	struct prof_tag tag = prof_take(t, p, class_at(p));
	void *now = kv_resize(t, p, size, caller);
	u32 stack;

	if (!now) {
		prof_give_back(p, &tag);
		return NULL;
	}
	prof_freed(t, &tag);
	stack = chosen(t, class_at(now)) ? prof_stack(t) : 0;
	if (stack)
		prof_alloc(t, now, size, stack, false);
	return now;
}
