/* SPDX-License-Identifier: MIT */
/*
 * observe.h - what is watched and recorded of a process if its options ask
 * for it: when that begins, goes on and ends. The same for malloc and for
 * the kernel's interface.
 */
#ifndef KV_OBSERVE_H
#define KV_OBSERVE_H

#include "abi/thread.h"
#include "prof/prof.h"
#include "prof/watch.h"

/*
 * Begins, if the options say so; outside of malloc, after the machine has
 * booted. The unwinder is loaded here, and only for call stacks. @fast_free:
 * there is a fast path for frees, which need not be seen while a sample is
 * taken.
 */
void observe_start(bool fast_free);

/* From slow paths, now and then; in the core. */
static inline void observe_tick(void)
{
	if (watch_on)
		watch_tick(thread_list());
	if (unlikely(prof_on))
		prof_tick(false);
}

/* At exit: watched objects are looked at once more, sums become exact, the
 * report is complete. */
void observe_end(void);

#endif
