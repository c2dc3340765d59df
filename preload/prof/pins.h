/* SPDX-License-Identifier: MIT */
/*
 * pins.h - who pins memory: which stacks made the last objects of slabs that
 * are mostly empty, and how much could go back without them.
 *
 * Nothing is counted while the program allocates: now and then all slabs with
 * recorded objects are looked at, seldom enough to cost a hundredth of the
 * time at most. An object that a thread keeps in its sheaf counts as used, as
 * for the slab, but pins for nobody.
 */
#ifndef KV_PROF_PINS_H
#define KV_PROF_PINS_H

#include "lib/types.h"

/* In the core. @now: whether it is time for it or not. */
void pins_tick(bool now);

void pins_fork_child(void);

#endif
