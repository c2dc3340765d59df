/* SPDX-License-Identifier: MIT */
/*
 * report.h - the text report: totals first, findings in sentences before
 * tables, every line within LINE_WIDTH columns, each table naming the option
 * that changes it, the next useful command at the end.
 */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include "cmd.h"
#include "find.h"
#include "model.h"
#include "table.h"
#include "tree.h"

/* name, what the class table is ordered by */
#define SORT_KEYS(X) X(served) X(calls) X(waste) X(live) X(size)

enum sort_key {
#define X(name) SORT_##name,
	SORT_KEYS(X)
#undef X
};

struct report_options {
	uint64_t rows; /* of long tables; 0 = all */
	enum sort_key sort;
	bool verbose; /* everything, also what is zero */
	enum color_when color;
};

enum { KEY_SORT = KEY_LONG + 0x40, KEY_COLOR };

/* the same for every command that prints a report */
#define REPORT_CMD_OPTIONS                                                  \
	{ "rows", 'n', "N", "rows of long tables; 0 = all (default 10)" },  \
		{ "sort", KEY_SORT, "KEY",                                  \
		  "order of the size classes: served, calls, waste, live, " \
		  "size" },                                                 \
		{ "verbose", 'v', NULL,                                     \
		  "all rows, and counters that are zero" },                 \
	{                                                                   \
		"color", KEY_COLOR, "WHEN", "auto, always or never"         \
	}

#define REPORT_OPTIONS_INIT \
	{                   \
		.rows = 10  \
	}

/* one of those? 1 taken, 0 no, -1 wrong (a message has been printed) */
int report_option(struct report_options *opts, int key, const char *arg);

/* "served|calls|..." */
const char *sort_words(void);

/* what only the one who started the process knows */
struct run_end {
	int wait_status;
	uint64_t wall_ns;
	uint64_t max_rss; /* bytes */
};

struct report {
	struct out *out;
	const struct model *m;
	enum life life;
	const struct report_options *opts;
	const struct run_end *end; /* NULL = not started by us */
	const struct tree *tree;   /* processes of the run, or NULL */
	const char *next;	   /* last line; NULL = the usual one */
};

void report_print(const struct report *r);

/* parts, in report_tables.c and findings.c */
void report_findings(const struct report *r);
void report_classes(const struct report *r);
void report_vmalloc_sizes(const struct report *r);
void report_caches(const struct report *r);
void report_buddy(const struct report *r);
void report_zones(const struct report *r);
void report_threads(const struct report *r);
void report_counters(const struct report *r);

#endif
