/* SPDX-License-Identifier: MIT */
/*
 * cmd_ls.c - `kvmalloc ls`: the report files of a directory and what became
 * of their processes. A file that cannot be read is a row too: it says why.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "find.h"
#include "model.h"
#include "table.h"

enum { KEY_COLOR = KEY_LONG + 1 };

static const struct cmd_option options[] = {
	{ "color", KEY_COLOR, "WHEN", "auto, always or never" },
	{ 0 },
};

struct listing {
	struct table *table;
	size_t nr;
	size_t nr_bad;
};

/* without the directory: it is the same for every row */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void format_start(char *buf, size_t n, uint64_t realtime_ns)
{
	time_t t = (time_t)(realtime_ns / 1000000000u);
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(buf, n, "%m-%d %H:%M:%S", &tm))
		snprintf(buf, n, "?");
}

static void list_file(const char *path, void *data)
{
	struct listing *l = data;
	struct snapshot s;
	struct model m;
	char when[32];
	char *name = xasprintf("%s", base_name(path));

	text_clean(name, strlen(name) + 1);
	if (!snapshot_load_brief(&s, path)) {
		complain("%s: %s", path, s.why);
		free(name);
		l->nr_bad++;
		return;
	}
	l->nr++;
	model_build(&m, &s, 0);
	format_start(when, sizeof(when), s.head.start_realtime_ns);
	table_cell(l->table, "%d", s.head.pid);
	table_cell(l->table, "%s%s", life_name(life_of(&s.head, path)),
		   s.head.forked ? ", forked" : "");
	table_cell(l->table, "%s", when);
	table_cell(l->table, "%s", fmt_count(m.total.calls).s);
	table_cell(l->table, "%s", fmt_bytes(s.stats->peak_held_bytes).s);
	table_cell(l->table, "%s", name);
	snapshot_free(&s);
	free(name);
}

static int list(const char *dir, enum color_when color)
{
	struct listing l = { .table = table_new() };
	struct out out;

	table_col(l.table, '>', "PID");
	table_col(l.table, '<', "STATE");
	table_col(l.table, '=', "STARTED");
	table_col(l.table, '>', "REQUESTS");
	table_col(l.table, '>', "PEAK");
	table_col(l.table, '=', "FILE");
	if (!for_each_report(dir, list_file, &l))
		return STATUS_FAIL;
	if (!l.nr && !l.nr_bad) {
		complain("no report file (*.kvr) in %s",
			 strcmp(dir, ".") ? dir : "this directory");
		return STATUS_FAIL;
	}
	out_init(&out, stdout, color);
	table_print(l.table, &out, 0);
	return l.nr_bad ? STATUS_FAIL : STATUS_OK;
}

static int run(int argc, char **argv)
{
	enum color_when color = COLOR_AUTO;
	struct cmd_parser parser;
	int key, status;

	cmd_parser_init(&parser, &cmd_ls);
	while ((key = cmd_next(&parser, &cmd_ls, argc, argv, &status)) != -1)
		if (key == KEY_COLOR && color_parse(optarg, &color))
			return usage_error("--color=%s: expected auto, always "
					   "or never",
					   optarg);
	if (status >= 0)
		return status;
	return list(argc > optind ? argv[optind] : ".", color);
}

const struct command cmd_ls = {
	.name = "ls",
	.args = "[DIR]",
	.help = "report files of a directory, and whether their processes "
		"live",
	.text = "Without DIR: the current directory.",
	.options = options,
	.one = "directory",
	.run = run,
};
