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

enum { SYNTH_MAX_THREADS = 16, SYNTH_SLACK = 64 };

struct synth {
	struct kvr_header head;
	struct kvr_stats stats;
	struct kvr_thread thread[SYNTH_MAX_THREADS];
	size_t nr_threads;
	size_t chunk;	      /* threads in a section; 0 = all in one */
	size_t longer;	      /* bytes appended to each entry, as by a newer
				 writer; at most SYNTH_SLACK */
	bool unknown_section; /* one with an id no reader knows */
};

/* names in the order of mkkvr's help; false: no such kind */
bool synth_make(struct synth *s, const char *kind);
const char *synth_kinds(void);

/* the file's bytes, to be freed; *size is their number */
unsigned char *synth_image(struct synth *s, size_t *size);

#endif
