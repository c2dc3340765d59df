/* SPDX-License-Identifier: MIT */
/*
 * sheaf.c - the slow side of sheaves: refill, flush, and the barn.
 *
 * Order of attempts is the kernel's (the kernel's rules). Alloc, main empty:
 * swap with a non-empty spare; else trade main for a full sheaf of the barn;
 * else fill main from slabs. Free, main full: swap with a spare that has
 * room; no spare: take an empty sheaf of the barn, or make one; else trade a
 * full sheaf for an empty one at the barn; barn full: flush the spare into
 * slabs and use it. Sheaves are made on first use of a class, so that a
 * thread pays for the classes it uses.
 *
 * Invariant: 0 <= nr <= capacity, objects below nr are objects of the cache.
 * The pushing thread keeps the object whoever allocated it: nothing goes
 * back to an owner, batches go to slabs.
 * Locks: barn->lock, taken alone.
 */
#include "mm/sheaf.h"

#include <string.h>

#include "lib/bug.h"
#include "mm/page_alloc.h"
#include "mm/stats.h"

static struct sheaf empty_sheaf;	/* capacity 0: all paths are slow */

/* clang-format off */
#define E &empty_sheaf
#define E8 E, E, E, E, E, E, E, E
#define E32 E8, E8, E8, E8
#define E160 E32, E32, E32, E32, E32
/* clang-format on */
static_assert(KVR_MAX_CLASSES == 160, "E160 fills main[]");
struct thread_cache no_thread = { .main = { E160 } };
_Thread_local struct thread_cache *kv_thread = &no_thread;
_Thread_local struct thread_cache *kv_own;

/* Where sheaves live: by capacity, in ascending order. */
static const u16 capacities[] = { 4, 12, 28, 60 };
static struct kmem_cache *sheaf_cache[ARRAY_SIZE(capacities)];

static size_t sheaf_bytes(unsigned int capacity)
{
	return sizeof(struct sheaf) + capacity * sizeof(void *);
}

int sheaf_boot(void)
{
	static const char *const names[] = { "sheaf-4", "sheaf-12", "sheaf-28",
					     "sheaf-60" };

	for (size_t i = 0; i < ARRAY_SIZE(capacities); i++) {
		sheaf_cache[i] = cache_create(&(struct cache_args){
			.name = names[i],
			.object_size = (u32)sheaf_bytes(capacities[i]),
			.align = 64,
			.min_partial = 2,
		});
		if (!sheaf_cache[i])
			return -1;
	}
	return 0;
}

void sheaf_thread_init(struct thread_cache *t)
{
	for (size_t i = 0; i < KVR_MAX_CLASSES; i++)
		t->main[i] = &empty_sheaf;
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
		.magic = s->magic,
		.offset_mask = (u32)(PAGE_SIZE << s->order) - 1,
		.cache = s->index,
	};
	count_event(KV_sheaf_alloc);
	return sheaf;
}

static void sheaf_delete(struct sheaf *sheaf)
{
	void *obj = sheaf;

	slab_free_batch(home_of((unsigned int)sheaf->capacity), &obj, 1);
	count_event(KV_sheaf_free);
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
		*list = sheaf->next;
		set_nr(nr, (u16)(*nr - 1));
	}
	return sheaf;
}

/* Both lists hold sheaves of one kind, so nr can make room for the link. */
static void barn_push(struct sheaf **list, u16 *nr, struct sheaf *sheaf)
{
	sheaf->next = *list;
	*list = sheaf;
	set_nr(nr, (u16)(*nr + 1));
}

static void publish_barn(const struct kmem_cache *s)
{
	stats.cache[s->index].barn_full = s->barn.nr_full;
	stats.cache[s->index].barn_empty = s->barn.nr_empty;
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
	if (full && empty)
		barn_push(&b->empty, &b->nr_empty, empty);
	publish_barn(s);
	spin_unlock(&b->lock);
	if (full)
		full->nr = full->capacity;
	return full;
}

/* Gives @full if there is room and takes an empty one if there is one. */
static bool barn_put_full(struct kmem_cache *s, struct sheaf *full,
			  struct sheaf **empty)
{
	struct barn *b = &s->barn;
	bool taken = false;

	spin_lock(&b->lock);
	if (b->nr_full < b->max_full) {
		barn_push(&b->full, &b->nr_full, full);
		taken = true;
		*empty = barn_pop(&b->empty, &b->nr_empty);
	}
	publish_barn(s);
	spin_unlock(&b->lock);
	if (*empty)
		(*empty)->nr = 0;
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
	if (empty)
		empty->nr = 0;
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
	return machine.cfg.kernel == 412 || machine.cfg.kernel == 418;
}

static bool sheaf_refill(struct kmem_cache *s, struct sheaf *sheaf, gfp_t gfp)
{
	if (!one_attempt())
		gfp |= __GFP_NOMEMALLOC | __GFP_NOWARN;
	sheaf->nr = slab_alloc_batch(s, gfp, sheaf->objs,
				     s->sheaf_capacity);
	count_event(KV_sheaf_refill);
	return sheaf->nr;
}

static void sheaf_flush(struct kmem_cache *s, struct sheaf *sheaf)
{
	unsigned int nr = (unsigned int)sheaf->nr;

	sheaf->nr = 0;
	slab_free_batch(s, sheaf->objs, nr);
	count_event(KV_sheaf_flush);
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
	count_event(KV_alloc_single);
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

static struct sheaf *first_sheaf(struct thread_cache *t, struct kmem_cache *s)
{
	struct sheaf *sheaf = NULL;

	if (s->sheaf_capacity)
		sheaf = empty_one(s);
	if (sheaf)
		t->main[s->index] = sheaf;
	return sheaf;
}

void *sheaf_alloc_slow(struct thread_cache *t, struct kmem_cache *s, gfp_t gfp)
{
	unsigned int c = s->index;
	struct sheaf *main = t->main[c], *spare = t->spare[c], *full;

	if (!main->capacity) {
		main = first_sheaf(t, s);
		if (!main)
			return alloc_one(s, gfp);
	}
	if (main->nr)
		return pop(s, main, gfp);
	if (spare && spare->nr) {
		t->main[c] = spare;
		t->spare[c] = main;
		return pop(s, spare, gfp);
	}
	full = barn_get_full(s, main);
	if (full) {
		count_event(KV_barn_get);
		t->main[c] = full;
		return pop(s, full, gfp);
	}
	count_event(KV_barn_get_fail);
	/* Runs are dear: one at a time, the sheaf only keeps freed ones. */
	if (s->run_pages)
		return alloc_one(s, gfp);
	if (sheaf_refill(s, main, gfp))
		return pop(s, main, gfp);
	return one_attempt() ? NULL : alloc_one(s, gfp);
}

/* Main is full: makes a sheaf with room the main one, or returns NULL. */
static struct sheaf *make_room(struct thread_cache *t, struct kmem_cache *s)
{
	unsigned int c = s->index;
	struct sheaf *main = t->main[c], *spare = t->spare[c], *empty = NULL;

	if (spare && spare->nr < spare->capacity) {
		t->main[c] = spare;
		t->spare[c] = main;
		return spare;
	}
	if (!spare) {
		spare = empty_one(s);
		if (!spare)
			return NULL;
		t->main[c] = spare;
		t->spare[c] = main;
		return spare;
	}
	/* Both full: the spare, cold, goes to the barn; main becomes spare. */
	if (barn_put_full(s, spare, &empty)) {
		count_event(KV_barn_put);
		if (!empty)
			empty = sheaf_new(s);
		t->spare[c] = empty ? main : NULL;
		if (!empty)
			return NULL;
	} else {
		count_event(KV_barn_put_fail);
		sheaf_flush(s, spare);
		empty = spare;
		t->spare[c] = main;
	}
	t->main[c] = empty;
	return empty;
}

static void free_one(struct kmem_cache *s, void *p)
{
	count_event(KV_free_single);
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

void sheaf_free_slow(struct thread_cache *t, struct kmem_cache *s, void *p)
{
	struct sheaf *main = t->main[s->index];

	check_object(s, p);
	if (main->nr && main->objs[main->nr - 1] == p)
		bug("double free of %p (%s)", p, s->name);
	if (!main->capacity)
		main = first_sheaf(t, s);
	else if (main->nr == main->capacity)
		main = make_room(t, s);
	if (!main) {
		free_one(s, p);
		return;
	}
	main->objs[main->nr++] = p;
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

void sheaf_flush_thread(struct thread_cache *t, bool to_barn)
{
	for (unsigned int c = 1; c < nr_caches && c < KVR_MAX_CLASSES; c++) {
		struct sheaf *main = t->main[c], *spare = t->spare[c];

		t->main[c] = &empty_sheaf;
		t->spare[c] = NULL;
		if (spare)
			retire(&caches[c], spare, to_barn);
		if (main->capacity)
			retire(&caches[c], main, to_barn);
	}
}

/* The sheaf being refilled is empty, so this is safe from a shrinker too. */
void sheaf_drain(struct thread_cache *t)
{
	for (unsigned int c = 1; c < nr_caches && c < KVR_MAX_CLASSES; c++) {
		if (t->main[c]->nr)
			sheaf_flush(&caches[c], t->main[c]);
		if (t->spare[c] && t->spare[c]->nr)
			sheaf_flush(&caches[c], t->spare[c]);
	}
}

unsigned long barn_drain_all(void)
{
	unsigned long objects = 0;

	for (unsigned int c = 1; c < nr_caches; c++) {
		struct kmem_cache *s = &caches[c];
		struct sheaf *sheaf;

		while ((sheaf = barn_get_full(s, NULL))) {
			objects += sheaf->nr;
			sheaf_flush(s, sheaf);
			sheaf_delete(sheaf);
		}
		while ((sheaf = barn_get_empty(s)))
			sheaf_delete(sheaf);
	}
	return objects;
}

unsigned long sheaf_validate(const struct thread_cache *t)
{
	unsigned long broken = 0;

	for (unsigned int c = 1; c < nr_caches && c < KVR_MAX_CLASSES; c++) {
		const struct sheaf *both[] = { t->main[c], t->spare[c] };

		for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
			const struct sheaf *sheaf = both[i];

			if (!sheaf || !sheaf->capacity)
				continue;
			broken += sheaf->nr > sheaf->capacity ||
				  sheaf->cache != c;
			for (u64 o = 0; o < sheaf->nr; o++)
				broken += !virt_is_linear(sheaf->objs[o]) ||
					  !is_object(&caches[c],
						     sheaf->objs[o]);
		}
	}
	return broken;
}
