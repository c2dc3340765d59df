/* SPDX-License-Identifier: MIT */
/*
 * cmd_top.c - `kvmalloc top`: what processes ask for and get, while they do.
 * See top.h for its parts; here are the options and the plain text output.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "top.h"

enum { KEY_ONCE = KEY_LONG + 1, KEY_TAB, MIN_WIDTH = 40, MAX_WIDTH = 500 };

static const struct cmd_option options[] = {
	{ "delay", 'd', "SEC", "between two readings (default 1)" },
	{ "iterations", 'n', "N", "end after so many frames" },
	{ "once", KEY_ONCE, NULL, "print one frame as plain text" },
	{ "batch", 'b', NULL, "print frames as plain text, for a log" },
	{ "tab", KEY_TAB, "TAB",
	  "of a process: overview, classes, memory, stacks, counters, "
	  "threads" },
	{ "sort", 's', "KEY", "what rows are sorted by: the name of a column" },
	{ "reverse", 'r', NULL, "the other way round" },
	{ "filter", 'f', "TEXT", "only rows whose name contains it" },
	{ 0 },
};

struct top_options {
	uint64_t delay_ms, frames;
	bool plain, once, reverse;
	const char *tab, *sort, *filter;
};

/* ---- plain text ------------------------------------------------------- */

static int plain_width(void)
{
	const char *columns = getenv("COLUMNS");
	uint64_t n = (uint64_t)terminal_columns(STDOUT_FILENO);

	if (!n && columns && parse_u64(columns, &n))
		n = 0;
	return n >= MIN_WIDTH && n <= MAX_WIDTH ? (int)n : LINE_WIDTH;
}

static void print_frame(struct top *t, bool with_time)
{
	struct page page = { .width = plain_width() };
	char *title = top_title(t);
	time_t now = time(NULL);
	char when[32] = "";
	struct tm tm;
	size_t i;

	page.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	if (with_time && localtime_r(&now, &tm))
		strftime(when, sizeof(when), "   %Y-%m-%d %H:%M:%S", &tm);
	printf("%s%s\n", title, when);
	top_page(t, &page);
	for (i = 0; i < page.nr; i++)
		puts(page.line[i].text);
	page_free(&page);
	free(title);
}

static void pause_ms(uint64_t ms)
{
	struct timespec ts = { (time_t)(ms / 1000),
			       (long)(ms % 1000) * 1000000 };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

static int print_frames(struct top *t, const struct top_options *o)
{
	uint64_t frame = 0;

	for (;;) {
		if (t->shown == VIEW_stacks)
			stack_view_tick(t);
		print_frame(t, !o->once);
		if (fflush(stdout))
			break; /* the caller says why */
		if (o->frames && ++frame == o->frames)
			break;
		putchar('\n');
		pause_ms(t->delay_ms);
		watch_tick(&t->watch);
	}
	return STATUS_OK;
}

/* ---- what to show ----------------------------------------------------- */

static bool open_file(struct top *t, const char *path)
{
	char why[256];
	struct proc *p;

	t->watch.kind = WATCH_ONE;
	p = watch_add(&t->watch, path, 0, why);
	if (!p) {
		complain("%s: %s", path, why);
		return false;
	}
	top_open(t, p);
	t->direct = true;
	return true;
}

static bool open_pid(struct top *t, const char *arg)
{
	struct snapshot s;
	bool ok;

	if (!find_target(&s, arg))
		return false;
	ok = open_file(t, s.path);
	snapshot_free(&s);
	return ok;
}

/* processes by a part of their name; if there is one, that */
static bool open_name(struct top *t, const char *name)
{
	struct proc *found = NULL;
	size_t nr = 0, i;

	watch_tick(&t->watch);
	for (i = 0; i < t->watch.nr; i++) {
		if (!strcasestr(t->watch.proc[i]->now->s.head.comm, name))
			continue;
		found = t->watch.proc[i];
		nr++;
	}
	if (!nr) {
		complain("%s: no such file or directory, and no process of "
			 "that name has a report file",
			 name);
		return false;
	}
	snprintf(t->view[VIEW_LIST].filter, sizeof(t->view[VIEW_LIST].filter),
		 "%s", name);
	if (nr == 1)
		top_open(t, found);
	return true;
}

static bool open_dir(struct top *t, const char *dir)
{
	if (access(dir, R_OK | X_OK)) {
		complain("%s: %s", dir, strerror(errno));
		return false;
	}
	t->watch.kind = WATCH_DIR;
	t->watch.dir = dir;
	watch_tick(&t->watch);
	return true;
}

static bool choose_target(struct top *t, const char *arg)
{
	struct stat st;

	if (!arg) {
		watch_tick(&t->watch);
		return true;
	}
	if (is_pid(arg))
		return open_pid(t, arg);
	if (stat(arg, &st))
		return open_name(t, arg);
	return S_ISDIR(st.st_mode) ? open_dir(t, arg) : open_file(t, arg);
}

static bool choose_tab(struct top *t, const char *tab)
{
	int i;

	if (!tab)
		return true;
	for (i = 0; i < NR_TABS; i++) {
		if (strcmp(tab_names[i], tab))
			continue;
		if (!t->open) {
			usage_error("--tab=%s: only of one process", tab);
			return false;
		}
		t->shown = (enum view_id)(FIRST_TAB + i);
		return true;
	}
	usage_error("--tab=%s: expected overview, classes, memory, stacks, "
		    "counters or threads",
		    tab);
	return false;
}

static bool choose_order(struct top *t, const struct top_options *o)
{
	const char *const *keys = view_keys(t->shown);
	struct view *v = &t->view[t->shown];
	char list[160] = "";
	size_t i, n = 0;

	v->reverse = o->reverse;
	if (o->filter)
		snprintf(v->filter, sizeof(v->filter), "%s", o->filter);
	if (!o->sort)
		return true;
	for (i = 0; keys && keys[i]; i++) {
		if (!strcasecmp(keys[i], o->sort)) {
			v->sort = i;
			return true;
		}
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
				      i ? ", " : "", keys[i]);
	}
	usage_error("--sort=%s: expected %s%s", o->sort,
		    n ? "one of " : "no key: this is not sorted", list);
	return false;
}

static int show(const char *target, const struct top_options *o)
{
	struct top t = { .delay_ms = o->delay_ms };
	int status = STATUS_FAIL;

	setlocale(LC_CTYPE, "");
	if (choose_target(&t, target)) {
		if (!choose_tab(&t, o->tab) || !choose_order(&t, o))
			status = STATUS_USAGE;
		else if (o->plain)
			status = print_frames(&t, o);
		else
			status = screen_run(&t, o->frames);
	}
	top_close(&t);
	watch_free(&t.watch);
	return status;
}

/* 0, or an exit status after a message */
static int take_option(struct top_options *o, int key, const char *arg)
{
	switch (key) {
	case 'd':
		o->delay_ms = parse_delay(arg);
		if (!o->delay_ms)
			return usage_error("-d %s: expected seconds from 0.1 "
					   "to 3600",
					   arg);
		break;
	case 'n':
		if (cmd_number("-n", arg, &o->frames))
			return STATUS_USAGE;
		if (!o->frames)
			return usage_error("-n 0: expected at least 1");
		break;
	case KEY_ONCE:
		o->once = o->plain = true;
		break;
	case 'b':
		o->plain = true;
		break;
	case KEY_TAB:
		o->tab = arg;
		break;
	case 's':
		o->sort = arg;
		break;
	case 'r':
		o->reverse = true;
		break;
	case 'f':
		o->filter = arg;
		break;
	default:
		break;
	}
	return 0;
}

static int run(int argc, char **argv)
{
	struct top_options o = { .delay_ms = DEFAULT_DELAY_MS };
	struct cmd_parser parser;
	int key, status, wrong;

	cmd_parser_init(&parser, &cmd_top);
	while ((key = cmd_next(&parser, &cmd_top, argc, argv, &status)) != -1) {
		wrong = take_option(&o, key, optarg);
		if (wrong)
			return wrong;
	}
	if (status >= 0)
		return status;
	if (o.once)
		o.frames = 1;
	return show(argv[optind], &o);
}

const struct command cmd_top = {
	.name = "top",
	.args = "[PID|NAME|DIR|FILE]",
	.help = "live screen: what processes ask for and get, by rate",
	.text = "Without an argument: all processes that write a report. "
		"NAME: those whose name contains it. DIR: the report files "
		"there. Keys: h shows them.",
	.options = options,
	.one = "process or directory",
	.run = run,
};
