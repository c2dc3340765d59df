/* SPDX-License-Identifier: MIT */
/*
 * proc_code.h - tables of the kernel that name code. They need names, which
 * only the command can find out.
 */
#ifndef TOOLS_PROC_CODE_H
#define TOOLS_PROC_CODE_H

#include "model.h"
#include "where.h"

/* on stdout; false: this file has no such table, a message was printed */
bool code_vmallocinfo(const struct model *m, const struct where *w);
bool code_allocinfo(const struct model *m, const struct where *w);
bool code_page_owner(const struct model *m, const struct where *w);

#endif
