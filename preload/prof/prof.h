/* SPDX-License-Identifier: MIT */
/*
 * prof.h - call stacks: who asked for memory, how much, what still lives.
 *
 * With `stacks` the fast paths of every thread find only the sentinel's empty
 * sheaves, so each call comes to the slow paths, and there to abi/record.c,
 * which serves it from the thread's own sheaves as the fast path would have,
 * and calls here for those that are recorded. From when on requests are
 * sampled, free has its fast path again, but for blocks in frames where some
 * are recorded (blocks.h). Without `stacks`, nothing of this runs.
 *
 * All of it happens in the core (abi/gate.h): a fork finds nobody here, a
 * signal handler that interrupts is served by the side arena.
 *
 *	walk.c, cfi.c	a stack that is known is recognised
 *	unwind.c	the stack's addresses
 *	modules.c	what they belong to
 *	stackdepot.c	each stack once, by number
 *	blocks.c	a live block's tag: its stack, its time
 *	sample.c	which requests are recorded
 *	prof.c		the sums by stack and thread; fork
 *	peak.c		what was live at the peak
 *	pins.c		what keeps slabs from going back
 * Beside them, with any report: watch.c.
 */
#ifndef KV_PROF_H
#define KV_PROF_H

#include "prof/unwind.h"
#include "prof/walk.h"

/* Requests are recorded. Set once, cleared if a forked child cannot. */
extern HIDDEN bool prof_on;
/* They will be: threads keep off the fast paths from their first call. */
extern HIDDEN bool prof_wanted;
/* Calls go to abi/record.c because of the former, or to abi/traced.c. */
extern HIDDEN bool calls_on;

struct prof_config {
	unsigned int depth;	/* frames kept of a stack, 1..MAX_DEPTH */
	u64 interval;		/* fixed sampling interval in bytes; 0: none */
	bool exact;		/* never sample */
	bool fast_free;		/* frees that pass need not be seen */
	bool jit;		/* tell places in code of no object apart */
	u64 seed;
};

/*
 * Begins to record. Called outside of malloc by the thread of @t, the report
 * is open. On failure: one warning, and all goes on without.
 */
void prof_start(const struct prof_config *cfg, struct thread_cache *t,
		const struct thread_cache *list);

/* @p, of @class, is going to be recorded, and used: while its stack is being
 * found out, both can be fetched. */
void prof_prefetch(const void *p, unsigned int class);

/*
 * Before the caller's stack is unwound: its number, if it is one that is
 * known, or 0; then there is room for its addresses. NULL: do not record this
 * request.
 */
void **prof_begin(struct thread_cache *t, const struct walk_start *start,
		  u32 *stack);
/* Number of the stack of @n addresses. */
u32 prof_identify(struct thread_cache *t, void *const *frames, unsigned int n);
extern HIDDEN unsigned int prof_depth;

/* Number of the caller's stack; 0: do not record this request. */
static ALWAYS_INLINE u32 prof_stack(struct thread_cache *t)
{
	struct walk_start start = walk_from_here();
	u32 stack = 0;
	void **frames = prof_begin(t, &start, &stack), **first = frames;
	unsigned int n;

	if (likely(stack) || unlikely(!frames))
		return stack;
	n = unwind(t, frames, prof_depth, &first);
	return prof_identify(t, first, n);
}

/*
 * @size bytes were served at @p. @stack from prof_stack(). @fallback: in the
 * vmalloc region, because nothing contiguous was to be had.
 */
void prof_alloc(struct thread_cache *t, const void *p, size_t size, u32 stack,
		bool fallback);
/* The same for who knows the class: of a cache that is none of malloc's it is
 * the index. 0: an area. */
void prof_alloc_class(struct thread_cache *t, const void *p,
		      unsigned int class, size_t size, u32 stack,
		      bool fallback);
/* What an object of the class takes, here and in a kernel; malloc's classes
 * are known. */
void prof_class(unsigned int class, u32 size, u32 kernel_size);

/* @p, a live block of class @class (0: an area), is going to be freed. */
void prof_free(struct thread_cache *t, const void *p, unsigned int class);

/* The same for the object @p of class @class whose tag, not 0, is at @place,
 * outside of the core. False: it has to be done inside. */
bool prof_free_fast(struct thread_cache *t, const void *p, u64 *place,
		    unsigned int class);

/* Its tag was looked for, and it has none. */
void prof_no_tag(struct thread_cache *t, const void *p, unsigned int class);

/* A block's tag is taken before it is resized, and given back if it wasn't. */
struct prof_tag {
	u64 tag;	/* 0: it has none */
	size_t size;	/* bytes served */
	unsigned int class;
};
struct prof_tag prof_take(struct thread_cache *t, const void *p,
			  unsigned int class);
void prof_give_back(const void *p, const struct prof_tag *tag);
/* The block that had @tag was freed, or resized. */
void prof_freed(struct thread_cache *t, const struct prof_tag *tag);

/* In the child of fork, after report_fork_child(); @list: all caches. */
void prof_fork_child(struct thread_cache *list, struct thread_cache *me);

/* From slow paths, now and then; @last: at exit. In the core. */
void prof_tick(bool last);

/* At exit: the sums in the report become exact. */
void prof_close(const struct thread_cache *list);

#endif
