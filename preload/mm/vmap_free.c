/* SPDX-License-Identifier: MIT */
/*
 * vmap_free.c - free ranges of the vmalloc region, and the objects that
 * stand for ranges.
 *
 * Theory: one tree of free ranges by address; each node knows the largest
 * range at and below it, so the lowest range that is large enough is found
 * on one way down: left if something fits there, else this one, else right
 * (kernel-style lowest address fit). With an alignment above a grain it looks
 * for a range that fits wherever it starts. A freed range merges with both
 * neighbours at once. Areas without guard are searched from the middle of the
 * region upwards: among themselves each new one lies next to another, and
 * their mappings merge.
 *
 * An object (struct vmap_area) is a free range or an area; one comes free
 * when ranges merge, one is needed when a range is cut in two. They are
 * carved from pages of the page allocator, which can't be called under our
 * lock (it may reclaim, and calls our shrinker): so vmap_lock() gets them
 * first, and what follows can't fail. They are never given back.
 *
 * Room: address space costs nothing, moving does. Areas of a huge page and
 * more get room behind them, 15 times their size at best, but no more than a
 * part of what is free, so that a small region is not used up. When no range
 * is found, all rooms are taken back.
 *
 * Invariants V1, V2 of vmap.h. Locks: vmap_space.lock.
 */
#include "mm/page_alloc.h"
#include "mm/vmap.h"
#include "os/os.h"

enum {
	ROOM_FACTOR = 15,
	ROOM_SHARE = 64,       /* of the free space, for a new area */
	ROOM_SHARE_GROWN = 16, /* for one that has grown */
	OUTSIDE_BYTES = 64 << 10,
};

static struct vmap_area *area_of(const struct rb_node *n)
{
	return rb_entry((uintptr_t)n, struct vmap_area, node);
}

static size_t span(const struct vmap_area *va)
{
	return (size_t)(va->end - va->start);
}

static size_t max_below(const struct rb_node *n)
{
	size_t max = span(area_of(n));

	for (int side = RB_LEFT; side <= RB_RIGHT; side++)
		if (n->child[side])
			max = max_ul(max, area_of(n->child[side])->subtree_max);
	return max;
}

bool vmap_free_exact(const struct rb_node *n)
{
	return area_of(n)->subtree_max == max_below(n);
}

static inline bool update(struct rb_node *n)
{
	size_t max = max_below(n);
	bool changed = area_of(n)->subtree_max != max;

	area_of(n)->subtree_max = max;
	return changed;
}

static void give_spare(struct vmap_area *va)
{
	va->state = VA_SPARE;
	va->next_spare = vmap_space.spare;
	vmap_space.spare = va;
	vmap_space.nr_spare++;
}

static struct vmap_area *take_spare(void)
{
	struct vmap_area *va = vmap_space.spare;

	if (va) {
		vmap_space.spare = va->next_spare;
		vmap_space.nr_spare--;
	}
	return va;
}

/*
 * Memory for objects, @size bytes. Without objects nothing can be given back
 * either: the reserves are for this. A machine that overcommits and has not a
 * page left gets it from outside.
 */
static struct vmap_area *object_memory(gfp_t gfp, size_t *size)
{
	struct page *page;
	void *p;

	*size = PAGE_SIZE;
	gfp = (gfp & __GFP_RECLAIM) | __GFP_NOWARN;
	page = alloc_pages(gfp, 0);
	if (!page)
		page = alloc_pages(gfp | __GFP_MEMALLOC, 0);
	if (page)
		return page_address(page);
	if (!machine.cfg.overcommit)
		return NULL;
	*size = max_ul(OUTSIDE_BYTES, vmap_space.grain);
	p = os_reserve(*size, vmap_space.grain);
	if (p && os_commit(p, *size)) {
		os_release(p, *size);
		p = NULL;
	}
	return p;
}

BOOT bool vmap_lock(gfp_t gfp)
{
	struct vmap_area *va;
	size_t size;

	for (;;) {
		spin_lock(&vmap_space.lock);
		if (likely(vmap_space.nr_spare >= VMAP_SPARES))
			return true;
		spin_unlock(&vmap_space.lock);
		va = object_memory(gfp, &size);
		if (!va)
			return false;
		gauge_add(&stats.meta_bytes, (long)size);
		spin_lock(&vmap_space.lock);
		for (size_t i = 0; i < size / sizeof(*va); i++) {
			give_spare(&va[i]);
			vmap_space.nr_objects++;
		}
		spin_unlock(&vmap_space.lock);
	}
}

/* Where a range that starts at @start belongs in @root. */
static struct rb_node *find_place(const struct rb_root *root, const char *start,
				  enum rb_side *side)
{
	struct rb_node *parent = NULL;

	*side = RB_LEFT;
	for (struct rb_node *n = root->node; n; n = n->child[*side]) {
		parent = n;
		*side = area_of(n)->start < start ? RB_RIGHT : RB_LEFT;
	}
	return parent;
}

static BOOT void insert_free(struct vmap_area *va)
{
	enum rb_side side;
	struct rb_node *parent = find_place(&vmap_space.free, va->start, &side);

	va->state = VA_FREE;
	rb_insert_augmented(&vmap_space.free, &va->node, parent, side, update);
}

static void erase_free(struct vmap_area *va)
{
	rb_erase_augmented(&vmap_space.free, &va->node, update);
}

/* The free range that ends (RB_LEFT) or starts (RB_RIGHT) at @p, or NULL. */
static struct vmap_area *free_beside(const char *p, enum rb_side beside)
{
	struct rb_node *n = vmap_space.free.node;

	while (n) {
		struct vmap_area *va = area_of(n);

		if ((beside == RB_LEFT ? va->end : va->start) == p)
			return va;
		n = n->child[va->start < p ? RB_RIGHT : RB_LEFT];
	}
	return NULL;
}

/*
 * [@start, @end) becomes free. @obj is there for a range of its own, and goes
 * to the pool if that is not needed.
 */
static BOOT void give_range(char *start, char *end, struct vmap_area *obj)
{
	struct vmap_area *left = free_beside(start, RB_LEFT);
	struct vmap_area *right = free_beside(end, RB_RIGHT);

	vmap_space.free_bytes += (size_t)(end - start);
	if (left && right) {
		end = right->end;
		erase_free(right);
		give_spare(right);
	}
	if (left) {
		left->end = end;
		rb_propagate(&left->node, update);
		give_spare(obj);
	} else if (right) {
		right->start = start;
		rb_propagate(&right->node, update);
		give_spare(obj);
	} else {
		obj->start = start;
		obj->end = end;
		insert_free(obj);
	}
}

BOOT void vmap_free_init(char *start, char *end)
{
	give_range(start, end, take_spare());
}

/* What of the range lies at or above @from. */
static size_t span_from(const struct vmap_area *va, const char *from)
{
	return va->end <= from	 ? 0 :
	       va->start >= from ? span(va) :
				   (size_t)(va->end - from);
}

/*
 * The lowest free range below @n with @length bytes at or above @from. Both
 * sides of a node are tried only along the way to @from.
 */
static struct vmap_area *lowest_fit(const struct rb_node *n, size_t length,
				    const char *from)
{
	struct vmap_area *va, *fit;

	while (n && area_of(n)->subtree_max >= length) {
		va = area_of(n);
		if (va->end > from) {
			fit = lowest_fit(n->child[RB_LEFT], length, from);
			if (fit)
				return fit;
			if (span_from(va, from) >= length)
				return va;
		}
		n = n->child[RB_RIGHT];
	}
	return NULL;
}

/* Takes [@start, @end) out of the free range @va, which contains it. */
static void cut_range(struct vmap_area *va, char *start, char *end)
{
	char *rest = va->end;

	vmap_space.free_bytes -= (size_t)(end - start);
	if (va->start == start && va->end == end) {
		erase_free(va);
		give_spare(va);
		return;
	}
	if (va->start == start)
		va->start = end;
	else
		va->end = start;
	rb_propagate(&va->node, update);
	if (va->end == start && rest != end) {
		struct vmap_area *right = take_spare();

		right->start = end;
		right->end = rest;
		insert_free(right);
	}
}

/* The free range to take @length bytes from, and where the search began. */
static struct vmap_area *find_range(size_t length, bool bare, char **from)
{
	struct vmap_area *va = NULL;

	if (bare && !vmalloc_region.on_demand) {
		*from = vmalloc_region.base +
			ALIGN_DOWN(vmalloc_region.size / 2, vmap_space.grain);
		va = lowest_fit(vmap_space.free.node, length, *from);
	}
	if (!va) {
		*from = vmalloc_region.base;
		va = lowest_fit(vmap_space.free.node, length, *from);
	}
	return va;
}

struct vmap_area *vmap_carve(size_t size, size_t align, size_t room)
{
	size_t grain = vmap_space.grain;
	size_t length = size + room, spread = align > grain ? align - grain : 0;
	struct vmap_area *va, *range;
	struct rb_node *parent;
	enum rb_side side;
	char *start;

	if (length < size || length + spread < length)
		return NULL;
	range = find_range(length + spread, !room, &start);
	if (!range)
		return NULL;
	if (start < range->start)
		start = range->start;
	start = (char *)ALIGN_UP((size_t)start, align);
	va = take_spare();
	cut_range(range, start, start + length);
	*va = (struct vmap_area){
		.start = start,
		.end = start + length,
		.size = size,
		.state = VA_MAKING,
		.guarded = room != 0,
	};
	list_init(&va->lru);
	vmap_space.nr_guarded += room != 0;
	parent = find_place(&vmap_space.areas, start, &side);
	rb_insert(&vmap_space.areas, &va->node, parent, side);
	return va;
}

void vmap_release(struct vmap_area *va)
{
	vmap_tell(va, VMAP_IS_GONE, 0);
	rb_erase(&vmap_space.areas, &va->node);
	vmap_space.nr_guarded -= va->guarded;
	if (vmap_space.max_guarded < VMAP_MAX_GUARDED)
		vmap_space.max_guarded++;
	if (vmalloc_region.on_demand) {
		os_release(va->start, (size_t)(va->end - va->start));
		give_spare(va);
	} else {
		give_range(va->start, va->end, va);
	}
}

bool vmap_add_space(gfp_t gfp, size_t size, size_t align)
{
	char *start = os_reserve(size, align);

	if (!start)
		return false;
	if (!vmap_lock(gfp)) {
		os_release(start, size);
		return false;
	}
	give_range(start, start + size, take_spare());
	return true;
}

size_t vmap_extend(struct vmap_area *va, size_t need, size_t like)
{
	struct vmap_area *behind = free_beside(va->end, RB_RIGHT);

	if (!behind || span(behind) < need)
		return 0;
	like = clamp_ul(span(behind), need, like);
	cut_range(behind, va->end, va->end + like);
	va->end += like;
	return like;
}

size_t vmap_room(size_t size, bool grown)
{
	size_t share =
		vmap_space.free_bytes / (grown ? ROOM_SHARE_GROWN : ROOM_SHARE);

	if (vmap_kernel_rules() || size < VMAP_HUGE_SIZE)
		return vmap_space.grain;
	return max_ul(
		ALIGN_DOWN(min_ul(size * ROOM_FACTOR, share), vmap_space.grain),
		vmap_space.grain);
}

size_t vmap_trim_rooms(void)
{
	size_t got = 0;

	for (struct rb_node *n = rb_first(&vmap_space.areas); n;
	     n = rb_next(n)) {
		struct vmap_area *va = area_of(n), *obj;
		char *keep = va->start + va->size + vmap_guard(va);
		char *end = va->end;

		/* another thread may be growing into its room */
		if (keep >= end ||
		    (va->state != VA_BUSY && va->state != VA_LAZY))
			continue;
		obj = take_spare();
		if (!obj)
			break;
		va->end = keep;
		if (va->state == VA_LAZY && (va->flags & VA_CLEAN))
			vmap_space.idle_bytes -= (size_t)(end - keep);
		give_range(keep, end, obj);
		got += (size_t)(end - keep);
	}
	return got;
}
