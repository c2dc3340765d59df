/* SPDX-License-Identifier: MIT */
/*
 * symbols_impl.h - between the parts of symbols.c: an object file opened for
 * look-ups, its debug information, its symbol table, and names.
 *
 * Addresses here are "virtual addresses of the ELF file", as in a frame.
 */
#ifndef TOOLS_SYMBOLS_IMPL_H
#define TOOLS_SYMBOLS_IMPL_H

#include <elfutils/libdwfl.h>

#include "symbols.h"

/* ---- symbols.c: one copy of each text, clean, alive as long as @sy */
const char *symbols_intern(struct symbols *sy, const char *text);
/* the same of a function's name, demangled */
const char *symbols_name(struct symbols *sy, const char *name);

/* ---- demangle.c: C++, Rust, D; to be freed, NULL: nothing to demangle */
char *demangle(const char *name);

/* ---- symbols_object.c */
enum object_state {
	OBJECT_OK,
	OBJECT_MISSING, /* no such file here */
	OBJECT_CHANGED, /* the file has another build id */
	OBJECT_NO_FILE, /* the vdso: never had one */
};

struct object; /* one module of the report, opened */

struct object *object_open(const struct kvr_module *m,
			   const struct symbols_options *o);
void object_close(struct object *o);
enum object_state object_state(const struct object *o);

/*
 * Function, file and line at @addr, innermost inlined function first; fills
 * these three and `start` of @out. 0: nothing known.
 */
size_t object_at(struct object *o, uint64_t addr, struct symbols *sy,
		 struct symbol *out, size_t max);

/* ---- symbols_dwarf.c: by debug information */
struct dwarf_index;

struct dwarf_index *dwarf_index_new(Dwarf *dw);
void dwarf_index_free(struct dwarf_index *x);
/*
 * *bare: the function itself is one of C++ whose name stands there without
 * what it is in; the symbol table knows it whole.
 */
size_t dwarf_index_at(struct dwarf_index *x, uint64_t addr, struct symbols *sy,
		      struct symbol *out, size_t max, bool *bare);

/* ---- symbols_elf.c: by symbol table */
struct symbol_index;

struct symbol_index *symbol_index_new(Dwfl_Module *mod);
void symbol_index_free(struct symbol_index *x);
/* NULL: no function there; *start: its first byte; *size 0: not known */
const char *symbol_index_at(const struct symbol_index *x, uint64_t addr,
			    uint64_t *start, uint64_t *size);

#endif
