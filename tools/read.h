/* SPDX-License-Identifier: MIT */
/*
 * read.h - a report file in memory: opened, checked, and standing still.
 *
 * A snapshot is a copy, not a mapping: counters of a live process move, and
 * sums made of one copy agree with each other; a file that is truncated while
 * it is read cannot kill the reader; and what was checked stays checked.
 *
 * What a loaded snapshot promises, whatever the file held:
 *   P1  all strings end and are printable
 *   P2  nr_* are within their arrays, page_size is a power of two
 *   P3  counts are any 64-bit numbers: no reader may rely on their sums
 */
#ifndef TOOLS_READ_H
#define TOOLS_READ_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kvmalloc/kvr.h"

struct snapshot {
	char path[PATH_MAX]; /* as opened */
	char why[256];	     /* after a failure: what is wrong */
	uint64_t file_size;
	struct kvr_header head;
	size_t cmdline_len; /* bytes used in head.cmdline */
	struct kvr_stats *stats;
	struct kvr_thread *thread;
	size_t nr_threads; /* slots, used or not */
};

/* false: s->why says what is wrong; the snapshot needs no free then */
bool snapshot_load(struct snapshot *s, const char *path);
void snapshot_free(struct snapshot *s);

/* only the header, for listings and searches: same checks, less work */
bool snapshot_load_header(struct snapshot *s, const char *path);

#endif
