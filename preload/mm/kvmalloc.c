/* SPDX-License-Identifier: MIT */
/*
 * kvmalloc.c - the policy; see kvmalloc.h.
 *
 * The decision is data first (struct plan: which flags the contiguous try
 * gets, whether vmalloc may follow), so that the generations are one
 * function each and can be tested cell by cell (the kernel's rules).
 * Differs from the kernel in malloc()'s favour: see the header.
 */
#include "mm/kvmalloc.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "lib/bug.h"
#include "mm/kmalloc.h"
#include "mm/page_alloc.h"
#include "mm/slub_debug.h"
#include "mm/stats.h"
#include "mm/vmalloc.h"

static struct {
	enum kv_policy policy;
	int kernel;
	gfp_t init_gfp;		/* added to each request */
	bool init_on_free;
} kv;

void kvmalloc_boot(enum kv_policy policy, int kernel)
{
	kv.policy = policy;
	kv.kernel = kernel;
}

void kvmalloc_set_init(bool on_alloc, bool on_free)
{
	kv.init_gfp = on_alloc ? (gfp_t)__GFP_ZERO : 0;
	kv.init_on_free = on_free;
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

/* 6.12: any flags fall back that may block; the try makes a light effort. */
static struct plan plan_612(size_t size, gfp_t gfp)
{
	struct plan p = { .contiguous = true, .gfp = gfp };

	if (size <= PAGE_SIZE)
		return p;
	p.gfp |= __GFP_NOWARN;
	if (!(gfp & __GFP_RETRY_MAYFAIL))
		p.gfp |= __GFP_NORETRY;
	p.gfp &= ~(gfp_t)__GFP_NOFAIL;
	p.fallback = gfp & __GFP_DIRECT_RECLAIM;
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
			kv.kernel == 612 ? plan_612(size, gfp) :
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
static void *kmalloc_try(struct thread_cache *t, unsigned int class, gfp_t gfp,
			 size_t size, const void *caller)
{
	struct kmem_cache *s = kmalloc_cache(class);
	void *obj;

	if (unlikely(s && cache_is_debug(s)))
		return slub_debug_alloc(s, gfp, max_ul(size, 1), caller);
	obj = s ? sheaf_alloc_slow(t, s, gfp) : NULL;
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

#ifdef KV_KAPI
struct kvmalloc_plan kvmalloc_plan(struct thread_cache *t, size_t size,
				   gfp_t gfp)
{
	struct plan p = make_plan(t, size, gfp);

	return (struct kvmalloc_plan){
		.contiguous = p.contiguous,
		.fallback = p.fallback,
		.refused = kernel_refuses(size),
		.gfp = p.gfp,
		.why = p.why,
	};
}

enum kv_counter kvmalloc_fallback_reason(size_t size)
{
	return fallback_reason(size);
}
#endif

void *kvmalloc_gfp(struct thread_cache *t, size_t size, gfp_t gfp, bool strict,
		   const void *caller)
{
	static bool warned;
	struct plan p = make_plan(t, size, gfp |= kv.init_gfp);
	void *obj;

	if (p.contiguous) {
		unsigned int class = kmalloc_class(size);

		obj = kmalloc_try(t, class, p.gfp, size, caller);
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
	return vmalloc_area_why(gfp, size ? size : 1, PAGE_SIZE, caller, p.why);
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
	struct plan p = make_plan(t, like, gfp |= kv.init_gfp);
	enum kv_counter why = KV_fallback_aligned;
	unsigned int class = 0;
	void *obj = NULL;

	if (!p.contiguous) {
		why = p.why;
	} else if (align <= KMALLOC_MAX_SIZE) {
		if (align <= PAGE_SIZE && least <= KMALLOC_MAX_CACHE_SIZE)
			class = kmalloc_class_aligned(least, align);
		obj = class ? kmalloc_try(t, class, p.gfp, size, caller) :
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
	return vmalloc_area_why(gfp, least, max_ul(align, PAGE_SIZE), caller,
				why);
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

static void vfree_or_bug(void *p)
{
	switch (vfree_area(p)) {
	case 0:
		return;
	case -ENOENT:
		bug("free: double free of %p (vmalloc area)", p);
	case -EFAULT:
		bug("free: interior pointer %p into a vmalloc area", p);
	default:
		bug("free: invalid pointer %p (no vmalloc area there)", p);
	}
}

/* Of a block that is freed; a pointer to none is left to who frees it. */
static COLD void clear_block(void *p)
{
	memset(p, 0, kv_usable(p));
}

void kvfree_from(struct thread_cache *t, void *p, const void *caller)
{
	unsigned int class;

	if (unlikely(kv.init_on_free))
		clear_block(p);
	if (is_vmalloc_addr(p)) {
		vfree_or_bug(p);
		return;
	}
	if (!virt_is_linear(p))
		bad_pointer(p, "free");
	class = frame_class(virt_to_pfn(p));
	if (!class)
		bad_pointer(p, "free");
	if (unlikely(cache_is_debug(&caches[class])))
		slub_debug_free(&caches[class], p, caller);
	else
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
	class = frame_class(virt_to_pfn(p));
	if (!class)
		return 0;
	page = virt_to_page(p);
	if (caches[class].run_pages ?
		    page->type != PAGE_LARGE || page_address(page) != p :
		    !slab_is_object(&caches[class], p))
		return 0;
	if (unlikely(cache_is_debug(&caches[class])))
		return slub_debug_size(&caches[class], p);
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
	if (unlikely(cache_is_debug(s)))
		return kv_fits_object(slub_debug_size(s, p), size) &&
		       slub_debug_resize(s, p, size, false);
	if (kv_fits_object(s->size, size))
		return true;
	/* krealloc() copies whatever grows. Here runs grow; below a slab's
	 * sizes they are too dear to stay runs. */
	return !kv.kernel && !kv.init_gfp && s->run_pages &&
	       size > KMALLOC_MAX_CACHE_SIZE / 2 && size <= KMALLOC_MAX_SIZE &&
	       resize_run(s, p, size);
}

void *kv_resize(struct thread_cache *t, void *p, size_t size,
		const void *caller)
{
	unsigned int from, to;

	if (is_vmalloc_addr(p)) {
		/* The kernel never goes back to slabs; here it saves pages. */
		if (!kv.kernel && size <= KMALLOC_MAX_CACHE_SIZE)
			return NULL;
		return vrealloc_area(p, size,
				     GFP_KERNEL | __GFP_NOWARN | kv.init_gfp,
				     caller);
	}
	from = frame_class(virt_to_pfn(p));
	if (!resize_linear(&caches[from], p, size))
		return NULL;
	to = frame_class(virt_to_pfn(p));
	t->stat.free[from]++;
	t->stat.alloc[to]++;
	t->stat.asked[to] += size;
	return p;
}
