/* SPDX-License-Identifier: MIT */
/*
 * walk.c - see walk.h.
 *
 * Rules found are kept in a table that all threads share, one word each: a
 * return address times an odd number, modulo 2^48, is another number of 48
 * bits; its upper bits say where the word is, the others are in it. So a
 * word is written and read at once, and one that is overwritten is looked up
 * again. When an object came to lie where another was, all are forgotten.
 *
 * A thread's frames are in a table of their own, each at the one place that
 * follows from its return address and stack pointer; who comes later to the
 * same place has it. Words that a frame leads to are read only where the stack
 * is known to be readable, so that a rule that does not hold (code was written
 * over) ends the walk, not the program.
 *
 * Measured on sqlite (16 frames, of which 6 are not the last walk's): 240
 * instructions a walk. Comparing each walk with the one before and stepping by
 * rules to where they meet took 1170.
 *
 * Lock: rules.lock for forgetting.
 */
#include "prof/walk.h"

#include <string.h>

#include "lib/spinlock.h"
#include "os/os.h"
#include "prof/cfi.h"
#include "prof/modules.h"
#include "prof/stackdepot.h"

enum { MAX_WRONG = 32 };

static u32 nr_wrong;

void walk_wrong(void)
{
	__atomic_fetch_add(&nr_wrong, 1, __ATOMIC_RELAXED);
}

#ifdef __x86_64__

enum {
	RA_BITS = 48,
	LOG = 14,		/* of the table's words */
	/* a rule: its kind in the lowest two bits; offsets in words */
	KIND = 3,
	BY_RBP = 4,
	SAVES_RBP = 8,
	CFA_SHIFT = 4,
	PLACE_BITS = 13,
	PLACE = (1 << PLACE_BITS) - 1,
	RBP_SHIFT = CFA_SHIFT + PLACE_BITS,
	RULE_BITS = 30,
	FIRST_CODE = 0x4000,	/* no return address is below */
	MOST_STACK = 16 << 20,	/* bytes that are looked at */
};
static_assert(RBP_SHIFT + PLACE_BITS <= RULE_BITS, "of a word");
static_assert(RA_BITS - LOG + RULE_BITS <= 64, "the rest of it");

static SPARSE_BSS struct {
	struct spinlock lock;
	u32 generation;		/* of modules */
	u64 table[1 << LOG];
} rules;

/* rules */

static u32 pack(struct cfi_rule r)
{
	if (r.kind != CFI_STEP)
		return (u32)r.kind;
	if (r.cfa / 8 > PLACE || r.rbp / 8 > PLACE)
		return CFI_HARD;
	return (u32)r.kind | (r.by_rbp ? BY_RBP : 0u) |
	       (r.saves_rbp ? SAVES_RBP : 0u) | r.cfa / 8 << CFA_SHIFT |
	       r.rbp / 8 << RBP_SHIFT;
}

static COLD u32 learn(u64 ra, u64 *word, u64 rest)
{
	u32 rule = pack(cfi_find(ra));

	__atomic_store_n(word, rest << RULE_BITS | rule, __ATOMIC_RELAXED);
	return rule;
}

static inline u32 rule_of(u64 ra)
{
	u64 place = ra * 0x9e3779b97f4bull & ((1ull << RA_BITS) - 1);
	u64 *word = &rules.table[place >> (RA_BITS - LOG)];
	u64 rest = place & ((1ull << (RA_BITS - LOG)) - 1);
	u64 known = __atomic_load_n(word, __ATOMIC_RELAXED);

	return likely(known >> RULE_BITS == rest && known) ?
		       (u32)known & ((1u << RULE_BITS) - 1) :
		       learn(ra, word, rest);
}

static COLD void forget(struct walk *w, u32 generation)
{
	spin_lock(&rules.lock);
	if (rules.generation != generation)
		memset(rules.table, 0, sizeof(rules.table));
	rules.generation = generation;
	spin_unlock(&rules.lock);
	memset(w->frame, 0, sizeof(w->frame));
	w->first = w->frame;
	w->generation = generation;
}

/* memory */

static u64 word_at(u64 at)
{
	return *(const u64 *)(size_t)at;
}

static COLD bool reach(struct walk *w, u64 at)
{
	if (at - w->low > MOST_STACK)
		return false;
	while (at >= w->high) {
		if (!os_readable((const void *)(size_t)w->high))
			return false;
		w->high += KVR_PAGE;
	}
	return true;
}

static inline bool readable(struct walk *w, u64 at)
{
	return at % 8 == 0 &&
	       (likely(at >= w->low && at < w->high) || reach(w, at));
}

/* From our own frame upwards; a thread's stack, or another it jumped to. */
static inline void begin_at(struct walk *w, u64 sp)
{
	u64 page = ALIGN_DOWN(sp, (u64)KVR_PAGE);

	if (likely(page >= w->low && page < w->high))
		return;
	if (w->low - page > 16 * KVR_PAGE)
		w->high = page + KVR_PAGE;
	w->low = page;
}

/* frames */

static inline bool is_frame(const struct walk_frame *f, u64 ra, u64 sp)
{
	return likely(f->ra == ra) && likely(f->sp == sp);
}

/* Where the frame is, or will be: two places that it may have. */
static struct walk_frame *place_of(struct walk *w, u64 ra, u64 sp)
{
	u64 mixed = (ra ^ sp << 24) * 0x9e3779b97f4a7c15ull;
	struct walk_frame *f = &w->frame[mixed >> (64 - WALK_LOG)];
	struct walk_frame *other = &w->frame[(f - w->frame) ^ 1];

	if (is_frame(f, ra, sp))
		return f;
	return is_frame(other, ra, sp) || (f->ra && !other->ra) ? other : f;
}

/* Fills @f; false: there is no telling what is outside. A signal handler that
 * does not come back must leave nothing half done. */
static bool make(struct walk *w, struct walk_frame *f, u64 ra, u64 sp,
			  u64 rbp)
{
	u32 rule = ra >= FIRST_CODE && !(ra >> (RA_BITS - 1)) ? rule_of(ra) :
								(u32)CFI_HARD;
	u64 up = (rule & BY_RBP ? rbp : sp) + (rule >> CFA_SHIFT & PLACE) * 8;
	u64 rbp_at = up - (rule >> RBP_SHIFT) * 8;

	if ((rule & KIND) == CFI_END)
		up = 0;
	else if ((rule & KIND) != CFI_STEP || up <= sp || !readable(w, up - 8))
		return false;
	if (!up || !(rule & SAVES_RBP))
		rbp_at = 0;
	else if (rbp_at < sp || rbp_at >= up)
		return false;
	f->ra = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	f->sp = sp;
	f->rbp = rbp;
	f->by_rbp = rule & BY_RBP ? ~0ull : 0;
	f->up = up;
	f->rbp_at = rbp_at;
	f->hash = depot_hash_one(ra);
	f->next = f; /* which it is not */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	f->ra = ra;
	return true;
}

static NOINLINE struct walk_frame *find(struct walk *w, u64 ra, u64 sp, u64 rbp)
{
	struct walk_frame *f = place_of(w, ra, sp);

	if (is_frame(f, ra, sp) && !((f->rbp ^ rbp) & f->by_rbp))
		return f;
	return make(w, f, ra, sp, rbp) ? f : NULL;
}

/* The caller's frame, of @f that has one, and its rbp; or NULL. */
static inline struct walk_frame *outwards(struct walk *w, struct walk_frame *f,
					  u64 *rbp)
{
	struct walk_frame *out = f->next;
	u64 sp = f->up, ra;

	if (unlikely(sp > w->high) && !reach(w, sp - 8))
		return NULL;
	ra = word_at(sp - 8);
	if (f->rbp_at)
		*rbp = word_at(f->rbp_at);
	if (is_frame(out, ra, sp) && likely(!((out->rbp ^ *rbp) & out->by_rbp)))
		return out;
	out = find(w, ra, sp, *rbp);
	if (out)
		f->next = out;
	return out;
}

/* The hash from @f on, @depth frames at most. */
static inline u64 hash_from(struct walk *w, struct walk_frame *f, u64 rbp,
			    unsigned int depth)
{
	u64 hash = 0;

	while (f) {
		hash = depot_hash_add(hash, f->hash);
		if (!f->up || !--depth)
			return depot_hash_whole(hash);
		f = outwards(w, f, &rbp);
	}
	return 0;
}

u64 walk(struct walk *w, const struct walk_start *start, unsigned int depth,
	 u64 own, u64 own_end)
{
	u32 generation = modules_generation();
	struct walk_frame *f;
	u64 rbp = start->rbp;

	if (unlikely(w->generation != generation || !w->first))
		forget(w, generation);
	if (unlikely(__atomic_load_n(&nr_wrong, __ATOMIC_RELAXED) > MAX_WRONG))
		return 0;
	begin_at(w, start->sp);
	f = w->first;
	if (!is_frame(f, start->pc, start->sp) || f->by_rbp)
		f = find(w, start->pc, start->sp, rbp);
	if (unlikely(!f))
		return 0;
	w->first = f;
	do
		f = f && f->up ? outwards(w, f, &rbp) : NULL;
	while (f && f->ra - own < own_end - own);
	return hash_from(w, f, rbp, depth);
}

#else

u64 walk(struct walk *w, const struct walk_start *start, unsigned int depth,
	 u64 own, u64 own_end)
{
	(void)w;
	(void)start;
	(void)depth;
	(void)own;
	(void)own_end;
	return 0;
}

#endif
