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

struct entry {
	char *name;
	struct kvr_header head;
	enum life life;
	uint64_t calls, peak;
};

struct listing {
	struct entry *entry;
	size_t nr, nr_bad;
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
	struct entry *e;
	struct model m;

	if (!snapshot_load_brief(&s, path)) {
		complain("%s: %s", path, s.why);
		l->nr_bad++;
		return;
	}
	model_build(&m, &s, 0);
	l->entry = xrealloc(l->entry, l->nr + 1, sizeof(*l->entry));
	e = &l->entry[l->nr++];
	*e = (struct entry){
		.name = xasprintf("%s", base_name(path)),
		.head = s.head,
		.life = life_of(&s.head, path),
		.calls = m.total.calls,
		.peak = s.stats->peak_held_bytes,
	};
	text_clean(e->name, strlen(e->name) + 1);
	snapshot_free(&s);
}

/* a program followed by another of the same process was exec'ed over */
static bool was_followed(const struct listing *l, const struct entry *e)
{
	size_t i;

	for (i = 0; i < l->nr; i++) {
		const struct kvr_header *h = &l->entry[i].head;

		if (h->pid == e->head.pid && h->run_id == e->head.run_id &&
		    h->start_monotonic_ns > e->head.start_monotonic_ns)
			return true;
	}
	return false;
}

static void put_row(struct table *t, const struct listing *l,
		    const struct entry *e)
{
	bool execed = e->life == LIFE_ENDED && was_followed(l, e);
	char when[32];

	format_start(when, sizeof(when), e->head.start_realtime_ns);
	table_cell(t, "%d", e->head.pid);
	table_cell(t, "%s%s", life_name(execed ? LIFE_EXECED : e->life),
		   e->head.forked ? ", forked" : "");
	table_cell(t, "%s", when);
	table_cell(t, "%s", fmt_count(e->calls).s);
	table_cell(t, "%s", fmt_bytes(e->peak).s);
	table_cell(t, "%s", e->name);
}

static void print(const struct listing *l, enum color_when color)
{
	struct table *t = table_new();
	struct out out;
	size_t i;

	table_col(t, '>', "PID");
	table_col(t, '<', "STATE");
	table_col(t, '=', "STARTED");
	table_col(t, '>', "REQUESTS");
	table_col(t, '>', "PEAK");
	table_col(t, '=', "FILE");
	for (i = 0; i < l->nr; i++)
		put_row(t, l, &l->entry[i]);
	out_init(&out, stdout, color);
	table_print(t, &out, 0);
}

static int list(const char *dir, enum color_when color)
{
	struct listing l = { 0 };
	size_t i;

	if (!for_each_report(dir, list_file, &l))
		return STATUS_FAIL;
	if (!l.nr && !l.nr_bad) {
		complain("no report file (*.kvr) in %s",
			 strcmp(dir, ".") ? dir : "this directory");
		return STATUS_FAIL;
	}
	print(&l, color);
	for (i = 0; i < l.nr; i++)
		free(l.entry[i].name);
	free(l.entry);
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
