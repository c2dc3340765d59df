/* SPDX-License-Identifier: MIT */
/*
 * export_folded.c - folded stacks: "root;...;leaf VALUE", a line a stack.
 *
 * The format of Brendan Gregg's flamegraph.pl. It has no escapes: a ';' in a
 * name becomes ',', and the last blank of a line is the one that counts.
 */
#include <inttypes.h>

#include "export.h"

static void put_name(FILE *f, const char *name)
{
	for (; *name; name++)
		fputc(*name == ';' ? ',' : *name, f);
}

static void put_stack(FILE *f, const struct subject *x,
		      const struct stack_row *r)
{
	const char *mark = row_mark(r), *between = "";
	uint32_t i, k;

	if (mark) {
		put_name(f, mark);
		between = ";";
	}
	for (i = r->nr_frames; i-- > 0;) {
		const struct place *p = subject_place(x, r, i);

		for (k = p->nr; k-- > 0;) {
			fputs(between, f);
			put_name(f, x->line[p->first + k].label);
			between = ";";
		}
	}
}

void export_folded(FILE *f, const struct subject *x, enum stack_value v)
{
	size_t i;

	for (i = 1; i < x->st->nr_rows; i++) {
		const struct stack_row *r = &x->st->row[i];
		uint64_t n = stack_value(r, v);

		if (!n)
			continue;
		put_stack(f, x, r);
		fprintf(f, " %" PRIu64 "\n", n);
	}
}
