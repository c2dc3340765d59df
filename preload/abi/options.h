/* SPDX-License-Identifier: MIT */
/*
 * options.h - the KVMALLOC variable, parsed by the table of
 * include/kvmalloc/options.h.
 */
#ifndef KV_OPTIONS_H
#define KV_OPTIONS_H

#include "kvmalloc/options.h"
#include "lib/types.h"

enum { OPTION_TEXT = 256 };
struct option_value {
	bool set;
	u64 number;		/* SIZE, UINT, BOOL; ENUM: index of the word */
	char *text;		/* OPTPATH, OPTFILE, OPTBLOCKS, NUMBERS: "" or less than
				   OPTION_TEXT characters */
};
extern struct option_value options[KV_NR_OPTIONS];

/*
 * Parses @text into options[] over the defaults. A bad option is reported
 * once, by name, on fd 2, and left at its default. Returns how many were bad.
 */
unsigned int options_parse(const char *text);

#endif
