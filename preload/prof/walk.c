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
 * Words that a rule leads to are read only where the stack is known to be
 * readable, so that a rule that does not hold (code was written over) ends the
 * walk, not the program. Words that are compared with the last walk's are
 * those that a walk by rules would read now.
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

/* The walk that is under way. */
struct state {
	u64 ra, cfa, rbp, rbp_at;	/* as in struct walk_frame */
	u32 old;	/* frames of the last walk that may still be met */
	u32 nr;		/* fresh ones */
};

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
	w->nr = 0;
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

/* steps */

static inline bool step(struct walk *w, struct state *s, u32 rule)
{
	u64 from = rule & BY_RBP ? s->rbp : s->cfa, at;
	u64 cfa = from + (rule >> CFA_SHIFT & PLACE) * 8;

	if (unlikely(cfa <= s->cfa || !readable(w, cfa - 8)))
		return false;
	s->rbp_at = 0;
	if (rule & SAVES_RBP) {
		at = cfa - (rule >> RBP_SHIFT) * 8;
		if (unlikely(at < w->low || at >= cfa))
			return false;
		s->rbp_at = at;
		s->rbp = word_at(at);
	}
	s->cfa = cfa;
	s->ra = word_at(cfa - 8);
	return likely(s->ra >= FIRST_CODE && !(s->ra >> (RA_BITS - 1)));
}

static bool unchanged(const struct walk_frame *f)
{
	return word_at(f->cfa - 8) == f->ra &&
	       likely(!f->check_rbp || word_at(f->rbp_at) == f->rbp);
}

/* Is a frame of the last walk in the state that is reached? */
static inline bool met(const struct walk *w, struct state *s)
{
	const struct walk_frame *f;

	while (s->old && w->frame[s->old - 1].cfa < s->cfa)
		s->old--;
	f = &w->frame[s->old - 1];
	return s->old && f->cfa == s->cfa && f->ra == s->ra &&
	       (!f->needs_rbp || f->rbp == s->rbp);
}

static inline bool add(struct walk *w, struct state *s,
		       const struct walk_frame *like)
{
	struct walk_frame *f = &w->fresh[s->nr];

	if (unlikely(s->nr == MAX_WALK))
		return false;
	if (like)
		*f = *like;
	f->ra = s->ra;
	f->cfa = s->cfa;
	f->rbp = s->rbp;
	f->rbp_at = s->rbp_at;
	s->nr++;
	return true;
}

/*
 * The frame s->old - 1 was met. How many of the last walk's are the same from
 * there on outwards: all of it, then true. Else those that are become fresh,
 * since what they hang from is not known yet, and s is the outermost of them.
 */
static inline bool all_same(struct walk *w, struct state *s, bool *ok)
{
	struct walk_frame *top = &w->frame[s->old - 1];
	u32 k = s->old - 1;

	top->rbp = s->rbp;
	top->rbp_at = s->rbp_at;
	top->check_rbp = top->needs_rbp && s->rbp_at;
	while (k && likely(unchanged(&w->frame[k - 1])))
		k--;
	if (likely(!k))
		return true;
	for (u32 i = s->old; i-- > k;) {
		const struct walk_frame *f = &w->frame[i];

		s->cfa = f->cfa;
		s->ra = f->ra;
		s->rbp_at = f->rbp_at;
		if (f != top && f->rbp_at)
			s->rbp = word_at(f->rbp_at);
		*ok = *ok && add(w, s, f);
	}
	s->old = k;
	return false;
}

/* To where the last walk goes on, or to the end: s->old frames of it stay. */
static inline bool climb(struct walk *w, struct state *s, u64 own, u64 own_end)
{
	bool ok = true, inside = true;

	while (ok) {
		u32 rule = rule_of(s->ra);

		if (s->nr) {
			w->fresh[s->nr - 1].by_rbp = rule & BY_RBP;
			w->fresh[s->nr - 1].saves_rbp = rule & SAVES_RBP;
		}
		if ((rule & KIND) == CFI_END) {
			s->old = 0;
			return !inside;
		}
		if (unlikely((rule & KIND) != CFI_STEP || !step(w, s, rule)))
			return false;
		if (inside && s->ra - own < own_end - own)
			continue;
		inside = false;
		if (!met(w, s))
			ok = add(w, s, NULL);
		else if (all_same(w, s, &ok))
			return true;
	}
	return false;
}

static inline void join(struct walk *w, const struct state *s)
{
	u32 n = s->old;

	w->nr = 0; /* should a signal handler not come back */
	for (u32 i = s->nr; i-- > 0; n++) {
		const struct walk_frame *out = n ? &w->frame[n - 1] : NULL;
		struct walk_frame *f = &w->frame[n];

		*f = w->fresh[i];
		f->hash = depot_hash_add(out ? out->hash : 0, f->ra);
		f->needs_rbp = f->by_rbp ||
			       (out && !f->saves_rbp && out->needs_rbp);
		f->check_rbp = f->needs_rbp && f->rbp_at;
	}
	w->nr = n;
}

static inline u64 hash_of(const struct walk *w, unsigned int depth)
{
	u32 n = w->nr;

	if (likely(n <= depth))
		return depot_hash_whole(w->frame[n - 1].hash);
	return depot_hash_end(w->frame[n - 1].hash,
			      w->frame[n - 1 - depth].hash);
}

u64 walk(struct walk *w, const struct walk_start *start, unsigned int depth,
	 u64 own, u64 own_end)
{
	struct state s = {
		.ra = start->pc,
		.cfa = start->sp,
		.rbp = start->rbp,
	};
	u32 generation = modules_generation();

	if (unlikely(w->generation != generation))
		forget(w, generation);
	if (unlikely(__atomic_load_n(&nr_wrong, __ATOMIC_RELAXED) > MAX_WRONG))
		return 0;
	s.old = w->nr;
	begin_at(w, s.cfa);
	if (!climb(w, &s, own, own_end) || s.old + s.nr > MAX_WALK ||
	    !(s.old + s.nr))
		return 0;
	join(w, &s);
	return hash_of(w, depth);
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
