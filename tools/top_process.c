/* SPDX-License-Identifier: MIT */
/*
 * top_process.c - one process: the head that all tabs share, and the overview
 * with routes, memory over time and findings. See top.h.
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "top.h"
#include "util.h"

enum { MEMORY_ROWS = 7, REQUEST_ROWS = 3, TALL = 40 };

const char *const tab_names[NR_TABS] = {
#define X(name) #name,
	TOP_TABS(X)
#undef X
};

static const char *state_text(const struct proc *p)
{
	if (p->life == LIFE_RUNNING && p->gone)
		return "running, file lost";
	return life_name(p->life);
}

static void command_line(const struct proc *p, struct page *page)
{
	const struct snapshot *s = &p->now->s;
	char *command = text_command(s->head.cmdline, s->cmdline_len);
	char *facts = xasprintf(
		"   pid %d   %s   %s%s   %s", (int)p->pid, state_text(p),
		p->now->m.duration_known ? "" : "at least ",
		fmt_seconds(p->now->m.duration_ns).s,
		fmt_things(p->now->m.nr_threads, "thread", "threads").s);
	int room = page->width - (int)text_width(facts) - 1;

	text_cut(command, room > 8 ? (size_t)room : 8);
	page_line(page, INK_TITLE, 0, " %s%s", command, facts);
	free(facts);
	free(command);
	if (p->gone)
		page_line(page, INK_ALERT, 0,
			  " The numbers are the last that were read: %s.",
			  p->why);
}

static void totals_line(const struct proc *p, struct page *page)
{
	const struct model *m = &p->now->m, *b = model_before(p);
	const struct kvr_stats *st = m->s->stats;

	page_line(page, INK_PLAIN, 0,
		  " %s req/s %s B/s  held %s  peak %s  pages %s  fallb %s  "
		  "fail %s",
		  short_count(proc_rate(p, m->total.calls, b->total.calls)).s,
		  short_bytes(proc_rate(p, m->total.asked, b->total.asked)).s,
		  short_bytes((double)st->held_bytes).s,
		  short_bytes((double)st->peak_held_bytes).s,
		  short_bytes((double)m->pages * (double)st->page_size).s,
		  short_count((double)m->fallbacks).s,
		  short_count((double)model_counter(m, KV_alloc_failed)).s);
}

/* the current tab in brackets: that is seen without colours, too */
static void tabs_line(const struct top *t, struct page *page)
{
	char text[160];
	size_t n = 0;
	int i;

	for (i = 0; i < NR_TABS; i++) {
		bool here = FIRST_TAB + i == (int)t->shown;

		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      here ? "[%d %s] " : " %d %s  ", i + 1,
				      tab_names[i]);
	}
	while (n && text[n - 1] == ' ')
		n--;
	page_line(page, INK_NOTE, 0, "%.*s", (int)n, text);
}

void page_head_of_process(struct top *t, struct page *page)
{
	command_line(t->open, page);
	totals_line(t->open, page);
	tabs_line(t, page);
}

static const struct column route_columns[] = {
	{ "  route", 0, '<', 0 }, { "calls", 6, '>', 0 },
	{ "call/s", 6, '>', 0 },  { "free/s", 6, '>', 0 },
	{ "B/s", 6, '>', 0 },	  { "live", 6, '>', 0 },
	{ "bytes", 6, '>', 0 },	  { "served", 6, '>', 0 },
	{ "waste", 6, '>', 0 },	  { "kern", 6, '>', 0 },
};

static void route_row(struct grid *g, const struct proc *p, const char *name,
		      const struct sums *n, const struct sums *b)
{
	grid_cell(g, "  %s", name);
	grid_cell(g, "%s", short_count((double)n->calls).s);
	grid_cell(g, "%s", short_count(proc_rate(p, n->calls, b->calls)).s);
	grid_cell(g, "%s", short_count(proc_rate(p, n->freed, b->freed)).s);
	grid_cell(g, "%s", short_bytes(proc_rate(p, n->asked, b->asked)).s);
	grid_cell(g, "%s", short_count((double)n->live).s);
	grid_cell(g, "%s", short_bytes((double)n->live_bytes).s);
	grid_cell(g, "%s", short_bytes((double)n->served).s);
	grid_cell(g, "%s",
		  short_percent(minus(n->served, n->asked), n->served).s);
	grid_cell(g, "%s",
		  short_percent(minus(n->kernel, n->asked), n->kernel).s);
}

static void routes(const struct proc *p, struct page *page)
{
	static const char *const names[NR_ROUTES] = {
		[ROUTE_SLAB] = "slab",
		[ROUTE_PAGES] = "pages",
		[ROUTE_VMALLOC] = "vmalloc",
	};
	const struct model *m = &p->now->m, *b = model_before(p);
	struct grid g;
	int r;

	page_line(page, INK_TITLE, 0, "HOW IT WAS SERVED   rates: %s",
		  p->before ? "now" : "average of the whole run");
	grid_start(&g, page, route_columns, ARRAY_SIZE(route_columns), NULL);
	for (r = 0; r < NR_ROUTES; r++)
		route_row(&g, p, names[r], &m->route[r], &b->route[r]);
	route_row(&g, p, "all", &m->total, &b->total);
}

static void findings(const struct proc *p, struct page *page)
{
	struct report_options opts = REPORT_OPTIONS_INIT;
	struct report r = { 0 };
	struct out out = { 0 };
	char *text = NULL;
	size_t size = 0;

	out.f = open_memstream(&text, &size);
	if (!out.f)
		return;
	out.width = page->width;
	r.out = &out;
	r.opts = &opts;
	r.m = &p->now->m;
	r.life = p->life;
	report_findings(&r);
	if (!fclose(out.f))
		page_text(page, INK_PLAIN, text);
	else
		free(text);
}

void page_of_overview(struct top *t, struct page *page)
{
	const struct proc *p = t->open;
	bool tall = page->height >= TALL;

	routes(p, page);
	graph_memory(page, &p->history, p->now->s.stats->page_size,
		     p->life == LIFE_RUNNING,
		     tall ? 2 * MEMORY_ROWS : MEMORY_ROWS);
	graph_requests(page, &p->history,
		       tall ? 2 * REQUEST_ROWS : REQUEST_ROWS);
	findings(p, page);
}
