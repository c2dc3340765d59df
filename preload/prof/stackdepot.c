/* SPDX-License-Identifier: MIT */
/*
 * stackdepot.c - see stackdepot.h.
 *
 * Two tables lead to a number. `raw` has a hash of the addresses: all that a
 * stack seen before needs. `stable` has the hash of (module, offset) pairs,
 * which is the stack's identity: the same stack met at other addresses (its
 * library was loaded again) gets the same number. Code of no module, compiled
 * at run time, counts as one frame, whatever its address: its addresses mean
 * nothing later, and there is no end to them.
 *
 * An entry is one word, 44 bits of the hash and the number, so readers need
 * no lock. The place of an entry follows from its upper bits, so a larger
 * table is filled from the smaller one. Two of n stacks share 44 bits with a
 * probability of n * n / 2^45: one in 80000 for 20000 stacks.
 *
 * Lock: depot.lock for adding; outside of modules.lock and report.lock.
 */
#include "prof/stackdepot.h"

#include "lib/spinlock.h"
#include "mm/stats.h"
#include "prof/blocks.h"
#include "prof/memory.h"
#include "prof/modules.h"
#include "prof/report.h"

enum {
	FIRST_LOG = 12,	/* entries of a new table, log2 */
	MAX_LOG = 22,	/* enough for MAX_STACKS at half */
	NO_MODULE = KVR_FRAME_NONE,
};
static_assert(MAX_STACKS <= 1 << STACK_ID_BITS, "numbers fit tags");
static const u64 id_mask = (1ull << STACK_ID_BITS) - 1;

struct index {
	u32 log, used;
	u64 entry[];	/* hash, low bits replaced by the number; 0: free */
};

struct resolved {
	u64 hash;
	unsigned int n;
	u64 frame[MAX_DEPTH];
};

static struct {
	struct spinlock lock;
	struct resolved work;	/* too large for small stacks */
	unsigned int depth;
	struct index *raw, *stable;
	u32 nr_stacks;	/* STACK_LOST and the unused 0 included */
	u32 nr_frames;
	u32 generation;	/* of modules, that raw is about */
} depot;

static struct report_array stacks = {
	.section = KVR_SEC_STACKS,
	.entry_size = sizeof(struct kvr_stack),
	.first = 1024 * sizeof(struct kvr_stack),
	.most = MAX_STACKS * sizeof(struct kvr_stack),
};

static struct report_array frames = {
	.section = KVR_SEC_FRAMES,
	.entry_size = sizeof(u64),
	.first = 8192 * sizeof(u64),
	.most = (size_t)128 << 20,
};

/* indexes */

static struct index *index_new(u32 log)
{
	struct index *ix = prof_memory(sizeof(*ix) +
				       (sizeof(u64) << log));

	if (ix)
		ix->log = log;
	return ix;
}

static u32 index_find(const struct index *ix, u64 hash)
{
	u64 mask = (1ull << ix->log) - 1, i = hash >> (64 - ix->log), e;

	while ((e = __atomic_load_n(&ix->entry[i], __ATOMIC_RELAXED))) {
		if (!((e ^ hash) & ~id_mask))
			return (u32)(e & id_mask);
		i = (i + 1) & mask;
	}
	return 0;
}

static void index_put(struct index *ix, u64 entry)
{
	u64 mask = (1ull << ix->log) - 1, i = entry >> (64 - ix->log);

	while (ix->entry[i])
		i = (i + 1) & mask;
	__atomic_store_n(&ix->entry[i], entry, __ATOMIC_RELAXED);
	ix->used++;
}

/* Readers may still be in the small table; they miss and take the lock. */
static struct index *index_grown(const struct index *ix)
{
	struct index *bigger;

	if (ix->log == MAX_LOG)
		return NULL;
	bigger = index_new(ix->log + 1);
	for (u64 i = 0; bigger && i < 1ull << ix->log; i++)
		if (ix->entry[i])
			index_put(bigger, ix->entry[i]);
	return bigger;
}

/* Lock held. Without room what is added is not found again, no more. */
static void index_add(struct index **at, u64 hash, u32 id)
{
	struct index *ix = *at;

	if (ix->used >= 1u << (ix->log - 1)) {
		ix = index_grown(ix);
		if (!ix)
			return;
		__atomic_store_n(at, ix, __ATOMIC_RELEASE);
	}
	index_put(ix, (hash & ~id_mask) | id);
}

/* hashes */

static inline u64 fold(u64 a, u64 b)
{
	u128 m = (u128)a * b;

	return (u64)m ^ (u64)(m >> 64);
}

/* Two addresses a step; the constants are odd bits of pi and e. */
static u64 hash_raw(void *const *addr, unsigned int n)
{
	const u64 pi = 0x243f6a8885a308d3ull, e = 0xb7e151628aed2a6bull;
	u64 h = n * e;
	unsigned int i = 0;

	for (; i + 1 < n; i += 2)
		h = fold(h ^ (u64)(size_t)addr[i] ^ pi,
			 (u64)(size_t)addr[i + 1] ^ e);
	if (i < n)
		h = fold(h ^ (u64)(size_t)addr[i] ^ pi, e);
	return h;
}

/* adding; lock held */

static void resolve(struct resolved *r, void *const *addr, unsigned int n)
{
	const u64 c = 0x9e3779b97f4a7c15ull;
	bool in_module = true;

	r->hash = c;
	r->n = 0;
	for (unsigned int i = 0; i < n; i++) {
		u64 at = (u64)(size_t)addr[i], key = c, offset = 0;
		u32 index = NO_MODULE;
		const struct module *mod = module_of(addr[i], &index);

		if (mod) {
			key = mod->key;
			offset = at - mod->m.bias;
		} else if (!in_module) {
			continue;
		}
		in_module = mod;
		r->frame[r->n++] = (u64)index << 48 |
				   KVR_FRAME_OFFSET(mod ? offset : at);
		r->hash = fold(r->hash ^ key, c ^ offset);
	}
	r->hash |= !r->hash;
}

static void publish(void)
{
	stats.stacks = depot.nr_stacks - STACK_LOST - 1;
}

/* A new entry, or STACK_LOST. Frames first, so that no entry lacks them. */
static u32 append(const struct resolved *r, unsigned int flags)
{
	u32 id = depot.nr_stacks;
	struct kvr_stack *s;

	if (id == MAX_STACKS ||
	    !report_array_grow(&stacks, (id + 1) * sizeof(*s)) ||
	    !report_array_grow(&frames,
			       ((size_t)depot.nr_frames + r->n) * sizeof(u64)))
		return STACK_LOST;
	for (unsigned int i = 0; i < r->n; i++)
		((u64 *)(void *)frames.base)[depot.nr_frames + i] = r->frame[i];
	s = (struct kvr_stack *)(void *)stacks.base + id;
	s->first_frame = depot.nr_frames;
	s->flags = (u16)flags;
	s->hash = r->hash;
	__atomic_store_n(&s->nr_frames, (u16)r->n, __ATOMIC_RELEASE);
	depot.nr_frames += r->n;
	depot.nr_stacks++;
	publish();
	modules_write();
	return id;
}

static u32 identify(void *const *addr, unsigned int n, unsigned int flags)
{
	struct resolved *r = &depot.work;
	u32 id;

	resolve(r, addr, n);
	id = index_find(depot.stable, r->hash);
	if (!id) {
		id = append(r, flags);
		index_add(&depot.stable, r->hash, id);
	}
	return id;
}

/* Addresses may mean other code now. */
static void forget_addresses(void)
{
	for (u64 i = 0; i < 1ull << depot.raw->log; i++)
		__atomic_store_n(&depot.raw->entry[i], 0, __ATOMIC_RELAXED);
	depot.raw->used = 0;
	depot.generation = modules_generation();
}

static COLD u32 add_stack(u64 hash, void *const *addr, unsigned int n,
			  unsigned int flags)
{
	u32 id;

	spin_lock(&depot.lock);
	id = index_find(depot.raw, hash);
	if (!id) {
		id = identify(addr, n, flags);
		if (unlikely(depot.generation != modules_generation()))
			forget_addresses();
		index_add(&depot.raw, hash, id);
	}
	spin_unlock(&depot.lock);
	return id;
}

u32 depot_stack(void *const *addr, unsigned int n)
{
	unsigned int flags = 0;
	u64 hash;
	u32 id;

	if (n > depot.depth) {
		n = depot.depth;
		flags = KVR_STACK_TRUNCATED;
	}
	hash = hash_raw(addr, n);
	id = index_find(__atomic_load_n(&depot.raw, __ATOMIC_ACQUIRE), hash);
	return likely(id) ? id : add_stack(hash, addr, n, flags);
}

/* Entries 0, unused, and STACK_LOST. */
static bool first_entries(void)
{
	struct kvr_stack *s;

	if (!report_array_grow(&stacks, 2 * sizeof(*s)))
		return false;
	s = (struct kvr_stack *)(void *)stacks.base;
	s[STACK_LOST].flags = KVR_STACK_LOST;
	depot.nr_stacks = STACK_LOST + 1;
	return true;
}

bool depot_start(unsigned int depth)
{
	depot.depth = depth;
	depot.generation = modules_generation();
	depot.raw = index_new(FIRST_LOG);
	depot.stable = index_new(FIRST_LOG);
	return depot.raw && depot.stable && first_entries();
}

bool depot_fork_child(void)
{
	spin_lock_init(&depot.lock);
	publish();
	modules_fork_child();
	modules_write();
	return report_array_copy(&stacks,
				 depot.nr_stacks * sizeof(struct kvr_stack)) &&
	       report_array_copy(&frames, depot.nr_frames * sizeof(u64));
}
