/* SPDX-License-Identifier: MIT */
/*
 * diff.h - the call stacks of two runs side by side.
 */
#ifndef TOOLS_DIFF_H
#define TOOLS_DIFF_H

#include "profile.h"

struct change {
	struct site site; /* to be shown: of the run where it is heavier */
	bool in_new;	  /* that run */
	uint64_t before, after;
	size_t nr_before, nr_after; /* stacks */
};

struct diff {
	struct change *change; /* largest difference first */
	size_t nr;
	bool by_name; /* the program was built again: functions compared */
	size_t nr_common;
};

void diff_build(struct diff *d, const struct profile *before,
		const struct profile *after, enum stack_value v);
void diff_free(struct diff *d);

#endif
