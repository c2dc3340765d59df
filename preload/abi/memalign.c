/* SPDX-License-Identifier: MIT */
/*
 * memalign.c - requests with an alignment of their own, and the sized frees.
 *
 * Up to a page, alignment is a matter of the class (an object whose size is
 * a multiple of it, in a slab that starts at a page); above, of the block.
 */
#include <errno.h>
#include <string.h>

#include "abi/malloc.h"
#include "lib/bug.h"
#include "mm/kmalloc.h"
#include "mm/sheaf.h"
#include "mm/stats.h"
#include "os/os.h"

static bool power_of_two(size_t n)
{
	return n && !(n & (n - 1));
}

static void *aligned(size_t align, size_t size, const void *caller)
{
	unsigned int class;
	void *p;

	if (align <= KMALLOC_GRAIN)
		return malloc(size);
	count_event(KV_aligned_calls);
	if (size > PTRDIFF_MAX - align) {
		errno = ENOMEM;
		return NULL;
	}
	if (align <= PAGE_SIZE && size <= KMALLOC_MAX_CACHE_SIZE) {
		class = kmalloc_class_aligned(size, align);
		p = sheaf_pop(kv_alloc, class, size);
		if (unlikely(!p))
			p = sheaf_pop_spare(kv_alloc, class, size);
		if (likely(p))
			return p;
	}
	return allocate_slow(size, align, false, caller);
}

/* glibc rounds an odd boundary up, and programs have come to rely on it. */
EXPORT void *memalign(size_t align, size_t size)
{
	if (align > SIZE_MAX / 2 + 1) {
		errno = EINVAL;
		return NULL;
	}
	if (!power_of_two(align))
		align = align ? 1ul << fls_ul(align) : 1;
	return aligned(align, size, CALLER);
}

EXPORT void *aligned_alloc(size_t align, size_t size)
{
	if (!power_of_two(align)) {
		errno = EINVAL;
		return NULL;
	}
	return aligned(align, size, CALLER);
}

EXPORT int posix_memalign(void **out, size_t align, size_t size)
{
	int saved = errno;
	void *p;

	if (!power_of_two(align) || align % sizeof(void *))
		return EINVAL;
	p = aligned(align, size, CALLER);
	if (!p) {
		errno = saved;
		return ENOMEM;
	}
	*out = p;
	return 0;
}

EXPORT void *valloc(size_t size)
{
	return aligned(os_page_size(), size, CALLER);
}

EXPORT void *pvalloc(size_t size)
{
	size_t page = os_page_size();

	if (size > PTRDIFF_MAX - page) {
		errno = ENOMEM;
		return NULL;
	}
	return aligned(page, ALIGN_UP(size, page), CALLER);
}

/*
 * Could a block of @usable bytes serve @size at @align? Its class may be one
 * for twice the size, no more: so far realloc() shrinks in place. Runs go
 * down to half a page run's least size.
 */
static bool size_fits(size_t usable, size_t align, size_t size)
{
	size_t least = max_ul(max_ul(size, align), 1);

	if (size > usable)
		return false;
	if (machine.cfg.kernel || usable <= 64 || usable < 2 * least)
		return true;
	if (least > KMALLOC_MAX_CACHE_SIZE / 2 || align > PAGE_SIZE)
		return usable <= KMALLOC_MAX_SIZE / 4 && usable < 4 * least;
	return usable <= kmalloc_info.size[kmalloc_class_aligned(least, align)];
}

static void check_size(const void *p, size_t align, size_t size,
		       const char *call)
{
	size_t usable = usable_size(p, call);

	if (!size_fits(usable, align, size) || (size_t)p % align)
		bug("%s: wrong size %zu or alignment %zu for %p of %zu bytes",
		    call, size, align, p, usable);
}

EXPORT void free_sized(void *p, size_t size)
{
	if (p)
		check_size(p, KMALLOC_GRAIN, size, "free_sized");
	free(p);
}

EXPORT void free_aligned_sized(void *p, size_t align, size_t size)
{
	if (p)
		check_size(p, power_of_two(align) ? align : SIZE_MAX, size,
			   "free_aligned_sized");
	free(p);
}
