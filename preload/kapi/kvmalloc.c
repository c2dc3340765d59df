/* SPDX-License-Identifier: MIT */
/*
 * kvmalloc.c - kmalloc() if that is easy, else vmalloc(); by the rules of the
 * booted kernel, which the core keeps (mm/kvmalloc.c).
 */
#include "kapi/slab.h"

#include <string.h>

#include "kapi/report.h"
#include "kapi/vm.h"
#include "mm/kvmalloc.h"
#include "mm/stats.h"
#include "mm/vmalloc.h"

/* Was the contiguous try of no avail? Then why. */
static void *by_area(size_t size, size_t align, gfp_t gfp, int node,
		     enum kv_counter why, const void *caller)
{
	return kapi_vmalloc(size, align, gfp,
			    gfp & __GFP_DIRECT_RECLAIM ? VM_ALLOW_HUGE_VMAP : 0,
			    node, why, caller);
}

static void *either_in(const kmem_buckets *b, size_t size, size_t align,
		       gfp_t gfp, int node, const void *caller)
{
	struct thread_cache *t = kapi_enter();
	struct kvmalloc_plan plan = { .contiguous = true, .gfp = gfp };
	void *p;

	if (t) {
		plan = kvmalloc_plan(t, size, gfp);
		kapi_leave(t);
	}
	if (plan.contiguous) {
		p = kapi_kmalloc_in(b, size, plan.gfp, node, caller);
		if (likely(p))
			return p;
		plan.why = kvmalloc_fallback_reason(size);
	}
	if (!plan.fallback)
		return NULL;
	if (plan.refused) {
		KAPI_WARN_ONCE(!(gfp & __GFP_NOWARN), NULL);
		return NULL;
	}
	return by_area(size, align, gfp, node, plan.why, caller);
}

static void *either(size_t size, size_t align, gfp_t gfp, int node,
		    const void *caller)
{
	return either_in(NULL, size, align, gfp, node, caller);
}

void *kv_buckets_valloc(const kmem_buckets *b, size_t size, gfp_t flags,
			int node, unsigned long caller)
{
	return either_in(b, size, 1, flags, node,
			 caller ? (const void *)caller : CALLER);
}

void *kvmalloc(size_t size, gfp_t flags)
{
	return either(size, 1, flags, NUMA_NO_NODE, CALLER);
}

void *kvzalloc(size_t size, gfp_t flags)
{
	return either(size, 1, flags | __GFP_ZERO, NUMA_NO_NODE, CALLER);
}

void *kvmalloc_node(size_t size, gfp_t flags, int node)
{
	return either(size, 1, flags, node, CALLER);
}

void *kvzalloc_node(size_t size, gfp_t flags, int node)
{
	return either(size, 1, flags | __GFP_ZERO, node, CALLER);
}

/* Alignments that kmalloc() gives to its sizes are honoured, no others. */
void *kvmalloc_node_align(size_t size, unsigned long align, gfp_t flags,
			  int node)
{
	return either(size, align, flags, node, CALLER);
}

static void *array(size_t n, size_t size, gfp_t flags, int node,
		   const void *caller)
{
	size_t bytes;

	if (unlikely(__builtin_mul_overflow(n, size, &bytes)))
		return NULL;
	return either(bytes, 1, flags, node, caller);
}

void *kvmalloc_array(size_t n, size_t size, gfp_t flags)
{
	return array(n, size, flags, NUMA_NO_NODE, CALLER);
}

void *kvcalloc(size_t n, size_t size, gfp_t flags)
{
	return array(n, size, flags | __GFP_ZERO, NUMA_NO_NODE, CALLER);
}

void *kvmalloc_array_node(size_t n, size_t size, gfp_t flags, int node)
{
	return array(n, size, flags, node, CALLER);
}

void *kvcalloc_node(size_t n, size_t size, gfp_t flags, int node)
{
	return array(n, size, flags | __GFP_ZERO, node, CALLER);
}

void *kvmemdup(const void *src, size_t len, gfp_t gfp)
{
	void *p = either(len, 1, gfp, NUMA_NO_NODE, CALLER);

	return p && len ? memcpy(p, src, len) : p;
}

static void *from_user(const void *src, size_t len, const void *caller)
{
	void *p = or_enomem(either(len, 1, GFP_USER, NUMA_NO_NODE, caller));

	return len && p != err_ptr(-ENOMEM) ? memcpy(p, src, len) : p;
}

void *vmemdup_user(const void *src, size_t len)
{
	return from_user(src, len, CALLER);
}

void *vmemdup_array_user(const void *src, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return err_ptr(-EOVERFLOW);
	return from_user(src, bytes, CALLER);
}

static void release(void *p, const void *caller)
{
	if (is_vmalloc_addr(p))
		vfree(p);
	else
		kapi_kfree(p, caller);
}

void kvfree(const void *p)
{
	release((void *)(size_t)p, CALLER);
}

void kvfree_sensitive(const void *p, size_t len)
{
	void *mem = (void *)(size_t)p;

	if (zero_or_null(p))
		return;
	memset(mem, 0, len);
	__asm__ volatile("" : : "r"(mem) : "memory");
	release(mem, CALLER);
}

/* Slab memory moves to an area if it must; an area never goes back. */
static void *resize(void *p, size_t size, size_t align, gfp_t gfp, int node,
		    const void *caller)
{
	struct kvmalloc_plan plan = { .gfp = gfp };
	struct thread_cache *t;
	size_t old;
	void *now;

	if (is_vmalloc_addr(p))
		return vrealloc_node_align(p, size, align, gfp, node);
	t = kapi_enter();
	if (t) {
		plan = kvmalloc_plan(t, size, gfp);
		kapi_leave(t);
	}
	now = krealloc_node_align(p, size, align, plan.gfp, node);
	if (now || !plan.fallback)
		return now;
	now = either(size, align, gfp, node, caller);
	if (!now || zero_or_null(p))
		return now;
	old = ksize(p);
	memcpy(now, p, min_ul(old, size));
	kapi_kfree(p, caller);
	return now;
}

void *kvrealloc_kv3(const void *p, size_t size, gfp_t flags)
{
	return resize((void *)(size_t)p, size, 1, flags, NUMA_NO_NODE, CALLER);
}

void *kvrealloc_node_align(const void *p, size_t size, unsigned long align,
			   gfp_t flags, int node)
{
	return resize((void *)(size_t)p, size, align ? align : 1, flags, node,
		      CALLER);
}

/* As it was: @oldsize tells whether there is anything to do. */
void *kvrealloc_kv4(const void *p, size_t oldsize, size_t newsize, gfp_t flags)
{
	void *mem = (void *)(size_t)p, *now;

	if (oldsize >= newsize)
		return mem;
	now = either(newsize, 1, flags, NUMA_NO_NODE, CALLER);
	if (!now)
		return NULL;
	if (!zero_or_null(p))
		memcpy(now, p, oldsize);
	release(mem, CALLER);
	return now;
}
