/* SPDX-License-Identifier: MIT */
/*
 * report.h - the text report: totals first, findings in sentences before
 * tables, every line within the width of table.h, each table naming the option
 * that changes it, the next useful command at the end.
 */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include "cmd.h"
#include "find.h"
#include "model.h"
#include "profile.h"
#include "table.h"
#include "tree.h"

/*
 * What tables are ordered by. Size classes know no peak and no fallbacks:
 * they are ordered by bytes served then; call sites have no size.
 */
#define SORT_KEYS(X) \
	X(live) X(leaks) X(peak) X(total) X(count) X(waste) X(fallback) \
	X(pinned) X(size)

enum sort_key {
	SORT_none, /* not given: classes by total, call sites by peak */
#define X(name) SORT_##name,
	SORT_KEYS(X)
#undef X
};

struct report_options {
	uint64_t rows; /* of long tables; 0 = all */
	enum sort_key sort;
	enum site_by by;
	bool full;    /* whole call stacks */
	bool verbose; /* everything, also what is zero */
	enum color_when color;
	struct profile_options profile;
};

enum { KEY_SORT = KEY_LONG + 0x40, KEY_COLOR, KEY_FULL, KEY_BY };

/* the same for every command that prints a report */
#define REPORT_CMD_OPTIONS                                                    \
	{ "rows", 'n', "N", "rows of long tables; 0 = all (default 10)" },    \
		{ "sort", KEY_SORT, "KEY",                                    \
		  "order of call sites and size classes: live, leaks, "       \
		  "peak, total, count, waste, fallback, pinned, size" },      \
		{ "by", KEY_BY, "WHAT",                                       \
		  "call sites: site (default: stacks that go one way "        \
		  "together) or stack (each by itself)" },                    \
		{ "full", KEY_FULL, NULL, "whole stacks of the call sites" }, \
		PROFILE_CMD_OPTIONS,                                          \
		{ "verbose", 'v', NULL,                                       \
		  "all tables, rows, and counters that are zero" },           \
	{                                                                     \
		"color", KEY_COLOR, "WHEN", "auto, always or never"           \
	}

#define REPORT_OPTIONS_INIT                                  \
	{                                                    \
		.rows = 10, .profile.symbols.progress = true \
	}

/* one of those? 1 taken, 0 no, -1 wrong (a message has been printed) */
int report_option(struct report_options *opts, int key, const char *arg);

/* "live|leaks|..." */
const char *sort_words(void);

/* what a sort key means to call stacks */
enum stack_value sort_value(enum sort_key key);

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
	const struct profile *profile; /* call stacks, or NULL */
	const struct run_end *end;     /* NULL = not started by us */
	const struct tree *tree;       /* processes of the run, or NULL */
	const char *next;	       /* last line; NULL = the usual one */
};

void report_print(const struct report *r);

/*
 * Several processes together; the tree is not empty. False: an option was
 * wrong, a message has been printed.
 */
bool report_tree(const struct tree *t, struct out *out,
		 const struct report_options *opts);
/* only their call sites */
bool report_tree_sites(const struct tree *t, struct out *out,
		       const struct report_options *opts);

/* "bytes live at the process's peak"; a number in that unit, to be freed */
const char *stack_value_help(enum stack_value v);
char *stack_value_text(enum stack_value v, uint64_t n);
bool stack_value_is_bytes(enum stack_value v);

/* parts, in report_tables.c and findings.c */
void report_findings(const struct report *r);
void report_sites(const struct report *r);
void report_classes(const struct report *r);
void report_vmalloc_sizes(const struct report *r);
void report_areas(const struct report *r);
void report_caches(const struct report *r);
void report_buddy(const struct report *r);
void report_zones(const struct report *r);
void report_threads(const struct report *r);
void report_counters(const struct report *r);

/* a site's heaviest stack under a line that starts with `head` */
void report_stack(struct out *out, struct symbols *sy, const struct site *s,
		  const char *head);

/* was every request of about the same size, the largest one's? */
bool same_size(const struct stack_row *r);

/* "1 032", or "~870" when it differs from request to request; to be freed */
char *size_each(const struct stack_row *r);

#endif
