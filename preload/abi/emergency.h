/* SPDX-License-Identifier: MIT */
/*
 * emergency.h - the side arena: a few blocks for callers the core turns away
 * (see gate.h), and a place to leave frees that have to wait.
 *
 * Lock-free throughout, so that it works inside a signal handler and whatever
 * a fork interrupts. Blocks are bumped off one mapping; how many live and
 * where the end is are one 64-bit word, so the last free rewinds it.
 */
#ifndef KV_EMERGENCY_H
#define KV_EMERGENCY_H

#include "lib/types.h"

/* Zeroed, aligned to @align (a power of two); NULL when the arena is full. */
void *emergency_alloc(size_t size, size_t align);
bool is_emergency(const void *p);
void emergency_free(void *p);
size_t emergency_usable(const void *p);

/* Leaves a block of the core to be freed later; at least 16 bytes of it are
 * overwritten. */
void defer_free(void *p);
/* All blocks left so far, linked by their first word; NULL if none. */
void *deferred_take(void);

#endif
