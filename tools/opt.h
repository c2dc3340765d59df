/* SPDX-License-Identifier: MIT */
/*
 * opt.h - the options of the library as the tool sees them: checked values
 * and the KVMALLOC variable.
 */
#ifndef TOOLS_OPT_H
#define TOOLS_OPT_H

#include <stdbool.h>
#include <stdint.h>

#include "kvmalloc/options.h"

enum opt_type {
	OPT_SIZE,
	OPT_UINT,
	OPT_ENUM,
	OPT_OPTENUM,
	OPT_BOOL,
	OPT_OPTPATH,
	OPT_OPTFILE,
	OPT_OPTBLOCKS,
	OPT_NUMBERS,
};

struct opt_info {
	const char *name;
	enum opt_type type;
	const char *def; /* "" = not set */
	uint64_t min, max;
	const char *values; /* a|b|c */
	const char *help;
};

extern const struct opt_info opt_info[KV_NR_OPTIONS];

/* chosen options; a value is NULL where the option has none */
struct opt_set {
	bool given[KV_NR_OPTIONS];
	char *value[KV_NR_OPTIONS];
};

/* is the value needed, or may the name stand alone? */
bool opt_needs_value(enum kv_option id);

/* the accepted form, to end a message: "one of a, b, c" */
const char *opt_form(enum kv_option id);

/* the form in a synopsis: SIZE, N, a|b|c, 0|1, DIR */
const char *opt_placeholder(enum kv_option id);

/*
 * Checks and remembers; false: a message has been printed that calls the
 * option `label`, as the user wrote it.
 */
bool opt_assign(struct opt_set *set, enum kv_option id, const char *value,
		const char *label);

/*
 * The words of a KVMALLOC variable, the same way: separated by blanks or
 * commas; a number after a comma belongs to the value before it.
 */
bool opt_parse(struct opt_set *set, const char *text);

/* the set as a KVMALLOC variable; to be freed */
char *opt_format(const struct opt_set *set);

void opt_free(struct opt_set *set);

/* can this path stand in the variable? short, no blanks, commas, controls */
bool opt_plain(const char *path);

#endif
