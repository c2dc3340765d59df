/* SPDX-License-Identifier: MIT */
/*
 * stackdepot.c - see stackdepot.h.
 *
 * Stacks are kept in private memory and copied to the file when somebody first
 * counts by them. So the child of a fork knows all stacks of its parent by the
 * same numbers, and its own file gets those it has to do with.
 *
 * Two tables lead to a number. `raw` has a hash of the addresses: all that a
 * stack seen before needs. `stable` has the hash of (module, offset) pairs,
 * which is the stack's identity: the same stack met at other addresses (its
 * library was loaded again) gets the same number. Code of no module, compiled
 * at run time, counts as one frame, whatever its address: its addresses mean
 * nothing later, and there is no end to them (but see jit_tells()).
 *
 * An entry is one word, 44 bits of the hash and the number, so readers need
 * no lock. The place of an entry follows from its upper bits, so a larger
 * table is filled from the smaller one. Two of n stacks share 44 bits with a
 * probability of n * n / 2^45: one in 80000 for 20000 stacks.
 *
 * Lock: depot.lock for adding; outside of modules.lock and report.lock.
 */
#include "prof/stackdepot.h"

#include <errno.h>
#include <string.h>

#include "lib/print.h"
#include "lib/spinlock.h"
#include "mm/stats.h"
#include "os/os.h"
#include "prof/blocks.h"
#include "prof/memory.h"
#include "prof/modules.h"
#include "prof/report.h"

enum {
	FIRST_LOG = 12,	/* entries of a new table, log2 */
	MAX_LOG = 22,	/* enough for MAX_STACKS at half */
	NO_MODULE = KVR_FRAME_NONE,
	LET_GO = 1 << 20,	/* bytes */
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

/* Private arrays: space is reserved for all, used from the start on. */
struct space {
	size_t most;	/* bytes */
	char *base;
	size_t usable;
};

static struct {
	struct spinlock lock;
	struct resolved work;	/* too large for small stacks */
	unsigned int depth;
	struct index *raw, *stable;
	struct space stacks, frames;	/* struct kvr_stack; u64 */
	struct space written;	/* u32, by number: its index in the file, or 0 */
	u32 nr_stacks;	/* STACK_LOST and the unused 0 included */
	u32 nr_frames;
	u32 nr_written, frames_written;	/* in the file, the first two included */
	size_t let_go;	/* bytes of the frames in the file */
	u32 generation;	/* of modules, that raw is about */
	bool jit;	/* see jit_tells() */
	bool jit_names;
} depot = {
	.stacks.most = MAX_STACKS * sizeof(struct kvr_stack),
	.frames.most = (size_t)128 << 20,
	.written.most = MAX_STACKS * sizeof(u32),
};

static struct report_array file_stacks = {
	.section = KVR_SEC_STACKS,
	.entry_size = sizeof(struct kvr_stack),
	.first = 1024 * sizeof(struct kvr_stack),
	.most = MAX_STACKS * sizeof(struct kvr_stack),
};

static struct report_array file_frames = {
	.section = KVR_SEC_FRAMES,
	.entry_size = sizeof(u64),
	.first = 8192 * sizeof(u64),
	.most = (size_t)128 << 20,
};

static struct kvr_stack *stack_at(const char *base, u32 id)
{
	return (struct kvr_stack *)(size_t)base + id;
}

static u64 *frame_at(const char *base, u32 i)
{
	return (u64 *)(size_t)base + i;
}

static bool space_grow(struct space *s, size_t size)
{
	size_t step = (size_t)1 << 20;

	if (size <= s->usable)
		return true;
	if (!s->base)
		s->most = ALIGN_UP(prof_space(s->most), step);
	if (size > s->most)
		return false;
	if (!s->base)
		s->base = os_reserve(s->most, os_page_size());
	if (!s->base || os_commit(s->base + s->usable, step))
		return false;
	s->usable += step;
	return true;
}

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

u64 depot_hash(void *const *addr, unsigned int n)
{
	u64 h = 0;

	n = (unsigned int)min_ul(n, depot.depth);
	for (unsigned int i = 0; i < n; i++)
		h = depot_hash_add(h, depot_hash_one((u64)(size_t)addr[i]));
	return depot_hash_whole(h);
}

/* adding; lock held */

/*
 * Code of no object has no identity beyond this run, and a compiler makes ever
 * more of it: all of it together is one frame. Unless the program writes the
 * list of its names that perf reads, or will, as option jit says; then each
 * place counts by itself.
 */
static bool jit_tells(void)
{
	char path[32], none[1];

	if (depot.jit)
		return true;
	if (!depot.jit_names) {
		kv_snprintf(path, sizeof(path), "/tmp/perf-%d.map",
			    os_getpid());
		/* of what exists and is no link */
		depot.jit_names = os_readlink(path, none, sizeof(none)) ==
				  -EINVAL;
	}
	return depot.jit_names;
}

static void resolve(struct resolved *r, void *const *addr, unsigned int n)
{
	const u64 c = 0x9e3779b97f4a7c15ull;
	const struct module *mod = NULL;
	u32 index = NO_MODULE;
	bool in_module = true;

	r->hash = c;
	r->n = 0;
	for (unsigned int i = 0; i < n; i++) {
		u64 at = (u64)(size_t)addr[i], key = c, offset = 0;

		/* as a rule it is the last frame's, and that is there still */
		if (!mod || at < mod->m.start || at >= mod->m.end)
			mod = module_of(addr[i], &index);
		if (!mod)
			index = NO_MODULE;
		if (mod) {
			key = mod->key;
			offset = at - mod->m.bias;
		} else if (jit_tells()) {
			offset = at;
		} else if (!in_module) {
			continue;
		} else {
			index = KVR_FRAME_ANY;
		}
		in_module = mod;
		r->frame[r->n++] = (u64)index << 48 |
				   KVR_FRAME_OFFSET(mod ? offset : at);
		r->hash = depot_fold(r->hash ^ key, c ^ offset);
	}
	r->hash |= !r->hash;
}

/* A new number, or STACK_LOST. */
static u32 append(const struct resolved *r, unsigned int flags)
{
	u32 id = depot.nr_stacks;

	if (id == MAX_STACKS ||
	    !space_grow(&depot.stacks, (id + 1) * sizeof(struct kvr_stack)) ||
	    !space_grow(&depot.frames,
			((size_t)depot.nr_frames + r->n) * sizeof(u64)))
		return STACK_LOST;
	memcpy(frame_at(depot.frames.base, depot.nr_frames), r->frame,
	       r->n * sizeof(u64));
	*stack_at(depot.stacks.base, id) = (struct kvr_stack){
		.hash = r->hash,
		.first_frame = depot.nr_frames,
		.nr_frames = (u16)r->n,
		.flags = (u16)flags,
	};
	depot.nr_frames += r->n;
	depot.nr_stacks++;
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

u32 depot_known(u64 hash)
{
	return index_find(__atomic_load_n(&depot.raw, __ATOMIC_ACQUIRE), hash);
}

u32 depot_stack(void *const *addr, unsigned int n)
{
	u64 hash = depot_hash(addr, n);
	unsigned int flags = 0;
	u32 id = depot_known(hash);

	if (n > depot.depth) {
		n = depot.depth;
		flags = KVR_STACK_TRUNCATED;
	}
	return likely(id) ? id : add_stack(hash, addr, n, flags);
}

/* the file; lock held */

static u32 *written_at(u32 id)
{
	return (u32 *)(size_t)depot.written.base + id;
}

/*
 * What was written is the file's, and never read here: it need not stay in our
 * address space, where it would count as the program's memory.
 */
static void let_go(void)
{
	size_t upto = ALIGN_DOWN(depot.frames_written * sizeof(u64),
				 (size_t)LET_GO);

	if (upto <= depot.let_go)
		return;
	os_discard(file_frames.base + depot.let_go, upto - depot.let_go);
	depot.let_go = upto;
}

/* Frames first, so that no reader finds an entry that lacks them. */
static bool write_stack(const struct kvr_stack *from)
{
	u32 first = depot.frames_written, index = depot.nr_written;
	struct kvr_stack *to;

	if (!report_array_grow(&file_stacks, (index + 1) * sizeof(*to)) ||
	    !report_array_grow(&file_frames, ((size_t)first + from->nr_frames) *
						     sizeof(u64)))
		return false;
	memcpy(frame_at(file_frames.base, first),
	       frame_at(depot.frames.base, from->first_frame),
	       from->nr_frames * sizeof(u64));
	to = stack_at(file_stacks.base, index);
	to->first_frame = first;
	to->flags = from->flags;
	to->hash = from->hash;
	__atomic_store_n(&to->nr_frames, from->nr_frames, __ATOMIC_RELEASE);
	depot.frames_written += from->nr_frames;
	let_go();
	depot.nr_written++;
	stats.stacks = index - STACK_LOST;
	modules_write();
	return true;
}

u32 depot_write(u32 id)
{
	u32 index = 0;

	spin_lock(&depot.lock);
	if (space_grow(&depot.written, (id + 1) * sizeof(u32))) {
		if (!*written_at(id) &&
		    write_stack(stack_at(depot.stacks.base, id)))
			*written_at(id) = depot.nr_written - 1;
		index = *written_at(id);
	}
	spin_unlock(&depot.lock);
	return index;
}

const void *depot_indexes(void)
{
	return &depot.written.base;
}

/* Entry 0, unused, and STACK_LOST, which has the same number everywhere. */
static bool write_first(void)
{
	depot.nr_written = STACK_LOST;
	return depot_write(STACK_LOST) == STACK_LOST;
}

bool depot_start(unsigned int depth, bool jit)
{
	depot.jit = jit;
	depot.depth = depth;
	depot.generation = modules_generation();
	depot.raw = index_new(FIRST_LOG);
	depot.stable = index_new(FIRST_LOG);
	if (!depot.raw || !depot.stable ||
	    !space_grow(&depot.stacks, 2 * sizeof(struct kvr_stack)))
		return false;
	stack_at(depot.stacks.base, STACK_LOST)->flags = KVR_STACK_LOST;
	depot.nr_stacks = STACK_LOST + 1;
	return write_first();
}

bool depot_fork_child(void)
{
	spin_lock_init(&depot.lock);
	report_array_drop(&file_stacks);
	report_array_drop(&file_frames);
	memset(depot.written.base, 0,
	       min_ul(depot.written.usable, depot.nr_stacks * sizeof(u32)));
	depot.frames_written = 0;
	depot.jit_names = false;
	depot.let_go = 0;
	return write_first();
}
