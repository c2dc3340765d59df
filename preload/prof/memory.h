/* SPDX-License-Identifier: MIT */
/*
 * memory.h - private memory of the recorder: tables, side arrays.
 *
 * It comes from the system, not from the machine: watching a program must not
 * change what the program is seen to do. Nothing is ever given back.
 */
#ifndef KV_PROF_MEMORY_H
#define KV_PROF_MEMORY_H

#include "lib/types.h"

/* @size bytes, zero, aligned to 64. NULL: the system has no more. */
void *prof_memory(size_t size);

/* Of address space that would be good to have, what a limit leaves us. */
size_t prof_space(size_t wish);

/*
 * Small arrays that come and go: @units times PROF_UNIT bytes, zero, so
 * aligned, for 1 <= @units <= PROF_MAX_UNITS. What is free serves other sizes
 * once it is whole chunks. NULL: no memory.
 */
enum { PROF_UNIT = 64, PROF_MAX_UNITS = 264 };
void *prof_array(unsigned int units);
void prof_array_free(void *p);

void prof_memory_fork_child(void);

#endif
