/* SPDX-License-Identifier: MIT */
/*
 * stackdepot.h - each call stack once, by number.
 *
 * The stacks and their frames are sections of the report file, which grow
 * with what is new and never with what happens again. To know a stack again
 * takes a hash of its addresses and one look into a table.
 */
#ifndef KV_PROF_STACKDEPOT_H
#define KV_PROF_STACKDEPOT_H

#include "kvmalloc/kvr.h"
#include "lib/types.h"

enum {
	STACK_LOST = 1,	/* stands for those without a number of their own */
	MAX_STACKS = 1 << 20,	/* numbers are below */
	MAX_DEPTH = 128,
};

/* Begins, with STACK_LOST. @depth: frames kept of a stack. */
bool depot_start(unsigned int depth);

/*
 * Number of the stack of @n return addresses, from the leaf; STACK_LOST if
 * there is no room for it. In the core, no lock held.
 */
u32 depot_stack(void *const *frames, unsigned int n);

/* Index in the file of stack @id, which is put there if need be. 0: there is no
 * room. In the core; the caller may hold a lock. */
u32 depot_write(u32 id);

/* Now, in the child of fork. False: its file has no room. */
bool depot_fork_child(void);

#endif
