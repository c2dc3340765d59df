/* SPDX-License-Identifier: MIT */
/*
 * jit_map.h - names of code that a program made at run time, from the list it
 * wrote for perf: perf-PID.map, lines of "START SIZE name" in hexadecimal.
 * Looked for beside the report file, then in /tmp, below --sysroot if given.
 */
#ifndef TOOLS_JIT_MAP_H
#define TOOLS_JIT_MAP_H

#include <stdint.h>

#include "symbols.h"

struct jit_map;

struct jit_process {
	int pid;
	uint64_t start_ns; /* real time */
	char *report;	   /* path of its file; NULL: it has none */
};

/* never NULL; without a file it knows nothing */
struct jit_map *jit_map_new(const struct jit_process *p,
			    const struct symbols_options *o);
void jit_map_free(struct jit_map *m);

/* the code at an address; NULL: not known. Lives as long as the map. */
const char *jit_map_at(const struct jit_map *m, uint64_t addr);

#endif
