/* SPDX-License-Identifier: MIT */
/*
 * bug.h - assertions of four strengths, one polarity: the *bad* condition.
 *
 *   static_assert   what the compiler can know
 *   BUG_ON          always on: the program broke the heap, or we did
 *   VM_BUG_ON       DEBUG_VM >= 1: we broke it; constant time
 *   VM_BUG_ON_SLOW  DEBUG_VM >= 2: walk and prove invariants
 *   WARN_ON_ONCE    bad but survivable: one message, returns the condition
 *
 * Messages go to fd 2 by write(2), never allocate; the last one is kept in
 * last_bug for a debugger.
 */
#ifndef KV_BUG_H
#define KV_BUG_H

#include "lib/types.h"

#ifndef DEBUG_VM
#define DEBUG_VM 0
#endif

struct last_bug {
	char text[256];
};
extern struct last_bug last_bug;

/* Prints "kvmalloc: " and the formatted text, then aborts. */
void bug(const char *fmt, ...) __attribute__((noreturn, cold,
					       format(printf, 1, 2)));
/* Prints "kvmalloc: " and the formatted text. */
void warn(const char *fmt, ...) __attribute__((cold, format(printf, 1, 2)));

#define BUG_ON(cond)                                                      \
	do {                                                              \
		if (unlikely(cond))                                       \
			bug("bug at %s:%d: %s", __FILE__, __LINE__, #cond); \
	} while (0)

#if DEBUG_VM >= 1
#define VM_BUG_ON(cond) BUG_ON(cond)
#else
#define VM_BUG_ON(cond) ((void)sizeof(!!(cond)))
#endif
#if DEBUG_VM >= 2
#define VM_BUG_ON_SLOW(cond) BUG_ON(cond)
#else
#define VM_BUG_ON_SLOW(cond) ((void)sizeof(!!(cond)))
#endif

static inline bool warn_once(bool bad, bool *seen, const char *what,
			     const char *file, int line)
{
	if (unlikely(bad) && !__atomic_exchange_n(seen, true, __ATOMIC_RELAXED))
		warn("warning at %s:%d: %s", file, line, what);
	return bad;
}

/* An expression needs somewhere to keep "seen": one static per use. */
#define WARN_ON_ONCE_IN(seen, cond) \
	warn_once((cond), &(seen), #cond, __FILE__, __LINE__)

#endif
