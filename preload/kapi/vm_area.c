/* SPDX-License-Identifier: MIT */
/*
 * vm_area.c - ranges of the vmalloc region, and frames mapped there; see vm.h.
 *
 * An area is found from its address through the core's tree: the vmap_area's
 * owner points to the object here. Until it is published the range is
 * "making", which nobody finds.
 *
 * Giving back follows the kernel: the frames are unmapped at once, so a use
 * after free traps; the address waits, lazily freed, until fls(CPUs) * 32 MiB
 * have come together, or addresses are short.
 */
#include "kapi/vm.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <linux/notifier.h>
#include <linux/slab.h>

#include "kapi/context.h"
#include "kapi/gfp_text.h"
#include "kapi/profile.h"
#include "kapi/report.h"
#include "lib/print.h"
#include "os/os.h"
#include "prof/areas.h"
#include "prof/watch.h"

static struct {
	struct spinlock lock;
	struct notifier_block *first; /* highest priority first */
} notifiers;

unsigned long vm_total_pages(void)
{
	unsigned long sum = 0;

	for_each_zone (z)
		sum += z->managed;
	return sum;
}

int register_vmap_purge_notifier(struct notifier_block *nb)
{
	struct notifier_block **p = &notifiers.first;

	spin_lock(&notifiers.lock);
	while (*p && (*p)->priority >= nb->priority)
		p = &(*p)->next;
	nb->next = *p;
	*p = nb;
	spin_unlock(&notifiers.lock);
	return 0;
}

int unregister_vmap_purge_notifier(struct notifier_block *nb)
{
	struct notifier_block **p = &notifiers.first;
	bool found;

	spin_lock(&notifiers.lock);
	while (*p && *p != nb)
		p = &(*p)->next;
	found = *p;
	if (found)
		*p = nb->next;
	spin_unlock(&notifiers.lock);
	return found ? 0 : -ENOENT;
}

/* Pages that the notified say they have given back. */
static unsigned long notify(void)
{
	unsigned long freed = 0;

	for (struct notifier_block *nb = notifiers.first; nb; nb = nb->next)
		if (nb->notifier_call(nb, 0, &freed) & NOTIFY_STOP_MASK)
			break;
	return freed;
}

void vm_purge(void)
{
	struct thread_cache *t;

	kapi_vfree_deferred();
	vm_map_ram_purge();
	t = kapi_enter();
	if (!t)
		return;
	vmalloc_purge(0);
	kapi_leave(t);
}

static struct vmap_area *place(gfp_t gfp, size_t size, size_t align, bool guard)
{
	struct thread_cache *t = kapi_enter();
	struct vmap_area *va;

	if (!t)
		return NULL;
	va = vmap_place(gfp, size, align, guard ? VMAP_GUARD : VMAP_BARE);
	kapi_leave(t);
	return va;
}

/* The lowest range; if there is none, after a purge, or what others give. */
static struct vmap_area *find_place(gfp_t gfp, size_t size, size_t align,
				    bool guard)
{
	static u64 said;
	struct vmap_area *va = place(gfp, size, align, guard);

	if (!va) {
		vm_purge();
		va = place(gfp, size, align, guard);
	}
	while (!va && (gfp & __GFP_DIRECT_RECLAIM) && notify())
		va = place(gfp, size, align, guard);
	if (!va && !(gfp & __GFP_NOWARN) && vm_may_say(&said))
		kapi_pr("vmalloc_node_range for size %lu failed: "
			"Address range restricted to 0x%lx - 0x%lx",
			size + (guard ? PAGE_SIZE : 0),
			(size_t)vmalloc_region.base,
			(size_t)vmalloc_region.base + vmalloc_region.size);
	return va;
}

bool vm_may_say(u64 *said)
{
	u64 now = os_monotonic_ns();

	if (*said && now - *said < 10000000000ull)
		return false;
	*said = now;
	return true;
}

struct vm_area *vm_area_get(size_t size, size_t align, unsigned long flags,
			    enum vm_kind kind, gfp_t gfp, const void *caller)
{
	bool guard = !(flags & VM_NO_GUARD);
	struct vm_area *area;

	KAPI_BUG_ON(kapi_in_interrupt());
	size = ALIGN_UP(size, PAGE_SIZE);
	if (!size || (align & (align - 1)))
		return NULL;
	area = kmalloc(sizeof(*area),
		       (gfp & ~(gfp_t)__GFP_HIGHMEM) | __GFP_ZERO);
	if (!area)
		return NULL;
	area->va = find_place(gfp, size, max_ul(align, PAGE_SIZE), guard);
	if (!area->va) {
		kfree(area);
		return NULL;
	}
	area->va->flags |= VA_OWNED;
	area->va->owner = area;
	area->va->caller = caller;
	area->kind = kind;
	area->vm.addr = area->va->start;
	area->vm.size = size + (guard ? PAGE_SIZE : 0);
	area->vm.flags = flags;
	area->vm.caller = caller;
	area->vm.requested_size = size;
	return area;
}

/* What the report's list says of it. */
static u32 report_flags(const struct vm_area *area)
{
	u32 flags = area->vm.nr_pages ? 0 : KVR_AREA_NO_PAGES;

	if (area->vm.flags & VM_IOREMAP)
		flags |= KVR_AREA_IOREMAP;
	if (area->vm.flags & VM_MAP)
		flags |= KVR_AREA_VMAP;
	return area->kind == VM_KIND_RAM ? flags | KVR_AREA_RAM : flags;
}

void vm_area_publish(struct vm_area *area)
{
	struct thread_cache *t = kapi_enter();

	spin_lock(&vmap_space.lock);
	vmap_set_busy(area->va);
	vmap_count(KV_vmap_area_alloc, 1);
	spin_unlock(&vmap_space.lock);
	if (!t)
		return;
	vmap_tell(area->va, VMAP_IS_BUSY, area->vm.requested_size);
	if (unlikely(watch_on))
		area_flags(area->va->start, report_flags(area));
	kapi_leave(t);
}

void vm_area_serves(struct vm_area *area, enum kv_counter why)
{
	size_t asked = area->vm.requested_size, size = area->va->size;
	struct thread_cache *t = kapi_enter();

	if (!t)
		return;
	area->counted = true;
	count_event(why);
	count_events(KV_vmalloc_asked, asked);
	count_events(KV_vmalloc_served, size);
	gauge_add(&stats.vmalloc_size_log2[min_ul(fls_ul(asked - 1),
						  KVR_MAX_SIZE_LOG2 - 1)],
		  1);
	stats_note_pages();
	stats_note_held((long)size);
	kapi_record(t, area->va->start, 0, asked,
		    why == KV_fallback_nomem || why == KV_fallback_frag ||
			    why == KV_fallback_slab);
	kapi_leave(t);
}

void vm_area_freed(struct vm_area *area)
{
	struct thread_cache *t = area->counted ? kapi_enter() : NULL;

	if (!t)
		return;
	count_event(KV_vmalloc_free);
	count_events(KV_vmalloc_freed, area->va->size);
	stats_note_held(-(long)area->va->size);
	kapi_forget(t, area->va->start, 0);
	kapi_leave(t);
}

/* Into the core and under the lock, for look-ups; NULL: there is nothing to be
 * found at @addr. */
static struct thread_cache *lock_space(const void *addr)
{
	struct thread_cache *t = is_vmalloc_addr(addr) ? kapi_enter() : NULL;

	if (t)
		spin_lock(&vmap_space.lock);
	return t;
}

static void unlock_space(struct thread_cache *t)
{
	spin_unlock(&vmap_space.lock);
	kapi_leave(t);
}

/* The area in use whose range contains @addr; lock held. */
static struct vm_area *lookup(const void *addr)
{
	struct vmap_area *va = vmap_find(addr);

	if (!va || va->state != VA_BUSY || !(va->flags & VA_OWNED))
		return NULL;
	return va->owner;
}

struct vm_area *vm_area_find(const void *addr)
{
	struct thread_cache *t = lock_space(addr);
	struct vm_area *area;

	if (!t)
		return NULL;
	area = lookup(addr);
	unlock_space(t);
	return area;
}

struct page *vm_page_at(const void *addr)
{
	struct thread_cache *t = lock_space(addr);
	struct page *page = NULL;
	struct vm_area *area;

	if (!t)
		return NULL;
	area = lookup(addr);
	if (area) {
		size_t i = (size_t)((const char *)addr - area->va->start) >>
			   PAGE_SHIFT;

		if (i < area->nr_pages && area->pages)
			page = area->pages[i];
	}
	unlock_space(t);
	return page;
}

struct vm_area *vm_area_remove(const void *addr, enum vm_kind kind)
{
	struct thread_cache *t = lock_space(addr);
	struct vm_area *area;

	if (!t)
		return NULL;
	area = lookup(addr);
	if (area && area->kind != kind)
		area = NULL;
	if (area)
		vmap_unset_busy(area->va, VA_MAKING);
	vmap_gauges();
	unlock_space(t);
	return area;
}

void vm_area_unmap(struct vm_area *area)
{
	struct thread_cache *t = kapi_enter();
	struct list_head batch;

	list_init(&batch);
	spin_lock(&vmap_space.lock);
	area->va->owner = NULL;
	vmap_lazy_add(area->va, &batch);
	vmap_count(KV_vmap_area_free, 1);
	spin_unlock(&vmap_space.lock);
	vmap_purge_batch(&batch);
	if (t)
		kapi_leave(t);
}

void vm_area_put(struct vm_area *area)
{
	vm_area_unmap(area);
	kfree(area);
}

/* How many pages from the first on are adjacent frames; 0: one is missing. */
static unsigned long run_length(struct page *const *pages, unsigned long nr)
{
	unsigned long i;

	if (KAPI_WARN(!pages[0], "no page to be mapped"))
		return 0;
	for (i = 1; i < nr && pages[i]; i++)
		if (page_to_pfn(pages[i]) != page_to_pfn(pages[0]) + i)
			break;
	return i;
}

int vm_map_pages(char *addr, struct page *const *pages, unsigned long nr,
		 bool read_only)
{
	for (unsigned long i = 0, run; i < nr; i += run) {
		char *at = addr + (i << PAGE_SHIFT);

		run = run_length(pages + i, nr - i);
		if (!run ||
		    os_map_file(at, run << PAGE_SHIFT, machine.fd,
				(u64)page_to_pfn(pages[i]) << PAGE_SHIFT) ||
		    (read_only && os_protect_read(at, run << PAGE_SHIFT))) {
			vm_unmap(addr, nr << PAGE_SHIFT);
			return -ENOMEM;
		}
	}
	return 0;
}

void vm_unmap(char *addr, size_t size)
{
	/* refused: what is there stays visible until the range is used again */
	(void)os_decommit(addr, size);
}

void vm_warn_alloc(gfp_t gfp, const char *fmt, ...)
{
	static u64 said;
	char comm[16], text[160];
	struct gfp_text flags;
	va_list ap;

	if ((gfp & __GFP_NOWARN) || !vm_may_say(&said))
		return;
	va_start(ap, fmt);
	kv_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	os_comm(comm);
	kapi_pr("%s: %s, mode:0x%x(%s), nodemask=(null)", comm, text, gfp,
		gfp_text(&flags, gfp));
	dump_stack();
}

/* Users know it without the prefix: inside, that name is the core's. */
bool kv_is_vmalloc_addr(const void *x)
{
	return is_vmalloc_addr(x);
}

unsigned long kv_vmalloc_start(void);
EXPORT unsigned long kv_vmalloc_start(void)
{
	return (unsigned long)vmalloc_region.base;
}

unsigned long kv_vmalloc_end(void);
EXPORT unsigned long kv_vmalloc_end(void)
{
	return (unsigned long)vmalloc_region.base + vmalloc_region.size;
}
