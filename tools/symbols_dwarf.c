/* SPDX-License-Identifier: MIT */
/*
 * symbols_dwarf.c - functions, inlined ones too, and lines by debug
 * information. See symbols_impl.h.
 *
 * Theory: units and functions are intervals of addresses. Both are collected
 * into sorted arrays, units at once (from their heads: .debug_aranges is
 * missing in files of clang and rustc), functions when an address first falls
 * into their unit. So a look-up costs two binary searches and a walk down the
 * blocks of one function, where libdw's own way reads the unit's whole tree
 * each time.
 *
 * Bounds for damaged files: DIEs of a unit, depth of nesting.
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#include "symbols_impl.h"
#include "util.h"

enum {
	MAX_DIES = 20000000, /* of a unit */
	MAX_DEPTH = 64,
	MAX_INLINED = 32,
	MAX_NESTED = 16, /* how many intervals to look back */
};

struct span {
	Dwarf_Addr low, high; /* [low, high) */
	size_t index;	      /* of unit or function */
};

struct spans {
	struct span *span;
	size_t nr, room;
};

struct unit {
	Dwarf_Die die;
	bool ready; /* its functions have been collected */
	struct spans spans;
	Dwarf_Die *function;
	size_t nr, room;
};

struct dwarf_index {
	struct spans spans; /* of units */
	struct unit *unit;
	size_t nr, room;
};

static void *grow(void *array, size_t nr, size_t *room, size_t size)
{
	if (nr < *room)
		return array;
	*room = *room ? 2 * *room : 16;
	return xrealloc(array, *room, size);
}

static void add_spans(struct spans *s, Dwarf_Die *die, size_t index)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(die, at, &base, &low, &high)) > 0) {
		/* linkers leave 0 or -1 for code they threw away */
		if (!low || low >= high)
			continue;
		s->span = grow(s->span, s->nr, &s->room, sizeof(*s->span));
		s->span[s->nr++] = (struct span){ low, high, index };
	}
}

static int compare_spans(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	/* the narrower one last: it is found first */
	if (x->high != y->high)
		return x->high > y->high ? -1 : 1;
	return 0;
}

static void sort_spans(struct spans *s)
{
	if (s->nr)
		qsort(s->span, s->nr, sizeof(*s->span), compare_spans);
}

static const struct span *find_span(const struct spans *s, Dwarf_Addr addr)
{
	size_t low = 0, high = s->nr, i;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->span[mid].low <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	for (i = 0; i < MAX_NESTED && low; i++)
		if (addr < s->span[--low].high)
			return &s->span[low];
	return NULL;
}

struct dwarf_index *dwarf_index_new(Dwarf *dw)
{
	struct dwarf_index *x = xcalloc(1, sizeof(*x));
	Dwarf_CU *cu = NULL;
	Dwarf_Die die, sub;

	while (!dwarf_get_units(dw, cu, &cu, NULL, NULL, &die, &sub)) {
		/* split debug information: the unit proper is elsewhere */
		Dwarf_Die *unit =
			dwarf_tag(&sub) == DW_TAG_compile_unit ? &sub : &die;

		add_spans(&x->spans, &die, x->nr);
		x->unit = grow(x->unit, x->nr, &x->room, sizeof(*x->unit));
		x->unit[x->nr++] = (struct unit){ .die = *unit };
	}
	sort_spans(&x->spans);
	return x;
}

void dwarf_index_free(struct dwarf_index *x)
{
	size_t i;

	if (!x)
		return;
	for (i = 0; i < x->nr; i++) {
		free(x->unit[i].spans.span);
		free(x->unit[i].function);
	}
	free(x->unit);
	free(x->spans.span);
	free(x);
}

/* may functions stand below it? */
static bool has_functions(int tag)
{
	switch (tag) {
	case DW_TAG_subprogram:
	case DW_TAG_lexical_block:
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
		return true;
	}
	return false;
}

static void collect(struct unit *u, Dwarf_Die *parent, int depth, int *left)
{
	Dwarf_Die die;
	int more = dwarf_child(parent, &die);

	for (; !more && --*left > 0; more = dwarf_siblingof(&die, &die)) {
		int tag = dwarf_tag(&die);

		if (tag == DW_TAG_subprogram) {
			size_t before = u->spans.nr;

			add_spans(&u->spans, &die, u->nr);
			if (u->spans.nr > before) {
				u->function = grow(u->function, u->nr, &u->room,
						   sizeof(*u->function));
				u->function[u->nr++] = die;
			}
		}
		if (depth < MAX_DEPTH && has_functions(tag))
			collect(u, &die, depth + 1, left);
	}
}

static void prepare(struct unit *u)
{
	int left = MAX_DIES;

	if (u->ready)
		return;
	u->ready = true;
	collect(u, &u->die, 0, &left);
	sort_spans(&u->spans);
}

/*
 * Appends what is inlined at addr below parent, outermost first. Blocks are
 * passed through; one that has no address says nothing.
 */
static size_t inlined(Dwarf_Die *parent, Dwarf_Addr addr, Dwarf_Die *chain,
		      size_t nr, int depth)
{
	int left = MAX_DIES;
	Dwarf_Die die;
	int more = dwarf_child(parent, &die);

	for (; !more && --left > 0; more = dwarf_siblingof(&die, &die)) {
		int tag = dwarf_tag(&die);

		if (tag != DW_TAG_inlined_subroutine &&
		    tag != DW_TAG_lexical_block && tag != DW_TAG_try_block &&
		    tag != DW_TAG_catch_block)
			continue;
		if (dwarf_haspc(&die, addr) <= 0)
			continue;
		if (tag == DW_TAG_inlined_subroutine && nr < MAX_INLINED)
			chain[nr++] = die;
		if (depth < MAX_DEPTH)
			nr = inlined(&die, addr, chain, nr, depth + 1);
		break;
	}
	return nr;
}

static const char *die_name(Dwarf_Die *die, bool *linkage)
{
	static const unsigned int names[] = { DW_AT_linkage_name,
					      DW_AT_MIPS_linkage_name };
	Dwarf_Attribute attr;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (dwarf_attr_integrate(die, names[i], &attr)) {
			*linkage = true;
			return dwarf_formstring(&attr);
		}
	*linkage = false;
	return dwarf_diename(die);
}

static bool is_cplusplus(struct unit *u)
{
	int language = dwarf_srclang(&u->die);

	return language == DW_LANG_C_plus_plus ||
	       language == DW_LANG_C_plus_plus_03 ||
	       language == DW_LANG_C_plus_plus_11 ||
	       language == DW_LANG_C_plus_plus_14;
}

static uint32_t number(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attr;
	Dwarf_Word value;

	if (!dwarf_attr(die, name, &attr) || dwarf_formudata(&attr, &value))
		return 0;
	return value <= UINT32_MAX ? (uint32_t)value : 0;
}

/* where the innermost code is */
static void own_line(struct unit *u, Dwarf_Addr addr, struct symbols *sy,
		     struct symbol *s)
{
	Dwarf_Line *line = dwarf_getsrc_die(&u->die, addr);
	const char *file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
	int nr = 0;

	s->file = file ? symbols_intern(sy, file) : NULL;
	if (file && !dwarf_lineno(line, &nr) && nr > 0)
		s->line = (uint32_t)nr;
}

/* where an inlined function was called: the place in the one around it */
static void call_line(struct unit *u, Dwarf_Die *die, struct symbols *sy,
		      struct symbol *s)
{
	Dwarf_Files *files;
	const char *file = NULL;
	size_t nr;

	if (!dwarf_getsrcfiles(&u->die, &files, &nr))
		file = dwarf_filesrc(files, number(die, DW_AT_call_file), NULL,
				     NULL);
	s->file = file ? symbols_intern(sy, file) : NULL;
	s->line = file ? number(die, DW_AT_call_line) : 0;
}

size_t dwarf_index_at(struct dwarf_index *x, uint64_t addr, struct symbols *sy,
		      struct symbol *out, size_t max, bool *bare)
{
	const struct span *s = find_span(&x->spans, addr);
	Dwarf_Die chain[MAX_INLINED + 1];
	Dwarf_Addr start = 0, end = 0;
	bool linkage = true;
	struct unit *u;
	size_t nr = 0, i;

	*bare = false;
	if (!s || !max)
		return 0;
	u = &x->unit[s->index];
	prepare(u);
	own_line(u, addr, sy, &out[0]);
	s = find_span(&u->spans, addr);
	if (!s)
		return out[0].file ? 1 : 0;
	chain[0] = u->function[s->index];
	if (dwarf_entrypc(&chain[0], &start))
		start = s->low;
	if (dwarf_highpc(&chain[0], &end) || end < start)
		end = start;
	nr = inlined(&chain[0], addr, chain, 1, 0);
	for (i = 0; i < nr && i < max; i++) {
		Dwarf_Die *die = &chain[nr - 1 - i];
		const char *name = die_name(die, &linkage);

		out[i].function = name ? symbols_name(sy, name) : NULL;
		out[i].start = i == nr - 1 ? start : 0;
		out[i].size = i == nr - 1 ? end - start : 0;
		if (i + 1 < nr && i + 1 < max)
			call_line(u, die, sy, &out[i + 1]);
	}
	*bare = i == nr && !linkage && is_cplusplus(u);
	return i;
}
