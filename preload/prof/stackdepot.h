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

/*
 * Begins, with STACK_LOST. @depth: frames kept of a stack. @jit: code of no
 * object has names or will get some, so its addresses count.
 */
bool depot_start(unsigned int depth, bool jit);

/* Two numbers into one, by both halves of their product. */
static inline u64 depot_fold(u64 a, u64 b)
{
	u128 m = (u128)a * b;

	return (u64)m ^ (u64)(m >> 64);
}

/*
 * The hash of a stack is made from the leaf outwards: a number times that of
 * what is inside, plus the hash of the address; at last both halves are mixed.
 */
#define DEPOT_FACTOR 0xb7e151628aed2a6bull /* odd; bits of e */
static inline u64 depot_hash_one(u64 addr)
{
	return depot_fold(addr ^ 0x243f6a8885a308d3ull, DEPOT_FACTOR);
}

static inline u64 depot_hash_add(u64 inside, u64 one)
{
	return inside * DEPOT_FACTOR + one;
}

static inline u64 depot_hash_whole(u64 all)
{
	return depot_fold(all, 0x9e3779b97f4a7c15ull);
}

/* Hash of the inner frames that are kept of @n, from the leaf. */
u64 depot_hash(void *const *frames, unsigned int n);

/* Number of the stack of that hash; 0: it is not known. */
u32 depot_known(u64 hash);

/*
 * Number of the stack of @n return addresses, from the leaf; STACK_LOST if
 * there is no room for it. In the core, no lock held.
 */
u32 depot_stack(void *const *frames, unsigned int n);

/* Index in the file of stack @id, which is put there if need be. 0: there is no
 * room. In the core; the caller may hold a lock. */
u32 depot_write(u32 id);

/* Address of the pointer to the array, by number, of these indexes (u32). */
const void *depot_indexes(void);

/* Now, in the child of fork. False: its file has no room. */
bool depot_fork_child(void);

#endif
