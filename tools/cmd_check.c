/* SPDX-License-Identifier: MIT */
/*
 * cmd_check.c - `kvmalloc check`: a gate for tests. Numbers of a report file
 * against limits; exit status 1 and the reason when one is broken. Without
 * limits it lists the numbers there are.
 */
#include <stdlib.h>

#include "cmd.h"
#include "find.h"
#include "metric.h"
#include "table.h"

enum { KEY_FAIL_IF = KEY_LONG + 1 };

static const struct cmd_option options[] = {
	{ "fail-if", KEY_FAIL_IF, "EXPR",
	  "a limit, such as leaks>0, peak>64M, waste>20%; may be repeated" },
	{ "verbose", 'v', NULL, "say what was checked, too" },
	{ 0 },
};

/* a number, or its part of the whole in per cent */
static double value_of(const struct model *m, const struct condition *c)
{
	enum metric part_of = metric_info[c->metric].part_of;
	double value = (double)metric_value(m, c->metric), whole;

	if (!c->percent)
		return value;
	whole = (double)metric_value(m, part_of);
	return whole > 0 ? 100 * value / whole : 0;
}

static char *describe(const struct model *m, const struct condition *c)
{
	enum metric part_of = metric_info[c->metric].part_of;
	uint64_t value = metric_value(m, c->metric);
	char *text = metric_text(c->metric, value), *more;

	if (!c->percent)
		return text;
	more = xasprintf("%s (%s of %s)", text,
			 fmt_percent(value, metric_value(m, part_of)).s,
			 metric_info[part_of].name);
	free(text);
	return more;
}

static bool check_one(const struct model *m, const struct condition *c,
		      bool verbose)
{
	bool broken = condition_holds(c, value_of(m, c));
	char *text = describe(m, c);

	if (broken)
		complain("%s: %s: %s is %s", m->s->path, c->text,
			 metric_info[c->metric].name, text);
	else if (verbose)
		printf("%s: not %s: %s is %s\n", m->s->path, c->text,
		       metric_info[c->metric].name, text);
	free(text);
	return !broken;
}

static void list(const struct model *m)
{
	struct table *t = table_new();
	struct out out;
	int i;

	table_col(t, '<', "NAME");
	table_col(t, '>', "VALUE");
	table_col(t, '>', "%");
	table_col(t, '<', "MEANING");
	for (i = 0; i < NR_METRICS; i++) {
		const struct metric_info *k = &metric_info[i];
		uint64_t value = metric_value(m, (enum metric)i);
		char *text = metric_text((enum metric)i, value);

		table_cell(t, "%s", k->name);
		table_cell(t, "%s", text);
		table_cell(
			t, "%s",
			k->part_of == METRIC_none ?
				"" :
				fmt_percent(value, metric_value(m, k->part_of))
					.s);
		table_cell(t, "%s%s%s", k->help,
			   k->part_of == METRIC_none ? "" : "; % of ",
			   k->part_of == METRIC_none ?
				   "" :
				   metric_info[k->part_of].name);
		free(text);
	}
	out_init(&out, stdout, COLOR_NEVER);
	table_print(t, &out, 0);
}

static int check(const char *target, const struct conditions *all, bool verbose)
{
	struct snapshot s;
	struct model m;
	bool ok = true;
	size_t i;

	if (!find_target(&s, target))
		return STATUS_FAIL;
	model_build(&m, &s, 0);
	for (i = 0; i < all->nr; i++)
		ok = check_one(&m, &all->list[i], verbose) && ok;
	if (!all->nr)
		list(&m);
	snapshot_free(&s);
	return ok ? STATUS_OK : STATUS_FAIL;
}

static int run(int argc, char **argv)
{
	struct conditions all = { 0 };
	struct cmd_parser parser;
	bool verbose = false, bad = false;
	int key, status;

	cmd_parser_init(&parser, &cmd_check);
	while (!bad && (key = cmd_next(&parser, &cmd_check, argc, argv,
				       &status)) != -1) {
		if (key == 'v')
			verbose = true;
		else
			bad = !conditions_add(&all, optarg, false);
	}
	if (bad)
		status = STATUS_USAGE;
	else if (status < 0)
		status = check(argv[optind], &all, verbose);
	free(all.list);
	return status;
}

const struct command cmd_check = {
	.name = "check",
	.args = "[FILE|PID]",
	.help = "a gate for tests: exit status 1 when a limit is broken",
	.text = "A limit is NAME OP NUMBER with OP one of > >= < <= == !=, and "
		"K, M, G, T (powers of 1024) or % behind the number. Without "
		"limits the names and their values are listed.",
	.options = options,
	.one = "FILE or PID",
	.run = run,
};
