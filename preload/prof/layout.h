/* SPDX-License-Identifier: MIT */
/*
 * layout.h - tells the report where our tables are, for `kvmalloc whatis`,
 * which looks into the process from outside. Addresses and offsets only.
 */
#ifndef KV_PROF_LAYOUT_H
#define KV_PROF_LAYOUT_H

#include <stdbool.h>

/* @threads: address of the pointer to the first cache; @stacks: recorded. */
void layout_describe(const void *threads, bool stacks);

#endif
