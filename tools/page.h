/* SPDX-License-Identifier: MIT */
/*
 * page.h - the report as one HTML file.
 */
#ifndef TOOLS_PAGE_H
#define TOOLS_PAGE_H

#include "subject.h"

void page_html(FILE *f, const struct subject *x, enum stack_value first);

#endif
