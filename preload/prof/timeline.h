/* SPDX-License-Identifier: MIT */
/*
 * timeline.h - memory over time: MOMENTS entries whatever the run's length.
 *
 * When they are used up, of each two neighbours the one that held more stays,
 * so that peaks do; from then on moments are twice as far apart.
 */
#ifndef KV_PROF_TIMELINE_H
#define KV_PROF_TIMELINE_H

#include "mm/sheaf.h"

bool timeline_start(void);

/* Requests served so far. */
u64 timeline_requests(const struct thread_cache *list);

/*
 * From slow paths, as often as they like; @now: a moment is due in any case.
 * @list: all thread caches.
 */
void timeline_tick(const struct thread_cache *list, bool now);

/* In the child of fork: its own line begins with its first tick. */
void timeline_fork_child(void);

#endif
