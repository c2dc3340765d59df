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

#include <string.h>

#include "abi/malloc.h"
#include "abi/options.h"
#include "abi/thread.h"
#include "lib/bug.h"
#include "mm/kmalloc.h"
#include "mm/kvmalloc.h"
#include "mm/vmalloc.h"
#include "prof/blocks.h"

void record_start(void)
{
	const struct prof_config cfg = {
		.depth = (unsigned int)options[KV_OPT_depth].number,
		.interval = options[KV_OPT_sample].number,
		.exact = options[KV_OPT_exact].number,
		.seed = options[KV_OPT_seed].number,
	};
	struct thread_cache *t;

	if (!prof_wanted) {
		if (options[KV_OPT_stacks].number && !options[KV_OPT_report].set)
			warn("option stacks: needs report, without one nothing is recorded");
		return;
	}
	t = thread_self();
	if (t)
		prof_start(&cfg, t, thread_list());
}

/* Class that a sheaf could serve the request from; 0: none. */
static unsigned int class_of(size_t size, size_t align)
{
	if (likely(align <= KMALLOC_GRAIN))
		return size <= KMALLOC_MAX_SIZE ? kmalloc_class(size) : 0;
	return align <= PAGE_SIZE && size <= KMALLOC_MAX_CACHE_SIZE ?
		       kmalloc_class_aligned(size, align) :
		       0;
}

static void *pop(struct thread_cache *t, unsigned int class, size_t size,
		 bool zero)
{
	void *p = sheaf_pop(t, class, size);

	return p && zero ? memset(p, 0, kmalloc_info.size[class]) : p;
}

void *record_pass(size_t size, size_t align, bool zero)
{
	struct thread_cache *t = kv_own;
	unsigned int class = class_of(size, align);

	if (unlikely(!t || !t->skip[class] || !t->main[class]->nr))
		return NULL;
	t->skip[class]--;
	return pop(t, class, size, zero);
}

/* The block's class; 0: an area, or what free() will reject. */
static unsigned int class_at(const void *p)
{
	return virt_is_linear(p) ? machine.class_map[virt_to_pfn(p)] : 0;
}

bool record_pass_free(void *p)
{
	struct thread_cache *t = kv_own;
	unsigned int class = class_at(p);

	return likely(t && class) && prof_free_fast(t, p, class) &&
	       sheaf_push(t, class, p);
}

/* Contiguous memory was tried for, and there was none. */
static bool fell_back(const void *p, size_t size, size_t align)
{
	return is_vmalloc_addr(p) && max_ul(size, align) <= KMALLOC_MAX_SIZE &&
	       options[KV_OPT_policy].number == POLICY_KVMALLOC;
}

static void *serve(struct thread_cache *t, size_t size, size_t align, gfp_t gfp,
		   const void *caller)
{
	unsigned int class = class_of(size, align);
	void *p = class ? pop(t, class, size, gfp & __GFP_ZERO) : NULL;

	if (p)
		return p;
	return align <= KMALLOC_GRAIN ?
		       kvmalloc_gfp(t, size, gfp, false, caller) :
		       kvmalloc_aligned(t, size, align, gfp, caller);
}

/* Is this one to be recorded? Never what the unwinder asks for itself. */
static bool chosen(struct thread_cache *t, unsigned int class)
{
	if (t->unwinding)
		return false;
	if (likely(!t->skip[class]))
		return true;
	t->skip[class]--;
	return false;
}

void *record_alloc(struct thread_cache *t, size_t size, size_t align, gfp_t gfp,
		   const void *caller)
{
	u32 stack = chosen(t, class_of(size, align)) ? prof_stack(t) : 0;
	size_t asked = likely(!t->asked) ? size : t->asked;
	void *p = serve(t, size, align, gfp, caller);

	if (unlikely(p && asked != size && class_at(p)))
		t->stat.asked[class_at(p)] -= size - asked;
	if (p && stack)
		prof_alloc(t, p, asked, stack, fell_back(p, size, align));
	return p;
}

void *record_growing(size_t more, size_t size, const void *caller)
{
	struct thread_cache *t = kv_own;
	void *p;

	if (t)
		t->asked = size;
	p = allocate_slow(more, KMALLOC_GRAIN, false, caller);
	if (t)
		t->asked = 0;
	return p;
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
