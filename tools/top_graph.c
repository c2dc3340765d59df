/* SPDX-License-Identifier: MIT */
/*
 * top_graph.c - numbers over time as text. See top.h.
 *
 * Theory: time is divided into as many steps as there are columns; a column
 * shows the largest number of its step, so that a short peak is not lost, and
 * where nothing was noted the one before it. A cell has eight heights where
 * the terminal can show them, else three.
 */
#include <stdlib.h>
#include <string.h>

#include "top.h"
#include "util.h"

enum { LABEL = 7, MIN_COLUMNS = 10, MAX_COLUMNS = 240 };

struct graph {
	int columns, rows;
	double front[MAX_COLUMNS], rear[MAX_COLUMNS]; /* front <= rear */
	double most;
	uint64_t span_ns;
	bool utf8;
};

/* how a cell looks that is filled by this part */
static const char *cell(double part, bool utf8)
{
	static const char *const blocks[] = { " ",	"\u2581", "\u2582",
					      "\u2583", "\u2584", "\u2585",
					      "\u2586", "\u2587", "\u2588" };
	static const char *const ascii[] = { " ", "_", "o", "#" };
	int n = utf8 ? 8 : 3;
	int i = (int)(part * n + 0.999);

	if (i > n)
		i = n;
	if (i < 0)
		i = 0;
	return utf8 ? blocks[i] : ascii[i];
}

static const char *rear_cell(bool utf8)
{
	return utf8 ? "\u2591" : ".";
}

static void graph_init(struct graph *g, const struct page *p, int rows)
{
	int i;

	g->columns = p->width - LABEL - 3;
	if (g->columns < MIN_COLUMNS)
		g->columns = MIN_COLUMNS;
	if (g->columns > MAX_COLUMNS)
		g->columns = MAX_COLUMNS;
	g->rows = rows;
	g->utf8 = p->utf8;
	for (i = 0; i < MAX_COLUMNS; i++)
		g->front[i] = g->rear[i] = -1;
}

static int column_of(const struct graph *g, const struct history *h, size_t i)
{
	uint64_t first = h->moment[0].monotonic_ns;
	double part = (double)(h->moment[i].monotonic_ns - first) /
		      ((double)g->span_ns + 1);

	int column = (int)(part * g->columns);

	/* times of a damaged file are too long for a double */
	return column < g->columns ? column : g->columns - 1;
}

static void note(struct graph *g, int column, double front, double rear)
{
	if (front > g->front[column])
		g->front[column] = front;
	if (rear > g->rear[column])
		g->rear[column] = rear;
	if (rear > g->most)
		g->most = rear;
}

/* columns without a number repeat the one before */
static void fill(struct graph *g)
{
	int i;

	for (i = 0; i < g->columns; i++) {
		if (g->front[i] < 0)
			g->front[i] = i ? g->front[i - 1] : 0;
		if (g->rear[i] < 0)
			g->rear[i] = i ? g->rear[i - 1] : 0;
	}
}

/* how much of row r (0 is the lowest) a number fills */
static double part_of(const struct graph *g, double n, int r)
{
	double v = n / g->most * g->rows - r;

	return v < 0 ? 0 : v > 1 ? 1 : v;
}

static void draw_row(struct page *p, const struct graph *g, int r,
		     const char *label)
{
	char text[MAX_COLUMNS * 3 + 64];
	size_t n;
	int i;

	n = (size_t)sprintf(text, "%*s %s", LABEL, label,
			    g->utf8 ? "\u2502" : "|");
	for (i = 0; i < g->columns; i++) {
		double front = part_of(g, g->front[i], r);
		const char *s = cell(front, g->utf8);

		if (front <= 0 && part_of(g, g->rear[i], r) >= 0.5)
			s = rear_cell(g->utf8);
		n += (size_t)sprintf(text + n, "%s", s);
	}
	while (n && text[n - 1] == ' ')
		n--;
	page_line(p, INK_PLAIN, 0, "%.*s", (int)n, text);
}

static void draw(struct page *p, struct graph *g, struct text (*fmt)(double))
{
	int r;

	fill(g);
	if (g->most <= 0)
		g->most = 1;
	for (r = g->rows; r-- > 0;)
		draw_row(p, g, r,
			 r == g->rows - 1 ? fmt(g->most).s :
			 r		  ? "" :
					    "0");
}

static void axis(struct page *p, const struct graph *g, bool running)
{
	struct text left = fmt_seconds(g->span_ns);
	size_t width = strlen(left.s) + 6; /* " ago" and " now", about */

	if ((int)width + 8 > g->columns)
		return;
	page_line(p, INK_NOTE, 0, "%*s  %s before%*s", LABEL, "", left.s,
		  g->columns - (int)strlen(left.s) - 7,
		  running ? "now" : "end");
}

static bool has_span(struct graph *g, const struct history *h)
{
	if (h->nr < 2)
		return false;
	g->span_ns = minus(h->moment[h->nr - 1].monotonic_ns,
			   h->moment[0].monotonic_ns);
	return g->span_ns > 0;
}

void graph_memory(struct page *p, const struct history *h, uint64_t page_size,
		  bool running, int rows)
{
	struct graph g = { 0 };
	size_t i;

	graph_init(&g, p, rows);
	if (!has_span(&g, h))
		return;
	page_line(p, INK_PLAIN, 0, "%s", "");
	page_line(p, INK_TITLE, 0,
		  "MEMORY over time: held %s, backed by "
		  "pages %s",
		  cell(1, g.utf8), rear_cell(g.utf8));
	for (i = 0; i < h->nr; i++) {
		const struct kvr_moment *m = &h->moment[i];
		double pages = (double)(m->slab_pages + m->large_pages +
					m->vmalloc_pages) *
			       (double)page_size;
		double held = (double)m->held_bytes;

		note(&g, column_of(&g, h, i), held,
		     pages > held ? pages : held);
	}
	draw(p, &g, short_bytes);
	axis(p, &g, running);
}

void graph_requests(struct page *p, const struct history *h, int rows)
{
	struct graph g = { 0 };
	double last = 0;
	size_t i, from = 0;

	graph_init(&g, p, rows);
	if (!has_span(&g, h))
		return;
	page_line(p, INK_TITLE, 0, "REQUESTS a second");
	for (i = 1; i < h->nr; i++) {
		const struct kvr_moment *a = &h->moment[from];
		const struct kvr_moment *b = &h->moment[i];
		uint64_t ns = minus(b->monotonic_ns, a->monotonic_ns);

		/* over less than half a column a rate says little */
		if (ns * 2 * (uint64_t)g.columns < g.span_ns)
			continue;
		last = (double)minus(b->requests, a->requests) * 1e9 /
		       (double)ns;
		note(&g, column_of(&g, h, i), last, last);
		from = i;
	}
	draw(p, &g, short_count);
}
