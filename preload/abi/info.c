/* SPDX-License-Identifier: MIT */
/*
 * info.c - mallinfo, mallinfo2, malloc_stats, malloc_info, malloc_trim,
 * mallopt: libc's questions, answered from our counters.
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "abi/gate.h"
#include "abi/init.h"
#include "abi/thread.h"
#include "lib/print.h"
#include "mm/kmalloc.h"
#include "mm/page_alloc.h"
#include "mm/stats.h"
#include "os/os.h"

struct totals {
	size_t live;		/* bytes in live blocks */
	size_t held;		/* and in blocks that threads keep free */
	size_t system;		/* bytes of pages taken from the machine */
	size_t areas, area_bytes;	/* vmalloc */
};

static struct totals count(void)
{
	struct totals n = {
		.held = stats.held_bytes,
		.system = (stats.slab_pages + stats.large_pages +
			   stats.vmalloc_pages)
			  << PAGE_SHIFT,
		.areas = stats.vmalloc_areas,
		.area_bytes = (size_t)(stats.inherited_vmalloc +
				       stats.counter[KV_vmalloc_served] -
				       stats.counter[KV_vmalloc_freed]),
	};

	n.live = n.area_bytes;
	for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++)
		n.live += stats_pages.class[c].inherited * kmalloc_info.size[c];
	for (struct thread_cache *t = thread_list(); t; t = t->next)
		for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++)
			n.live += (t->stat.alloc[c] - t->stat.free[c]) *
				  kmalloc_info.size[c];
	return n;
}

EXPORT struct mallinfo2 mallinfo2(void)
{
	struct totals n = count();

	return (struct mallinfo2){
		.arena = n.system,
		.hblks = n.areas,
		.hblkhd = n.area_bytes,
		.uordblks = n.live,
		.fordblks = n.system > n.live ? n.system - n.live : 0,
		.keepcost = nr_dirty_free_pages() << PAGE_SHIFT,
	};
}

/* The old one has ints: what does not fit shows as the largest. */
static int clip(size_t v)
{
	return v > INT_MAX ? INT_MAX : (int)v;
}

EXPORT struct mallinfo mallinfo(void)
{
	struct mallinfo2 m = mallinfo2();

	return (struct mallinfo){
		.arena = clip(m.arena),
		.hblks = clip(m.hblks),
		.hblkhd = clip(m.hblkhd),
		.uordblks = clip(m.uordblks),
		.fordblks = clip(m.fordblks),
		.keepcost = clip(m.keepcost),
	};
}

EXPORT void malloc_stats(void)
{
	struct totals n = count();
	char text[512];
	size_t len = kv_snprintf(
		text, sizeof(text),
		"kvmalloc: bytes in use   %12zu\n"
		"kvmalloc: held, with cached ones %zu\n"
		"kvmalloc: pages in use   %12zu bytes (slabs %llu, blocks %llu, vmalloc %llu pages)\n"
		"kvmalloc: vmalloc areas  %12zu (%zu bytes)\n",
		n.live, n.held, n.system, (unsigned long long)stats.slab_pages,
		(unsigned long long)stats.large_pages,
		(unsigned long long)stats.vmalloc_pages, n.areas, n.area_bytes);

	os_write(2, text, len);
}

/* One <size> a class in use; the elements are those of glibc's version 1. */
EXPORT int malloc_info(int options, FILE *fp)
{
	struct totals n = count();

	if (options) {
		errno = EINVAL;
		return EINVAL;
	}
	fprintf(fp, "<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n");
	for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++) {
		u64 live = stats_pages.class[c].inherited;

		for (struct thread_cache *t = thread_list(); t; t = t->next)
			live += t->stat.alloc[c] - t->stat.free[c];
		if (live)
			fprintf(fp,
				"  <size from=\"%u\" to=\"%u\" total=\"%llu\" count=\"%llu\"/>\n",
				c > 1 ? kmalloc_info.size[c - 1] + 1 : 0,
				kmalloc_info.size[c],
				(unsigned long long)live * kmalloc_info.size[c],
				(unsigned long long)live);
	}
	fprintf(fp,
		"</sizes>\n<total type=\"mmap\" count=\"%zu\" size=\"%zu\"/>\n"
		"<system type=\"current\" size=\"%zu\"/>\n</heap>\n"
		"<system type=\"current\" size=\"%zu\"/>\n</malloc>\n",
		n.areas, n.area_bytes, n.system, n.system);
	return 0;
}

EXPORT int malloc_trim(size_t pad)
{
	struct thread_cache *t = thread_self();
	unsigned long pages;

	(void)pad; /* there is no top of the heap to pad */
	if (!t || !core_enter(t))
		return 0;
	pages = trim_all();
	core_leave(t);
	return pages > 0;
}

/* Nothing of glibc's can be tuned here; known parameters are accepted. */
EXPORT int mallopt(int param, int value)
{
	(void)value;
	switch (param) {
	case M_MXFAST:
	case M_TRIM_THRESHOLD:
	case M_TOP_PAD:
	case M_MMAP_THRESHOLD:
	case M_MMAP_MAX:
	case M_CHECK_ACTION:
	case M_PERTURB:
	case M_ARENA_TEST:
	case M_ARENA_MAX:
		return 1;
	default:
		return 0;
	}
}
