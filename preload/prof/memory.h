/* SPDX-License-Identifier: MIT */
/*
 * memory.h - private memory of the recorder: tables, side arrays.
 *
 * It comes from the system, not from the machine: watching a program must not
 * change what the program is seen to do. Nothing is ever given back; what is
 * used again has a free list of its own.
 */
#ifndef KV_PROF_MEMORY_H
#define KV_PROF_MEMORY_H

#include "lib/types.h"

/* @size bytes, zero, aligned to 64. NULL: the system has no more. */
void *prof_memory(size_t size);

void prof_memory_fork_child(void);

#endif
