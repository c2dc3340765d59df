/* SPDX-License-Identifier: MIT */
/*
 * vmap_lazy.c - lazily freed areas: the cache, its budget, the purge.
 *
 * Theory: touching fresh memory costs as much as some thirty passes over
 * memory that is there, so a freed area stays mapped and resident for a
 * while. A request takes the smallest cached area that is no more than an
 * eighth too large; else one down to half as large, which grows into its
 * room, so that all its pages are used again; else one up to twice as large,
 * whose tail of at most a MiB is given back. What is new of an area, all of it
 * or what it grew by, takes pages of others (vmap_steal.c). Areas leave the
 * cache coldest first; of the last one that must go, only the tail does.
 *
 * Budget of resident bytes: 8 MiB or an eighth of what is in use; or more, as
 * long as what is kept and what is in use are together no more than was in use
 * lately (within a second, or as long before):
 * - up to 64 MiB of a heap at work, of which an eighth of that is in use still,
 *   since what it gave up it may want again; less what the page allocator
 *   keeps for the same reason (purge.c);
 * - a boost, which makes a loop of malloc(32M) and free() cheap: a request that
 *   misses the cache, although an area that would have done was purged less
 *   than a second ago, starts it at 16 MiB or doubles it, up to 128 MiB. It
 *   halves in each second in which it was not needed, seen the next time that
 *   anything is freed or purged.
 * An area larger than the whole budget is purged itself and leaves the others
 * alone.
 *
 * That budget is of bytes that may be resident. An area of which little was
 * ever touched costs next to nothing to keep, and two system calls and some
 * faults to make again: so when one is due to be purged, a few of its pages are
 * looked at, and if none is resident it stays, among the sparse ones, which
 * have a larger budget, four times what is in use. Measured on 1 to 64 MiB with
 * two pages touched (large-sparse in the benchmarks): twice what is in use,
 * 0.108 s and 21 MiB; four times and every other area believed, 0.092 s and
 * 23 MiB; eight times, 0.084 s and 33 MiB. (Asking for all pages takes as long
 * as dropping and touching them again; leaving dropped areas mapped saves
 * little, since most requests grow or shrink an area anyway.)
 *
 * Purging makes the pages bare reservation again. The system may refuse,
 * because it would have to split a mapping and the process has too many:
 * then the contents are dropped and the area stays, clean, in the cache; each
 * later purge tries one such area again.
 *
 * Kernel rules (machine.cfg.kernel): a freed area is unmapped at once, so that
 * a use after free traps, and its addresses are given to nobody until a purge
 * of all. That comes when they add up to fls(CPUs) * 32 MiB.
 *
 * Invariant V4 of vmap.h. Locks: vmap_space.lock; system calls without it.
 */
#include "mm/buddy.h"
#include "mm/vmap.h"
#include "os/os.h"

enum {
	USE_SHARE = 8,	 /* of the bytes in use */
	MAX_TRIES = 8,	 /* areas looked at when alignment matters */
	WASTE_SHIFT = 3, /* an eighth may stay unused */
	SIXTEENTHS = 16,
	STREAK = 16,
	SPARSE_SHARE = 4, /* times the bytes in use */
	AT_WORK = 8,	  /* this share of what was in use lately is */
};
#define BUDGET_MIN ((size_t)8 << 20)
#define TAIL_MAX   ((size_t)1 << 20) /* of an area that is too large */
#define PART_MIN   ((size_t)1 << 20) /* of an area that loses its tail */
#define SWING_MAX  ((size_t)64 << 20)
#define BOOST_MAX  ((size_t)128 << 20)
#define LAZY_UNIT  ((size_t)32 << 20)
#define SPARSE_MIN ((size_t)128 << 20)
#define SECOND	   1000000000ull

static struct vmap_area *cached(const struct rb_node *n)
{
	return rb_entry((uintptr_t)n, struct vmap_area, by_size);
}

/* Of one size the newest comes first. */
bool vmap_cache_ordered(const struct rb_node *a, const struct rb_node *b)
{
	return cached(a)->size <= cached(b)->size;
}

static void cache_insert(struct vmap_area *va)
{
	struct rb_root *root = vmap_cache_of(va);
	struct rb_node *parent = NULL;
	enum rb_side side = RB_LEFT;

	for (struct rb_node *n = root->node; n; n = n->child[side]) {
		parent = n;
		side = cached(n)->size < va->size ? RB_RIGHT : RB_LEFT;
	}
	rb_insert(root, &va->by_size, parent, side);
	va->flags |= VA_CACHED;
}

/* An area leaves the lists of lazy ones and gets @state. */
static void lazy_del(struct vmap_area *va, enum va_state state)
{
	if (va->flags & VA_CACHED)
		rb_erase(vmap_cache_of(va), &va->by_size);
	list_del(&va->lru);
	if (va->flags & VA_CLEAN)
		vmap_space.idle_bytes -= (size_t)(va->end - va->start);
	else if (va->flags & VA_SPARSE)
		vmap_space.sparse_bytes -= va->size;
	else
		vmap_space.lazy_bytes -= va->size;
	va->flags &= (u8)~VA_CACHED;
	va->state = (u8)state;
}

/* A clean area waits until its range can be freed. */
static void idle_add(struct vmap_area *va)
{
	va->state = VA_LAZY;
	va->flags &= (u8)~VA_SPARSE;
	va->flags |= VA_CLEAN;
	vmap_tell(va, VMAP_IS_LAZY, 0);
	list_add_tail(&va->lru, &vmap_space.idle);
	vmap_space.idle_bytes += (size_t)(va->end - va->start);
	if (!vmap_kernel_rules() && !(va->flags & VA_HOLE))
		cache_insert(va);
}

static void sparse_add(struct vmap_area *va)
{
	va->state = VA_LAZY;
	va->flags |= VA_SPARSE;
	list_add(&va->lru, &vmap_space.sparse);
	vmap_space.sparse_bytes += va->size;
	cache_insert(va);
}

/* The smallest area of the tree with at least @size bytes. */
static struct rb_node *smallest_above(const struct rb_root *root, size_t size)
{
	struct rb_node *n = root->node, *best = NULL;

	while (n) {
		if (cached(n)->size >= size) {
			best = n;
			n = n->child[RB_LEFT];
		} else {
			n = n->child[RB_RIGHT];
		}
	}
	return best;
}

static bool is_aligned(const struct vmap_area *va, size_t align)
{
	return !((size_t)va->start & (align - 1));
}

/* From @n upwards, the first that is aligned and has up to @most bytes. */
static struct vmap_area *fit_above(struct rb_node *n, size_t most, size_t align)
{
	for (int i = 0; n && i < MAX_TRIES; i++, n = rb_next(n)) {
		if (cached(n)->size > most)
			return NULL;
		if (is_aligned(cached(n), align))
			return cached(n);
	}
	return NULL;
}

/* From @n downwards, the first that can grow to @size. */
static struct vmap_area *fit_below(struct rb_node *n, size_t size, size_t align)
{
	for (int i = 0; n && i < MAX_TRIES; i++, n = rb_prev(n)) {
		struct vmap_area *va = cached(n);

		if (va->size < size / 2)
			return NULL;
		if (is_aligned(va, align) && vmap_capacity(va) >= size)
			return va;
	}
	return NULL;
}

struct vmap_area *vmap_cache_take(size_t size, size_t align, enum vmap_fit *fit)
{
	struct rb_node *above = smallest_above(&vmap_space.cache, size);
	struct rb_node *below =
		above ? rb_prev(above) : rb_end(&vmap_space.cache, RB_RIGHT);
	struct vmap_area *va;

	*fit = VMAP_FIT;
	va = fit_above(above, size + (size >> WASTE_SHIFT), align);
	if (!va) {
		/* the rest of it is only address space */
		va = fit_above(smallest_above(&vmap_space.cache_sparse, size),
			       2 * size, align);
	}
	if (!va) {
		*fit = VMAP_FIT_GROW;
		va = fit_below(below, size, align);
	}
	if (!va) {
		*fit = VMAP_FIT_TRIM;
		va = fit_above(above, min_ul(2 * size, size + TAIL_MAX), align);
	}
	if (!va)
		return NULL;
	if (vmap_space.lazy_bytes > BUDGET_MIN && vmap_space.boost)
		vmap_space.boost_ns = os_coarse_ns();
	lazy_del(va, VA_MAKING);
	return va;
}

/* More than was ever in use at once is not worth keeping. */
static size_t boost_max(void)
{
	return clamp_ul(max_ul(vmap_space.busy_peak, vmap_space.busy_before),
			2 * BUDGET_MIN, BOOST_MAX);
}

void vmap_cache_missed(size_t size)
{
	u64 now = 0;

	for (size_t i = 0; i < VMAP_HISTORY; i++) {
		size_t had = vmap_space.history[i].size;

		if (had < size / 2 || had > 2 * size || !had)
			continue;
		now = now ? now : os_coarse_ns();
		vmap_space.history[i].size = 0; /* a miss each */
		if (now - vmap_space.history[i].ns >= SECOND)
			continue;
		vmap_space.boost = max_ul(2 * vmap_space.boost, 2 * BUDGET_MIN);
		vmap_space.boost = min_ul(vmap_space.boost, boost_max());
		vmap_space.boost_ns = now;
		return;
	}
}

static void note_purged(size_t size)
{
	unsigned int i;

	if (size > BOOST_MAX || vmap_kernel_rules())
		return; /* no boost could have kept it */
	i = vmap_space.history_next++ % VMAP_HISTORY;
	vmap_space.history[i].size = size;
	vmap_space.history[i].ns = os_coarse_ns();
}

static size_t least_budget(void)
{
	return max_ul(BUDGET_MIN, vmap_space.busy_bytes / USE_SHARE);
}

/* Most bytes in use since the last second but one began, or before. */
static size_t lately_busy(u64 now)
{
	if (now - vmap_space.busy_since > SECOND) {
		vmap_space.busy_before = vmap_space.busy_peak;
		vmap_space.busy_peak = vmap_space.busy_bytes;
		vmap_space.busy_since = now;
	}
	return max_ul(vmap_space.busy_peak, vmap_space.busy_before);
}

static void decay_boost(u64 now)
{
	u64 seconds = (now - vmap_space.boost_ns) / SECOND;

	vmap_space.boost >>= min_ul(seconds, 63);
	vmap_space.boost_ns += seconds * SECOND;
	if (vmap_space.boost <= BUDGET_MIN)
		vmap_space.boost = 0;
}

static BOOT size_t budget(void)
{
	size_t busy = vmap_space.busy_bytes, more = 0, lately;
	u64 now = os_coarse_ns();

	lately = lately_busy(now);
	if (vmap_space.boost)
		decay_boost(now);
	if (busy >= lately / AT_WORK) {
		more = min_ul(SWING_MAX, lately - busy);
		more -= min_ul(more, nr_dirty_free_pages() << PAGE_SHIFT);
	}
	more = max_ul(more, min_ul(vmap_space.boost, lately - busy));
	return max_ul(least_budget(), more);
}

/* Puts the coldest areas on @batch until @limit bytes are left. */
static void collect(size_t limit, struct list_head *batch)
{
	while (vmap_space.lazy_bytes > limit) {
		struct vmap_area *va =
			list_entry(vmap_space.lru.prev, struct vmap_area, lru);

		lazy_del(va, VA_PURGING);
		list_add(&va->lru, batch);
	}
}

/* Of @bytes what is worth keeping: huge pages are not split. */
static size_t kept(const struct vmap_area *va, size_t bytes)
{
	size_t whole = ALIGN_DOWN(bytes, VMAP_HUGE_SIZE);

	if ((va->flags & VA_HUGE) && whole)
		return whole;
	return ALIGN_DOWN(bytes, vmap_space.grain);
}

/* The same, but the last one loses only its tail, if enough of it stays. */
static void collect_part(size_t limit, struct list_head *batch)
{
	struct vmap_area *va;
	size_t keep;

	while (vmap_space.lazy_bytes > limit) {
		va = list_entry(vmap_space.lru.prev, struct vmap_area, lru);
		keep = vmap_space.lazy_bytes - limit;
		keep = keep < va->size ? va->size - keep : 0;
		lazy_del(va, VA_PURGING);
		list_add(&va->lru, batch);
		if (keep < PART_MIN || limit == least_budget() ||
		    vmap_space.sparse_streak)
			continue;
		va->state = VA_TRIMMING;
		va->keep = kept(va, keep);
		return;
	}
}

static void collect_sparse(size_t limit, struct list_head *batch)
{
	while (vmap_space.sparse_bytes > limit) {
		struct vmap_area *va = list_entry(vmap_space.sparse.prev,
						  struct vmap_area, lru);

		lazy_del(va, VA_PURGING);
		list_add(&va->lru, batch);
	}
}

/* The oldest @nr idle areas. */
static void collect_idle(size_t nr, struct list_head *batch)
{
	while (nr-- && !list_empty(&vmap_space.idle)) {
		struct vmap_area *va =
			list_entry(vmap_space.idle.next, struct vmap_area, lru);

		lazy_del(va, VA_PURGING);
		list_add(&va->lru, batch);
	}
}

void vmap_lazy_add(struct vmap_area *va, struct list_head *batch)
{
	size_t limit = least_budget();

	if (vmap_space.lazy_bytes + va->size > limit) /* ask the clock */
		limit = budget();
	vmap_tell(va, VMAP_IS_LAZY, 0);
	va->flags &= (u8)~VA_SPARSE; /* who had it may have touched it */
	if (va->flags & VA_CLEAN) {
		idle_add(va);
	} else if (vmap_kernel_rules() ||
		   (va->size > limit && limit == least_budget())) {
		va->state = VA_PURGING;
		list_add(&va->lru, batch);
	} else {
		va->state = VA_LAZY;
		list_add(&va->lru, &vmap_space.lru);
		vmap_space.lazy_bytes += va->size;
		cache_insert(va);
	}
	collect_part(limit, batch); /* the limit may have sunk */
}

/* Memory and frames go back. What the system refuses to unmap is emptied. */
static void give_back(struct vmap_area *va)
{
	if (!(va->flags & VA_UNMAPPED)) {
		if (!os_decommit(va->start, va->size))
			va->flags |= VA_UNMAPPED;
		else
			os_discard(va->start, va->size);
	}
	vmap_uncharge(va, 0);
}

/*
 * Gives the memory of all areas of @batch back, and their ranges too if
 * @release and they could be unmapped. Returns pages given back.
 */
static unsigned long finish(struct list_head *batch, bool release)
{
	unsigned long pages = 0, purged_pages = 0, purged = 0;

	list_for_each (p, batch)
		give_back(list_entry(p, struct vmap_area, lru));

	spin_lock(&vmap_space.lock);
	list_for_each_safe (p, next, batch) {
		struct vmap_area *va = list_entry(p, struct vmap_area, lru);
		size_t nr = va->size >> PAGE_SHIFT;
		bool had_pages = !(va->flags & VA_CLEAN);
		bool gone = release && (va->flags & VA_UNMAPPED);

		pages += had_pages ? nr : 0;
		if (had_pages && !(va->flags & VA_SPARSE))
			note_purged(va->size);
		if (vmap_kernel_rules() ? gone : had_pages) {
			purged++;
			purged_pages += nr;
		}
		list_del(p);
		if (gone)
			vmap_release(va);
		else
			idle_add(va);
	}
	vmap_count(KV_vmap_purge, purged);
	vmap_count(KV_vmap_purged, purged_pages);
	vmap_gauges();
	spin_unlock(&vmap_space.lock);
	return pages;
}

/* The kernel's lazy_max_pages, in bytes. */
static size_t lazy_max_bytes(void)
{
	return fls_ul(machine.cfg.cpus) * LAZY_UNIT;
}

/*
 * None of the pages looked at is resident. They lie nearer to the start: an
 * area that is filled from there has few pages if it has not that one. After a
 * streak of sparse areas one page, another each time, has to do: a look costs
 * as much as half a fault. After twice as many every other area is believed,
 * so that one that was filled may stay, no more. (The first may lie in a huge
 * page that starts the area.)
 */
static bool is_sparse(const struct vmap_area *va, unsigned int streak)
{
	static const u8 at[] = { 1, 4, 8, 12 }; /* sixteenths of the area */
	size_t first = va->flags & VA_HUGE ? 1 : 0;
	size_t nr = ARRAY_SIZE(at) - first, page = os_page_size();

	if (va->flags & (VA_CLEAN | VA_HOLE | VA_SPARSE) ||
	    va->size < SIXTEENTHS * page)
		return false;
	if (streak > 2 * STREAK && streak % 2)
		return true;
	for (size_t i = 0; i < (streak < STREAK ? nr : 1); i++) {
		size_t part =
			va->size / SIXTEENTHS * at[first + (streak + i) % nr];
		u8 resident;

		if (os_mincore(va->start + ALIGN_DOWN(part, page), page,
			       &resident) ||
		    (resident & 1))
			return false;
	}
	return true;
}

/*
 * Sparse areas of the batch stay in the cache; older ones may have to go. Those
 * with huge pages hold too much, but tell not to ask for more.
 */
static void keep_sparse(struct list_head *batch)
{
	unsigned int streak =
		__atomic_load_n(&vmap_space.sparse_streak, __ATOMIC_RELAXED);
	struct list_head keep;

	list_init(&keep);
	list_for_each_safe (p, next, batch) {
		const struct vmap_area *va =
			list_entry(p, struct vmap_area, lru);

		streak = is_sparse(va, streak) ? streak + 1 : 0;
		if (!streak || (va->flags & VA_HUGE))
			continue;
		list_del(p);
		list_add(p, &keep);
	}
	__atomic_store_n(&vmap_space.sparse_streak, streak, __ATOMIC_RELAXED);
	if (list_empty(&keep))
		return;
	spin_lock(&vmap_space.lock);
	list_for_each_safe (p, next, &keep) {
		list_del(p);
		sparse_add(list_entry(p, struct vmap_area, lru));
	}
	collect_sparse(max_ul(SPARSE_MIN, SPARSE_SHARE * vmap_space.busy_bytes),
		       batch);
	spin_unlock(&vmap_space.lock);
}

void vmap_cache_return(struct vmap_area *va)
{
	va->state = VA_LAZY;
	list_add_tail(&va->lru, &vmap_space.lru);
	vmap_space.lazy_bytes += va->size;
	cache_insert(va);
}

/* Those of the batch that lose only their tails. */
static void trim(struct list_head *batch)
{
	list_for_each_safe (p, next, batch) {
		struct vmap_area *va = list_entry(p, struct vmap_area, lru);
		size_t had = va->size;

		if (va->state != VA_TRIMMING)
			continue;
		if (is_sparse(va, 0)) { /* keep_sparse() takes it */
			va->state = VA_PURGING;
			continue;
		}
		list_del(p);
		vmap_shrink(va, va->keep);
		spin_lock(&vmap_space.lock);
		note_purged(had);
		vmap_count(KV_vmap_purged, (had - va->size) >> PAGE_SHIFT);
		vmap_cache_return(va);
		vmap_gauges();
		spin_unlock(&vmap_space.lock);
	}
}

struct vmap_area *vmap_cache_donor(size_t size, size_t least)
{
	struct rb_node *n = smallest_above(&vmap_space.cache, size);
	struct vmap_area *va;

	if (!n)
		n = rb_end(&vmap_space.cache, RB_RIGHT);
	for (int i = 0; n && i < MAX_TRIES; i++, n = rb_prev(n)) {
		va = cached(n);
		if (va->size < least)
			return NULL;
		if (va->flags & VA_CLEAN)
			continue;
		lazy_del(va, VA_PURGING);
		return va;
	}
	return NULL;
}

bool vmap_has_pages(struct vmap_area *donor)
{
	unsigned int streak =
		__atomic_load_n(&vmap_space.sparse_streak, __ATOMIC_RELAXED);
	struct list_head batch;

	if (!is_sparse(donor, streak))
		return true;
	list_init(&batch);
	list_add(&donor->lru, &batch);
	vmap_purge_batch(&batch);
	return false;
}

unsigned long vmap_purge_batch(struct list_head *batch)
{
	unsigned long pages;

	trim(batch);

	if (!vmap_kernel_rules() && !vmalloc_region.on_demand)
		keep_sparse(batch);
	pages = finish(batch, !vmap_kernel_rules());
	if (!vmap_kernel_rules())
		return pages;
	spin_lock(&vmap_space.lock);
	if (vmap_space.idle_bytes > lazy_max_bytes())
		collect_idle(SIZE_MAX, batch);
	spin_unlock(&vmap_space.lock);
	if (!list_empty(batch))
		finish(batch, true);
	return pages;
}

BOOT unsigned long vmalloc_purge(size_t keep)
{
	struct list_head batch;

	if (!vmalloc_region.size)
		return 0;
	list_init(&batch);
	spin_lock(&vmap_space.lock);
	collect(min_ul(keep, budget()), &batch);
	if (!keep) {
		collect_sparse(0, &batch);
		collect_idle(SIZE_MAX, &batch);
	} else if (!vmap_kernel_rules() && !list_empty(&batch)) {
		collect_idle(1, &batch);
	}
	spin_unlock(&vmap_space.lock);
	return list_empty(&batch) ? 0 : finish(&batch, true);
}
