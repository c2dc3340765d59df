/* SPDX-License-Identifier: MIT */
/*
 * export_util.c - what several formats need. See export.h.
 */
#include "export.h"

#include <inttypes.h>

void put_line(FILE *f, const struct line *l)
{
	fputs(l->label, f);
	if (!l->function)
		return;
	if (l->file && l->line)
		fprintf(f, " (%s:%" PRIu32 ")", l->file, l->line);
	else if (l->file)
		fprintf(f, " (%s)", l->file);
	else if (*l->module)
		fprintf(f, " (in %s)", l->module);
}

uint64_t place_address(const struct subject *x, const struct place *p)
{
	uint32_t m = KVR_FRAME_MODULE(p->frame);
	uint64_t addr = KVR_FRAME_OFFSET(p->frame);

	if (m != KVR_FRAME_NONE && m < x->s.nr_modules)
		addr += x->s.module[m].bias;
	return addr ? addr - 1 : 0;
}

/*
 * Only a histogram is known: the middle of each of its steps stands for all
 * of them, and twice the last bound for what lived longer.
 */
uint64_t lifetime_ms(const struct stack_row *r)
{
	uint64_t sum = 0, lower = 0, upper = 1;
	int i;

	for (i = 0; i < KVR_LIFETIMES - 1; i++) {
		sum += r->lifetime[i] * (lower + upper) / 2;
		lower = upper;
		upper *= 4;
	}
	return sum + r->lifetime[i] * lower * 2;
}
