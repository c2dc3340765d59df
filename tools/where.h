/* SPDX-License-Identifier: MIT */
/*
 * where.h - addresses of the process and what code is there, for tables that
 * speak of single places in code and not of call sites. Works without call
 * stacks: the objects are in every report.
 */
#ifndef TOOLS_WHERE_H
#define TOOLS_WHERE_H

#include "profile.h"

struct where {
	const struct stacks *stacks; /* none but the objects: nr_rows is 1 */
	struct symbols *symbols;
	struct stacks objects; /* if there is no profile to borrow from */
};

/* of p, or if that is NULL of the snapshot alone; both must outlive it */
void where_open(struct where *w, const struct snapshot *s,
		const struct profile *p, const struct symbols_options *o);
void where_close(struct where *w);

/* the frame (KVR_FRAME_*) of a return address */
uint64_t where_frame(const struct where *w, uint64_t address);

/* as the kernel prints code: name+0x12/0x34 [object], of the function that
   is not inlined; one word, whatever the name was. To be freed. */
char *where_kernel(const struct where *w, uint64_t frame);

/* the same for people: symbol_format() */
char *where_text(const struct where *w, uint64_t frame);

/* a table of one-word columns needs names without blanks */
void one_word(char *text);

#endif
