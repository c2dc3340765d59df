/* SPDX-License-Identifier: MIT */
/*
 * kvmalloc.c - the policy; see kvmalloc.h.
 *
 * The decision is data first (struct plan: which flags the contiguous try
 * gets, whether vmalloc may follow), so that the three generations are one
 * function each and can be tested cell by cell (the kernel's rules).
 * Differs from the kernel in malloc()'s favour: see the header.
 */
#include "mm/kvmalloc.h"

#include <errno.h>
#include <limits.h>

#include "lib/bug.h"
#include "mm/kmalloc.h"
#include "mm/page_alloc.h"
#include "mm/stats.h"
#include "mm/vmalloc.h"

static struct {
	enum kv_policy policy;
	int kernel;
} kv;

void kvmalloc_boot(enum kv_policy policy, int kernel)
{
	kv.policy = policy;
	kv.kernel = kernel;
}

struct plan {
	bool contiguous;	/* try kmalloc */
	bool fallback;		/* then vmalloc */
	gfp_t gfp;		/* of the contiguous try */
	enum kv_counter why;	/* vmalloc without a try: the reason */
};

/* 4.12: anything above a page falls back, costly ones may insist. */
static struct plan plan_412(size_t size, gfp_t gfp)
{
	static bool warned;
	struct plan p = { .contiguous = true, .gfp = gfp };

	WARN_ON_ONCE_IN(warned, (gfp & GFP_KERNEL) != GFP_KERNEL);
	if (size <= PAGE_SIZE)
		return p;
	p.gfp |= __GFP_NOWARN;
	if (!(gfp & __GFP_RETRY_MAYFAIL) ||
	    size <= PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER)
		p.gfp |= __GFP_NORETRY;
	p.fallback = true;
	return p;
}

/* 4.18: no fallback for flags that vmalloc could not honour. */
static struct plan plan_418(size_t size, gfp_t gfp)
{
	struct plan p = { .contiguous = true, .gfp = gfp };

	if ((gfp & GFP_KERNEL) != GFP_KERNEL || size <= PAGE_SIZE)
		return p;
	p.gfp |= __GFP_NOWARN;
	if (!(gfp & __GFP_RETRY_MAYFAIL))
		p.gfp |= __GFP_NORETRY;
	p.fallback = true;
	return p;
}

/* 7.0: the contiguous try never reclaims by itself unless told to insist. */
static struct plan plan_700(size_t size, gfp_t gfp)
{
	struct plan p = { .contiguous = true, .gfp = gfp };

	if (size <= PAGE_SIZE)
		return p;
	p.gfp |= __GFP_NOWARN;
	if (!(gfp & __GFP_RETRY_MAYFAIL))
		p.gfp &= ~(gfp_t)__GFP_DIRECT_RECLAIM;
	p.gfp &= ~(gfp_t)__GFP_NOFAIL;
	p.fallback = true;
	return p;
}

static bool coin(struct thread_cache *t)
{
	t->random ^= t->random << 13;
	t->random ^= t->random >> 7;
	t->random ^= t->random << 17;
	return t->random & 1;
}

/* A rule of 5.15. */
static bool kernel_refuses(size_t size)
{
	return size > INT_MAX && kv.kernel != 412 && kv.kernel != 418;
}

static struct plan make_plan(struct thread_cache *t, size_t size, gfp_t gfp)
{
	struct plan p = kv.kernel == 412 ? plan_412(size, gfp) :
			kv.kernel == 418 ? plan_418(size, gfp) :
					   plan_700(size, gfp);

	switch (kv.policy) {
	case POLICY_KVMALLOC:
		break;
	case POLICY_KMALLOC:
		p.gfp = gfp;
		p.fallback = false;
		break;
	case POLICY_VMALLOC:
		p.contiguous = false;
		break;
	case POLICY_IPC_ALLOC:
		p.gfp = gfp;
		p.fallback = false;
		p.contiguous = size <= PAGE_SIZE;
		break;
	case POLICY_RANDOM:
		if (size > KMALLOC_MAX_SIZE)
			break; /* only vmalloc is possible */
		p.contiguous = coin(t);
		break;
	}
	if (!p.contiguous) {
		p.fallback = true;
		p.why = KV_vmalloc_policy;
	}
	if (p.contiguous && size > KMALLOC_MAX_SIZE) {
		p.contiguous = false;
		p.why = kernel_refuses(size) ? KV_vmalloc_refused :
					       KV_vmalloc_size;
	}
	return p;
}

/*
 * The frames that lazily freed areas stand for are what may lack: where they
 * can be had back, the contiguous way gets a second try. (The kernel leaves
 * that to kswapd, which we have no thread for.)
 */
static void *kmalloc_try(struct thread_cache *t, unsigned int class, gfp_t gfp)
{
	struct kmem_cache *s = kmalloc_cache(class);
	void *obj = s ? sheaf_alloc_slow(t, s, gfp) : NULL;

	if (unlikely(s && !obj && !kv.kernel && vmalloc_purge(0)))
		obj = sheaf_alloc_slow(t, s, gfp);
	return obj;
}

static enum kv_counter fallback_reason(size_t size)
{
	if (size <= KMALLOC_MAX_CACHE_SIZE)
		return KV_fallback_slab;
	return last_alloc_fail == ALLOC_FRAG ? KV_fallback_frag :
					       KV_fallback_nomem;
}

static void *vmalloc_counted(size_t size, size_t align, gfp_t gfp,
			     enum kv_counter why, const void *caller)
{
	void *p = vmalloc_area(gfp, size, align, caller);
	size_t served;

	if (!p)
		return NULL;
	served = vmalloc_usable(p);
	count_event(why);
	count_events(KV_vmalloc_asked, size);
	count_events(KV_vmalloc_served, served);
	gauge_add(&stats.vmalloc_size_log2[min_ul(fls_ul(size - 1),
						  KVR_MAX_SIZE_LOG2 - 1)],
		  1);
	stats_note_pages();
	stats_note_held((long)served);
	return p;
}

void *kvmalloc_gfp(struct thread_cache *t, size_t size, gfp_t gfp, bool strict,
		   const void *caller)
{
	static bool warned;
	struct plan p = make_plan(t, size, gfp);
	void *obj;

	if (p.contiguous) {
		unsigned int class = kmalloc_class(size);

		obj = kmalloc_try(t, class, p.gfp);
		if (likely(obj)) {
			t->stat.alloc[class]++;
			t->stat.asked[class] += size;
			return obj;
		}
		if (!p.fallback)
			return NULL;
		p.why = fallback_reason(size);
	}
	if (!p.fallback)
		return NULL;
	if (strict && kernel_refuses(size)) {
		WARN_ON_ONCE_IN(warned, !(gfp & __GFP_NOWARN));
		return NULL;
	}
	return vmalloc_counted(size ? size : 1, PAGE_SIZE, gfp, p.why, caller);
}

/*
 * Above a page, alignment comes from blocks: they are aligned to their own
 * size, so a block of the alignment's order is taken and its tail returned.
 */
static void *aligned_run(size_t size, size_t align, gfp_t gfp,
			 unsigned int *class)
{
	struct kmem_cache *s;
	struct page *page;
	unsigned int order;

	*class = kmalloc_class(max_ul(size, KMALLOC_MAX_CACHE_SIZE + 1));
	s = kmalloc_cache(*class);
	order = get_order(max_ul(align, s ? s->size : 0));
	if (!s || order > MAX_PAGE_ORDER)
		return NULL;
	page = alloc_pages(gfp, order);
	if (!page)
		return NULL;
	run_adopt(s, page, order);
	return page_address(page);
}

void *kvmalloc_aligned(struct thread_cache *t, size_t size, size_t align,
		       gfp_t gfp, const void *caller)
{
	size_t least = max_ul(size, 1);
	/* a block is as large as its alignment, if only for a moment */
	size_t like = max_ul(least, min_ul(align, KMALLOC_MAX_SIZE));
	struct plan p = make_plan(t, like, gfp);
	enum kv_counter why = KV_fallback_aligned;
	unsigned int class = 0;
	void *obj = NULL;

	if (!p.contiguous) {
		why = p.why;
	} else if (align <= KMALLOC_MAX_SIZE) {
		if (align <= PAGE_SIZE && least <= KMALLOC_MAX_CACHE_SIZE)
			class = kmalloc_class_aligned(least, align);
		obj = class ? kmalloc_try(t, class, p.gfp) :
			      aligned_run(least, align, p.gfp, &class);
		if (obj) {
			t->stat.alloc[class]++;
			t->stat.asked[class] += size;
			return obj;
		}
		why = fallback_reason(like);
	}
	if (!p.fallback)
		return NULL;
	return vmalloc_counted(least, max_ul(align, PAGE_SIZE), gfp, why,
			       caller);
}

/* freeing, and what can be wrong with a pointer */

/* Head of the live run that @pfn lies in, or NULL. */
static struct page *run_around(unsigned long pfn)
{
	for (unsigned long back = 0; back < MAX_BLOCK_PAGES && back < pfn;
	     back++) {
		struct page *page = pfn_to_page(pfn - back);

		if (!frame_is_committed(pfn - back))
			return NULL;
		if (page->type == PAGE_LARGE)
			return back < page->run.nr_pages ? page : NULL;
	}
	return NULL;
}

static const char *what_is_linear(const void *p)
{
	unsigned long pfn = virt_to_pfn(p);

	if (!frame_is_committed(pfn))
		return "invalid pointer";
	if (machine.class_map[pfn] || run_around(pfn))
		return "interior pointer";
	return (size_t)p % PAGE_SIZE ? "invalid pointer" :
				       "double free or invalid pointer";
}

struct around {
	const char *p;
	const char *what;
};

static void look_around(const void *addr, size_t size, enum vmap_state state,
			const void *caller, void *arg)
{
	struct around *a = arg;
	const char *start = addr;

	(void)caller;
	if (a->p >= start && a->p < start + size)
		a->what = state == VMAP_LAZY ? "double free of" :
					       "interior pointer";
}

static const char *what_is_area(const void *p)
{
	struct around a = { .p = p, .what = "double free or invalid pointer" };

	vmalloc_for_each(look_around, &a);
	return a.what;
}

void bad_pointer(const void *p, const char *call)
{
	bug("%s: %s %p", call,
	    virt_is_linear(p)	? what_is_linear(p) :
	    is_vmalloc_addr(p)	? what_is_area(p) :
				  "invalid pointer",
	    p);
}

static void vfree_counted(void *p)
{
	size_t served = vmalloc_usable(p);

	switch (vfree_area(p)) {
	case 0:
		break;
	case -ENOENT:
		bug("free: double free of %p (vmalloc area)", p);
	case -EFAULT:
		bug("free: interior pointer %p into a vmalloc area", p);
	default:
		bug("free: invalid pointer %p (no vmalloc area there)", p);
	}
	count_event(KV_vmalloc_free);
	count_events(KV_vmalloc_freed, served);
	stats_note_held(-(long)served);
}

void kvfree_slow(struct thread_cache *t, void *p)
{
	unsigned int class;

	if (is_vmalloc_addr(p)) {
		vfree_counted(p);
		return;
	}
	if (!virt_is_linear(p))
		bad_pointer(p, "free");
	class = machine.class_map[virt_to_pfn(p)];
	if (!class)
		bad_pointer(p, "free");
	sheaf_free_slow(t, &caches[class], p);
	t->stat.free[class]++;
}

size_t kv_usable(const void *p)
{
	const struct page *page;
	unsigned int class;

	if (is_vmalloc_addr(p))
		return vmalloc_usable(p);
	if (!virt_is_linear(p))
		return 0;
	class = machine.class_map[virt_to_pfn(p)];
	if (!class)
		return 0;
	page = virt_to_page(p);
	if (caches[class].run_pages ?
		    page->type != PAGE_LARGE || page_address(page) != p :
		    !slab_is_object(&caches[class], p))
		return 0;
	return caches[class].size;
}

/* resizing */

/* A run takes another length, hence another class, where it stands. */
static bool resize_run(struct kmem_cache *from, void *p, size_t size)
{
	struct kmem_cache *to = kmalloc_cache(
		kmalloc_class(max_ul(size, KMALLOC_MAX_CACHE_SIZE + 1)));

	return to && (from == to || run_resize(from, to, p));
}

bool kv_fits_object(size_t have, size_t size)
{
	return size <= have && (kv.kernel || have <= 64 || size > have / 2);
}

static bool resize_linear(struct kmem_cache *s, void *p, size_t size)
{
	if (kv_fits_object(s->size, size))
		return true;
	/* krealloc() copies whatever grows. Here runs grow; below a slab's
	 * sizes they are too dear to stay runs. */
	return !kv.kernel && s->run_pages &&
	       size > KMALLOC_MAX_CACHE_SIZE / 2 && size <= KMALLOC_MAX_SIZE &&
	       resize_run(s, p, size);
}

static void *resize_area(void *p, size_t size, const void *caller)
{
	size_t old = vmalloc_usable(p), served;
	void *now = vrealloc_area(p, size, GFP_KERNEL | __GFP_NOWARN,
				  caller);

	if (!now)
		return NULL;
	served = vmalloc_usable(now);
	count_event(KV_vmalloc_resize);
	count_event(KV_vmalloc_free);
	count_events(KV_vmalloc_asked, size);
	count_events(KV_vmalloc_freed, old);
	count_events(KV_vmalloc_served, served);
	stats_note_held((long)served - (long)old);
	stats_note_pages();
	return now;
}

void *kv_resize(struct thread_cache *t, void *p, size_t size,
		const void *caller)
{
	unsigned int from, to;

	if (is_vmalloc_addr(p)) {
		/* The kernel never goes back to slabs; here it saves pages. */
		if (!kv.kernel && size <= KMALLOC_MAX_CACHE_SIZE)
			return NULL;
		return resize_area(p, size, caller);
	}
	from = machine.class_map[virt_to_pfn(p)];
	if (!resize_linear(&caches[from], p, size))
		return NULL;
	to = machine.class_map[virt_to_pfn(p)];
	t->stat.free[from]++;
	t->stat.alloc[to]++;
	t->stat.asked[to] += size;
	return p;
}
