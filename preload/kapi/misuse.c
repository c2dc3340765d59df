/* SPDX-License-Identifier: MIT */
/*
 * misuse.c - what is wrong with a pointer or with flags, in the kernel's words.
 *
 * Differs from the kernel, which does not look: it is said what the address
 * is instead (vmalloc memory, a page, the middle of a block). Texts are those
 * of the kernel's own checks where it has some, those of slub_debug=F for
 * pointers into slabs.
 */
#include "kapi/slab.h"

#include "kapi/gfp_text.h"
#include "kapi/report.h"
#include "lib/cpu.h"
#include "lib/print.h"
#include "mm/page_ref.h"
#include "mm/slub_layout.h"
#include "mm/vmalloc.h"
#include "os/os.h"

bool ratelimit_ok(struct ratelimit *r, u64 interval_ns, u32 burst)
{
	u64 now = os_coarse_ns();
	u64 begin = __atomic_load_n(&r->begin, __ATOMIC_RELAXED);

	if (!begin || now - begin > interval_ns) {
		__atomic_store_n(&r->begin, now, __ATOMIC_RELAXED);
		__atomic_store_n(&r->printed, 0, __ATOMIC_RELAXED);
	}
	return __atomic_fetch_add(&r->printed, 1, __ATOMIC_RELAXED) < burst;
}

static const char *what_is(const void *p)
{
	const struct page *page;

	if (is_vmalloc_addr(p))
		return "vmalloc memory, for vfree() or kvfree()";
	if (!virt_is_linear(p))
		return "no memory of this machine";
	if (!frame_is_committed(virt_to_pfn(p)))
		return "a page that was never allocated";
	page = virt_to_page(p);
	switch (page->type) {
	case PAGE_BUDDY:
	case PAGE_PCP:
	case PAGE_OFFLINE:
		return "a free page";
	case PAGE_TAIL:
		return kapi_large_size(page_address(pgref_head(page))) ?
			       "the middle of a large kmalloc block" :
			       "a page, for free_pages()";
	default:
		return kapi_large_size(page_address(page)) ?
			       "the middle of a large kmalloc block" :
			       "a page, for free_pages()";
	}
}

static void dump_page(const void *p)
{
	const struct page *page;

	if (!virt_is_linear(p) || !frame_is_committed(virt_to_pfn(p)))
		return;
	page = virt_to_page(p);
	kapi_pr("page: refcount:%u mapcount:0 mapping:%p index:0x%lx pfn:0x%lx",
		pgref_count(page), page->mapping, page->index,
		page_to_pfn(page));
}

void misuse_kfree(const void *p)
{
	kv_warn_at(__FILE__, __LINE__, "kfree",
		   "Not a kmalloc allocation: object pointer: 0x%p is %s", p,
		   what_is(p));
	dump_page(p);
	kapi_pr("page dumped because: Not a kmalloc allocation");
}

/* The head of slub_debug's reports. */
static void slab_bug(const struct kmem_cache *s, const char *reason,
		     const void *p)
{
	kapi_pr("=============================================================="
		"===============");
	kapi_pr("BUG %s (Not tainted): %s", s->name, reason);
	kapi_pr("--------------------------------------------------------------"
		"---------------");
	kapi_pr("%s", "");
	kapi_pr("Object 0x%p @offset=%lu", p,
		(unsigned long)((const char *)p -
				(const char *)page_address(slab_of(p))));
}

void misuse_interior(const struct kmem_cache *s, const void *p)
{
	char reason[48];

	kapi_count_report();
	kv_snprintf(reason, sizeof(reason), "Invalid object pointer 0x%p", p);
	slab_bug(s, reason, p);
	dump_stack();
	kapi_pr("FIX %s: Object at 0x%p not freed", s->name, p);
}

void misuse_double_free(const struct kmem_cache *s, const void *p)
{
	slab_bug(s, "Object already free", p);
	kv_bug_at(__FILE__, __LINE__, __func__);
}

void misuse_wrong_cache(const struct kmem_cache *s,
			const struct kmem_cache *real, const void *p)
{
	const char *name = s ? s->name : "(null)";
	bool old = machine.cfg.kernel == 412 || machine.cfg.kernel == 418;

	if (!real)
		kv_warn_at(
			__FILE__, __LINE__, "kmem_cache_free",
			"kmem_cache_free(%s, %p): object is not in a slab page",
			name, p);
	else if (old)
		kv_warn_at(__FILE__, __LINE__, "cache_from_obj",
			   "cache_from_obj: Wrong slab cache. %s but object "
			   "is from %s",
			   name, real->name);
	else
		kv_warn_at(__FILE__, __LINE__, "kmem_cache_free",
			   "kmem_cache_free(%s, %p): object belongs to "
			   "different cache %s",
			   name, p, real->name);
}

gfp_t misuse_fix_gfp(gfp_t gfp)
{
	const gfp_t bad = gfp & (__GFP_HIGHMEM | __GFP_DMA32);
	struct gfp_text wrong, fixed;

	if (likely(!bad))
		return gfp;
	gfp &= ~bad;
	kapi_count_report();
	kapi_pr("Unexpected gfp: 0x%x (%s). Fixing up to gfp: 0x%x (%s). Fix "
		"your code!",
		bad, gfp_text(&wrong, bad), gfp, gfp_text(&fixed, gfp));
	dump_stack();
	return gfp;
}

void slab_out_of_memory(struct kmem_cache *s, gfp_t gfp, int node)
{
	static struct ratelimit limit;
	struct gfp_text text;

	if ((gfp & __GFP_NOWARN) || !ratelimit_ok(&limit, 5000000000ull, 10))
		return;
	kapi_pr("SLUB: Unable to allocate memory on CPU %u (of node %d) on "
		"node %d, gfp=0x%x(%s)",
		kv_cpu, local_node(), node, gfp, gfp_text(&text, gfp));
	kapi_pr("  cache: %s, object size: %u, buffer size: %u, default order: "
		"%u, min order: %u",
		s->name, s->object_size, s->size, s->order, s->min_order);
	if (get_order(s->object_size) < s->min_order)
		kapi_pr("  %s debugging increased min order, use slab_debug=O "
			"to disable.",
			s->name);
	kapi_pr("  node %d: slabs: %lu, objs: %lu, free: %lu", 0, s->nr_slabs,
		s->nr_objs, s->nr_free);
}
