/* SPDX-License-Identifier: MIT */
/*
 * top_list.c - the first page of `kvmalloc top`: all processes. See top.h.
 *
 * A process that has ended keeps its row, without rates.
 */
#include <stdlib.h>
#include <string.h>

#include "top.h"
#include "util.h"

enum { WIDE = 120, COMM = 16 };

/* clang-format off */
/* name, head of its column */
#define LIST_KEYS(X)          \
	X(requests,  "req/s") \
	X(asked,     "B/s")   \
	X(held,      "held")  \
	X(peak,      "peak")  \
	X(pages,     "pages") \
	X(waste,     "waste") \
	X(kernel,    "kern")  \
	X(fallbacks, "fallb") \
	X(threads,   "thr")   \
	X(pid,       "pid")   \
	X(comm,      "comm")  \
	X(state,     "state")
/* clang-format on */

enum list_key {
#define X(name, head) LIST_##name,
	LIST_KEYS(X)
#undef X
};

const char *const list_keys[] = {
#define X(name, head) head,
	LIST_KEYS(X)
#undef X
		NULL,
};

static const struct column columns[] = {
	{ "pid", 7, '>', 0 },	     { "comm", 0, '<', 0 },
	{ "state", 5, '<', 0 },	     { "req/s", 5, '>', 0 },
	{ "B/s", 5, '>', 0 },	     { "held", 5, '>', 0 },
	{ "peak", 5, '>', 0 },	     { "pages", 5, '>', 0 },
	{ "waste", 5, '>', 0 },	     { "kern", 5, '>', 0 },
	{ "fallb", 5, '>', 0 },	     { "thr", 4, '>', 0 },
	{ "command", 0, '<', WIDE },
};

const char *proc_state(const struct proc *p)
{
	static const char *const names[] = {
		[LIFE_RUNNING] = "run",
		[LIFE_EXITED] = "exit",
		[LIFE_ENDED] = "ended",
		[LIFE_EXECED] = "exec",
	};

	return p->life == LIFE_RUNNING && p->gone ? "gone" : names[p->life];
}

static double request_rate(const struct proc *p)
{
	return proc_rate(p, p->now->m.total.calls,
			 model_before(p)->total.calls);
}

static double asked_rate(const struct proc *p)
{
	return proc_rate(p, p->now->m.total.asked,
			 model_before(p)->total.asked);
}

static double ratio(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : -1;
}

static void weigh(struct row *row, const struct proc *p, enum list_key key)
{
	const struct model *m = &p->now->m;
	bool runs = p->life == LIFE_RUNNING;

	switch (key) {
	case LIST_requests:
		row->weight = runs ? request_rate(p) : -1;
		break;
	case LIST_asked:
		row->weight = runs ? asked_rate(p) : -1;
		break;
	case LIST_held:
		row->weight = (double)m->s->stats->held_bytes;
		break;
	case LIST_peak:
		row->weight = (double)m->s->stats->peak_held_bytes;
		break;
	case LIST_pages:
		row->weight = (double)m->pages;
		break;
	case LIST_waste:
		row->weight = ratio(minus(m->total.served, m->total.asked),
				    m->total.served);
		break;
	case LIST_kernel:
		row->weight = ratio(minus(m->total.kernel, m->total.asked),
				    m->total.kernel);
		break;
	case LIST_fallbacks:
		row->weight = (double)m->fallbacks;
		break;
	case LIST_threads:
		row->weight = (double)m->nr_threads;
		break;
	case LIST_pid:
		row->weight = -(double)p->pid;
		break;
	case LIST_comm:
		row->name = p->now->s.head.comm;
		break;
	case LIST_state:
		row->weight = -(double)p->life;
		break;
	}
}

static void rate_cells(struct grid *g, const struct proc *p)
{
	if (p->life != LIFE_RUNNING) {
		grid_cell(g, "-");
		grid_cell(g, "-");
		return;
	}
	grid_cell(g, "%s", short_count(request_rate(p)).s);
	grid_cell(g, "%s", short_bytes(asked_rate(p)).s);
}

static void list_row(struct grid *g, const struct proc *p)
{
	const struct snapshot *s = &p->now->s;
	const struct model *m = &p->now->m;
	double page = (double)s->stats->page_size;
	char *command = text_command(s->head.cmdline, s->cmdline_len);

	grid_row(g, p->life != LIFE_RUNNING || p->gone ? INK_NOTE : INK_PLAIN,
		 p->id);
	grid_cell(g, "%d", (int)p->pid);
	grid_cell(g, "%s", s->head.comm);
	grid_cell(g, "%s", proc_state(p));
	rate_cells(g, p);
	grid_cell(g, "%s", short_bytes((double)s->stats->held_bytes).s);
	grid_cell(g, "%s", short_bytes((double)s->stats->peak_held_bytes).s);
	grid_cell(g, "%s", short_bytes((double)m->pages * page).s);
	grid_cell(g, "%s",
		  short_percent(minus(m->total.served, m->total.asked),
				m->total.served)
			  .s);
	grid_cell(g, "%s",
		  short_percent(minus(m->total.kernel, m->total.asked),
				m->total.kernel)
			  .s);
	grid_cell(g, "%s", short_count((double)m->fallbacks).s);
	grid_cell(g, "%s", short_count((double)m->nr_threads).s);
	grid_cell(g, "%s", command);
	free(command);
}

static void say_why_empty(const struct top *t, struct page *p)
{
	if (t->watch.nr)
		page_line(p, INK_PLAIN, 0, "No process is called *%s*.",
			  t->view[VIEW_LIST].filter);
	else if (t->watch.kind == WATCH_DIR)
		page_line(p, INK_PLAIN, 0, "No report file (*.kvr) in %s yet.",
			  t->watch.dir);
	else
		page_line(p, INK_PLAIN, 0,
			  "No process with a report file is running. Start "
			  "one: kvmalloc run PROGRAM");
}

void page_of_list(struct top *t, struct page *p)
{
	const struct view *v = &t->view[VIEW_LIST];
	struct row *row = xcalloc(t->watch.nr, sizeof(*row));
	struct column column[ARRAY_SIZE(columns)];
	struct grid g;
	size_t nr = 0, i;

	memcpy(column, columns, sizeof(columns));
	if (p->width >= WIDE)
		column[1].width = COMM;
	grid_start(&g, p, column, ARRAY_SIZE(column), list_keys[v->sort]);
	page_end_head(p);
	p->choose = true;
	for (i = 0; i < t->watch.nr; i++) {
		const struct proc *k = t->watch.proc[i];

		if (!strcasestr(k->now->s.head.comm, v->filter))
			continue;
		row[nr].index = i;
		weigh(&row[nr++], k, (enum list_key)v->sort);
	}
	rows_sort(row, nr, v->reverse);
	for (i = 0; i < nr; i++)
		list_row(&g, t->watch.proc[row[i].index]);
	if (!nr)
		say_why_empty(t, p);
	free(row);
}
