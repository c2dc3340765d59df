/* SPDX-License-Identifier: MIT */
/*
 * watch.h - what a report has beside the counters, call stacks or not:
 * memory over time, and the list of areas with the objects that asked for
 * them. Without a report nothing of it runs.
 */
#ifndef KV_PROF_WATCH_H
#define KV_PROF_WATCH_H

#include "mm/sheaf.h"

/* There is a report, and slow paths are to call watch_tick(). */
extern HIDDEN bool watch_on;

/* Begins, if there is a report. Outside of malloc; @list: all thread caches.
 * True: areas_start() may be called. */
bool watch_start(const struct thread_cache *list);

/* From slow paths, now and then. */
void watch_tick(const struct thread_cache *list);

/* In the child of fork, after report_fork_child(). */
void watch_fork_child(void);

/* At exit. */
void watch_close(const struct thread_cache *list);

#endif
