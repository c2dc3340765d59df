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
 * without. @options and @run, the number of the run, are kept in the header.
 * @follow: forked children have files, too.
 */
void report_open(const char *dir, const char *options, u64 run, bool follow);

/* Gives @t's counters a place in the file, if there is one. */
void report_map_thread(struct thread_cache *t);

/* In the child of fork, for its only thread @me: a file of its own, counts
 * from zero. @list: all caches. */
void report_fork_child(struct thread_cache *list, struct thread_cache *me);

/*
 * An array that is a section of the file: contiguous in memory, in as many
 * pieces in the file as it grew. The first four fields are the caller's.
 */
struct report_array {
	u32 section, entry_size;	/* of kvr.h */
	size_t first, most;	/* bytes: first piece, address space */
	char *base;		/* NULL until it first grew */
	size_t size;		/* bytes usable, a multiple of entry_size */
	bool full;		/* it could not grow once: it never will */
};

/* Makes [0, @size) usable, zero where it is new. False: no room, no report;
 * nothing has changed then. Callers serialise. */
bool report_array_grow(struct report_array *a, size_t size);

/* In the child of fork: lets go of the parent's, it is empty again. */
void report_array_drop(struct report_array *a);

/* The process ends in good order. */
void report_close(void);

/* Path of the open report, or NULL. */
const char *report_path(void);

#endif
