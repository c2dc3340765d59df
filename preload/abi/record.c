/* SPDX-License-Identifier: MIT */
/*
 * record.c - see record.h.
 *
 * A request that the sampling lets pass costs a decrement and the pop that
 * the fast path would have done. Requests that are recorded enter the core,
 * for the sake of the unwinder; frees need not, as a rule: all they change is
 * the thread's own and the block's. While requests are sampled, frees come here
 * from watched frames only (prof/blocks.h).
 *
 * Tried for malloc, too: a ration, as many objects off the sheaf as may pass,
 * for malloc to pop from by its fast path while free pushes to the sheaf. It
 * saved twenty instructions, and its lines in the cache cost more than that.
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
#include "prof/sample.h"

/* In the core, or where the thread's own is all that changes. */
static inline void look_at_mode(struct thread_cache *t)
{
	if (unlikely(kv_thread != t) && sample_is_on())
		thread_fast_paths(t);
}

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
	look_at_mode(t);
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
	if (likely(slow_enter_or_aside(t, size, align, &p))) {
		p = record(t, size, align, zero, caller);
		core_leave(t);
	}
	if (unlikely(!p)) {
		out_of_memory(size);
		errno = ENOMEM;
	}
	return p;
}

/*
 * What the class's next request gets if it is not to be recorded and there is
 * something in the sheaf, else NULL.
 */
static ALWAYS_INLINE void *pass(struct thread_cache *t, unsigned int class,
				size_t size)
{
	void *p;

	if (unlikely(!t) || unlikely(!t->skip[class]))
		return NULL;
	p = sheaf_pop(t, class, size);
	if (unlikely(!p))
		p = sheaf_pop_spare(t, class, size);
	if (likely(p))
		t->skip[class]--;
	return p;
}

static NOINLINE void *record_aligned(size_t size, size_t align, bool zero,
				     const void *caller)
{
	struct thread_cache *t = kv_own;
	unsigned int class = serve_class(size, align);
	void *p = pass(t, class, size);

	return p ? serve_clear(p, class, zero) :
		   record_slow(size, align, zero, caller);
}

void *record_request(size_t size, size_t align, bool zero, const void *caller)
{
	struct thread_cache *t = kv_own;
	unsigned int class;
	void *p;

	if (unlikely(align > KMALLOC_GRAIN))
		return record_aligned(size, align, zero, caller);
	class = serve_class(size, KMALLOC_GRAIN);
	p = pass(t, class, size);
	return likely(p) ? serve_clear(p, class, zero) :
			   record_slow(size, align, zero, caller);
}

/* The sentinel, which frees take unless requests are sampled, lets none pass. */
void *record_malloc(size_t size, size_t class, const void *caller)
{
	struct thread_cache *t = kv_thread;
	u32 skip = t->skip[class];
	void *p;

	if (likely(skip)) {
		p = sheaf_pop(t, class, size);
		if (likely(p)) {
			t->skip[class] = skip - 1;
			return p;
		}
	}
	return seen_request(size, KMALLOC_GRAIN, false, caller);
}

void *record_growing(size_t more, size_t size, const void *caller)
{
	struct thread_cache *t = kv_own;
	void *p = pass(t, serve_class(more, KMALLOC_GRAIN), size);

	if (p)
		return p;
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
		return prof_free_fast(t, p, tag, class);
	prof_no_tag(t, p, class);
	return true;
}

void record_release(void *p)
{
	struct thread_cache *t = kv_own;
	unsigned int class = class_at(p);

	if (likely(t && class &&
		   (frame_has_no_tags(p) || release_tag(t, p, class)) &&
		   sheaf_push(t, class, p))) {
		look_at_mode(t);
		return;
	}
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
	unsigned int class;
	u32 stack;

	if (!now) {
		prof_give_back(p, &tag);
		return NULL;
	}
	prof_freed(t, &tag);
	class = class_at(now);
	stack = chosen(t, class) ? prof_stack(t) : 0;
	if (stack)
		prof_alloc(t, now, size, stack, false);
	look_at_mode(t);
	return now;
}

bool record_unseen(struct thread_cache *t, const void *p, unsigned int class)
{
	if (!t->skip[class] || !frame_has_no_tags(p))
		return false;
	t->skip[class]--;
	return true;
}
