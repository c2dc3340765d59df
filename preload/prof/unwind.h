/* SPDX-License-Identifier: MIT */
/*
 * unwind.h - the call stack, by libunwind's unw_backtrace().
 *
 * libunwind is loaded privately and used in this one way. What it calls that
 * could do harm inside malloc is led to answers of ours, see unwind.c.
 */
#ifndef KV_PROF_UNWIND_H
#define KV_PROF_UNWIND_H

#include "mm/sheaf.h"

enum { UNWIND_OWN = 12 };	/* our frames above the program's, at most */

/*
 * Loads it and tries it out; outside of malloc, by a thread whose cache is
 * @t. NULL, or what is wrong. modules_start() comes first.
 */
const char *unwind_start(struct thread_cache *t);

/*
 * Return addresses from the program's call into this library outwards: how
 * many, and *@first, which lies in @frames, room for @max + UNWIND_OWN. When
 * there are more than @max the stack was deeper than that. 0: none. @t is the
 * caller's cache; malloc called inside is served without being recorded.
 */
unsigned int unwind(struct thread_cache *t, void **frames, unsigned int max,
		    void ***first);

/* In the child of fork: @safe is false if another thread was unwinding. */
void unwind_fork_child(bool safe);

#endif
