/* SPDX-License-Identifier: MIT */
/*
 * report.h - the process's report file: kvmalloc.<comm>.<pid>.kvr.
 *
 * Everything is counted in memory that has the file's layout already (stats,
 * each thread's kvr_thread). Opening the report writes what is there into a
 * new file and maps the file over that memory: from then on counting *is*
 * writing, and nothing is lost however the process ends.
 */
#ifndef KV_REPORT_H
#define KV_REPORT_H

#include "mm/sheaf.h"

/*
 * Creates the file in @dir. On failure says so once on fd 2 and goes on
 * without. @options is kept in the header.
 */
void report_open(const char *dir, const char *options);

/* Gives @t's counters a place in the file, if there is one. */
void report_map_thread(struct thread_cache *t);

/* In the child of fork, for its only thread @me: a file of its own, counts
 * from zero. @list: all caches. */
void report_fork_child(struct thread_cache *list, struct thread_cache *me);

/* The process ends in good order. */
void report_close(void);

/* Path of the open report, or NULL. */
const char *report_path(void);

#endif
