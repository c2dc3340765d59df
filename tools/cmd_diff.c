/* SPDX-License-Identifier: MIT */
/*
 * cmd_diff.c - `kvmalloc diff OLD NEW`: what grew from one run to another:
 * totals, size classes, call stacks, the largest change first; with --fail-if
 * a gate for tests.
 */
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "metric.h"
#include "report.h"

enum { KEY_FAIL_IF = KEY_LONG + 1, PATH_WIDTH = 48 };

static const struct cmd_option options[] = {
	{ "rows", 'n', "N", "rows of long tables; 0 = all (default 10)" },
	{ "sort", KEY_SORT, "KEY",
	  "what of the call stacks is compared: live, leaks, peak (default), "
	  "total, count, waste, fallback, pinned" },
	{ "fail-if", KEY_FAIL_IF, "EXPR",
	  "a limit on what grew, such as peak>5%, leaks>0; may be repeated" },
	{ "full", KEY_FULL, NULL, "whole stacks" },
	PROFILE_CMD_OPTIONS,
	{ "color", KEY_COLOR, "WHEN", "auto, always or never" },
	{ 0 },
};

/* one of the two runs */
struct side {
	struct snapshot s;
	struct model m;
	struct profile p;
	int stacks; /* as profile_open() */
};

struct view {
	struct out out;
	const struct side *before, *after;
	const struct report_options *opts;
};

/* "+4.1 MiB", "-12"; "" when nothing changed */
static char *change_text(bool bytes, uint64_t before, uint64_t after)
{
	uint64_t n = after > before ? after - before : before - after;

	if (!n)
		return xasprintf("0");
	return xasprintf("%s%s", after > before ? "+" : "-",
			 bytes ? fmt_bytes(n).s : fmt_count(n).s);
}

static char *percent_text(uint64_t before, uint64_t after)
{
	double v;

	if (before == after)
		return xasprintf("%s", "");
	if (!before)
		return xasprintf("new");
	if (!after)
		return xasprintf("gone");
	v = 100 * ((double)after - (double)before) / (double)before;
	if (v > 999)
		return xasprintf("x%.0f", (double)after / (double)before);
	return xasprintf("%+.1f %%", v);
}

static void change_cells(struct table *t, bool bytes, uint64_t before,
			 uint64_t after)
{
	char *change = change_text(bytes, before, after);
	char *percent = percent_text(before, after);

	table_cell(t, "%s", change);
	table_cell(t, "%s", percent);
	table_cell(t, "%s", bytes ? fmt_bytes(before).s : fmt_count(before).s);
	table_cell(t, "%s", bytes ? fmt_bytes(after).s : fmt_count(after).s);
	free(change);
	free(percent);
}

static void change_cols(struct table *t)
{
	table_col(t, '>', "change");
	table_col(t, '>', "%");
	table_col(t, '>', "old");
	table_col(t, '>', "new");
}

static void print_head(struct view *v)
{
	const struct side *side[] = { v->before, v->after };
	static const char *const names[] = { " old: ", " new: " };
	size_t i;

	for (i = 0; i < 2; i++) {
		const struct snapshot *s = &side[i]->s;
		char *command = text_command(s->head.cmdline, s->cmdline_len);
		char *text = xasprintf("%s, pid %d, %s", command, s->head.pid,
				       life_name(life_beside_others(
					       &s->head, s->path)));

		if (side[i]->m.duration_known) {
			char *more = xasprintf(
				"%s, %s", text,
				fmt_seconds(side[i]->m.duration_ns).s);

			free(text);
			text = more;
		}
		out_wrap(&v->out, names[i], "      ", text);
		free(text);
		free(command);
	}
}

static void print_totals(struct view *v)
{
	struct table *t = table_new();
	int i;

	table_title(t, "TOTALS", "");
	table_col(t, '<', "  ");
	change_cols(t);
	table_col(t, '<', "");
	for (i = 0; i < NR_METRICS; i++) {
		uint64_t a = metric_value(&v->before->m, (enum metric)i);
		uint64_t b = metric_value(&v->after->m, (enum metric)i);

		if (!a && !b)
			continue;
		table_cell(t, "  %s", metric_info[i].name);
		change_cells(t, metric_info[i].bytes, a, b);
		table_cell(t, "%s", metric_info[i].help);
	}
	table_print(t, &v->out, 1);
}

struct class_change {
	const char *name;
	uint64_t before, after;
};

static int compare_classes(const void *a, const void *b)
{
	const struct class_change *x = a, *y = b;
	uint64_t i = x->before > x->after ? x->before - x->after :
					    x->after - x->before;
	uint64_t j = y->before > y->after ? y->before - y->after :
					    y->after - y->before;

	if (i != j)
		return i < j ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* classes by name: another preset numbers them otherwise */
static size_t match_classes(const struct view *v, struct class_change *list)
{
	const struct model *side[] = { &v->before->m, &v->after->m };
	size_t nr = 0, i, c, k;

	for (i = 0; i < 2; i++) {
		for (c = 1; c < KVR_MAX_CLASSES; c++) {
			const char *name = side[i]->s->class[c].name;
			uint64_t served = side[i]->class[c].served;

			if (!served)
				continue;
			for (k = 0; k < nr && strcmp(list[k].name, name); k++)
				;
			if (k == nr)
				list[nr++] =
					(struct class_change){ name, 0, 0 };
			*(i ? &list[k].after : &list[k].before) += served;
		}
	}
	return nr;
}

static size_t shown_rows(const struct view *v, size_t nr)
{
	return v->opts->rows && v->opts->rows < nr ? (size_t)v->opts->rows : nr;
}

static void print_classes(struct view *v)
{
	struct class_change list[2 * KVR_MAX_CLASSES];
	size_t nr = match_classes(v, list), shown, i;
	struct table *t = table_new();

	if (nr)
		qsort(list, nr, sizeof(*list), compare_classes);
	table_title(t, "SIZE CLASSES by change of bytes served", "-n");
	table_col(t, '<', "  class");
	change_cols(t);
	shown = shown_rows(v, nr);
	for (i = 0; i < shown && list[i].before != list[i].after; i++) {
		table_cell(t, "  %s", list[i].name);
		change_cells(t, true, list[i].before, list[i].after);
	}
	table_print(t, &v->out, 1);
}

static struct symbols *symbols_of(const struct view *v, const struct change *c)
{
	return c->in_new ? v->after->p.symbols : v->before->p.symbols;
}

static void rest_row(struct table *t, const struct diff *d, size_t shown,
		     bool bytes)
{
	uint64_t before = 0, after = 0;
	size_t i;

	for (i = shown; i < d->nr; i++) {
		before += d->change[i].before;
		after += d->change[i].after;
	}
	if (!before && !after)
		return;
	change_cells(t, bytes, before, after);
	table_cell(t, ".. %s",
		   fmt_things(d->nr - shown, "other stack", "other stacks").s);
}

static void print_stacks(struct view *v, const struct diff *d,
			 enum stack_value value)
{
	bool bytes = stack_value_is_bytes(value);
	char *title = xasprintf("CALL STACKS by change of %s",
				stack_value_help(value));
	struct table *t = table_new();
	size_t shown = shown_rows(v, d->nr), i;

	while (shown &&
	       d->change[shown - 1].before == d->change[shown - 1].after)
		shown--;
	table_title(t, title, "-n, --sort, --full");
	free(title);
	change_cols(t);
	table_col(t, 'p', "where");
	for (i = 0; i < shown; i++) {
		const struct change *c = &d->change[i];
		char *path = site_path(symbols_of(v, c), &c->site, PATH_WIDTH);

		change_cells(t, bytes, c->before, c->after);
		table_cell(t, "%s", path);
		free(path);
	}
	rest_row(t, d, shown, bytes);
	table_print(t, &v->out, 1);
	for (i = 0; v->opts->full && i < shown; i++) {
		const struct change *c = &d->change[i];
		char *change = change_text(bytes, c->before, c->after);
		char *head = xasprintf("%zu. %s", i + 1, change);

		report_stack(&v->out, symbols_of(v, c), &c->site, head);
		free(head);
		free(change);
	}
}

/* how far the comparison of stacks can be trusted */
static void print_trust(struct view *v, const struct diff *d)
{
	const struct side *side[] = { v->before, v->after };
	static const char *const names[] = { "   old: ", "   new: " };
	char *text;
	size_t i;

	text = xasprintf("%s in both runs, matched by %s",
			 fmt_things(d->nr_common, "stack", "stacks").s,
			 d->by_name ?
				 "functions (the program was built again)" :
				 "build ids and offsets");
	out_wrap(&v->out, "   ", "   ", text);
	free(text);
	for (i = 0; i < 2; i++) {
		const char *trouble = symbols_trouble(side[i]->p.symbols);

		text = profile_describe(&side[i]->p, &side[i]->s);
		out_wrap(&v->out, names[i], "        ", text);
		free(text);
		if (trouble)
			out_wrap(&v->out, "        without names: ", "        ",
				 trouble);
	}
}

static bool holds(const struct view *v, const struct condition *c)
{
	uint64_t a = metric_value(&v->before->m, c->metric);
	uint64_t b = metric_value(&v->after->m, c->metric);
	double change = (double)b - (double)a;

	if (!c->percent)
		return condition_holds(c, change);
	/* from nothing to something is beyond all measure */
	if (!a)
		return b && condition_holds(c, 1e300);
	return condition_holds(c, 100 * change / (double)a);
}

static bool check(const struct view *v, const struct conditions *all)
{
	bool ok = true;
	size_t i;

	for (i = 0; i < all->nr; i++) {
		const struct condition *c = &all->list[i];
		uint64_t a = metric_value(&v->before->m, c->metric);
		uint64_t b = metric_value(&v->after->m, c->metric);
		bool bytes = metric_info[c->metric].bytes;
		char *change, *before;

		if (!holds(v, c))
			continue;
		ok = false;
		change = change_text(bytes, a, b);
		before = metric_text(c->metric, a);
		complain("%s: %s changed by %s, from %s", c->text,
			 metric_info[c->metric].name, change, before);
		free(change);
		free(before);
	}
	return ok;
}

static void print(struct view *v)
{
	enum stack_value value = sort_value(v->opts->sort);
	struct diff d;

	print_head(v);
	print_totals(v);
	print_classes(v);
	if (v->before->stacks && v->after->stacks) {
		diff_build(&d, &v->before->p, &v->after->p, value);
		print_stacks(v, &d, value);
		print_trust(v, &d);
		diff_free(&d);
	} else if (v->before->stacks || v->after->stacks) {
		fprintf(v->out.f, "\n The %s run has no call stacks.\n",
			v->before->stacks ? "new" : "old");
	}
}

static bool open_side(struct side *side, const char *target,
		      const struct profile_options *o)
{
	if (!find_target(&side->s, target))
		return false;
	model_build(&side->m, &side->s, 0);
	side->stacks = profile_open(&side->p, &side->s, o);
	if (side->stacks >= 0)
		return true;
	snapshot_free(&side->s);
	return false;
}

static void close_side(struct side *side)
{
	profile_close(&side->p);
	snapshot_free(&side->s);
}

static int diff(char **targets, const struct report_options *opts,
		const struct conditions *all)
{
	struct side before, after;
	struct view v = { .before = &before, .after = &after, .opts = opts };
	bool ok;

	if (!open_side(&before, targets[0], &opts->profile))
		return STATUS_FAIL;
	if (!open_side(&after, targets[1], &opts->profile)) {
		close_side(&before);
		return STATUS_FAIL;
	}
	out_init(&v.out, stdout, opts->color);
	print(&v);
	ok = check(&v, all);
	close_side(&before);
	close_side(&after);
	return ok ? STATUS_OK : STATUS_FAIL;
}

static int run(int argc, char **argv)
{
	struct report_options opts = REPORT_OPTIONS_INIT;
	struct conditions all = { 0 };
	struct cmd_parser parser;
	int key, status;
	bool ok = true;

	cmd_parser_init(&parser, &cmd_diff);
	while (ok &&
	       (key = cmd_next(&parser, &cmd_diff, argc, argv, &status)) != -1)
		ok = key == KEY_FAIL_IF ?
			     conditions_add(&all, optarg, true) :
			     report_option(&opts, key, optarg) >= 0;
	if (!ok)
		status = STATUS_USAGE;
	else if (status < 0 && argc - optind != 2)
		status = usage_error("expected two files or processes, OLD and "
				     "NEW");
	else if (status < 0)
		status = diff(argv + optind, &opts, &all);
	free(all.list);
	return status;
}

const struct command cmd_diff = {
	.name = "diff",
	.args = "OLD NEW",
	.help = "what grew from one run to another",
	.text = "OLD and NEW are report files or processes. A limit is as of "
		"'check', but on the change: leaks>0 means one block more, "
		"peak>5% a twentieth more.",
	.options = options,
	.pages = true,
	.run = run,
};
