/* SPDX-License-Identifier: MIT */
/*
 * top_page.c - pages of `kvmalloc top`: lines, columns that do not move when
 * numbers change, and numbers that fit them. See top.h.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"
#include "util.h"

enum {
	FLEX_MIN = 8,
	FLEX_MAX = 32, /* of names in front of numbers: those stay near */
	GAP = 1,
};

static void add(struct page *p, enum ink ink, uint64_t id, char *text)
{
	if (p->nr == p->room) {
		p->room = p->room ? 2 * p->room : 64;
		p->line = xrealloc(p->line, p->room, sizeof(*p->line));
	}
	p->line[p->nr++] = (struct line){ text, ink, id };
}

void page_line(struct page *p, enum ink ink, uint64_t id, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = xasprintf("%s", "");
	va_end(ap);
	add(p, ink, id, text);
}

void page_text(struct page *p, enum ink ink, char *text)
{
	char *s = text;

	while (*s) {
		size_t len = strcspn(s, "\n");

		add(p, ink, 0, xasprintf("%.*s", (int)len, s));
		s += len + (s[len] == '\n');
	}
	free(text);
}

void page_end_head(struct page *p)
{
	p->nr_head = p->nr;
}

void page_free(struct page *p)
{
	size_t i;

	for (i = 0; i < p->nr; i++)
		free(p->line[i].text);
	free(p->line);
	p->line = NULL;
	p->nr = p->room = p->nr_head = 0;
	p->choose = false;
}

/* ---- columns ---------------------------------------------------------- */

static bool is_hidden(const struct grid *g, int c)
{
	return g->column[c].min_screen > g->page->width;
}

static int column_width(const struct grid *g, int c)
{
	return g->column[c].width ? g->column[c].width : g->flex;
}

/* the line so far goes to the page; no blanks at its end */
static void flush_row(struct grid *g)
{
	while (g->len && g->text[g->len - 1] == ' ')
		g->len--;
	page_line(g->page, g->ink, g->id, "%.*s", (int)g->len, g->text);
	g->len = 0;
	g->next = 0;
}

static void append(struct grid *g, const char *text, int width, char align)
{
	int have = (int)text_width(text);
	int pad = width > have ? width - have : 0;
	int n;

	if (g->len + strlen(text) + (size_t)pad + GAP + 1 > sizeof(g->text))
		return;
	n = sprintf(g->text + g->len, "%*s%*s%s%*s", g->next ? GAP : 0, "",
		    align == '>' ? pad : 0, "", text, align == '>' ? 0 : pad,
		    "");
	g->len += (size_t)n;
}

static void put_cell(struct grid *g, char *text)
{
	int c = g->next;

	if (!is_hidden(g, c)) {
		text_cut(text, (size_t)column_width(g, c));
		append(g, text, column_width(g, c), g->column[c].align);
	}
	if (++g->next == g->nr)
		flush_row(g);
}

void grid_cell(struct grid *g, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = xasprintf("%s", "");
	va_end(ap);
	put_cell(g, text);
	free(text);
}

void grid_row(struct grid *g, enum ink ink, uint64_t id)
{
	g->ink = ink;
	g->id = id;
}

/* the column a table is sorted by has its head in capitals */
static char *column_head(const struct grid *g, int c, const char *sorted)
{
	char *head = xasprintf("%s", g->column[c].head);
	char *s;

	if (sorted && !strcmp(head, sorted))
		for (s = head; *s; s++)
			*s = (char)toupper((unsigned char)*s);
	return head;
}

void grid_start(struct grid *g, struct page *p, const struct column *column,
		int nr, const char *sorted)
{
	int c, used = 0, shown = 0, last = 0;

	memset(g, 0, sizeof(*g));
	g->page = p;
	g->column = column;
	g->nr = nr;
	for (c = 0; c < nr; c++) {
		if (is_hidden(g, c))
			continue;
		used += column[c].width;
		shown++;
		last = c;
	}
	g->flex = p->width - used - GAP * (shown - 1);
	if (g->flex < FLEX_MIN)
		g->flex = FLEX_MIN;
	if (column[last].width && g->flex > FLEX_MAX)
		g->flex = FLEX_MAX;
	grid_row(g, INK_TITLE, 0);
	for (c = 0; c < nr; c++) {
		char *head = column_head(g, c, sorted);

		put_cell(g, head);
		free(head);
	}
	grid_row(g, INK_PLAIN, 0);
}

/* ---- numbers ---------------------------------------------------------- */

/* three digits and a unit */
static struct text short_number(double n, double base)
{
	static const char unit[] = " kMGTPE";
	size_t u = 0;
	struct text t;

	while (n >= 999.5 && u + 1 < sizeof(unit) - 1) {
		n /= base;
		u++;
	}
	if (!u)
		snprintf(t.s, sizeof(t.s),
			 n < 9.95 && n > 0 && n != (int)n ? "%.1f" : "%.0f", n);
	else
		snprintf(t.s, sizeof(t.s), "%.*f%c",
			 n < 9.995 ? 2 :
			 n < 99.95 ? 1 :
				     0,
			 n, u == 1 && base > 1000 ? 'K' : unit[u]);
	return t;
}

struct text short_count(double n)
{
	return short_number(n, 1000);
}

struct text short_bytes(double n)
{
	return short_number(n, 1024);
}

struct text short_percent(uint64_t part, uint64_t whole)
{
	struct text t = { "-" };
	double v;

	if (!whole)
		return t;
	v = 100.0 * (double)part / (double)whole;
	if (v >= 999.5)
		snprintf(t.s, sizeof(t.s), ">999%%");
	else
		snprintf(t.s, sizeof(t.s), "%.*f%%", v < 99.95 ? 1 : 0, v);
	return t;
}

/* ---- sorted rows ------------------------------------------------------ */

static int compare_rows(const void *a, const void *b, void *data)
{
	const struct row *x = a, *y = b;
	int sign = *(const bool *)data ? -1 : 1;
	int order = 0;

	if (x->name && y->name)
		order = strcmp(x->name, y->name);
	else if (x->weight != y->weight)
		order = x->weight < y->weight ? 1 : -1;
	if (order)
		return sign * order;
	return x->index < y->index ? -1 : 1;
}

void rows_sort(struct row *row, size_t nr, bool reverse)
{
	if (nr)
		qsort_r(row, nr, sizeof(*row), compare_rows, &reverse);
}
