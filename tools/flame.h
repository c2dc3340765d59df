/* SPDX-License-Identifier: MIT */
/*
 * flame.h - a flame graph as one SVG file.
 */
#ifndef TOOLS_FLAME_H
#define TOOLS_FLAME_H

#include "subject.h"

struct flame_options {
	enum stack_value value;
	bool invert;	   /* leaves at the root: who allocates, then why */
	const char *title; /* NULL = the command */
};

void flame_svg(FILE *f, const struct subject *x, const struct flame_options *o);

#endif
