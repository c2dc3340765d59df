/* SPDX-License-Identifier: MIT */
/*
 * malloc.c - malloc, free, calloc, realloc and their kin.
 *
 * The fast paths are a table look-up and a pop, an address check and a push
 * (sheaf.h); `make bench` prints how many instructions they take. All else is
 * out of line. errno is written when a request fails and never else: system
 * calls below are raw.
 */
#include "abi/malloc.h"

#include <errno.h>
#include <string.h>

#include "abi/emergency.h"
#include "abi/gate.h"
#include "abi/init.h"
#include "abi/observe.h"
#include "abi/record.h"
#include "abi/thread.h"
#include "abi/traced.h"
#include "lib/bug.h"
#include "mm/kmalloc.h"
#include "mm/kvmalloc.h"
#include "mm/page_alloc.h"
#include "mm/slub_debug.h"
#include "mm/stats.h"
#include "mm/vmalloc.h"
#include "os/os.h"

/* From 2.34 on libc's own malloc has no hooks, but its entry points. */
extern void __libc_free(void *p) __attribute__((weak));

static void free_deferred(struct thread_cache *t)
{
	void *p = deferred_take();

	while (p) {
		void *next;

		memcpy(&next, p, sizeof(next));
		if (trace_on)
			trace_free(t, p);
		if (prof_on)
			record_free(t, p);
		else
			kvfree_slow(t, p);
		p = next;
	}
}

bool slow_enter(struct thread_cache *t)
{
	if (unlikely(!t || !core_enter(t)))
		return false;
	free_deferred(t);
	if (++t->ticks >=
	    (kv_alloc == t ? HOUSEKEEPING : HOUSEKEEPING_SEEN)) {
		t->ticks = 0;
		kmalloc_mature();
		thread_reap_one();
		thread_fast_paths(t);
		barn_tick();
		purge_tick();
		vmalloc_purge(SIZE_MAX);
		observe_tick();
	}
	return true;
}

bool slow_enter_or_aside(struct thread_cache *t, size_t size, size_t align,
			 void **aside)
{
	*aside = NULL;
	if (likely(slow_enter(t)))
		return true;
	*aside = emergency_alloc(size, align);
	return !*aside && t && core_wait(t);
}

NOINLINE void *seen_request(size_t size, size_t align, bool zero,
			    const void *caller)
{
	return trace_on ? traced_request(size, align, zero, caller) :
			  record_request(size, align, zero, caller);
}

COLD void *allocate_slow(size_t size, size_t align, bool zero,
			 const void *caller)
{
	/* Silent: the program hears of it from malloc itself. */
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN |
		    (zero ? (gfp_t)__GFP_ZERO : 0);
	struct thread_cache *t;
	void *p;

	if (unlikely(size > PTRDIFF_MAX)) {
		errno = ENOMEM;
		return NULL;
	}
	if (unlikely(calls_on))
		return seen_request(size, align, zero, caller);
	t = kv_own;
	/* Of all requests the first may find that calls are to be seen. */
	if (unlikely(!t && thread_attach()))
		return allocate_slow(size, align, zero, caller);
	if (likely(slow_enter_or_aside(t, size, align, &p))) {
		p = align <= KMALLOC_GRAIN ?
			    kvmalloc_gfp(t, size, gfp, false, caller) :
			    kvmalloc_aligned(t, size, align, gfp, caller);
		core_leave(t);
	}
	if (unlikely(!p)) {
		out_of_memory(size);
		errno = ENOMEM;
	}
	return p;
}

/* Above the table: runs that a thread keeps need no slow path either. */
static NOINLINE void *malloc_large(size_t size, const void *caller)
{
	unsigned int class;
	void *p = NULL;

	if (size <= KMALLOC_MAX_SIZE) {
		class = kmalloc_class(size);
		p = sheaf_pop(kv_alloc, class, size);
		if (!p)
			p = sheaf_pop_spare(kv_alloc, class, size);
	}
	return p ? p : allocate_slow(size, KMALLOC_GRAIN, false, caller);
}

static NOINLINE void *malloc_spare(size_t size, size_t class,
				   const void *caller)
{
	void *p = sheaf_pop_spare(kv_alloc, class, size);

	return p ? p : allocate_slow(size, KMALLOC_GRAIN, false, caller);
}

/* The sheaf is empty, or seems so: while requests are sampled this is what
 * each of them comes through, so it only hands on, in registers. */
static NOINLINE void *malloc_empty(size_t size, size_t class,
				   const void *caller)
{
	return unlikely(calls_on) ? record_malloc(size, class, caller) :
				    malloc_spare(size, class, caller);
}

EXPORT void *malloc(size_t size)
{
	size_t class;
	void *p;

	if (unlikely(size > KMALLOC_MAX_CACHE_SIZE))
		return malloc_large(size, CALLER);
	class = kmalloc_class(size);
	p = sheaf_pop(kv_alloc, class, size);
	return likely(p) ? p : malloc_empty(size, class, CALLER);
}

/* Neither ours nor the side arena's: libc's own heap is, all else is not. */
static void free_foreign(void *p)
{
	const char *c = p;

	if (&__libc_free && c >= init_brk() && c < os_brk()) {
		count_event(KV_foreign_free);
		__libc_free(p);
		return;
	}
	bad_pointer(p, "free");
}

COLD void free_slow(void *p, const void *caller)
{
	struct thread_cache *t;

	if (!p)
		return;
	if (unlikely(is_emergency(p))) {
		emergency_free(p);
		return;
	}
	t = thread_self();
	if (!virt_is_linear(p) && !vmalloc_owns(p))
		free_foreign(p);
	else if (unlikely(!slow_enter(t)))
		defer_free(p);
	else {
		if (unlikely(prof_on))
			record_free(t, p);
		else
			kvfree_from(t, p, caller);
		core_leave(t);
	}
}

static NOINLINE void free_checked(void *p, const void *caller)
{
	if (unlikely(calls_on)) {
		if (trace_on)
			traced_release(p, caller);
		else
			record_release(p);
	} else if (!virt_is_linear(p) ||
		   !sheaf_push_spare(kv_thread,
				     machine.class_map[virt_to_pfn(p)], p)) {
		free_slow(p, caller);
	}
}

/* For fast paths: who watches a frame may say so at any time. */
static ALWAYS_INLINE u8 class_at_frame(size_t pfn)
{
	return __atomic_load_n(&machine.class_map[pfn], __ATOMIC_RELAXED);
}

EXPORT void free(void *p)
{
	size_t pfn = virt_to_pfn(p);

	if (likely(pfn < machine.nr_pages) &&
	    likely(sheaf_push(kv_thread, class_at_frame(pfn), p)))
		return;
	free_checked(p, CALLER);
}

EXPORT void cfree(void *p)
{
	free(p);
}

EXPORT void *calloc(size_t n, size_t size)
{
	size_t bytes;
	unsigned int class;
	void *p;

	if (unlikely(__builtin_mul_overflow(n, size, &bytes))) {
		errno = ENOMEM;
		return NULL;
	}
	if (unlikely(bytes > KMALLOC_MAX_CACHE_SIZE))
		return allocate_slow(bytes, KMALLOC_GRAIN, true, CALLER);
	class = kmalloc_class(bytes);
	p = sheaf_pop(kv_alloc, class, bytes);
	if (unlikely(!p))
		p = sheaf_pop_spare(kv_alloc, class, bytes);
	if (unlikely(!p))
		return allocate_slow(bytes, KMALLOC_GRAIN, true, CALLER);
	return memset(p, 0, kmalloc_info.size[class]);
}

/* realloc */

size_t usable_size(const void *p, const char *call)
{
	size_t size = is_emergency(p) ? emergency_usable(p) : kv_usable(p);

	if (unlikely(!size && !is_emergency(p)))
		bad_pointer(p, call);
	return size;
}

/* A slab's object stays or is copied: no need to enter the core. */
static void *resize_object(struct thread_cache *t, unsigned int class, void *p,
			   size_t have, size_t size)
{
	if (!kv_fits_object(have, size))
		return NULL;
	if (unlikely(cache_is_debug(&caches[class])) &&
	    !slub_debug_resize(&caches[class], p, size, false))
		return NULL; /* free() will say so */
	t->stat.free[class]++;
	t->stat.alloc[class]++;
	t->stat.asked[class] += size;
	return p;
}

static void *resize(void *p, size_t have, size_t size, const void *caller)
{
	struct thread_cache *t = thread_self();
	unsigned int class = 0;
	void *now;

	if (unlikely(!t || is_emergency(p)))
		return NULL;
	count_event(KV_realloc_calls);
	if (virt_is_linear(p)) {
		class = frame_class(virt_to_pfn(p));
		check_live(sheaf_last(t, class), p);
	}
	if (class && class < kmalloc_info.nr_slab_classes &&
	    (!prof_on || !kv_fits_object(have, size) ||
	     record_unseen(t, p, class))) {
		now = resize_object(t, class, p, have, size);
	} else if (slow_enter(t)) {
		now = unlikely(prof_on) ? record_resize(t, p, size, caller) :
					  kv_resize(t, p, size, caller);
		core_leave(t);
	} else {
		return NULL;
	}
	if (now)
		count_event(KV_realloc_inplace);
	return now;
}

/*
 * A block that grows by little, less than a third, is likely to grow again: a
 * class for a third more than it had saves two copies in three where classes
 * are an eighth apart. Up to a page it takes the next power of two, which saves
 * more copies and costs no memory: slabs of the classes between would stay
 * partly used as block after block leaves them. (Strings that grow to 4 KiB:
 * 15.3 MiB; a third more below half a page 19.3; powers of two from 256 bytes
 * on 15.7; 3/4 of them as well 20.3.)
 */
size_t room_to_grow(size_t old, size_t size)
{
	size_t more = old + old / 3;

	if (size <= old || size >= more || machine.cfg.kernel ||
	    slub_debug_active())
		return size;
	return size <= PAGE_SIZE ? (size_t)2 << ilog2_ul(size - 1) : more;
}

static void *malloc_growing(size_t old, size_t size, const void *caller)
{
	size_t more = room_to_grow(old, size);
	void *p = NULL;

	if (unlikely(prof_on && size <= KMALLOC_MAX_CACHE_SIZE))
		return record_growing(more, size, caller);
	if (more <= KMALLOC_MAX_CACHE_SIZE)
		p = sheaf_pop(kv_alloc, kmalloc_class(more), size);
	if (!p && more <= KMALLOC_MAX_CACHE_SIZE)
		p = sheaf_pop_spare(kv_alloc, kmalloc_class(more), size);
	return p ? p : size <= KMALLOC_MAX_CACHE_SIZE ?
		       allocate_slow(more, KMALLOC_GRAIN, false, caller) :
		       malloc_large(size, caller);
}

static void *move(void *p, size_t old, size_t size, const void *caller)
{
	void *new = malloc_growing(old, size, caller);
	size_t keep = old < size ? old : size;

	if (!new)
		return NULL;
	count_events(KV_realloc_copied, keep);
	memcpy(new, p, keep);
	free(p);
	return new;
}

/*
 * The fast path: @p is surely an object of @class that is not free (as far as
 * sheaf_push() can tell), and @size neither needs nor wants another class.
 */
static ALWAYS_INLINE bool stays(struct thread_cache *t, unsigned int class,
				const void *p, size_t size)
{
	size_t have = kmalloc_info.size[class];

	if (unlikely(size > have) || unlikely(size <= have / 2))
		return false;
	if (unlikely(!t->start[class].magic) ||
	    unlikely(!sheaf_fits(t, class, p)))
		return false;
	t->stat.free[class]++;
	t->stat.alloc[class]++;
	t->stat.asked[class] += size;
	t->stat.resized++;
	return true;
}

static NOINLINE void *realloc_slow(void *p, size_t size, const void *caller)
{
	size_t old;
	void *now;

	if (!p)
		return malloc(size);
	if (!size) {
		free(p);
		return NULL;
	}
	if (unlikely(size > PTRDIFF_MAX)) {
		errno = ENOMEM;
		return NULL;
	}
	old = usable_size(p, "realloc");
	if (unlikely(trace_on))
		return traced_resize(p, old, size, caller);
	now = resize(p, old, size, caller);
	return now ? now : move(p, old, size, caller);
}

EXPORT void *realloc(void *p, size_t size)
{
	size_t pfn = virt_to_pfn(p);

	if (likely(pfn < machine.nr_pages) &&
	    likely(stays(kv_alloc, class_at_frame(pfn), p, size)))
		return p;
	return realloc_slow(p, size, CALLER);
}

EXPORT void *reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (unlikely(__builtin_mul_overflow(n, size, &bytes))) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, bytes);
}

EXPORT size_t malloc_usable_size(void *p)
{
	return p ? usable_size(p, "malloc_usable_size") : 0;
}
