/* SPDX-License-Identifier: MIT */
/*
 * symbols_elf.c - functions by symbol table, for objects without debug
 * information. See symbols_impl.h.
 *
 * Theory: libdwfl merges .symtab, .dynsym and the compressed table of
 * .gnu_debugdata, but searches them one by one; a stripped browser has half a
 * million. Here they are sorted once. A symbol answers only for addresses
 * inside it: in a stripped object the nearest one before is some unrelated
 * exported function, and a wrong name is worse than none.
 */
#include <stdlib.h>
#include <string.h>

#include "symbols_impl.h"
#include "util.h"

struct entry {
	uint64_t start, size;
	const char *name; /* libdwfl's */
	int rank;	  /* of several names of a place: the lowest */
};

struct symbol_index {
	struct entry *entry;
	size_t nr;
};

enum {
	NO_SIZE = 4096,	 /* a function of unknown size may be so long */
	MAX_NESTED = 16, /* how many starts to look back */
};

/* public names without underscores are what a person calls it by */
static int rank(const GElf_Sym *sym, const char *name)
{
	static const int binding[] = {
		[STB_LOCAL] = 2, [STB_GLOBAL] = 0, [STB_WEAK] = 1
	};
	unsigned int b = GELF_ST_BIND(sym->st_info);
	int n = (int)strspn(name, "_");

	return (b < ARRAY_SIZE(binding) ? binding[b] : 3) + 4 * (n < 8 ? n : 8);
}

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	return -strcmp(x->name, y->name);
}

/* the addresses libdwfl speaks of are moved by the bias of the main file */
static bool get(Dwfl_Module *mod, int i, GElf_Addr bias, struct entry *e)
{
	GElf_Word section = SHN_UNDEF;
	GElf_Addr addr = 0;
	GElf_Sym sym;
	unsigned int type;

	e->name = dwfl_module_getsym_info(mod, i, &sym, &addr, &section, NULL,
					  NULL);
	if (!e->name || !*e->name || section == SHN_UNDEF)
		return false;
	type = GELF_ST_TYPE(sym.st_info);
	if (type != STT_FUNC && type != STT_GNU_IFUNC)
		return false;
	e->start = addr - bias;
	e->size = sym.st_size;
	e->rank = rank(&sym, e->name);
	return true;
}

struct symbol_index *symbol_index_new(Dwfl_Module *mod)
{
	struct symbol_index *x = xcalloc(1, sizeof(*x));
	int total = dwfl_module_getsymtab(mod);
	GElf_Addr bias = 0;
	int i;

	if (total <= 0 || !dwfl_module_getelf(mod, &bias))
		return x;
	x->entry = xcalloc((size_t)total, sizeof(*x->entry));
	for (i = 1; i < total; i++)
		x->nr += get(mod, i, bias, &x->entry[x->nr]);
	if (x->nr)
		qsort(x->entry, x->nr, sizeof(*x->entry), compare);
	return x;
}

void symbol_index_free(struct symbol_index *x)
{
	if (!x)
		return;
	free(x->entry);
	free(x);
}

const char *symbol_index_at(const struct symbol_index *x, uint64_t addr,
			    uint64_t *start, uint64_t *size)
{
	size_t low = 0, high = x->nr, i;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (x->entry[mid].start <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	/* the best name of one start is the last */
	for (i = 0; i < MAX_NESTED && low; i++) {
		const struct entry *e = &x->entry[--low];

		if (addr - e->start < (e->size ? e->size : NO_SIZE)) {
			*start = e->start;
			*size = e->size;
			return e->name;
		}
	}
	return NULL;
}
