/* SPDX-License-Identifier: MIT */
/*
 * sheaf.c - the slow side of sheaves: refill, flush, and the barn.
 *
 * Order of attempts is the kernel's (the kernel's rules). Alloc, main empty:
 * swap with a non-empty spare; else trade main for a full sheaf of the barn;
 * else fill main from slabs. Free, main full: swap with a spare that has
 * room; no spare: take an empty sheaf of the barn, or make one; else trade a
 * full sheaf for an empty one at the barn; barn full: flush the spare into
 * slabs and use it. Swapping concerns nobody else, so malloc() and free() try
 * it before they enter the core: two slow paths in three where sheaves are
 * short. Sheaves are made on first use of a class, so that a thread pays for
 * the classes it uses; and in the default preset there is no spare for who only
 * frees what others took (thread-churn, whose main thread does: 4.4 MiB ->
 * 3.7).
 *
 * Invariant: 0 <= nr <= capacity, objects below nr are objects of the cache.
 * The pushing thread keeps the object whoever allocated it: nothing goes
 * back to an owner, batches go to slabs. So neighbours in a cache line may
 * come to belong to two threads, as in larson-2t: 1.27 of the time of who
 * returns each object. What helped is that threads get classes of whole lines
 * (kmalloc.c). Two or three sets of those classes whose objects share lines,
 * one for each thread in turn (as the kernel's kmalloc-rnd-*), made that row
 * as fast, but xbatch-2t 14% slower, mstress-4t 13%, and took 10 to 30% more
 * memory there: each block then travels through the barn. Smaller first
 * refills, or half of the sheaves flushed when a thread is taken over, left
 * the peak of pools of threads as it was.
 * Locks: barn->lock, taken alone.
 */
#include "mm/sheaf.h"

#include <string.h>

#include "lib/bug.h"
#include "mm/page_alloc.h"
#include "mm/slub_debug.h"
#include "mm/stats.h"

/* A sheaf of capacity 0, all paths are slow: other, nr..., bottom, the end. */
static void *empty_sheaf[] = { NULL, NULL, NULL, (void *)SHEAF_END(0) };
#define EMPTY_TOP (&empty_sheaf[2])
static_assert(offsetof(struct sheaf, bottom) == 2 * sizeof(void *), "as above");

/* clang-format off */
#define E EMPTY_TOP
#define E8 E, E, E, E, E, E, E, E
#define E32 E8, E8, E8, E8
#define E160 E32, E32, E32, E32, E32
/* clang-format on */
static_assert(KVR_MAX_CLASSES == 160, "E160 fills top[]");
/* Of the sentinel only this is looked at, so it is no longer than that. */
static struct {
	u32 skip[KVR_MAX_CLASSES];
	void **top[KVR_MAX_CLASSES];
	struct start_check start[KVR_MAX_CLASSES]; /* 0: realloc is slow */
} sentinel = { .top = { E160 } };
static_assert(offsetof(struct thread_cache, in_core) == sizeof(sentinel),
	      "as struct thread_cache");
extern struct thread_cache no_thread __attribute__((alias("sentinel")));
_Thread_local struct thread_cache *kv_thread = &no_thread;
_Thread_local struct thread_cache *kv_alloc = &no_thread;
_Thread_local struct thread_cache *kv_own;

/* Where sheaves live: by capacity, in ascending order. */
static const u16 capacities[] = { 4, 12, 28, 60, TINY_CAPACITY };
static struct kmem_cache *sheaf_cache[ARRAY_SIZE(capacities)];

static size_t sheaf_bytes(unsigned int capacity)
{
	return sizeof(struct sheaf) + (capacity + 1ul) * sizeof(void *);
}

int sheaf_boot(void)
{
	static const char *const names[] = { "sheaf-4", "sheaf-12", "sheaf-28",
					     "sheaf-60", "sheaf-124" };

	for (size_t i = 0; i < ARRAY_SIZE(capacities); i++) {
		if (capacities[i] == TINY_CAPACITY && machine.cfg.kernel)
			break; /* their slabinfo has no such row */
		sheaf_cache[i] = cache_create(&(struct cache_args){
			.name = names[i],
			.object_size = (u32)sheaf_bytes(capacities[i]),
			.align = 64,
			.min_partial = 2,
			.flags = SLAB_NO_USER_FLAGS | SLAB_NO_MERGE,
		});
		if (!sheaf_cache[i])
			return -1;
	}
	return 0;
}

void sheaf_thread_init(struct thread_cache *t)
{
	for (size_t i = 0; i < KVR_MAX_CLASSES; i++)
		t->top[i] = EMPTY_TOP;
}

struct sheaf *sheaf_main(const struct thread_cache *t, unsigned int class)
{
	void **top = t->top[class], **p = top;
	struct sheaf *sheaf;

	if ((long)p[1] < 0) /* full: skip the objects */
		p -= (u32)(size_t)p[1];
	while (*p)
		p--;
	sheaf = (struct sheaf *)(void *)((char *)p -
					 offsetof(struct sheaf, bottom));
	if (sheaf->capacity)
		sheaf->nr = (u32)(top - p);
	return sheaf;
}

static void forget(struct thread_cache *t, unsigned int class)
{
	t->top[class] = EMPTY_TOP;
	t->start[class] = (struct start_check){ 0 };
}

static void set_main(struct thread_cache *t, unsigned int class,
		     struct sheaf *main, struct sheaf *spare)
{
	main->other = spare;
	t->top[class] = &main->bottom + main->nr;
}

/*
 * A handler that interrupts this finds the thread in the core, should it need
 * more than the main sheaf. False: we are such a handler.
 */
static bool swap(struct thread_cache *t, unsigned int class, struct sheaf *main)
{
	if (unlikely(__atomic_load_n(&t->in_core, __ATOMIC_RELAXED)))
		return false;
	__atomic_store_n(&t->in_core, 1, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	set_main(t, class, main->other, main);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&t->in_core, 0, __ATOMIC_RELAXED);
	t->ticks++;
	return true;
}

void *sheaf_pop_spare(struct thread_cache *t, size_t class, size_t asked)
{
	struct sheaf *main = sheaf_main(t, (unsigned int)class);
	struct sheaf *spare = main->other;

	if (main->nr || !spare || !spare->nr ||
	    !swap(t, (unsigned int)class, main))
		return NULL;
	return sheaf_pop(t, class, asked);
}

bool sheaf_push_spare(struct thread_cache *t, size_t class, void *p)
{
	struct sheaf *main = sheaf_main(t, (unsigned int)class);
	struct sheaf *spare = main->other;

	if (main->nr != main->capacity || !spare ||
	    spare->nr == spare->capacity || !sheaf_fits(t, class, p) ||
	    !swap(t, (unsigned int)class, main))
		return false;
	return sheaf_push(t, class, p);
}

static struct kmem_cache *home_of(unsigned int capacity)
{
	size_t i = 0;

	while (capacities[i] < capacity)
		i++;
	return sheaf_cache[i];
}

static struct sheaf *sheaf_new(const struct kmem_cache *s)
{
	void *obj = NULL;
	struct sheaf *sheaf;

	if (!slab_alloc_batch(home_of(s->sheaf_capacity),
			      GFP_NOWAIT | __GFP_NOMEMALLOC, &obj, 1))
		return NULL;
	sheaf = obj;
	*sheaf = (struct sheaf){
		.capacity = s->sheaf_capacity,
		.cache = s->index,
	};
	/* A slot may hold anything but an end. */
	memset(sheaf->objs, 0, s->sheaf_capacity * sizeof(void *));
	sheaf->objs[s->sheaf_capacity] =
		(void *)SHEAF_END(s->sheaf_capacity);
	count_cache_event(s->index, KV_sheaf_alloc, 1);
	return sheaf;
}

static void sheaf_delete(struct sheaf *sheaf)
{
	void *obj = sheaf;

	count_cache_event(sheaf->cache, KV_sheaf_free, 1);
	slab_free_batch(home_of(sheaf->capacity), &obj, 1);
}

/* barn */

/* Under the lock; others look at the numbers without. */
static void set_nr(u16 *nr, u16 to)
{
	__atomic_store_n(nr, to, __ATOMIC_RELAXED);
}

static struct sheaf *barn_pop(struct sheaf **list, u16 *nr)
{
	struct sheaf *sheaf = *list;

	if (sheaf) {
		*list = sheaf->other;
		sheaf->other = NULL;
		set_nr(nr, (u16)(*nr - 1));
	}
	return sheaf;
}

static void barn_push(struct sheaf **list, u16 *nr, struct sheaf *sheaf)
{
	sheaf->other = *list;
	*list = sheaf;
	set_nr(nr, (u16)(*nr + 1));
}

/*
 * A class whose blocks come and go by the thousand would send them through
 * slabs again and again, which costs several times an exchange. So barns may
 * hold more than max_full, but those of a kind together only so much: a share
 * of the heap, within limits.
 *
 * Tiny objects are many and cost little to keep (trees: 256 KiB 0.113 s, the
 * share 0.109); of others a share leaves 14% more in a heap that shrank (age).
 * Runs are split and merged on their way through the buddy, which is dear and
 * makes use of pages that nobody has touched before. (churn-wide, runs of up
 * to 32 KiB: without 0.067 s and 27.7 MiB, 1 MiB 0.064 and 26.9, 2 MiB 0.061
 * and 25.2, 4 MiB and more 0.059 and 23.2. Runs of up to 64 KiB as well: no
 * better there, and 5% more in mstress. A share of 1/8: calloc 20.5 MiB ->
 * 22.6.)
 *
 * Tried: who finds none takes one that the next larger class keeps, before
 * pages are taken for it. Classes then share what each needs at its peak:
 * calloc 20.5 MiB -> 19.1 with runs, 18.0 from 256 bytes on and two classes
 * up, alloc-test 3.8 -> 3.5. But less is kept from the purge (git-repack
 * 73 k faults -> 127 k, 12% more time), and where a heap only grows 4% more
 * memory is used (live-mixed).
 */
enum extra { EXTRA_TINY, EXTRA_SLAB, EXTRA_RUN, NR_EXTRA };

static const struct {
	u32 least, most;	/* bytes */
	u32 share;		/* part of the heap */
} extra_rule[NR_EXTRA] = {
	[EXTRA_TINY] = { 128 << 10, 4 << 20, 16 },
	[EXTRA_SLAB] = { 256 << 10, 256 << 10, 16 },
	[EXTRA_RUN] = { 0, 4 << 20, 4 },
};
static u64 extra_bytes[NR_EXTRA];

static enum extra extra_of(const struct kmem_cache *s)
{
	if (s->run_pages)
		return EXTRA_RUN;
	return s->size <= TINY_SIZE ? EXTRA_TINY : EXTRA_SLAB;
}

static u64 extra_limit(enum extra x)
{
	return clamp_ul(nr_used_pages() * PAGE_SIZE / extra_rule[x].share,
			extra_rule[x].least, extra_rule[x].most);
}

static u64 extra_now(enum extra x)
{
	return __atomic_load_n(&extra_bytes[x], __ATOMIC_RELAXED);
}

static u64 bytes_in_full(const struct kmem_cache *s)
{
	return (u64)s->sheaf_capacity * s->size;
}

/* Is there room for one more full sheaf? It is charged if need be. */
static bool charge_full(const struct kmem_cache *s)
{
	const struct barn *b = &s->barn;
	u64 bytes = bytes_in_full(s);
	enum extra x = extra_of(s);

	if (b->nr_full < b->max_full)
		return true;
	if (b->nr_full >= b->max_full + b->max_extra)
		return false;
	if (extra_now(x) + bytes > extra_limit(x))
		return false;
	gauge_add(&extra_bytes[x], (long)bytes);
	return true;
}

/* One was taken out. */
static void uncharge_full(const struct kmem_cache *s)
{
	if (s->barn.nr_full >= s->barn.max_full)
		gauge_add(&extra_bytes[extra_of(s)], -(long)bytes_in_full(s));
}

static void publish_barn(const struct kmem_cache *s)
{
	struct kvr_cache *c = stats_cache(s->index);

	if (!c)
		return;
	c->barn_full = s->barn.nr_full;
	c->barn_empty = s->barn.nr_empty;
}

/*
 * Trades @empty (may be NULL) for a full sheaf. NULL: there is none, and
 * @empty stays the caller's.
 */
static struct sheaf *barn_get_full(struct kmem_cache *s, struct sheaf *empty)
{
	struct barn *b = &s->barn;
	struct sheaf *full;

	if (!__atomic_load_n(&b->nr_full, __ATOMIC_RELAXED))
		return NULL;
	spin_lock(&b->lock);
	full = barn_pop(&b->full, &b->nr_full);
	if (full)
		uncharge_full(s);
	if (full && empty)
		barn_push(&b->empty, &b->nr_empty, empty);
	publish_barn(s);
	spin_unlock(&b->lock);
	return full;
}

/* Gives @full if there is room and takes an empty one if there is one. */
static bool barn_put_full(struct kmem_cache *s, struct sheaf *full,
			  struct sheaf **empty)
{
	struct barn *b = &s->barn;
	bool taken = false;

	spin_lock(&b->lock);
	if (charge_full(s)) {
		barn_push(&b->full, &b->nr_full, full);
		taken = true;
		*empty = barn_pop(&b->empty, &b->nr_empty);
	}
	publish_barn(s);
	spin_unlock(&b->lock);
	return taken;
}

/* An empty sheaf, or NULL. */
static struct sheaf *barn_get_empty(struct kmem_cache *s)
{
	struct barn *b = &s->barn;
	struct sheaf *empty;

	if (!__atomic_load_n(&b->nr_empty, __ATOMIC_RELAXED))
		return NULL;
	spin_lock(&b->lock);
	empty = barn_pop(&b->empty, &b->nr_empty);
	publish_barn(s);
	spin_unlock(&b->lock);
	return empty;
}

static void barn_put_empty(struct kmem_cache *s, struct sheaf *empty)
{
	struct barn *b = &s->barn;
	bool taken = false;

	spin_lock(&b->lock);
	if (b->nr_empty < b->max_empty) {
		barn_push(&b->empty, &b->nr_empty, empty);
		taken = true;
	}
	publish_barn(s);
	spin_unlock(&b->lock);
	if (!taken)
		sheaf_delete(empty);
}

/* refill and flush */

/*
 * Kernels before sheaves made one attempt for an object, by its own flags.
 * Today a full sheaf is a gift, not a need: it must not eat reserves; the
 * object alone may, so what fails here is tried again for one.
 */
static bool one_attempt(void)
{
	return machine.cfg.kernel && machine.cfg.kernel < 700;
}

static bool sheaf_refill(struct kmem_cache *s, struct sheaf *sheaf, gfp_t gfp)
{
	if (!one_attempt())
		gfp |= __GFP_NOMEMALLOC | __GFP_NOWARN;
	sheaf->nr = slab_alloc_batch(s, gfp, sheaf->objs,
				     s->sheaf_capacity);
	count_cache_event(s->index, KV_sheaf_refill, sheaf->nr);
	return sheaf->nr;
}

static void sheaf_flush(struct kmem_cache *s, struct sheaf *sheaf)
{
	unsigned int nr = sheaf->nr;

	sheaf->nr = 0;
	slab_free_batch(s, sheaf->objs, nr);
	count_cache_event(s->index, KV_sheaf_flush, nr);
}

/* An object that may have been used before, cleared if that was asked. */
static void *cleared(const struct kmem_cache *s, void *obj, gfp_t gfp)
{
	if (gfp & __GFP_ZERO)
		memset(obj, 0, s->size);
	return obj;
}

static void *pop(const struct kmem_cache *s, struct sheaf *sheaf, gfp_t gfp)
{
	return cleared(s, sheaf->objs[--sheaf->nr], gfp);
}

static void *alloc_one(struct kmem_cache *s, gfp_t gfp)
{
	void *obj = NULL;

	if (s->run_pages)
		return run_alloc(s, gfp);
	count_cache_event(s->index, KV_alloc_single, 1);
	if (!slab_alloc_batch(s, gfp, &obj, 1))
		return NULL;
	return cleared(s, obj, gfp);
}

/* One from the barn, else a new one. */
static struct sheaf *empty_one(struct kmem_cache *s)
{
	struct sheaf *sheaf = barn_get_empty(s);

	return sheaf ? sheaf : sheaf_new(s);
}

/*
 * magic = 2^32 / size + e / size with 0 <= e < size. Offset k * size + r
 * times it is k * e + r * magic modulo 2^32. Where slabs have at most 2^16
 * bytes k * e is below 2^16; where sizes are at most 2^15, r * magic with
 * 0 < r < size is above 2^16 by more than that, and too small to wrap. Others
 * always take the slow path. Of a run only the first page has a class.
 */
static struct start_check start_check_of(const struct kmem_cache *s)
{
	size_t bytes = PAGE_SIZE << s->order;

	if (s->run_pages)
		return (struct start_check){ 1 << 16, PAGE_SIZE - 1 };
	if (bytes > 1 << 16 || s->size > 1 << 15)
		return (struct start_check){ 1, ~0u };
	return (struct start_check){ ~0u / s->size + 1, (u32)bytes - 1 };
}

static struct sheaf *first_sheaf(struct thread_cache *t, struct kmem_cache *s)
{
	struct sheaf *sheaf = s->sheaf_capacity ? empty_one(s) : NULL;

	if (sheaf)
		t->start[s->index] = start_check_of(s);
	return sheaf;
}

void *sheaf_alloc_slow(struct thread_cache *t, struct kmem_cache *s, gfp_t gfp)
{
	unsigned int c = s->index;
	struct sheaf *main = sheaf_main(t, c), *spare = main->other, *full;
	void *obj;

	if (!main->capacity) {
		main = first_sheaf(t, s);
		spare = NULL;
		if (!main)
			return alloc_one(s, gfp);
	} else if (spare && spare->nr && !main->nr) {
		full = main;
		main = spare;
		spare = full;
	}
	if (!main->nr) {
		full = barn_get_full(s, main);
		if (full) {
			count_cache_event(s->index, KV_barn_get, 1);
			main = full;
		} else {
			count_cache_event(s->index, KV_barn_get_fail, 1);
		}
	}
	/* Runs are dear: one at a time, the sheaf only keeps freed ones. */
	if (main->nr || (!s->run_pages && sheaf_refill(s, main, gfp)))
		obj = pop(s, main, gfp);
	else if (s->run_pages || !one_attempt())
		obj = alloc_one(s, gfp);
	else
		obj = NULL;
	set_main(t, c, main, spare);
	return obj;
}

/*
 * Who only frees objects of a class is handed them by others, and needs none
 * at hand: @main, full, goes on to the barn, or to slabs, and there is no
 * spare. As make_room().
 */
static struct sheaf *pass_on(struct thread_cache *t, struct kmem_cache *s,
			     struct sheaf *main)
{
	struct sheaf *empty = NULL;

	if (barn_put_full(s, main, &empty)) {
		count_cache_event(s->index, KV_barn_put, 1);
		t->top[s->index] = EMPTY_TOP;
		if (!empty)
			empty = sheaf_new(s);
	} else {
		count_cache_event(s->index, KV_barn_put_fail, 1);
		sheaf_flush(s, main);
		empty = main;
	}
	if (empty)
		set_main(t, s->index, empty, NULL);
	else
		forget(t, s->index);
	return empty;
}

/* @main is full: makes a sheaf with room the main one, or returns NULL. */
static struct sheaf *make_room(struct thread_cache *t, struct kmem_cache *s,
			       struct sheaf *main)
{
	unsigned int c = s->index;
	struct sheaf *spare = main->other, *empty = NULL;

	if (!spare && !t->stat.alloc[c] && !machine.cfg.kernel)
		return pass_on(t, s, main);
	if (spare && spare->nr < spare->capacity) {
		empty = spare;
		spare = main;
	} else if (!spare) {
		empty = empty_one(s);
		spare = main;
	} else if (barn_put_full(s, spare, &empty)) {
		/* The spare was cold; main becomes spare. */
		count_cache_event(s->index, KV_barn_put, 1);
		main->other = NULL;
		spare = main;
		if (!empty)
			empty = sheaf_new(s);
	} else {
		count_cache_event(s->index, KV_barn_put_fail, 1);
		sheaf_flush(s, spare);
		empty = spare;
		spare = main;
	}
	if (empty)
		set_main(t, c, empty, spare);
	else
		main->other = NULL;
	return empty;
}

static void free_one(struct kmem_cache *s, void *p)
{
	count_cache_event(s->index, KV_free_single, 1);
	slab_free_batch(s, &p, 1);
}

static bool is_object(const struct kmem_cache *s, const void *p)
{
	const struct page *page = virt_to_page(p);

	if (s->run_pages)
		return page->type == PAGE_LARGE && page_address(page) == p;
	return slab_is_object(s, p);
}

/* An offset that the fast path could not vouch for (a slab of its minimum
 * order lies unaligned for the mask): look at the slab itself. */
static void check_object(const struct kmem_cache *s, const void *p)
{
	if (!is_object(s, p))
		bug("invalid pointer %p: interior pointer into %s", p, s->name);
}

/*
 * Who begins with freeing tiny objects was handed them: what lies beside them
 * is the giver's, who writes there. Kept and used again they would make both
 * write to one cache line for ever (passive false sharing: 1.9 times the time
 * of cache-scratch). So the thread gets objects of its own first, and what was
 * handed goes back to its slab. Highest addresses first: the lowest ones are
 * what others gave back just so. False: there are none.
 */
static bool own_first(struct thread_cache *t, struct kmem_cache *s,
		      struct sheaf *main)
{
	if (s->size >= CACHE_LINE || machine.cfg.kernel)
		return false;
	main->nr = slab_alloc_batch(s, GFP_NOWAIT | __GFP_NOMEMALLOC,
				    main->objs, s->sheaf_capacity / 2u);
	for (unsigned int i = 0, k = main->nr; i + 1 < k; i++) {
		void *low = main->objs[--k];

		main->objs[k] = main->objs[i];
		main->objs[i] = low;
	}
	if (main->nr)
		set_main(t, s->index, main, NULL);
	return main->nr;
}

void sheaf_free_slow(struct thread_cache *t, struct kmem_cache *s, void *p)
{
	struct sheaf *main = sheaf_main(t, s->index);

	if (unlikely(cache_is_debug(s))) {
		slub_debug_free(s, p, NULL);
		return;
	}
	check_object(s, p);
	if (sheaf_last(t, s->index) == p)
		bug("double free of %p (%s)", p, s->name);
	if (!main->capacity) {
		main = first_sheaf(t, s);
		if (main && own_first(t, s, main))
			main = NULL;
	} else if (main->nr == main->capacity) {
		main = make_room(t, s, main);
	}
	if (!main) {
		free_one(s, p);
		return;
	}
	main->objs[main->nr++] = p;
	t->top[s->index] = &main->objs[main->nr - 1];
}

/* whole threads, whole barns */

static void retire(struct kmem_cache *s, struct sheaf *sheaf, bool to_barn)
{
	struct sheaf *empty = NULL;

	if (sheaf->nr == sheaf->capacity && to_barn &&
	    barn_put_full(s, sheaf, &empty)) {
		if (empty)
			barn_put_empty(s, empty);
		return;
	}
	if (sheaf->nr)
		sheaf_flush(s, sheaf);
	sheaf_delete(sheaf);
}

static void retire_both(struct thread_cache *t, unsigned int c, bool to_barn)
{
	struct kmem_cache *s = &caches[c];
	struct sheaf *main = sheaf_main(t, c), *spare = main->other;

	forget(t, c);
	if (spare)
		retire(s, spare, to_barn);
	if (main->capacity)
		retire(s, main, to_barn);
}

void sheaf_flush_thread(struct thread_cache *t, bool to_barn)
{
	for (unsigned int c = 1; c < nr_caches && c < KVR_MAX_CLASSES; c++)
		retire_both(t, c, to_barn);
}

void sheaf_flush_large(struct thread_cache *t, u32 size)
{
	for (unsigned int c = 1; c < nr_caches && c < KVR_MAX_CLASSES; c++)
		if (caches[c].size > size)
			retire_both(t, c, false);
}

void sheaf_drop_cache(struct thread_cache *t, struct kmem_cache *s)
{
	retire_both(t, s->index, false);
}

void sheaf_forget_thread(struct thread_cache *t)
{
	for (unsigned int c = 0; c < KVR_MAX_CLASSES; c++)
		forget(t, c);
}

/* The sheaf being refilled is empty, so this is safe from a shrinker too. */
void sheaf_drain(struct thread_cache *t)
{
	for (unsigned int c = 1; c < nr_caches && c < KVR_MAX_CLASSES; c++) {
		struct sheaf *main = sheaf_main(t, c), *spare = main->other;

		if (main->nr) {
			sheaf_flush(&caches[c], main);
			t->top[c] = &main->bottom;
		}
		if (spare && spare->nr)
			sheaf_flush(&caches[c], spare);
	}
}

/* Objects given back. */
static unsigned long drain_full(struct kmem_cache *s, unsigned int keep)
{
	unsigned long objects = 0;
	struct sheaf *sheaf;

	while (__atomic_load_n(&s->barn.nr_full, __ATOMIC_RELAXED) > keep &&
	       (sheaf = barn_get_full(s, NULL))) {
		objects += sheaf->nr;
		sheaf_flush(s, sheaf);
		sheaf_delete(sheaf);
	}
	return objects;
}

void barn_tick(void)
{
	for (enum extra x = 0; x < NR_EXTRA; x++) {
		u64 now = extra_now(x);

		if (likely(!now) || now <= extra_limit(x))
			continue;
		for (unsigned int c = 1; c < nr_caches; c++)
			if (extra_of(&caches[c]) == x)
				drain_full(&caches[c], caches[c].barn.max_full);
	}
}

unsigned long barn_drain(struct kmem_cache *s)
{
	unsigned long objects = drain_full(s, 0);
	struct sheaf *sheaf;

	while ((sheaf = barn_get_empty(s)))
		sheaf_delete(sheaf);
	return objects;
}

unsigned long barn_drain_all(void)
{
	unsigned long objects = 0;

	for (unsigned int c = 1; c < nr_caches; c++)
		objects += barn_drain(&caches[c]);
	return objects;
}

static bool start_check_broken(const struct thread_cache *t,
			       const struct kmem_cache *s)
{
	struct start_check check = start_check_of(s);

	return t->start[s->index].magic != check.magic ||
	       t->start[s->index].mask != check.mask;
}

COLD unsigned long sheaf_validate(const struct thread_cache *t)
{
	unsigned long broken = 0;

	for (unsigned int c = 1; c < nr_caches && c < KVR_MAX_CLASSES; c++) {
		const struct sheaf *main = sheaf_main(t, c);
		const struct sheaf *both[] = { main, main->other };

		if (main->capacity)
			broken += start_check_broken(t, &caches[c]);

		for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
			const struct sheaf *sheaf = both[i];

			if (!sheaf || !sheaf->capacity)
				continue;
			broken += sheaf->nr > sheaf->capacity ||
				  sheaf->cache != c || sheaf->bottom ||
				  sheaf->objs[sheaf->capacity] !=
					  (void *)SHEAF_END(sheaf->capacity);
			for (u32 o = 0; o < sheaf->nr; o++)
				broken += !virt_is_linear(sheaf->objs[o]) ||
					  !is_object(&caches[c],
						     sheaf->objs[o]);
		}
	}
	return broken;
}
