/* SPDX-License-Identifier: MIT */
/*
 * vm.h - what the files of virtual memory share (inside files only).
 *
 *	vm_area.c	ranges of the vmalloc region, and frames mapped there
 *	vm_pages.c	frames for an area: large blocks first
 *	vmalloc.c	memory in areas
 *	vfree.c		giving them back, at once or deferred
 *	vmap.c		given pages in areas
 *	ioremap.c	what is no memory, in areas
 *	vm_map_ram.c	given pages, short-lived, from per-CPU blocks
 *	vmallocinfo.c	the text of /proc/vmallocinfo
 *
 * Theory: addresses come from the core's region (mm/vmap.h): lowest fit, a
 * guard behind, lazy free. What is behind the addresses are the machine's
 * frames, mapped a second time from machine.fd, so that a byte written through
 * an area is seen through its page's address as well. Adjacent frames are
 * mapped by one call: a process has 65530 mappings.
 *
 * Locks: the core's vmap_space.lock guards which area is where. What belongs
 * to an area belongs to who holds its address, as in a kernel.
 */
#ifndef KV_KAPI_VM_H
#define KV_KAPI_VM_H

#include "kapi/kapi.h"

#include <linux/vmalloc.h>

#include "mm/page_alloc.h"
#include "mm/vmap.h"

enum vm_kind {
	VM_KIND_AREA,  /* has a vm_struct that find_vm_area() returns */
	VM_KIND_RAM,   /* vm_map_ram() */
	VM_KIND_UNITS, /* per-CPU memory: pages come and go */
};

/* An area; where its pages are is known for any kind. */
struct vm_area {
	struct vm_struct vm; /* what kernel code may see; first: who gets it
				from remove_vm_area() frees it by kfree() */
	enum vm_kind kind;
	struct vmap_area *va;
	struct page **pages;	/* one a page of the area, NULL: none there */
	unsigned long nr_pages; /* of pages[] */
	bool read_only;
	bool counted;		/* it serves a request for memory */
};

static inline struct vm_area *vm_area_of(struct vm_struct *vm)
{
	return container_of(vm, struct vm_area, vm);
}

/*
 * A range for @size bytes (whole pages) at @align, with what VM_* @flags ask
 * for, not in use yet: vm_area_publish() does that. NULL: no memory, or no
 * room (told, unless __GFP_NOWARN). Aborts in interrupt context.
 */
struct vm_area *vm_area_get(size_t size, size_t align, unsigned long flags,
			    enum vm_kind kind, gfp_t gfp, const void *caller);
void vm_area_publish(struct vm_area *area);

/* The area, published, is memory that the program asked for: counted, and
 * recorded if stacks are. @why the request came here. */
void vm_area_serves(struct vm_area *area, enum kv_counter why);
/* That ends; the area is out, and not unmapped yet. */
void vm_area_freed(struct vm_area *area);

/*
 * The area that contains @addr stops to be found. Its addresses stay as they
 * are until vm_area_put(). NULL: there is none of that kind.
 */
struct vm_area *vm_area_remove(const void *addr, enum vm_kind kind);
/* Unmaps it and lazily frees the addresses; @area is the caller's to free. */
void vm_area_unmap(struct vm_area *area);
/* The same, and the object goes. */
void vm_area_put(struct vm_area *area);

/* The area that contains @addr, or NULL. Of a kind that others may free only
 * while that can't happen. */
struct vm_area *vm_area_find(const void *addr);
/* The page seen at @addr, or NULL. */
struct page *vm_page_at(const void *addr);

/*
 * Maps @nr pages one behind the other at @addr; adjacent frames by one call.
 * 0 or -ENOMEM with nothing mapped.
 */
int vm_map_pages(char *addr, struct page *const *pages, unsigned long nr,
		 bool read_only);
void vm_unmap(char *addr, size_t size);

/*
 * Fills @pages with @nr pages of order 0, each counted once. Less than @nr if
 * the machine has no more: how many. @order > 0: only blocks of that order,
 * each split, @nr a multiple.
 */
unsigned long vm_pages_get(struct page **pages, unsigned long nr, gfp_t gfp,
			   int node, unsigned int order);
void vm_pages_put(struct page *const *pages, unsigned long nr);
/* Pages that vmalloc areas hold. */
void vm_count_pages(long nr);

/* Pages of the machine, all zones. */
unsigned long vm_total_pages(void);

/*
 * vmalloc() with everything said: @flags VM_ALLOW_HUGE_VMAP, VM_USERMAP and
 * so on; @caller for vmallocinfo; @why it is vmalloc, 0: for ourselves. Checks
 * the context by @gfp.
 */
void *kapi_vmalloc(size_t size, size_t align, gfp_t gfp, unsigned long flags,
		   int node, enum kv_counter why, const void *caller);

/* Frees what interrupts have left to be freed. */
void kapi_vfree_deferred(void);

/* Purges lazily freed areas after asking the notifiers. */
void vm_purge(void);
/* Blocks of vm_map_ram() that nothing is mapped in go. */
void vm_map_ram_purge(void);
/* Around a fork. */
void vm_map_ram_lock(void);
void vm_map_ram_unlock(void);

/* A message of a kind that is limited to one in ten seconds may be said now;
 * *@said is kept for it. */
bool vm_may_say(u64 *said);
/* "<comm>: vmalloc error: ..., mode:..." and the stack; @gfp may silence. */
void vm_warn_alloc(gfp_t gfp, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Each line of /proc/vmallocinfo, with its newline. */
void kapi_vmallocinfo(void (*line)(const char *text, size_t len, void *arg),
		      void *arg);

#endif
