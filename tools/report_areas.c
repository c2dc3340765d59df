/* SPDX-License-Identifier: MIT */
/*
 * report_areas.c - the areas of the vmalloc region, with who asked for them.
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "where.h"

enum { WHERE_WIDTH = 60 };

struct order {
	const struct kvr_area **area;
	size_t nr, nr_lazy;
	uint64_t lazy_bytes;
};

/* largest first */
static int compare(const void *a, const void *b)
{
	const struct kvr_area *x = *(const struct kvr_area *const *)a;
	const struct kvr_area *y = *(const struct kvr_area *const *)b;

	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	return x->start < y->start ? -1 : x->start > y->start;
}

static void gather(struct order *o, const struct snapshot *s)
{
	size_t i;

	memset(o, 0, sizeof(*o));
	o->area = xcalloc(s->nr_areas, sizeof(*o->area));
	for (i = 0; i < s->nr_areas; i++) {
		const struct kvr_area *a = &s->area[i];

		if (a->flags & KVR_AREA_LAZY) {
			o->nr_lazy++;
			o->lazy_bytes += a->size;
		} else {
			o->area[o->nr++] = a;
		}
	}
	if (o->nr)
		qsort(o->area, o->nr, sizeof(struct kvr_area *), compare);
}

/* by its stack if there is one, else the place that called; to be freed */
static char *area_path(const struct where *w, const struct kvr_area *a)
{
	struct site site = { .nr_stacks = 1 };

	if (a->stack && a->stack < w->stacks->nr_rows) {
		site.sum = w->stacks->row[a->stack];
		site.heaviest = &w->stacks->row[a->stack];
		return site_path(w->symbols, &site, WHERE_WIDTH);
	}
	return a->caller ? where_text(w, where_frame(w, a->caller)) :
			   xasprintf("?");
}

static void area_row(struct table *t, const struct report *r,
		     const struct where *w, const struct kvr_area *a)
{
	uint64_t now = r->m->s->head.start_monotonic_ns + r->m->duration_ns;
	char *path = area_path(w, a);

	table_cell(t, "  0x%llx", (unsigned long long)a->start);
	table_cell(t, "%s", fmt_bytes(a->size).s);
	table_cell(t, "%s", a->asked ? fmt_bytes(a->asked).s : "?");
	table_cell(t, "%s",
		   !a->made_ns	    ? "before" :
		   now > a->made_ns ? fmt_seconds(now - a->made_ns).s :
				      "0 s");
	table_cell(t, "%s", path);
	free(path);
}

void report_areas(const struct report *r)
{
	struct table *t = table_new();
	struct order o;
	struct where w;
	size_t shown, i;
	char *text;

	gather(&o, r->m->s);
	where_open(&w, r->m->s, r->profile, &r->opts->profile.symbols);
	shown = r->opts->rows && !r->opts->verbose && r->opts->rows < o.nr ?
			r->opts->rows :
			o.nr;
	text = xasprintf("-n %llu", (unsigned long long)r->opts->rows);
	table_title(t, "VMALLOC AREAS in use, by size",
		    shown < o.nr ? text : "");
	free(text);
	table_col(t, '<', "  address");
	table_col(t, '>', "size");
	table_col(t, '>', "asked");
	table_col(t, '>', "age");
	table_col(t, 'p', "where");
	for (i = 0; i < shown; i++)
		area_row(t, r, &w, o.area[i]);
	table_print(t, r->out, 1);
	if (shown < o.nr)
		fprintf(r->out->f, "   .. %zu more\n", o.nr - shown);
	if (o.nr_lazy && (o.nr || r->opts->verbose))
		fprintf(r->out->f, "   and %s freed lazily, %s\n",
			fmt_things(o.nr_lazy, "area", "areas").s,
			fmt_bytes(o.lazy_bytes).s);
	where_close(&w);
	free(o.area);
}
