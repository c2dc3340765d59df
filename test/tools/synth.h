/* SPDX-License-Identifier: MIT */
/*
 * synth.h - report files made by hand, so that what a tool prints of them is
 * the same on every machine. Written through include/kvmalloc/kvr.h, the
 * same declaration that the library writes through.
 */
#ifndef TEST_TOOLS_SYNTH_H
#define TEST_TOOLS_SYNTH_H

#include <stdbool.h>
#include <stddef.h>

#include "kvmalloc/kvr.h"

enum {
	SYNTH_MAX_THREADS = 16,
	SYNTH_MAX_MODULES = 4,
	SYNTH_MAX_FRAMES = 256,
	SYNTH_MAX_STACKS = 32,
	SYNTH_MAX_STATS = 64,
	SYNTH_MAX_MOMENTS = 8,
	SYNTH_MAX_AREAS = 8,
	SYNTH_PINS = 4,
	SYNTH_SLACK = 64,
};

struct synth {
	struct kvr_header head;
	struct kvr_stats stats;
	struct kvr_class class[KVR_MAX_CLASSES];
	struct kvr_cache cache[KVR_MAX_CACHES];
	struct kvr_zone zone[KVR_MAX_ZONE_ROWS];
	struct kvr_thread thread[SYNTH_MAX_THREADS];
	size_t nr_threads;
	/* call stacks: sections are written when nr_stacks is not 0 */
	struct kvr_module module[SYNTH_MAX_MODULES];
	uint64_t frame[SYNTH_MAX_FRAMES];
	struct kvr_stack stack[SYNTH_MAX_STACKS];
	struct kvr_stack_stat stat[SYNTH_MAX_STATS];
	struct kvr_pin pin[SYNTH_PINS]; /* written if pin_round is not 0 */
	struct kvr_moment moment[SYNTH_MAX_MOMENTS];
	size_t nr_modules, nr_frames, nr_stacks, nr_stats, nr_moments;
	struct kvr_area area[SYNTH_MAX_AREAS], block[SYNTH_MAX_AREAS];
	size_t nr_areas, nr_blocks;
	struct kvr_layout layout;	/* written if its version is not 0 */
	size_t chunk;	      /* threads in a section; 0 = all in one */
	size_t longer;	      /* bytes appended to each entry, as by a newer
				 writer; at most SYNTH_SLACK */
	bool unknown_section; /* one with an id no reader knows */
};

/* names in the order of mkkvr's help; false: no such kind */
bool synth_make(struct synth *s, const char *kind);
const char *synth_kinds(void);

/* what one thread slot did by one stack */
struct synth_use {
	uint64_t allocs, each, served_each, kernel_each; /* bytes of one */
	uint64_t live, peak;				 /* blocks */
	uint64_t quick; /* frees within the first millisecond */
};

/* a new stack of these frames (leaf first); returns its id */
uint32_t synth_stack(struct synth *s, const uint64_t *frames, size_t nr);
void synth_use(struct synth *s, uint32_t stack, uint32_t slot,
	       const struct synth_use *u);

/* the file's bytes, to be freed; *size is their number */
unsigned char *synth_image(struct synth *s, size_t *size);

#endif
