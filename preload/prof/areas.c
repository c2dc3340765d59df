/* SPDX-License-Identifier: MIT */
/*
 * areas.c - see areas.h.
 *
 * Two lists of the same make: areas of the vmalloc region, and blocks of
 * contiguous pages that have a recorded stack. An entry of the file is found
 * by a private table (open addressing, at most half full) of its address;
 * entries that came free are used again first. The file is written only,
 * nothing is decided by what it holds.
 *
 * A list has at most MAX_ENTRIES; what finds no room is not listed, and
 * counted in areas_lost.
 *
 * An area's entry is made without vmap_space.lock by the thread that is
 * being served, and changed with it held; so a late "it is busy" can't follow
 * "it was freed": the address was not handed out yet.
 * Locks: list.lock, inside vmap_space.lock, outside of report.lock.
 */
#include "prof/areas.h"

#include <string.h>

#include "lib/bug.h"
#include "mm/stats.h"
#include "mm/vmap.h"
#include "os/os.h"
#include "prof/memory.h"
#include "prof/modules.h"
#include "prof/report.h"

enum { MAX_ENTRIES = 1 << 16, FIRST_INDEX = 256, FIRST_ENTRIES = 128 };

struct list {
	struct spinlock lock;
	struct report_array file;
	u32 nr;	    /* entries of the file that were ever used */
	u32 *spare; /* numbers of those free again */
	u32 nr_spare;
	struct slot {
		u64 start; /* 0: free */
		u32 entry;
	} * index;
	size_t size, used; /* slots */
};

#define LIST(id)                                                          \
	{                                                                 \
		.file = {                                                 \
			.section = id,                                    \
			.entry_size = sizeof(struct kvr_area),            \
			.first = FIRST_ENTRIES * sizeof(struct kvr_area), \
			.most = MAX_ENTRIES * sizeof(struct kvr_area),    \
		},                                                        \
	}

static struct list areas = LIST(KVR_SEC_AREAS);
static struct list blocks = LIST(KVR_SEC_BLOCKS);
static bool stale; /* a child of fork that has not listed any yet */

/* the list; lock held */

static struct slot *slot_of(const struct list *l, u64 start)
{
	u64 mixed = start / PAGE_SIZE * 0x9e3779b97f4a7c15ull;
	size_t i = (size_t)(mixed >> 32) & (l->size - 1);

	while (l->index[i].start && l->index[i].start != start)
		i = (i + 1) & (l->size - 1);
	return &l->index[i];
}

static struct kvr_area *entry_at(const struct list *l, u32 i)
{
	return (struct kvr_area *)(void *)l->file.base + i;
}

/* The table, and the list of spares, which is as long. */
static bool index_grow(struct list *l)
{
	struct slot *old = l->index, *index;
	size_t size = l->size ? l->size * 2 : FIRST_INDEX;
	u32 *spare;

	if (l->used < l->size / 2)
		return true;
	index = prof_memory(size * sizeof(*index));
	spare = prof_memory(size * sizeof(*spare));
	if (!index || !spare)
		return false;
	if (old)
		memcpy(spare, l->spare, l->nr_spare * sizeof(*spare));
	l->spare = spare;
	l->index = index;
	l->size = size;
	for (size_t i = 0; old && i < size / 2; i++)
		if (old[i].start)
			*slot_of(l, old[i].start) = old[i];
	return true;
}

static struct kvr_area *find(const struct list *l, u64 start)
{
	const struct slot *s = l->size ? slot_of(l, start) : NULL;

	return s && s->start ? entry_at(l, s->entry) : NULL;
}

/* A number for one more entry; MAX_ENTRIES: there is no room. */
static u32 take_entry(struct list *l)
{
	if (l->nr_spare)
		return l->spare[--l->nr_spare];
	if (!report_array_grow(&l->file, (l->nr + 1) * sizeof(struct kvr_area)))
		return MAX_ENTRIES;
	return l->nr++;
}

/* The entry of @start, new if need be. NULL: no room. */
static struct kvr_area *get(struct list *l, u64 start, bool *is_new)
{
	struct kvr_area *a = find(l, start);
	struct slot *s;
	u32 entry;

	*is_new = !a;
	if (a)
		return a;
	entry = index_grow(l) ? take_entry(l) : MAX_ENTRIES;
	if (entry == MAX_ENTRIES) {
		gauge_add(&stats.areas_lost, 1);
		return NULL;
	}
	s = slot_of(l, start);
	*s = (struct slot){ start, entry };
	l->used++;
	return entry_at(l, entry);
}

/* Slots behind close the gap, if they belong in or before it. */
static void close_gap(struct list *l, size_t gap)
{
	size_t mask = l->size - 1;

	for (size_t i = (gap + 1) & mask; l->index[i].start;
	     i = (i + 1) & mask) {
		struct slot moved = l->index[i];

		l->index[i].start = 0;
		*slot_of(l, moved.start) = moved;
	}
}

static void drop(struct list *l, u64 start)
{
	struct slot *s = l->size ? slot_of(l, start) : NULL;

	if (!s || !s->start)
		return;
	__atomic_store_n(&entry_at(l, s->entry)->start, 0, __ATOMIC_RELEASE);
	l->spare[l->nr_spare++] = s->entry;
	s->start = 0;
	l->used--;
	close_gap(l, (size_t)(s - l->index));
}

static void show(struct kvr_area *a, u64 start)
{
	__atomic_store_n(&a->start, start, __ATOMIC_RELEASE);
}

static void forget(struct list *l)
{
	spin_lock_init(&l->lock);
	report_array_drop(&l->file);
	l->nr = l->nr_spare = 0;
	l->used = 0;
	if (l->index)
		memset(l->index, 0, l->size * sizeof(*l->index));
}

/* areas */

/* The object its caller is in is known before the area is listed. */
static void know_caller(const void *caller)
{
	u32 index;

	if (caller && module_of(caller, &index))
		modules_write();
}

static void set(const char *start, size_t size, size_t asked,
		const void *caller, u32 flags, u32 guard)
{
	const struct thread_cache *t = kv_own;
	bool is_new;
	struct kvr_area *a;

	spin_lock(&areas.lock);
	a = get(&areas, (u64)(size_t)start, &is_new);
	if (a) {
		a->size = size;
		a->asked = asked;
		a->caller = (u64)(size_t)caller;
		a->made_ns = asked ? os_coarse_ns() : 0;
		a->stack = 0;
		a->flags = flags;
		a->tid = t && asked ? t->stat.tid : 0;
		a->guard = guard;
		a->weight = 1;
		a->order = 0;
		show(a, (u64)(size_t)start);
	}
	spin_unlock(&areas.lock);
}

static void set_inherited(const void *start, size_t size, enum vmap_state state,
			  const void *caller, void *arg)
{
	(void)arg;
	set(start, size, 0, caller, state == VMAP_LAZY ? KVR_AREA_LAZY : 0,
	    (u32)vmap_space.grain);
}

static void list_all(void)
{
	stale = false;
	modules_write();
	vmalloc_for_each(set_inherited, NULL);
}

static void note_lazy(const struct vmap_area *va)
{
	struct kvr_area *a;

	spin_lock(&areas.lock);
	a = find(&areas, (u64)(size_t)va->start);
	if (a) {
		if (!(a->flags & KVR_AREA_LAZY))
			a->made_ns = os_coarse_ns();
		a->flags |= KVR_AREA_LAZY;
		a->size = va->size;
		a->stack = 0;
	}
	spin_unlock(&areas.lock);
}

/* The hook of mm/vmap.h. */
static void note(const struct vmap_area *va, enum vmap_note what, size_t asked)
{
	if (what == VMAP_IS_BUSY) {
		know_caller(va->caller);
		if (unlikely(stale))
			list_all();
		set(va->start, va->size, asked, va->caller,
		    va->flags & VA_HUGE ? KVR_AREA_HUGE : 0,
		    (u32)vmap_guard(va));
	} else if (stale) {
		return;
	} else if (what == VMAP_IS_LAZY) {
		note_lazy(va);
	} else {
		spin_lock(&areas.lock);
		drop(&areas, (u64)(size_t)va->start);
		spin_unlock(&areas.lock);
	}
}

void areas_start(void)
{
	__atomic_store_n(&vmap_hook, note, __ATOMIC_RELEASE);
	list_all();
}

void area_flags(const void *p, u32 flags)
{
	struct kvr_area *a;

	spin_lock(&areas.lock);
	a = find(&areas, (u64)(size_t)p);
	if (a)
		a->flags |= flags;
	spin_unlock(&areas.lock);
}

void area_stack(const void *p, u32 stack, u64 weight)
{
	struct kvr_area *a;

	if (unlikely(stale))
		list_all();
	spin_lock(&areas.lock);
	a = find(&areas, (u64)(size_t)p);
	if (a) {
		a->weight = (u32)min_ul(weight, UINT_MAX);
		a->stack = stack;
	}
	spin_unlock(&areas.lock);
}

/* blocks */

void block_made(const struct thread_cache *t, const void *p, size_t asked,
		unsigned int class, u32 stack, u64 weight)
{
	bool is_new;
	struct kvr_area *a;

	spin_lock(&blocks.lock);
	a = get(&blocks, (u64)(size_t)p, &is_new);
	if (a) {
		a->size = caches[class].size;
		a->asked = asked;
		a->made_ns = asked ? os_coarse_ns() : 0;
		a->stack = stack;
		a->tid = t->stat.tid;
		a->weight = (u32)min_ul(weight, UINT_MAX);
		a->order = get_order(a->size);
		show(a, (u64)(size_t)p);
	}
	spin_unlock(&blocks.lock);
}

void block_gone(const void *p)
{
	spin_lock(&blocks.lock);
	drop(&blocks, (u64)(size_t)p);
	spin_unlock(&blocks.lock);
}

/* fork, exit */

void areas_fork_child(void)
{
	forget(&areas);
	forget(&blocks);
	stats.areas_lost = 0;
	stale = vmap_hook;
	if (!report_path())
		vmap_hook = NULL;
}

void areas_close(void)
{
	if (vmap_hook && stale)
		list_all();
}
