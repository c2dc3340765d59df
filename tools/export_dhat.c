/* SPDX-License-Identifier: MIT */
/*
 * export_dhat.c - DHAT's JSON, version 2, without accesses.
 *
 * DHAT knows what we do not: the largest number of bytes that a place ever
 * held (mb) is taken from its live blocks at the process's peak and at the
 * end, and lifetimes (tl) from a histogram.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "export.h"
#include "json.h"

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void put_point(struct json *j, const struct subject *x,
		      const struct stack_row *r)
{
	const char *mark = row_mark(r);
	uint32_t i, k;

	json_open(j, NULL, '{');
	/* a child had the inherited blocks from its start */
	json_u64(j, "tb", r->served + r->inherited_bytes);
	json_u64(j, "tbk", r->allocs + r->inherited_blocks);
	json_u64(j, "tl", lifetime_ms(r));
	json_u64(j, "mb", larger(r->peak_bytes, r->live_bytes));
	json_u64(j, "mbk", larger(r->peak_blocks, r->live_blocks));
	json_u64(j, "gb", r->peak_bytes);
	json_u64(j, "gbk", r->peak_blocks);
	json_u64(j, "eb", r->live_bytes);
	json_u64(j, "ebk", r->live_blocks);
	json_open(j, "fs", '[');
	/* 0 is the root; then the lines; then the mark */
	for (i = 0; i < r->nr_frames; i++) {
		const struct place *p = subject_place(x, r, i);

		for (k = 0; k < p->nr; k++)
			json_u64(j, NULL, p->first + k + 1);
	}
	if (mark)
		json_u64(j, NULL, x->nr_lines + 1);
	json_close(j, ']');
	json_close(j, '}');
}

static void put_frame(struct json *j, const struct subject *x,
		      const struct place *p, const struct line *l)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (f) {
		fprintf(f, "0x%" PRIX64 ": ", place_address(x, p));
		put_line(f, l);
		fclose(f);
	}
	json_text(j, NULL, text);
	free(text);
}

void export_dhat(FILE *f, const struct subject *x, enum stack_value v)
{
	const struct kvr_stats *st = x->s.stats;
	struct json j = { .f = f, .deep = 2 };
	char *command = subject_command(x);
	size_t i;
	uint32_t k;

	(void)v;
	json_open(&j, NULL, '{');
	json_u64(&j, "dhatFileVersion", 2);
	json_text(&j, "mode", "kvmalloc");
	json_text(&j, "verb", "Allocated");
	json_bool(&j, "bklt", true);
	json_bool(&j, "bkacc", false);
	json_text(&j, "tu", "ms");
	json_text(&j, "Mtu", "s");
	json_u64(&j, "tuth", 1);
	json_text(&j, "cmd", command);
	json_i64(&j, "pid", x->s.head.pid);
	json_u64(&j, "te", x->m.duration_ns / 1000000);
	json_u64(&j, "tg",
		 minus(st->peak_monotonic_ns, x->s.head.start_monotonic_ns) /
			 1000000);
	json_open(&j, "pps", '[');
	for (i = 1; i < x->st->nr_rows; i++)
		if (row_used(&x->st->row[i]))
			put_point(&j, x, &x->st->row[i]);
	json_close(&j, ']');
	json_open(&j, "ftbl", '[');
	json_text(&j, NULL, "[root]");
	for (i = 0; i < x->nr_places; i++)
		for (k = 0; k < x->place[i].nr; k++)
			put_frame(&j, x, &x->place[i],
				  &x->line[x->place[i].first + k]);
	json_text(&j, NULL, "[no further callers recorded]");
	json_close(&j, ']');
	json_close(&j, '}');
	free(command);
}
