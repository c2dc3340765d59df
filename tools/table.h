/* SPDX-License-Identifier: MIT */
/*
 * table.h - output: where it goes, colours, human numbers, aligned columns.
 *
 * Every line of a report fits LINE_WIDTH columns, or a narrower terminal: a
 * table that would be wider shortens the cells of its widest left-aligned
 * column, moves its columns together, and then leaves out those that can be
 * spared.
 */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { LINE_WIDTH = 100, LEAST_WIDTH = 60 };

enum color_when {
	COLOR_AUTO, /* on a terminal, unless NO_COLOR is set */
	COLOR_ALWAYS,
	COLOR_NEVER,
};

struct out {
	FILE *f;
	bool color;
	int width; /* columns of a line */
};

enum ink {
	INK_PLAIN,
	INK_TITLE,
	INK_NOTE, /* less important */
	INK_ALERT,
};

/* 0, or -1 for a word that is none of auto, always, never */
int color_parse(const char *word, enum color_when *when);
void out_init(struct out *o, FILE *f, enum color_when when);
/* what goes to standard output ends on the terminal fd, whatever it is now */
void out_on_terminal(int fd);
/* the columns of the terminal fd; 0: it is none, or does not know */
int terminal_columns(int fd);

/* printf in an ink */
void out_ink(struct out *o, enum ink ink, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* a blank line; a title at the left, a hint at the right end of the line */
void out_title(struct out *o, const char *title, const char *hint);

/* words wrapped at LINE_WIDTH; every line but the first is indented */
void out_wrap(struct out *o, const char *first, const char *indent,
	      const char *words);

/* flush; false and a message when something could not be written */
bool out_flush(struct out *o, const char *name);

/* a number as text, to be used within the expression that asks for it */
struct text {
	char s[64];
};

struct text fmt_bytes(uint64_t bytes);			/* 512 B, 197.2 MiB */
struct text fmt_count(uint64_t n);			/* 1 445 774 */
struct text fmt_short(double n);			/* 2.0 M, 31.4 k */
struct text fmt_percent(uint64_t part, uint64_t whole); /* 13.6 %, - */
struct text fmt_ratio(uint64_t part, uint64_t whole);	/* 1.16x, - */
struct text fmt_seconds(uint64_t ns);			/* 3.2 ms, 0.71 s, 2 h 03 min */
struct text fmt_things(uint64_t n, const char *one, const char *many);
/* 1 block, 2 blocks */

struct table;

struct table *table_new(void);

/* a column: '<' left- or '>' right-aligned, '=' left and never cut, 'p' left
   and a path of callers, cut between two; all columns before the first cell */
void table_col(struct table *t, char align, const char *head);

/* the column just made is left out where a line is too short, the last first */
void table_spare(struct table *t);

/* the next cell, row by row */
void table_cell(struct table *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* a line above the table, as of out_title(); the texts are copied */
void table_title(struct table *t, const char *title, const char *hint);

/*
 * Prints and frees; every line starts with `indent` blanks. A table without
 * rows prints nothing, not even its title.
 */
void table_print(struct table *t, struct out *o, int indent);

#endif
