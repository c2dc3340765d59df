/* SPDX-License-Identifier: MIT */
/*
 * subject.h - what an export, a flame graph or a page is made of: one report
 * file, loaded, added up, and its frames with their names.
 *
 * A place is a distinct frame of a call stack; it has one line of source for
 * each function inlined there and one for the function itself. All texts are
 * printable; nothing is known of what they mean to a file format or a page,
 * so each writer escapes them in its own way.
 */
#ifndef TOOLS_SUBJECT_H
#define TOOLS_SUBJECT_H

#include "cmd.h"
#include "find.h"
#include "model.h"
#include "profile.h"

struct line {
	const char *label;    /* the function, or module+offset: never NULL */
	const char *function; /* NULL: not known */
	const char *file;     /* NULL: not known */
	const char *module;   /* base name; "": code of no object */
	uint64_t offset;      /* in the module, or the address */
	uint32_t line;	      /* 0: not known */
};

struct place {
	uint64_t frame; /* KVR_FRAME_* */
	uint32_t first; /* of its lines, the innermost */
	uint32_t nr;	/* at least 1 */
};

struct subject {
	struct snapshot s;
	struct model m;
	struct profile profile;
	/* rows that were not chosen are zero; no rows: none in the file */
	const struct stacks *st;
	enum life life;
	struct place *place;
	size_t nr_places;
	struct line *line;
	size_t nr_lines;
	uint32_t *place_of; /* [index into s.frame]: number of its place */
};

/* options that name a subject and what of it is wanted */
struct subject_options {
	struct profile_options profile;
	enum stack_value value;
	const char *output; /* NULL = standard output */
	bool force;	    /* replace an existing file */
};

enum {
	KEY_VALUE = KEY_LONG + 0x60,
	KEY_FORCE,
	KEY_LIST,
};

#define SUBJECT_CMD_OPTIONS                                                 \
	{ "output", 'o', "FILE", "write to FILE, not to standard output" }, \
		{ "force", KEY_FORCE, NULL, "replace FILE if it exists" },  \
		PROFILE_CMD_OPTIONS

#define SUBJECT_OPTIONS_INIT                                                \
	{                                                                   \
		.profile.symbols.progress = true, .value = STACK_VALUE_peak \
	}

/* one of those? 1 taken, 0 no, -1 wrong (a message has been printed) */
int subject_option(struct subject_options *o, int key, const char *arg);

struct value_info {
	const char *name, *unit, *help;
};
extern const struct value_info value_info[NR_STACK_VALUES];

/* FILE, PID or NULL, as of find_target(); false: a message was printed */
bool subject_load(struct subject *x, const char *target,
		  const struct subject_options *o);
void subject_free(struct subject *x);

/* call stacks were recorded; if not, a message says how to get them */
bool subject_needs_stacks(const struct subject *x);

/* a frame of a stack, 0 = leaf */
const struct place *subject_place(const struct subject *x,
				  const struct stack_row *r, uint32_t frame);

/* a row that has something to tell */
bool row_used(const struct stack_row *r);

/* of all stacks together */
uint64_t subject_total(const struct subject *x, enum stack_value v);

/* what stands for the callers of a stack that has no root; NULL: it has */
const char *row_mark(const struct stack_row *r);

/* the command line as a shell would read it, else the name; to be freed */
char *subject_command(const struct subject *x);

#endif
