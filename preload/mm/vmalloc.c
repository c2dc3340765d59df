/* SPDX-License-Identifier: MIT */
/*
 * vmalloc.c - areas of virtually contiguous memory: make, free, look up.
 *
 * Theory: the region is one reservation made at start-up, without access. An
 * area is a range of it made readable and writable (mprotect, so neighbours
 * merge and no commit charge stays behind when it is turned back), charged to
 * the machine for its frames. The rest of its range has no access: the first
 * byte behind it traps. A freed area stays in the area tree, where a second
 * free finds it, until it is purged; most requests take such an area again
 * and cost two short critical sections.
 *
 * Each guard splits a mapping, and a process has only so many: beyond
 * VMAP_MAX_GUARDED areas lie next to each other, so that their mappings merge.
 * An ENOMEM of the system may mean mappings, commit charge or a limit, and is
 * answered the same way: without guard, with fewer guards for a while, after
 * a purge, then failure.
 *
 * Clearing a reused area: only pages that are resident are written, the others
 * are dropped and read as zero. Measured here for 16 MiB: memset 0.65 ms,
 * dropping and touching again 5.4 ms, asking which are resident 0.014 ms.
 *
 * Rules: kernel-style lowest address fit, guard, lazy free; differs from the
 * kernel without a preset in that freed areas stay usable for their size and
 * large ones have room to grow (vmap_lazy.c, vmap_free.c).
 * Invariants and locks: vmap.h.
 */
#include "mm/vmalloc.h"

#include <errno.h>
#include <string.h>

#include "mm/page_alloc.h"
#include "mm/vmap.h"
#include "os/os.h"

enum {
	REGION_FACTOR = 8, /* of the machine's memory */
	CLEAR_PAGES = 512, /* looked at together */
};
#define REGION_SIZE	  ((size_t)1 << 40)
#define REGION_SIZE_32BIT ((size_t)128 << 20)
#define REGION_MIN	  ((size_t)1 << 20)
#define USER_SPACE	  ((size_t)1 << 56) /* more than any address of it */

struct vmalloc_region vmalloc_region;
struct vmap_space vmap_space;
vmap_hook_fn *vmap_hook;

/* The kernel interface has what a 32-bit kernel leaves above its memory. */
static size_t region_size(void)
{
#ifdef KV_KAPI
	if (machine.cfg.zones == ZONES_32BIT)
		return REGION_SIZE_32BIT;
#endif
	return max_ul(REGION_SIZE, REGION_FACTOR * machine.cfg.mem);
}

/* All we would like, or half as often as it takes. */
static bool reserve_region(size_t grain)
{
	size_t size = region_size();

	for (; size >= REGION_MIN; size /= 2) {
		size = ALIGN_DOWN(size, max_ul(grain, REGION_MIN));
		vmalloc_region.base =
			os_reserve(size, max_ul(grain, VMAP_HUGE_SIZE));
		if (vmalloc_region.base)
			break;
	}
	vmalloc_region.size = vmalloc_region.base ? size : 0;
	return vmalloc_region.base;
}

static unsigned long shrink(gfp_t gfp)
{
	(void)gfp;
	return vmalloc_purge(0);
}

BOOT int vmalloc_boot(void)
{
	static struct shrinker shrinker = { .name = "vmalloc", .scan = shrink };
	static bool registered;
	size_t grain = max_ul(PAGE_SIZE, os_page_size());

	vmalloc_region.on_demand = os_limit(OS_LIMIT_AS) != ~0ull;
	if (vmalloc_region.on_demand)
		vmalloc_region.size = USER_SPACE;
	else if (!reserve_region(grain))
		return -ENOMEM;

	vmap_space = (struct vmap_space){
		.grain = grain,
		.max_guarded = VMAP_MAX_GUARDED,
	};
	list_init(&vmap_space.lru);
	list_init(&vmap_space.sparse);
	list_init(&vmap_space.idle);
	if (!vmalloc_region.on_demand) {
		if (!vmap_lock(GFP_KERNEL)) {
			vmalloc_shutdown();
			return -ENOMEM;
		}
		vmap_free_init(vmalloc_region.base,
			       vmalloc_region.base + vmalloc_region.size);
		spin_unlock(&vmap_space.lock);
	}
	stats.vmalloc_base = (u64)(size_t)vmalloc_region.base;
	stats.vmalloc_total = vmalloc_region.size;
	if (!registered)
		register_shrinker(&shrinker);
	registered = true;
	return 0;
}

void vmalloc_shutdown(void)
{
	if (vmalloc_region.size && !vmalloc_region.on_demand)
		os_release(vmalloc_region.base, vmalloc_region.size);
	vmalloc_region = (struct vmalloc_region){ 0 };
	vmap_space = (struct vmap_space){ 0 };
	vmap_gauges();
}

struct vmap_area *vmap_find(const void *p)
{
	const char *at = p;
	struct rb_node *n = vmap_space.areas.node;

	while (n) {
		struct vmap_area *va = rb_entry(n, struct vmap_area, node);

		if (at < va->start)
			n = n->child[RB_LEFT];
		else if (at >= va->end)
			n = n->child[RB_RIGHT];
		else
			return va;
	}
	return NULL;
}

static void set_gauge(u64 *gauge, u64 value)
{
	__atomic_store_n(gauge, value, __ATOMIC_RELAXED);
}

void vmap_gauges(void)
{
	set_gauge(&stats.vmalloc_pages, vmap_space.busy_bytes >> PAGE_SHIFT);
	set_gauge(&stats.vmalloc_areas, vmap_space.nr_busy);
	set_gauge(&stats.lazy_pages, vmap_space.lazy_bytes >> PAGE_SHIFT);
}

void vmap_set_busy(struct vmap_area *va)
{
	va->state = VA_BUSY;
	vmap_space.nr_busy++;
	vmap_space.busy_bytes += va->size;
	vmap_space.busy_peak =
		max_ul(vmap_space.busy_peak, vmap_space.busy_bytes);
	vmap_gauges();
}

void vmap_unset_busy(struct vmap_area *va, enum va_state state)
{
	va->state = (u8)state;
	vmap_space.nr_busy--;
	vmap_space.busy_bytes -= va->size;
}

/* Pages of address space that RLIMIT_AS leaves too few for @size bytes. */
static unsigned long missing_pages(size_t size)
{
	u64 limit = os_limit(OS_LIMIT_AS), used = os_address_space_used();
	u64 left = used && limit > used ? limit - used : 0;

	return left < size ? (size - left + PAGE_SIZE - 1) >> PAGE_SHIFT : 0;
}

/* From the system, else from what the machine has free at its end. */
static bool add_space(gfp_t gfp, size_t size, size_t align)
{
	return vmap_add_space(gfp, size, align) ||
	       (offline_frames(missing_pages(size + align)) &&
		vmap_add_space(gfp, size, align));
}

struct vmap_area *vmap_place(gfp_t gfp, size_t size, size_t align,
			     enum vmap_behind behind)
{
	struct vmap_area *va;
	size_t room = 0;

	if (!vmap_lock(gfp))
		return NULL;
	if (vmap_space.nr_guarded >= vmap_space.max_guarded)
		behind = VMAP_BARE;
	if (behind <= VMAP_ROOM) {
		room = vmap_room(size, behind == VMAP_ROOM_GROWN);
		if (!vmap_kernel_rules() && size >= VMAP_HUGE_SIZE)
			align = max_ul(align, VMAP_HUGE_SIZE);
	} else if (behind == VMAP_GUARD) {
		room = vmap_space.grain;
	}
	va = vmap_carve(size, align, room);
	spin_unlock(&vmap_space.lock);
	if (!va && vmalloc_region.on_demand &&
	    add_space(gfp, size + room, align)) {
		va = vmap_carve(size, align, room);
		spin_unlock(&vmap_space.lock);
	}
	return va;
}

bool vmalloc_owns(const void *p)
{
	bool found;

	if (!vmalloc_region.on_demand)
		return is_vmalloc_addr(p);
	spin_lock(&vmap_space.lock);
	found = vmap_find(p) != NULL;
	spin_unlock(&vmap_space.lock);
	return found;
}

/* An area that could not be made goes; its range was never used. */
static void unmake(struct vmap_area *va)
{
	vmap_uncharge(va, 0);
	spin_lock(&vmap_space.lock);
	vmap_release(va);
	spin_unlock(&vmap_space.lock);
}

/* Gets address space back: lazily freed areas, then rooms. */
static void reclaim_space(void)
{
	vmalloc_purge(0);
	while (vmap_lock(GFP_NOWAIT)) {
		size_t got = vmap_trim_rooms();

		spin_unlock(&vmap_space.lock);
		if (!got)
			return;
	}
}

/* A range with what is best behind it, or at least a range. */
static struct vmap_area *find_space(gfp_t gfp, size_t size, size_t align,
				    enum vmap_behind behind)
{
	struct vmap_area *va = vmap_place(gfp, size, align, behind);

	if (!va && behind != VMAP_BARE)
		va = vmap_place(gfp, size, align, VMAP_GUARD);
	if (!va) {
		reclaim_space();
		va = vmap_place(gfp, size, align, VMAP_GUARD);
	}
	return va ? va : vmap_place(gfp, size, align, VMAP_BARE);
}

/* The system refused a mapping; it may be that there are too many. */
static void guard_fewer(void)
{
	spin_lock(&vmap_space.lock);
	vmap_space.max_guarded =
		min_ul(vmap_space.max_guarded, vmap_space.nr_guarded);
	spin_unlock(&vmap_space.lock);
}

/* Makes an area (VA_MAKING) of @size bytes, charged and mapped; or NULL. */
static struct vmap_area *make(gfp_t gfp, size_t size, size_t align)
{
	static const struct {
		enum vmap_behind behind;
		bool purge, uncommit;
	} tries[] = {
		{ VMAP_ROOM, false, false },
		{ VMAP_BARE, false, false },
		{ VMAP_BARE, true, false },
		{ VMAP_BARE, false, true },
	};
	size_t least = size;
	enum vmap_use use = vmap_use(size, gfp);

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		struct vmap_area *va;
		size_t has;

		size = i ? least : vmap_huge_size(least, use);
		if (tries[i].purge)
			vmalloc_purge(0);
		if (tries[i].uncommit && !uncommit_free_frames())
			return NULL;
		va = find_space(gfp, size, align, tries[i].behind);
		if (!va)
			return NULL;
		if (!vmap_charge(va, gfp, size >> PAGE_SHIFT)) {
			unmake(va);
			return NULL;
		}
		has = i ? 0 : vmap_steal(va, 0, size, gfp);
		if (has == size || !os_commit(va->start + has, size - has)) {
			if (has < size)
				vmap_huge(va, has, gfp, use);
			return va;
		}
		if (has)
			vmap_purge_range(va);
		else
			unmake(va);
		guard_fewer();
	}
	return NULL;
}

/* @nr pages (at most CLEAR_PAGES) from @p on read as zero afterwards. */
static void clear_pages(char *p, size_t nr)
{
	size_t page = os_page_size();
	u8 resident[CLEAR_PAGES];

	if (os_mincore(p, nr * page, resident)) {
		memset(p, 0, nr * page);
		return;
	}
	for (size_t i = 0, end; i < nr; i = end) {
		char *run = p + i * page;
		size_t size;

		for (end = i + 1; end < nr; end++)
			if ((resident[end] ^ resident[i]) & 1)
				break;
		size = (end - i) * page;
		/* what is not resident may still be swapped out */
		if ((resident[i] & 1) || os_discard(run, size))
			memset(run, 0, size);
	}
}

static void clear(struct vmap_area *va)
{
	size_t page = os_page_size();
	size_t nr = va->size / page;

	if ((va->flags & VA_SPARSE) && !os_discard(va->start, va->size))
		return;
	for (size_t i = 0; i < nr; i += CLEAR_PAGES)
		clear_pages(va->start + i * page, min_ul(CLEAR_PAGES, nr - i));
}

/*
 * Makes the cached area @va fit a request of @size bytes. False if that
 * failed: the area is still good.
 */
static bool refit(struct vmap_area *va, enum vmap_fit fit, size_t size,
		  gfp_t gfp)
{
	bool clean = va->flags & VA_CLEAN;

	if (fit == VMAP_FIT_TRIM)
		vmap_shrink(va, size);
	if (clean && !vmap_charge(va, gfp, va->size >> PAGE_SHIFT))
		return false;
	if (fit == VMAP_FIT_GROW && !vmap_grow(va, size, gfp)) {
		if (clean)
			vmap_uncharge(va, 0);
		return false;
	}
	if ((gfp & __GFP_ZERO) && !clean)
		clear(va);
	va->flags &= (u8)~VA_CLEAN;
	return true;
}

/* The program's from now on; lock held. */
static void publish(struct vmap_area *va, const struct vmap_request *rq,
		    enum kv_counter how)
{
	va->caller = rq->caller;
	va->flags &= (u8)~VA_SPARSE;
	vmap_set_busy(va);
	vmap_count(how, 1);
	if (!rq->asked)
		return;
	if (rq->why)
		vmap_count(rq->why, 1);
	vmap_add(&stats.vmalloc_size_log2[min_ul(fls_ul(rq->asked - 1),
						 KVR_MAX_SIZE_LOG2 - 1)],
		 1);
	vmap_count(KV_vmalloc_asked, rq->asked);
	vmap_count(KV_vmalloc_served, va->size);
}

/* A lazily freed area taken again, busy; NULL if none does. */
static struct vmap_area *reuse(const struct vmap_request *rq)
{
	struct list_head batch;
	struct vmap_area *va;
	enum vmap_fit fit;
	bool ok;

	spin_lock(&vmap_space.lock);
	va = vmap_cache_take(rq->size, rq->align, &fit);
	if (!va) {
		vmap_cache_missed(rq->size);
		spin_unlock(&vmap_space.lock);
		return NULL;
	}
	if (fit == VMAP_FIT_GROW) /* more of it might have been kept */
		vmap_cache_missed(rq->size);
	if (likely(fit == VMAP_FIT && !(rq->gfp & __GFP_ZERO) &&
		   !(va->flags & VA_CLEAN))) {
		publish(va, rq, KV_vmap_area_reuse);
		spin_unlock(&vmap_space.lock);
		return va;
	}
	spin_unlock(&vmap_space.lock);

	ok = refit(va, fit, rq->size, rq->gfp);
	list_init(&batch);
	spin_lock(&vmap_space.lock);
	if (ok)
		publish(va, rq, KV_vmap_area_reuse);
	else
		vmap_lazy_add(va, &batch);
	spin_unlock(&vmap_space.lock);
	if (!list_empty(&batch))
		vmap_purge_batch(&batch);
	return ok ? va : NULL;
}

struct vmap_area *vmap_get(const struct vmap_request *rq)
{
	struct vmap_area *va = vmap_kernel_rules() ? NULL : reuse(rq);

	if (!va) {
		va = make(rq->gfp, rq->size, rq->align);
		if (!va)
			return NULL;
		spin_lock(&vmap_space.lock);
		publish(va, rq, KV_vmap_area_alloc);
		vmap_huge_made(va, rq->gfp);
		spin_unlock(&vmap_space.lock);
	}
	vmap_tell(va, VMAP_IS_BUSY, rq->asked);
	return va;
}

void *vmalloc_area_why(gfp_t gfp, size_t size, size_t align, const void *caller,
		       enum kv_counter why)
{
	struct vmap_request rq = {
		.gfp = gfp,
		.size = vmap_grain_up(size),
		.align = max_ul(align, vmap_space.grain),
		.caller = caller,
		.asked = size,
		.why = why,
	};
	struct vmap_area *va;

	if (!size || size > vmalloc_region.size || (align & (align - 1)))
		return NULL;
	if (!machine.cfg.overcommit &&
	    rq.size >> PAGE_SHIFT >= machine.nr_pages)
		return NULL;
	va = vmap_get(&rq);
	if (!va)
		return NULL;
	stats_note_pages();
	stats_note_held((long)va->size);
	return va->start;
}

void *vmalloc_area(gfp_t gfp, size_t size, size_t align, const void *caller)
{
	return vmalloc_area_why(gfp, size, align, caller, 0);
}

/* Why @p, which is in the range of @va, can't be freed; 0 if it can. */
static int check_free(const struct vmap_area *va, const char *p)
{
	if (!va)
		return -EINVAL;
	if (va->state != VA_BUSY)
		return -ENOENT;
	if (p == va->start)
		return 0;
	return p < va->start + va->size ? -EFAULT : -EINVAL;
}

int vfree_area(void *p)
{
	struct list_head batch;
	struct vmap_area *va;
	size_t size;
	int err;

	if (!is_vmalloc_addr(p))
		return -EINVAL;
	list_init(&batch);
	spin_lock(&vmap_space.lock);
	va = vmap_find(p);
	err = check_free(va, p);
	if (unlikely(err)) {
		spin_unlock(&vmap_space.lock);
		return err;
	}
	size = va->size;
	vmap_unset_busy(va, VA_LAZY);
	vmap_lazy_add(va, &batch);
	vmap_count(KV_vmap_area_free, 1);
	vmap_count(KV_vmalloc_free, 1);
	vmap_count(KV_vmalloc_freed, size);
	vmap_gauges();
	spin_unlock(&vmap_space.lock);
	if (!list_empty(&batch))
		vmap_purge_batch(&batch);
	stats_note_held(-(long)size);
	return 0;
}

size_t vmalloc_usable(const void *p)
{
	struct vmap_area *va;
	size_t size = 0;

	if (!is_vmalloc_addr(p))
		return 0;
	spin_lock(&vmap_space.lock);
	va = vmap_find(p);
	if (va && va->start == p && va->state == VA_BUSY)
		size = va->size;
	spin_unlock(&vmap_space.lock);
	return size;
}

void vmalloc_for_each(void (*fn)(const void *addr, size_t size,
				 enum vmap_state state, const void *caller,
				 void *arg),
		      void *arg)
{
	spin_lock(&vmap_space.lock);
	for (struct rb_node *n = rb_first(&vmap_space.areas); n;
	     n = rb_next(n)) {
		const struct vmap_area *va =
			rb_entry(n, struct vmap_area, node);

		/* what a thread is at work on shows the next time */
		if (va->state == VA_BUSY || va->state == VA_LAZY)
			fn(va->start, va->size,
			   va->state == VA_BUSY ? VMAP_BUSY : VMAP_LAZY,
			   va->caller, arg);
	}
	spin_unlock(&vmap_space.lock);
}

/*
 * Areas that other threads of the parent were making or purging belong to
 * nobody in the child: they are purged. One that was being resized is kept:
 * the program may reach it.
 */
void vmalloc_fork_child(void)
{
	struct list_head batch;

	spin_lock_init(&vmap_space.lock);
	list_init(&batch);
	for (struct rb_node *n = rb_first(&vmap_space.areas); n;
	     n = rb_next(n)) {
		struct vmap_area *va = rb_entry(n, struct vmap_area, node);

		if (va->state == VA_MOVING) {
			vmap_set_busy(va);
		} else if (va->state == VA_MAKING || va->state == VA_PURGING ||
			   va->state == VA_TRIMMING) {
			va->state = VA_PURGING;
			list_add(&va->lru, &batch);
		}
	}
	if (!list_empty(&batch))
		vmap_purge_batch(&batch);
}
