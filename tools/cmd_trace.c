/* SPDX-License-Identifier: MIT */
/*
 * cmd_trace.c - `kvmalloc trace`: what a trace file comes to, whether it can
 * be true, and its events one by one.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "find.h"
#include "table.h"
#include "trace.h"

enum { KEY_TEXT = KEY_LONG + 1, KEY_COLOR };

static const struct cmd_option options[] = {
	{ "text", KEY_TEXT, NULL,
	  "the events, one a line: number, thread, call, sizes, block" },
	{ "rows", 'n', "N", "rows of a table (10; 0: all)" },
	{ "color", KEY_COLOR, "WHEN", "auto, always or never" },
	{ 0 },
};

struct trace_options {
	bool text;
	uint64_t rows;
	enum color_when color;
};

/* ---- events ------------------------------------------------------------ */

static void print_block(FILE *f, const struct trace_event *e)
{
	if (e->block)
		fprintf(f, " %llu", (unsigned long long)e->block);
	else
		fprintf(f, " 0x%llx", (unsigned long long)e->address);
}

/*
 * What a call takes, then what it returns: a block is a number that no other
 * has, from its first line to its last. One that the trace has not seen being
 * handed out is an address.
 */
static void print_event(FILE *f, const struct trace_event *e)
{
	static const char *const names[] = {
		[KVT_MALLOC] = "malloc",   [KVT_CALLOC] = "calloc",
		[KVT_ALIGNED] = "aligned", [KVT_FREE] = "free",
		[KVT_KEPT] = "realloc",	   [KVT_MOVED] = "realloc",
	};

	fprintf(f, "%llu %u ", (unsigned long long)e->number, e->thread);
	if (e->failed) {
		fprintf(f, "failed %llu\n", (unsigned long long)e->size);
		return;
	}
	fputs(names[e->call], f);
	if (e->call == KVT_ALIGNED)
		fprintf(f, " %llu", (unsigned long long)e->align);
	if (e->call == KVT_FREE || e->call == KVT_MOVED || e->call == KVT_KEPT)
		print_block(f, e);
	if (e->call != KVT_FREE)
		fprintf(f, " %llu", (unsigned long long)e->size);
	if (e->call == KVT_KEPT || e->call == KVT_MOVED) {
		fputs(e->call == KVT_KEPT ? " kept" : " moved", f);
	} else if (e->call != KVT_FREE) {
		fputs(" =", f);
		print_block(f, e);
	}
	fputc('\n', f);
}

/* ---- the summary ------------------------------------------------------- */

static enum life life_of_trace(const struct trace *t)
{
	unsigned long long start = process_starttime(t->head.pid);

	if (t->head.state == KVT_EXITED)
		return LIFE_EXITED;
	return start && start == t->head.starttime ? LIFE_RUNNING : LIFE_ENDED;
}

static void print_head(const struct trace *t, struct out *out)
{
	uint64_t end =
		t->head.end_monotonic_ns ? t->head.end_monotonic_ns : t->end_ns;
	uint64_t start = t->head.start_monotonic_ns;
	char *command = text_command(t->head.cmdline, t->cmdline_len);
	char *title = xasprintf("kvmalloc trace: %s",
				*command ? command : t->head.comm);
	char *facts = xasprintf(
		"pid %d   %s%s   %s   %s", t->head.pid,
		life_name(life_of_trace(t)), t->head.forked ? ", forked" : "",
		fmt_seconds(end > start ? end - start : 0).s,
		fmt_things(t->nr_threads, "thread", "threads").s);
	size_t width = text_width(facts), line = (size_t)out->width, i;

	text_cut(title, width + 20 < line ? line - 3 - width : 20);
	out_ink(out, INK_TITLE, "%s", title);
	width += text_width(title);
	fprintf(out->f, "%*s%s\n",
		width < line ? (int)(line - width) : 1, "", facts);
	for (i = 0; i < line; i++)
		fputc('-', out->f);
	fputc('\n', out->f);
	free(facts);
	free(title);
	free(command);
}

static void line(struct out *out, const char *label, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void line(struct out *out, const char *label, const char *fmt, ...)
{
	char *first = xasprintf(" %-15s", label), *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) >= 0)
		out_wrap(out, first, "                ", text);
	va_end(ap);
	free(text);
	free(first);
}

static uint64_t requests(const struct trace *t)
{
	return t->calls[KVT_MALLOC] + t->calls[KVT_CALLOC] +
	       t->calls[KVT_ALIGNED] + t->calls[KVT_KEPT] + t->calls[KVT_MOVED];
}

static void print_sums(const struct trace *t, struct out *out)
{
	line(out, "events", "%s in %s", fmt_count(t->events).s,
	     fmt_bytes(t->file_size).s);
	line(out, "asked for", "%s in %s", fmt_bytes(t->asked).s,
	     fmt_things(requests(t), "request", "requests").s);
	line(out, "peak",
	     "%s asked for by what was live then, at event %llu; at most %s",
	     fmt_bytes(t->peak_bytes).s, (unsigned long long)t->peak_number,
	     fmt_things(t->peak_blocks, "block", "blocks").s);
	line(out, "still held", "%s in %s", fmt_bytes(t->live_bytes).s,
	     fmt_things(t->live_blocks, "block", "blocks").s);
	if (t->failed)
		line(out, "failed", "%s",
		     fmt_things(t->failed, "request", "requests").s);
	if (t->inherited)
		line(out, "inherited",
		     "%s freed or resized that the parent had made",
		     fmt_things(t->inherited, "block", "blocks").s);
	if (t->head.untraced)
		line(out, "not in it",
		     "%s from within the allocator or around a fork",
		     fmt_things(t->head.untraced, "request", "requests").s);
}

static bool consistent(const struct trace *t)
{
	return !t->damaged && !trace_lacks(t) &&
	       (t->missing || (!t->twice && !t->unknown));
}

static void print_check(const struct trace *t, struct out *out)
{
	if (t->head.why == KVT_TRACE_MAX)
		line(out, "ends early",
		     "the file is as long as trace_max= "
		     "allows");
	else if (t->head.why)
		line(out, "ends early", "the file could not grow: %s",
		     strerror((int)t->head.error));
	if (t->missing)
		line(out, "missing", "%s%s",
		     fmt_things(t->missing, "event", "events").s,
		     trace_lacks(t) ? "" :
				      ": of calls that had not returned when "
				      "the process ended, or was read");
	if (consistent(t))
		line(out, "consistent",
		     "what was freed had been handed out, and nothing was "
		     "handed out while in use");
	else if (t->twice || t->unknown)
		line(out, "inconsistent",
		     "%s handed out while in use, %s freed or resized that "
		     "nobody had; first at event %llu",
		     fmt_things(t->twice, "block", "blocks").s,
		     fmt_things(t->unknown, "block", "blocks").s,
		     (unsigned long long)t->first_wrong);
	if (t->damaged)
		line(out, "damaged", "%s", t->why);
}

static void print_calls(const struct trace *t, struct out *out)
{
	static const char *const names[] = {
		[KVT_MALLOC] = "malloc",
		[KVT_CALLOC] = "calloc",
		[KVT_ALIGNED] = "aligned",
		[KVT_FREE] = "free",
		[KVT_KEPT] = "realloc, in place",
		[KVT_MOVED] = "realloc, moved",
	};
	struct table *table = table_new();
	size_t i;

	table_title(table, "CALLS", "");
	table_col(table, '<', "call");
	table_col(table, '>', "calls");
	table_col(table, '>', "%");
	for (i = 1; i < ARRAY_SIZE(names); i++) {
		if (!t->calls[i])
			continue;
		table_cell(table, "%s", names[i]);
		table_cell(table, "%s", fmt_count(t->calls[i]).s);
		table_cell(table, "%s", fmt_percent(t->calls[i], t->events).s);
	}
	table_print(table, out, 3);
}

static int compare_sizes(const void *left, const void *right)
{
	const struct trace_entry *a = left, *b = right;

	if (a->a != b->a)
		return a->a < b->a ? 1 : -1;
	return a->key < b->key ? -1 : a->key > b->key;
}

/* the table is sorted where it is: nobody looks into it any more */
static void print_sizes(struct trace *t, uint64_t rows, struct out *out)
{
	struct table *table = table_new();
	size_t i;

	if (t->sizes.nr)
		qsort(t->sizes.entry, t->sizes.room, sizeof(*t->sizes.entry),
		      compare_sizes);
	if (!rows || rows > t->sizes.nr)
		rows = t->sizes.nr;
	table_title(table, "SIZES ASKED FOR, the most frequent", "-n 10");
	table_col(table, '>', "bytes");
	table_col(table, '>', "requests");
	table_col(table, '>', "%");
	for (i = 0; i < rows; i++) {
		const struct trace_entry *e = &t->sizes.entry[i];

		table_cell(table, "%s", fmt_count(e->key - 1).s);
		table_cell(table, "%s", fmt_count(e->a).s);
		table_cell(table, "%s", fmt_percent(e->a, requests(t)).s);
	}
	table_print(table, out, 3);
}

static void print_threads(const struct trace *t, uint64_t rows, struct out *out)
{
	struct table *table = table_new();
	size_t i;

	if (!rows || rows > t->nr_threads)
		rows = t->nr_threads;
	table_title(table, "THREADS",
		    "foreign: frees of what another asked "
		    "for");
	table_col(table, '>', "thread");
	table_col(table, '>', "id");
	table_col(table, '>', "requests");
	table_col(table, '>', "reallocs");
	table_col(table, '>', "frees");
	table_col(table, '>', "foreign");
	for (i = 0; i < rows; i++) {
		const struct trace_thread *k = &t->thread[i];

		table_cell(table, "%zu", i + 1);
		table_cell(table, "%llu", (unsigned long long)k->id);
		table_cell(table, "%s", fmt_count(k->requests).s);
		table_cell(table, "%s", fmt_count(k->resized).s);
		table_cell(table, "%s", fmt_count(k->frees).s);
		table_cell(table, "%s", fmt_count(k->foreign).s);
	}
	table_print(table, out, 3);
}

static void print_summary(struct trace *t, const struct trace_options *o)
{
	struct out out;

	out_init(&out, stdout, o->color);
	print_head(t, &out);
	print_sums(t, &out);
	print_check(t, &out);
	print_calls(t, &out);
	print_sizes(t, o->rows, &out);
	print_threads(t, o->rows, &out);
}

/* ---- the command ------------------------------------------------------- */

static int show(const char *path, const struct trace_options *o)
{
	struct trace_event e;
	struct trace t;
	bool ok;

	if (!trace_open(&t, path)) {
		complain("%s: %s", path, t.why);
		return STATUS_FAIL;
	}
	while (trace_next(&t, &e))
		if (o->text)
			print_event(stdout, &e);
	ok = consistent(&t);
	if (!o->text)
		print_summary(&t, o);
	else if (!ok)
		complain("%s: %s", path,
			 t.damaged ? t.why : "the trace is not consistent");
	trace_close(&t);
	return ok ? STATUS_OK : STATUS_FAIL;
}

static int run(int argc, char **argv)
{
	struct trace_options o = { .rows = 10 };
	struct cmd_parser parser;
	int key, status;

	cmd_parser_init(&parser, &cmd_trace);
	while ((key = cmd_next(&parser, &cmd_trace, argc, argv, &status)) !=
	       -1) {
		if (key == KEY_TEXT)
			o.text = true;
		else if (key == 'n' && cmd_number("-n", optarg, &o.rows))
			return STATUS_USAGE;
		else if (key == KEY_COLOR && color_parse(optarg, &o.color))
			return usage_error("--color=%s: expected auto, always "
					   "or never",
					   optarg);
	}
	if (status >= 0)
		return status;
	if (argc - optind != 1)
		return usage_error(argc > optind ?
					   "one FILE at a time, not also '%s'" :
					   "no FILE given",
				   argc > optind ? argv[optind + 1] : "");
	return show(argv[optind], &o);
}

const struct command cmd_trace = {
	.name = "trace",
	.args = "FILE",
	.help = "a trace of 'run --trace': sums, a check, its events",
	.text = "The exit status is 1 when the trace is damaged or not "
		"consistent.",
	.options = options,
	.pages = true,
	.run = run,
};
