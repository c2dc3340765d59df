/* SPDX-License-Identifier: MIT */
/*
 * debug.h - the options that have slabs made otherwise, and objects watched
 * or cleared, brought from the KVMALLOC variable to the core.
 */
#ifndef KV_ABI_DEBUG_H
#define KV_ABI_DEBUG_H

#include "lib/types.h"

/* After the options were parsed, before the first cache is made. */
void debug_boot(void);

/* Do fast paths have to stand aside, since each call is to be seen? (Watched
 * caches see to that themselves.) */
bool debug_sees_each_call(void);

/*
 * After recording has begun, if it has: tracks and reports of watched caches
 * get call stacks, by the recorder's unwinder.
 */
void debug_stacks_start(void);

/* At exit: what nobody freed or got again is looked at once more. */
void debug_at_exit(void);

#endif
