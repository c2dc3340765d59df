/* SPDX-License-Identifier: MIT */
/*
 * top_stacks.c - call stacks while they allocate, and one stack whole. See
 * top.h.
 *
 * Theory: a file with many stacks takes long to read, so they are read only
 * while they are shown, and so rarely that reading takes at most one fiftieth
 * of the time. Names are looked up for the rows on the screen, as many as can
 * be done within a fraction of a second; the others show at the next tick.
 *
 * A stack's id stays the same while the process runs, and so does a module's
 * number: names once found stay good until the table of modules changes.
 */
#include <stdlib.h>
#include <string.h>

#include "sites.h"
#include "top.h"
#include "util.h"

enum {
	SHARE = 50,	 /* of the time that reading may take: 1 / SHARE */
	MAX_ROWS = 2000, /* in the table */
	PLAIN_ROWS = 25, /* where there is no screen to scroll */
	NAMES_MS = 150,	 /* per frame */
};

struct stack_view {
	struct snapshot s;
	struct stacks st;
	uint64_t ns, next_ns;
	/* by id, from the reading before; ns 0: none */
	uint64_t *allocs, *served;
	size_t nr_before;
	uint64_t before_ns;
	struct symbols *sy;
	struct stacks base; /* what the symbols refer to: modules only */
	struct kvr_module *module;
};

enum stack_key {
	STACK_LIVE,
	STACK_BLOCKS,
	STACK_RATE,
	STACK_SERVED_RATE,
	STACK_WASTE,
	STACK_PEAK,
	STACK_SERVED
};

const char *const stack_keys[] = { "live",  "blocks", "req/s",	"B/s",
				   "waste", "peak",   "served", NULL };

static const struct column columns[] = {
	{ "live", 5, '>', 0 },	 { "blocks", 6, '>', 0 },
	{ "req/s", 5, '>', 0 },	 { "B/s", 5, '>', 0 },
	{ "waste", 5, '>', 0 },	 { "peak", 5, '>', 0 },
	{ "served", 6, '>', 0 }, { "call site", 0, '<', 0 },
};

static void forget_symbols(struct stack_view *v)
{
	symbols_free(v->sy);
	free(v->module);
	v->sy = NULL;
	v->module = NULL;
}

void stack_view_free(struct stack_view *v)
{
	if (!v)
		return;
	forget_symbols(v);
	stacks_free(&v->st);
	snapshot_free(&v->s);
	free(v->allocs);
	free(v->served);
	free(v);
}

/* keeps the numbers that rates need of the reading that is replaced */
static void keep_before(struct stack_view *v)
{
	size_t i;

	v->nr_before = v->st.nr_rows;
	v->before_ns = v->ns;
	v->allocs = xrealloc(v->allocs, v->nr_before, sizeof(uint64_t));
	v->served = xrealloc(v->served, v->nr_before, sizeof(uint64_t));
	for (i = 0; i < v->nr_before; i++) {
		v->allocs[i] = v->st.row[i].allocs;
		v->served[i] = v->st.row[i].served;
	}
}

static void renew_symbols(struct stack_view *v)
{
	static const struct symbols_options options;
	size_t size = v->st.nr_modules * sizeof(*v->module);

	if (v->sy && v->base.nr_modules == v->st.nr_modules &&
	    (!size || !memcmp(v->module, v->st.module, size)))
		return;
	forget_symbols(v);
	v->module = xcalloc(v->st.nr_modules, sizeof(*v->module));
	if (size)
		memcpy(v->module, v->st.module, size);
	v->base = (struct stacks){ .from = &v->s,
				   .module = v->module,
				   .nr_modules = v->st.nr_modules };
	v->sy = symbols_new(&v->base, &options);
}

static void reload(struct stack_view *v, const char *path)
{
	uint64_t start = monotonic_ns();
	struct snapshot s;
	struct stacks st;

	if (snapshot_load(&s, path)) {
		if (!stacks_load(&st, &s)) {
			snapshot_free(&s);
			return;
		}
		if (v->ns)
			keep_before(v);
		stacks_free(&v->st);
		snapshot_free(&v->s);
		v->s = s;
		v->st = st;
		v->ns = start;
		renew_symbols(v);
	}
	v->next_ns = start + SHARE * (monotonic_ns() - start);
}

void stack_view_tick(struct top *t)
{
	if (!t->stacks) {
		t->stacks = xcalloc(1, sizeof(*t->stacks));
		reload(t->stacks, t->open->path);
		return;
	}
	if (t->open->life == LIFE_RUNNING && !t->open->gone &&
	    monotonic_ns() >= t->stacks->next_ns)
		reload(t->stacks, t->open->path);
}

static double rate(const struct top *t, size_t id, uint64_t now,
		   const uint64_t *before)
{
	const struct stack_view *v = t->stacks;
	uint64_t ns = t->open->now->m.duration_ns, from = 0;

	if (v->before_ns) {
		ns = minus(v->ns, v->before_ns);
		from = id < v->nr_before ? before[id] : 0;
	}
	return ns ? (double)minus(now, from) * 1e9 / (double)ns : 0;
}

static double weight(const struct top *t, size_t id, enum stack_key key)
{
	const struct stack_row *r = &t->stacks->st.row[id];

	switch (key) {
	case STACK_LIVE:
		return (double)r->live_bytes;
	case STACK_BLOCKS:
		return (double)r->live_blocks;
	case STACK_RATE:
		return rate(t, id, r->allocs, t->stacks->allocs);
	case STACK_SERVED_RATE:
		return rate(t, id, r->served, t->stacks->served);
	case STACK_WASTE:
		return (double)minus(r->served, r->asked);
	case STACK_PEAK:
		return (double)r->peak_bytes;
	case STACK_SERVED:
		break;
	}
	return (double)r->served;
}

static char *path_of(const struct top *t, size_t id, int width)
{
	const struct stack_row *r = &t->stacks->st.row[id];
	struct site site = { .sum = *r, .heaviest = r, .nr_stacks = 1 };

	return site_path(t->stacks->sy, &site, width > 8 ? (size_t)width : 8);
}

static void stack_line(const struct top *t, struct grid *g, size_t id,
		       bool named)
{
	const struct stack_row *r = &t->stacks->st.row[id];
	char *path = named ? path_of(t, id, g->flex) : xasprintf("..");

	grid_row(g, INK_PLAIN, id);
	grid_cell(g, "%s", short_bytes((double)r->live_bytes).s);
	grid_cell(g, "%s", short_count((double)r->live_blocks).s);
	grid_cell(g, "%s", short_count(weight(t, id, STACK_RATE)).s);
	grid_cell(g, "%s", short_bytes(weight(t, id, STACK_SERVED_RATE)).s);
	grid_cell(g, "%s", short_bytes(weight(t, id, STACK_WASTE)).s);
	grid_cell(g, "%s", short_bytes((double)r->peak_bytes).s);
	grid_cell(g, "%s", short_bytes((double)r->served).s);
	grid_cell(g, "%s", path);
	free(path);
}

/* rows in sight get names, as long as there is time */
static void stack_lines(const struct top *t, struct page *page, struct grid *g,
			const struct row *row, size_t nr)
{
	size_t from = page->height ? t->view[VIEW_stacks].top : 0;
	size_t to = from + (page->height ? (size_t)page->height : PLAIN_ROWS);
	uint64_t until = monotonic_ns() + NAMES_MS * 1000000ull;
	size_t i;

	for (i = 0; i < nr; i++) {
		bool seen = i >= from && i < to;

		if (!seen && !page->height)
			break;
		stack_line(t, g, row[i].index,
			   seen && (!page->height || monotonic_ns() < until));
	}
	if (i < nr)
		page_line(page, INK_NOTE, 0, ".. %zu more", nr - i);
}

static void say_why_empty(const struct top *t, struct page *page)
{
	if (!t->stacks->ns)
		page_line(page, INK_PLAIN, 0, "The file can't be read.");
	else
		page_line(page, INK_PLAIN, 0,
			  "No call stacks were recorded: start the program "
			  "with 'kvmalloc run --stacks'.");
}

void page_of_stacks(struct top *t, struct page *page)
{
	const struct view *v = &t->view[VIEW_stacks];
	const struct stacks *st = &t->stacks->st;
	struct row *row = xcalloc(st->nr_rows, sizeof(*row));
	struct grid g;
	size_t nr = 0, i;

	grid_start(&g, page, columns, ARRAY_SIZE(columns), stack_keys[v->sort]);
	page_end_head(page);
	page->choose = true;
	for (i = 1; i < st->nr_rows; i++) {
		if (!st->row[i].allocs && !st->row[i].live_blocks)
			continue;
		row[nr].index = i;
		row[nr++].weight = weight(t, i, (enum stack_key)v->sort);
	}
	rows_sort(row, nr, v->reverse);
	stack_lines(t, page, &g, row, nr < MAX_ROWS ? nr : MAX_ROWS);
	if (!nr)
		say_why_empty(t, page);
	free(row);
}

static void frames(const struct stack_view *v, const struct stack_row *r,
		   struct page *page)
{
	struct out out = { 0 };
	char *text = NULL;
	size_t size = 0;

	out.f = open_memstream(&text, &size);
	if (!out.f)
		return;
	out.width = page->width;
	stack_print(&out, v->sy, r, 2);
	if (!fclose(out.f))
		page_text(page, INK_PLAIN, text);
	else
		free(text);
}

void page_of_stack(struct top *t, struct page *page)
{
	const struct stack_view *v = t->stacks;
	const struct stack_row *r;
	const char *trouble;

	if (!t->stack || t->stack >= v->st.nr_rows) {
		page_line(page, INK_PLAIN, 0, "This stack is gone.");
		return;
	}
	r = &v->st.row[t->stack];
	page_line(page, INK_TITLE, 0, "STACK %016llx   q: back to the list",
		  (unsigned long long)r->hash);
	page_end_head(page);
	page_line(page, INK_PLAIN, 0, " live %s in %s; at the peak %s in %s",
		  fmt_bytes(r->live_bytes).s,
		  fmt_things(r->live_blocks, "block", "blocks").s,
		  fmt_bytes(r->peak_bytes).s,
		  fmt_things(r->peak_blocks, "block", "blocks").s);
	page_line(page, INK_PLAIN, 0,
		  " requests %s (%s/s), freed %s; asked %s, served %s (%sB/s)",
		  fmt_count(r->allocs).s,
		  short_count(weight(t, t->stack, STACK_RATE)).s,
		  fmt_count(r->frees).s, fmt_bytes(r->asked).s,
		  fmt_bytes(r->served).s,
		  short_bytes(weight(t, t->stack, STACK_SERVED_RATE)).s);
	page_line(page, INK_PLAIN, 0,
		  " largest %s, vmalloc fallbacks %s, pins %s of slabs",
		  fmt_bytes(r->largest).s, fmt_count(r->fallbacks).s,
		  fmt_bytes(r->pinned_bytes).s);
	page_line(page, INK_PLAIN, 0, "%s", "");
	frames(v, r, page);
	trouble = symbols_trouble(v->sy);
	if (trouble)
		page_line(page, INK_NOTE, 0, " no names from: %s", trouble);
}
