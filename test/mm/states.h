/* SPDX-License-Identifier: MIT */
/*
 * states.h - machines for tests, and the states a zone can be in.
 *
 * The states are those of the decision table of kvmalloc (the kernel's rules),
 * for a request of one order, made in every zone of the machine:
 *	A  a block of the order is free, far above the low watermark
 *	B  plenty of memory, but no block of the order: fragmented
 *	C  between min and low with the block taken; a block is there
 *	D  below min, above what atomic requests may take
 *	E  nothing at all
 */
#ifndef KV_TEST_STATES_H
#define KV_TEST_STATES_H

#include "mm/page_alloc.h"

#define MIB ((u64)1 << 20)

/* Boots a machine of @mem bytes with two CPUs; aborts if it can't. */
void machine_start(u64 mem, int kernel);
/* Proves the page allocator's invariants, then shuts down. */
void machine_stop(void);

enum zone_state { STATE_A, STATE_B, STATE_C, STATE_D, STATE_E };

/*
 * Brings all zones into @state for requests of @order (B: order >= 1) by
 * taking what is free and giving part of it back. Machines up to 512 MiB.
 */
void state_enter(enum zone_state state, unsigned int order);
/* Frees whatever state_enter() still holds. */
void state_leave(void);

/* Takes every free page there is, one by one; returns how many. */
unsigned long take_all(void);
/* Frees page @pfn of those that take_all() took, to the buddy. */
void give_back(unsigned long pfn);
/* Does take_all() still hold [@pfn, @pfn + @nr)? */
bool is_held(unsigned long pfn, unsigned long nr);

#endif
