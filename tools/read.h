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
 *   P4  the arrays of call stacks end at their last used entry and hold at
 *       most READ_MAX_STACKS stacks; ids and indexes in them are unchecked
 *       (stacks.h does that)
 */
#ifndef TOOLS_READ_H
#define TOOLS_READ_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kvmalloc/kvr.h"

enum { READ_MAX_STACKS = 1 << 22 };

struct snapshot {
	char path[PATH_MAX]; /* as opened */
	char why[256];	     /* after a failure: what is wrong */
	uint64_t file_size;
	struct kvr_header head;
	size_t cmdline_len; /* bytes used in head.cmdline */
	struct kvr_stats *stats;
	/* all KVR_MAX_ of each, whatever the file had; stats says how many
	   are in use */
	struct kvr_class *class;
	struct kvr_cache *cache;
	struct kvr_zone *zone;
	struct kvr_thread *thread;
	size_t nr_threads; /* slots, used or not */
	/* call stacks, empty when none were recorded: see stacks.h */
	struct kvr_module *module;
	struct kvr_stack_stat *stack_stat;
	struct kvr_stack *stack;
	uint64_t *frame;
	struct kvr_moment *moment; /* oldest first, all used */
	size_t nr_modules, nr_stack_stats, nr_stacks, nr_frames, nr_moments;
	struct kvr_area *area;	/* in use, by address; busy ones first */
	struct kvr_area *block; /* the same of contiguous blocks */
	size_t nr_areas, nr_blocks;
	struct kvr_layout *layout; /* NULL: not in this file */
	struct kvr_pin *pin; /* see stacks.h */
	size_t nr_pins;
};

/* false: s->why says what is wrong; the snapshot needs no free then */
bool snapshot_load(struct snapshot *s, const char *path);
void snapshot_free(struct snapshot *s);

/* the same without call stacks and time line: for tables of many files */
bool snapshot_load_brief(struct snapshot *s, const char *path);

/* only the header, for listings and searches: same checks, less work */
bool snapshot_load_header(struct snapshot *s, const char *path);

#endif
