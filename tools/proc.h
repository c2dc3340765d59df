/* SPDX-License-Identifier: MIT */
/*
 * proc.h - tables of `kvmalloc proc` that have a file of their own.
 */
#ifndef TOOLS_PROC_H
#define TOOLS_PROC_H

#include "model.h"

enum { PAGEBLOCK_ORDER = 9 };

/* on stdout; false: this file has no such table, a message has been printed */
bool proc_zoneinfo(const struct model *m);

#endif
