/* SPDX-License-Identifier: MIT */
/*
 * sheaf.h - sheaves: small stacks of free objects that a thread owns.
 *
 * A thread has, for each class, a `main` sheaf that it pops and pushes
 * without lock or atomic, and a `spare` for hysteresis; whole sheaves are
 * traded with the class's barn. (The kernel has this per CPU, under a local
 * trylock; per thread it needs none.) A thread without a cache has the
 * sentinel's: sheaves of capacity zero, so the fast path needs no test for
 * "no cache yet" and whatever must see each call gets it in the slow path.
 *
 * The fast paths are here, inline, and nowhere else. `free` accepts an object
 * at its very start only: one multiplication tells (start_check).
 */
#ifndef KV_SHEAF_H
#define KV_SHEAF_H

#include <pthread.h>

#include "mm/slab.h"

/*
 * A stack that grows upward between two words no object can be: `bottom`, 0,
 * ends the objects; the word behind the last slot, a SHEAF_END, ends the room.
 * So the top alone says "empty" (it shows 0) and "full" (an end is next).
 */
struct sheaf {
	struct sheaf *other;	/* of a main sheaf the spare one or NULL, in
				   the barn the next one */
	u32 nr;			/* objects in it, unless it is main */
	u16 capacity;
	u16 cache;		/* its index */
	void *bottom;		/* NULL */
	void *objs[];		/* capacity, and the end */
};
static_assert(sizeof(struct sheaf) == 24, "60 objects fill 512 bytes");
/* What ends a sheaf of @capacity: no address of ours has this bit. */
#define SHEAF_END(capacity) (1ull << 63 | (capacity))

/*
 * What tells the starts of objects from other addresses in a slab aligned to
 * its size: of an offset times `magic`, a multiple of the object size leaves
 * less than 2^16 in the low 32 bits, all else more (sheaf.c says why).
 */
struct start_check {
	u32 magic;
	u32 mask;		/* bytes of a slab - 1 */
};

struct thread_cache {
	u32 skip[KVR_MAX_CLASSES];	/* requests until one is recorded */
	void **top[KVR_MAX_CLASSES];	/* of the main sheaf: where the last
					   object lies, or its bottom */
	struct start_check start[KVR_MAX_CLASSES]; /* set with the first top */
	u32 in_core;		/* set while in a slow path, see gate.h */
	u32 forking;		/* this thread holds the gate for a fork */
	u32 cpu;		/* kv_cpu of its thread */
	u32 slot;		/* number, constant */
	u64 random;		/* state of policy=random */
	struct thread_cache *next;	/* all caches, append only */
	pthread_mutex_t life;	/* robust; held by the owner until it dies */
	u32 mapped;		/* stat is mapped from the report file */
	u32 ticks;		/* swaps and slow paths since housekeeping */
	/* call stacks (prof/), unused without */
	struct prof_thread *prof;	/* or NULL */
	u32 unwinding;		/* in_core, but only in the unwinder */
	u32 report_slot;	/* index in the report's thread slots */
	size_t asked;		/* if not 0: of the request under way, which
				   is made for more */
	size_t stack_low;	/* an address its stack reaches down to */
	u64 dead_since;		/* found so, coarse ns; 0: not yet */
	struct trace_stream *trace;	/* prof/trace.c, or NULL */
	char pad[KVR_PAGE - 2 * KVR_MAX_CLASSES * 8 - 40 -
		 sizeof(pthread_mutex_t) - 48 - KVR_MAX_CLASSES * 4];
	struct kvr_thread stat;	/* may be mapped from the report file */
};
static_assert(offsetof(struct thread_cache, stat) == KVR_PAGE, "own page");

/*
 * What the fast paths use: the thread's cache, or the sentinel; malloc and
 * realloc the one, free the other.
 */
extern HIDDEN _Thread_local struct thread_cache *kv_thread, *kv_alloc;
/* The sentinel, read only; it ends with start[]. */
extern HIDDEN struct thread_cache no_thread;
/* The thread's cache, or NULL, whatever the fast paths use. */
extern HIDDEN _Thread_local struct thread_cache *kv_own;

/*
 * Takes one off the top, in memory: the compiler shall think that it may have
 * changed since it was read, and use one instruction instead of two.
 */
static ALWAYS_INLINE void lower_top(struct thread_cache *t, size_t class)
{
	__asm__("" : "+m"(t->top[class]));
	t->top[class]--;
}

/* Next object of @class, or NULL: take the slow path. Counts @asked bytes. */
static ALWAYS_INLINE void *sheaf_pop(struct thread_cache *t, size_t class,
				     size_t asked)
{
	void *p = *t->top[class];

	if (unlikely(!p))
		return NULL;
	lower_top(t, class);
	t->stat.alloc[class]++;
	t->stat.asked[class] += asked;
	return p;
}

/* Does @p look like an object of @class, and not like the one freed last? */
static ALWAYS_INLINE bool sheaf_fits(const struct thread_cache *t, size_t class,
				     const void *p)
{
	u32 offset = (u32)(size_t)p & t->start[class].mask;

	return likely(offset * t->start[class].magic <= 0xffff) &&
	       likely(*t->top[class] != p);
}

/* Takes @p of @class back. False: take the slow path. */
static ALWAYS_INLINE bool sheaf_push(struct thread_cache *t, size_t class,
				     void *p)
{
	void **top = t->top[class];

	if (unlikely((long)top[1] < 0))
		return false;
	if (unlikely(!sheaf_fits(t, class, p)))
		return false;
	top[1] = p;
	t->top[class] = top + 1;
	t->stat.free[class]++;
	return true;
}

/*
 * The same when that did not do: from or to the spare sheaf, which then is the
 * main one. Still the thread's own, so nobody need enter the core for it.
 */
void *sheaf_pop_spare(struct thread_cache *t, size_t class, size_t asked);
bool sheaf_push_spare(struct thread_cache *t, size_t class, void *p);

/* The object freed last, or NULL: there is none in the main sheaf. */
static inline void *sheaf_last(const struct thread_cache *t, unsigned int class)
{
	return *t->top[class];
}

/* The main sheaf, with its nr made good. */
struct sheaf *sheaf_main(const struct thread_cache *t, unsigned int class);

/* Caches that sheaves themselves live in; after the machine booted. */
int sheaf_boot(void);

/*
 * Makes an all-sentinel cache usable by the calling thread. @t is zeroed
 * memory, slot and cpu set.
 */
void sheaf_thread_init(struct thread_cache *t);

/*
 * An object when the fast path had none: spare, barn, slabs. __GFP_ZERO is
 * honoured. NULL: out of memory.
 */
void *sheaf_alloc_slow(struct thread_cache *t, struct kmem_cache *s, gfp_t gfp);

/*
 * Frees when main did not take it. Aborts with a message if @p is no object
 * of @s or is free already.
 */
void sheaf_free_slow(struct thread_cache *t, struct kmem_cache *s, void *p);

/* Flushes the sheaves of @t into barns (a dead thread) or slabs. */
void sheaf_flush_thread(struct thread_cache *t, bool to_barn);

/* Flushes those of objects with more than @size bytes into slabs. */
void sheaf_flush_large(struct thread_cache *t, u32 size);

/* Leaves the objects of @t to nobody: its sheaves cannot be trusted. */
void sheaf_forget_thread(struct thread_cache *t);

/* Empties the sheaves of the calling thread, which keeps them. */
void sheaf_drain(struct thread_cache *t);

/* Makes the calling thread's cache @t forget @s, which ends (cache_destroy());
 * for others' caches only while nobody is in the core. */
void sheaf_drop_cache(struct thread_cache *t, struct kmem_cache *s);

/* Barns give back what is extra if the heap shrank so that it is too much; for
 * whoever runs now and then. */
void barn_tick(void);

/* Empties the barn of @s into its slabs: objects given back. */
unsigned long barn_drain(struct kmem_cache *s);

/* Empties all barns into slabs: objects given back. */
unsigned long barn_drain_all(void);

unsigned long sheaf_validate(const struct thread_cache *t);

#endif
