/* SPDX-License-Identifier: MIT */
/*
 * export_speedscope.c - speedscope's JSON: one profile for each value that is
 * not zero everywhere, all of the same frames.
 *
 * Frames of the file are our lines, and behind them the marks of stacks that
 * have no root. A sample is a stack, root first, its weight the value.
 */
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "json.h"

static const char *const marks[] = {
	"[stacks that found no room]",
	"[no stack]",
	"[truncated]",
};

static void put_frames(struct json *j, const struct subject *x)
{
	size_t i;

	json_open(j, "shared", '{');
	json_open(j, "frames", '[');
	for (i = 0; i < x->nr_lines; i++) {
		const struct line *l = &x->line[i];

		json_open(j, NULL, '{');
		json_text(j, "name", l->label);
		if (l->file)
			json_text(j, "file", l->file);
		if (l->file && l->line)
			json_u64(j, "line", l->line);
		json_close(j, '}');
	}
	for (i = 0; i < ARRAY_SIZE(marks); i++) {
		json_open(j, NULL, '{');
		json_text(j, "name", marks[i]);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void put_sample(struct json *j, const struct subject *x,
		       const struct stack_row *r)
{
	const char *mark = row_mark(r);
	uint32_t f, k;
	size_t i;

	json_open(j, NULL, '[');
	for (i = 0; mark && i < ARRAY_SIZE(marks); i++)
		if (!strcmp(mark, marks[i]))
			json_u64(j, NULL, x->nr_lines + i);
	for (f = r->nr_frames; f-- > 0;) {
		const struct place *p = subject_place(x, r, f);

		for (k = p->nr; k-- > 0;)
			json_u64(j, NULL, p->first + k);
	}
	json_close(j, ']');
}

static void put_profile(struct json *j, const struct subject *x,
			enum stack_value v)
{
	size_t i;

	json_open(j, NULL, '{');
	json_text(j, "type", "sampled");
	json_format(j, "name", "%s: %s", value_info[v].name,
		    value_info[v].help);
	json_text(j, "unit",
		  strcmp(value_info[v].unit, "bytes") ? "none" : "bytes");
	json_u64(j, "startValue", 0);
	json_u64(j, "endValue", subject_total(x, v));
	json_open(j, "samples", '[');
	for (i = 1; i < x->st->nr_rows; i++)
		if (stack_value(&x->st->row[i], v))
			put_sample(j, x, &x->st->row[i]);
	json_close(j, ']');
	json_open(j, "weights", '[');
	for (i = 1; i < x->st->nr_rows; i++)
		if (stack_value(&x->st->row[i], v))
			json_u64(j, NULL, stack_value(&x->st->row[i], v));
	json_close(j, ']');
	json_close(j, '}');
}

void export_speedscope(FILE *f, const struct subject *x, enum stack_value v)
{
	struct json j = { .f = f, .deep = 4 };
	char *command = subject_command(x);
	uint64_t nr = 0, active = 0;
	int i;

	json_open(&j, NULL, '{');
	json_text(&j, "$schema",
		  "https://www.speedscope.app/file-format-schema.json");
	json_text(&j, "exporter", "kvmalloc " KV_VERSION);
	json_text(&j, "name", command);
	put_frames(&j, x);
	json_open(&j, "profiles", '[');
	for (i = 0; i < NR_STACK_VALUES; i++) {
		enum stack_value each = (enum stack_value)i;

		/* the wanted one is there even when nothing has it */
		if (each != v && !subject_total(x, each))
			continue;
		if (each == v)
			active = nr;
		put_profile(&j, x, each);
		nr++;
	}
	json_close(&j, ']');
	json_u64(&j, "activeProfileIndex", active);
	json_close(&j, '}');
	free(command);
}
