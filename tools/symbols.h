/* SPDX-License-Identifier: MIT */
/*
 * symbols.h - from a frame to function, file and line, by libdwfl.
 *
 * Done here and never in the process that was watched; later, and on another
 * machine, too: by build id, in separate debug files, below --sysroot and
 * --debug-dir. Results are cached; each distinct frame is looked up once.
 */
#ifndef TOOLS_SYMBOLS_H
#define TOOLS_SYMBOLS_H

#include "stacks.h"

struct symbol {
	const char *function;	/* demangled; NULL: none known */
	const char *file;	/* NULL: not known */
	uint32_t line;		/* 0: not known */
	const char *module;	/* base name of the object; "" = no object */
	uint64_t offset;	/* in the object (or the address, without one) */
	uint64_t start;		/* of the function, like offset; 0: not known */
	uint64_t size;		/* of the function; 0: not known */
};

struct symbols;

struct symbols_options {
	const char *sysroot;	/* prefix of object paths, or NULL */
	const char *debug_dir;	/* further place of debug files, or NULL */
	bool off;		/* module+offset only */
	bool progress;		/* a progress line on stderr if it takes long */
};

struct symbols *symbols_new(const struct stacks *st,
			    const struct symbols_options *o);
void symbols_free(struct symbols *sy);

/*
 * What runs at @frame: the innermost inlined function first, the function
 * itself last; at least one, at most @max. A return address is looked up at
 * the byte before. Strings live as long as @sy.
 */
size_t symbols_at(struct symbols *sy, uint64_t frame, struct symbol *out,
		  size_t max);

/*
 * "function (file:line)", "function+0x12 (module)", "module+0x1234" or, for
 * code of no object, "name ([jit])" or "[jit]+0x7f0012345000": the page, as
 * addresses there are new in every run. As snprintf().
 */
size_t symbol_format(const struct symbol *s, char *buf, size_t size);

/*
 * Why some frames so far have no names: objects that are missing here or are
 * not the ones that ran. NULL: none such. Lives until the next call.
 */
const char *symbols_trouble(struct symbols *sy);

#endif
