/* SPDX-License-Identifier: MIT */
/*
 * sites.h - call sites: stacks put together where they come from one place,
 * so that a table of ten rows says where the memory went.
 */
#ifndef TOOLS_SITES_H
#define TOOLS_SITES_H

#include "symbols.h"
#include "table.h"

enum site_by {
	SITE_BY_SITE,  /* put together, see sites.c */
	SITE_BY_STACK, /* each stack by itself */
};

/* what rows are ordered and put together by */
typedef uint64_t (*row_weight)(const struct stack_row *r, int arg);

/* the usual weight: arg is an enum stack_value */
uint64_t site_value(const struct stack_row *r, int arg);

struct site {
	struct stack_row sum; /* of its stacks; its frames are those that all
				 of them have, its hash and flags are those of
				 the heaviest */
	const struct stack_row *heaviest;
	size_t nr_stacks;
	uint64_t weight;
	char *path; /* see sites_name() */
};

struct sites {
	enum site_by by;
	struct site *site; /* heaviest first */
	size_t nr;
	struct stack_row total; /* of all stacks, in a site or not */
	size_t nr_stacks;
	uint64_t weight;
};

struct site_options {
	enum site_by by;
	row_weight weight;
	int arg;
	size_t rows;	    /* how many will be shown; 0 = all */
	const bool *chosen; /* [stack id], NULL = all */
};

void sites_build(struct sites *sites, const struct stacks *st,
		 struct symbols *sy, const struct site_options *o);
void sites_free(struct sites *sites);

/*
 * Gives each site its path of at most `width` columns. Where several would
 * look the same what they share is left out; those that look the same even so
 * become one, unless each stack is to be by itself.
 */
void sites_name(struct sites *sites, struct symbols *sy, size_t width);

void row_add(struct stack_row *to, const struct stack_row *r);

/*
 * Which stacks pass: a frame matches focus, none matches ignore (extended
 * regular expressions, NULL = not given), of functions, files and modules.
 * [stack id], to be freed; NULL after a message.
 */
bool *sites_choose(const struct stacks *st, struct symbols *sy,
		   const char *focus, const char *ignore);

/*
 * A site in one line, leaf first: "xmalloc < node_new (tree.c:88) < parse <
 * ..". Of functions that only allocate for others the outermost is shown.
 */
char *site_path(struct symbols *sy, const struct site *site, size_t width);

/*
 * The same, to tell apart sites that share `skip` frames: what is before is
 * left out behind the first word, and so are files and lines.
 */
char *site_path_from(struct symbols *sy, const struct site *site, size_t width,
		     uint32_t skip);

/* the number of frames at the leaf that only allocate for others */
uint32_t site_callers(struct symbols *sy, const struct stack_row *r);

/* all frames of a stack, one a line */
void stack_print(struct out *out, struct symbols *sy,
		 const struct stack_row *r, int indent);

/* does a function of this name allocate on behalf of its callers? */
bool is_allocator(const char *function);

/* a name without template arguments; to be freed */
char *short_name(const char *function);

#endif
