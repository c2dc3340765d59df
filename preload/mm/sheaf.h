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
 * at its very start only: one multiplication tells (slab.h, magic).
 */
#ifndef KV_SHEAF_H
#define KV_SHEAF_H

#include <pthread.h>

#include "mm/slab.h"

struct sheaf {
	union {
		u64 nr;			/* objects in it */
		struct sheaf *next;	/* in the barn, which knows nr */
	};
	u64 capacity;
	u64 magic;		/* of the cache */
	u32 offset_mask;	/* bytes of a slab - 1 */
	u32 cache;		/* its index */
	void *objs[];
};
static_assert(sizeof(struct sheaf) == 32, "60 objects fill 512 bytes");

struct thread_cache {
	struct sheaf *main[KVR_MAX_CLASSES];	/* never NULL */
	struct sheaf *spare[KVR_MAX_CLASSES];	/* or NULL */
	u32 in_core;		/* set while in a slow path, see gate.h */
	u32 forking;		/* this thread holds the gate for a fork */
	u32 cpu;		/* kv_cpu of its thread */
	u32 slot;		/* number, constant */
	u64 random;		/* state of policy=random */
	struct thread_cache *next;	/* all caches, append only */
	pthread_mutex_t life;	/* robust; held by the owner until it dies */
	u32 mapped;		/* stat is mapped from the report file */
	u32 ticks;		/* slow paths taken, for housekeeping */
	/* call stacks (prof/), unused without */
	struct prof_thread *prof;	/* or NULL */
	u32 unwinding;		/* in_core, but only in the unwinder */
	u32 report_slot;	/* index in the report's thread slots */
	size_t asked;		/* if not 0: of the request under way, which
				   is made for more */
	size_t stack_low;	/* an address its stack reaches down to */
	u32 skip[KVR_MAX_CLASSES];	/* requests until one is recorded */
	char pad[KVR_PAGE - 2 * KVR_MAX_CLASSES * 8 - 40 -
		 sizeof(pthread_mutex_t) - 32 - KVR_MAX_CLASSES * 4];
	struct kvr_thread stat;	/* may be mapped from the report file */
};
static_assert(offsetof(struct thread_cache, stat) == KVR_PAGE, "own page");

/* What the fast paths use: the thread's cache, or the sentinel. */
extern HIDDEN _Thread_local struct thread_cache *kv_thread;
extern HIDDEN struct thread_cache no_thread;	/* the sentinel, read only */
/* The thread's cache, or NULL, whatever the fast paths use. */
extern HIDDEN _Thread_local struct thread_cache *kv_own;

/* Next object of @class, or NULL: take the slow path. Counts @asked bytes. */
static ALWAYS_INLINE void *sheaf_pop(struct thread_cache *t, unsigned int class,
				     size_t asked)
{
	struct sheaf *sheaf = t->main[class];
	u64 nr;
	void *p;

	if (unlikely(__builtin_sub_overflow(sheaf->nr, 1, &nr)))
		return NULL;
	sheaf->nr = nr;
	t->stat.alloc[class]++;
	t->stat.asked[class] += asked;
	p = sheaf->objs[nr];
	if (!p)
		__builtin_unreachable();
	return p;
}

/* Takes @p of @class back. False: take the slow path. */
static ALWAYS_INLINE bool sheaf_push(struct thread_cache *t, unsigned int class,
				     void *p)
{
	struct sheaf *sheaf = t->main[class];
	u64 nr = sheaf->nr;

	if (unlikely(nr >= sheaf->capacity))
		return false;
	if (unlikely(((size_t)p & sheaf->offset_mask) * sheaf->magic >> 32))
		return false;
	/* objs[-1] is the header: never equal to an object's address. */
	if (unlikely((&sheaf->objs[0])[(long)nr - 1] == p))
		return false;
	sheaf->objs[nr] = p;
	sheaf->nr = nr + 1;
	t->stat.free[class]++;
	return true;
}

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

/* Empties the sheaves of the calling thread, which keeps them. */
void sheaf_drain(struct thread_cache *t);

/* Empties all barns into slabs: objects given back. */
unsigned long barn_drain_all(void);

unsigned long sheaf_validate(const struct thread_cache *t);

#endif
