/* SPDX-License-Identifier: MIT */
/*
 * proc.h - the kernel's tables of /proc, in their exact format. One source for
 * the command, which has a report file, and for libkvkernel, which has the
 * numbers in memory (kv_proc_read()).
 */
#ifndef TOOLS_PROC_H
#define TOOLS_PROC_H

#include <stdbool.h>
#include <stdio.h>

#include "kvmalloc/kvr.h"

enum { PROC_PAGEBLOCK_ORDER = 9 };

/*
 * Prints the table @name: slabinfo, buddyinfo, pagetypeinfo, zoneinfo or
 * meminfo; nothing if @f is NULL. False: there is none of that name.
 */
bool proc_text(FILE *f, const struct kvr_machine *m, const char *name);

/* proc_zoneinfo.c */
void proc_zoneinfo(FILE *f, const struct kvr_machine *m);

#endif
