/* SPDX-License-Identifier: MIT */
/*
 * findings_sites.c - findings that need call stacks: which request sizes lose
 * memory and where they come from, who falls back, what lives only a moment,
 * what is never freed. See findings.h.
 *
 * Theory: of a stack only sums are known, so its request size is an average;
 * where the largest request equals it, all were the same. Stacks of one such
 * size make a group; others are put together by an eighth of an octave. What
 * a group lost at the process's peak is its blocks live then, times what one
 * of its requests loses on average: exact for sizes that never vary.
 */
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "util.h"

#define MIN_PINNED (1ull << 20)

enum {
	WHERE_WIDTH = 56,
	MANY = 10000,	 /* requests: fewer are no burden */
	QUICK_OF_10 = 9, /* freed within the shortest lifetime counted */
	NEAR = 8,	 /* a smaller class is near: within an eighth */
};

/* one size of requests */
struct group {
	uint64_t each, takes;
	bool exact;
	struct stack_row sum;
	double loss;
	size_t first, nr; /* of the sorted elements */
};

struct element {
	uint64_t each, takes;
	bool exact;
	size_t id;
};

struct sizes {
	const struct profile *p;
	bool kernel; /* lost by the kernel's table, or here */
	bool peak;   /* at the peak, or over the whole run */
	struct element *element;
	size_t nr_elements;
	struct group *group;
	size_t nr;
	double loss, whole; /* bytes */
};

bool same_size(const struct stack_row *r)
{
	double all = (double)r->largest * (double)r->allocs;
	double asked = (double)r->asked;

	return r->allocs && all >= asked && all - asked <= all / 1000;
}

/* steps of an eighth of an octave */
static uint64_t round_size(uint64_t n)
{
	int bits = n ? 63 - __builtin_clzll(n) : 0;
	int shift = bits > 3 ? bits - 3 : 0;

	return n >> shift << shift;
}

static double row_loss(const struct stack_row *r, bool kernel, bool peak)
{
	double from = kernel ? (double)r->served : (double)r->asked;
	double to = kernel ? (double)r->kernel_served : (double)r->served;
	double loss = to > from ? to - from : 0;

	if (!peak)
		return loss;
	return r->allocs ? loss / (double)r->allocs * (double)r->peak_blocks :
			   0;
}

static int compare_elements(const void *a, const void *b)
{
	const struct element *x = a, *y = b;

	if (x->each != y->each)
		return x->each < y->each ? -1 : 1;
	if (x->exact != y->exact)
		return x->exact ? -1 : 1;
	if (x->takes != y->takes)
		return x->takes < y->takes ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->loss != y->loss)
		return x->loss < y->loss ? 1 : -1;
	return x->first < y->first ? -1 : 1;
}

static void gather(struct sizes *z)
{
	const struct stacks *st = &z->p->stacks;
	size_t i;

	z->element = xcalloc(st->nr_rows, sizeof(*z->element));
	for (i = 1; i < st->nr_rows; i++) {
		const struct stack_row *r = &st->row[i];
		struct element *k = &z->element[z->nr_elements];
		uint64_t takes = z->kernel ? r->kernel_served : r->served;

		if (z->p->chosen && !z->p->chosen[i])
			continue;
		z->loss += row_loss(r, z->kernel, z->peak);
		z->whole += z->peak ? (double)r->peak_bytes : (double)r->served;
		if (!r->allocs || row_loss(r, z->kernel, z->peak) <= 0)
			continue;
		k->exact = same_size(r);
		k->each = k->exact ? r->largest :
				     round_size(r->asked / r->allocs);
		k->takes = takes / r->allocs;
		if (!k->exact)
			k->takes = round_size(k->takes);
		k->id = i;
		z->nr_elements++;
	}
}

static void make_groups(struct sizes *z)
{
	const struct stacks *st = &z->p->stacks;
	struct group *g = NULL;
	size_t i;

	z->group = xcalloc(z->nr_elements, sizeof(*z->group));
	if (!z->nr_elements)
		return;
	qsort(z->element, z->nr_elements, sizeof(*z->element),
	      compare_elements);
	for (i = 0; i < z->nr_elements; i++) {
		const struct element *k = &z->element[i];
		const struct stack_row *r = &st->row[k->id];

		if (!g || g->each != k->each || g->exact != k->exact ||
		    g->takes != k->takes) {
			g = &z->group[z->nr++];
			g->each = k->each;
			g->exact = k->exact;
			g->takes = k->takes;
			g->first = i;
		}
		row_add(&g->sum, r);
		g->loss += row_loss(r, z->kernel, z->peak);
		g->nr++;
	}
	qsort(z->group, z->nr, sizeof(*z->group), compare_groups);
}

/* the weight of a stack among those of one group */
static uint64_t element_weight(const struct stack_row *r, int arg)
{
	return (uint64_t)row_loss(r, arg & 1, arg & 2);
}

static char *where(const struct profile *p, const bool *chosen,
		   row_weight weight, int arg)
{
	struct site_options o = {
		.weight = weight,
		.arg = arg,
		.rows = 1,
		.chosen = chosen,
	};
	struct sites sites;
	char *text;

	sites_build(&sites, &p->stacks, p->symbols, &o);
	sites_name(&sites, p->symbols, WHERE_WIDTH);
	text = xasprintf("%s", sites.nr ? sites.site[0].path : "?");
	sites_free(&sites);
	return text;
}

static char *group_where(const struct sizes *z, const struct group *g)
{
	bool *chosen = xcalloc(z->p->stacks.nr_rows, sizeof(*chosen));
	char *text;
	size_t i;

	for (i = 0; i < g->nr; i++)
		chosen[z->element[g->first + i].id] = true;
	text = where(z->p, chosen, element_weight,
		     (z->kernel ? 1 : 0) | (z->peak ? 2 : 0));
	free(chosen);
	return text;
}

/* how many groups to name: each at least a tenth of the loss */
static size_t nr_worst(const struct sizes *z)
{
	size_t n = 0;

	while (n < WORST && n < z->nr && z->group[n].loss >= z->loss / 10)
		n++;
	return n;
}

static void group_row(struct table *t, const struct sizes *z,
		      const struct group *g)
{
	char *path = group_where(z, g);

	table_cell(t, "%s%s", g->exact ? "" : "~", fmt_count(g->each).s);
	table_cell(t, "%s%s", g->exact ? "" : "~", fmt_count(g->takes).s);
	table_cell(t, "%s",
		   fmt_count(z->peak ? g->sum.peak_blocks : g->sum.allocs).s);
	table_cell(t, "%s", fmt_bytes((uint64_t)g->loss).s);
	table_cell(t, "%s", path);
	free(path);
}

static void group_table(const struct findings *f, const struct sizes *z)
{
	struct table *t = table_new();
	size_t i;

	table_col(t, '>', "asked");
	table_col(t, '>', z->kernel ? "kernel takes" : "takes");
	table_col(t, '>', z->peak ? "at peak" : "requests");
	table_col(t, '>', z->kernel ? "more" : "lost");
	table_col(t, 'p', "where");
	for (i = 0; i < nr_worst(z); i++)
		group_row(t, z, &z->group[i]);
	table_print(t, f->r->out, 6);
}

/* the largest class below `each`, 0 when none is near */
static uint64_t near_class(const struct findings *f, const struct group *g,
			   bool kernel)
{
	uint64_t best = 0;
	size_t c;

	for (c = 1; c < KVR_MAX_CLASSES; c++) {
		uint64_t size =
			kernel ? f->r->m->s->class[c].kernel_size : f->r->m->s->class[c].size;

		if (f->r->m->s->class[c].route && size < g->each && size > best)
			best = size;
	}
	return g->each - best <= g->each / NEAR ? best : 0;
}

/* "4 096 and 1 024 bytes would fit exactly." */
static void advise(const struct findings *f, const struct sizes *z)
{
	char *list = xasprintf("%s", ""), *more;
	size_t i, n = 0;

	for (i = 0; i < nr_worst(z); i++) {
		const struct group *g = &z->group[i];
		uint64_t fits = g->exact ? near_class(f, g, z->kernel) : 0;

		if (!fits)
			continue;
		more = xasprintf("%s%s%s instead of %s", list, n++ ? ", " : "",
				 fmt_count(fits).s, fmt_count(g->each).s);
		free(list);
		list = more;
	}
	more = xasprintf("%s bytes would fit %s.", list,
			 n > 1 ? "their classes" : "a class exactly");
	if (n)
		out_wrap(f->r->out, "     ", "     ", more);
	free(list);
	free(more);
}

static void say_sizes(struct findings *f, const struct sizes *z)
{
	const char *when = z->peak ? " at the peak" : "";
	const char *end = nr_worst(z) ? "; the largest parts:" :
					", spread over many sizes.";
	uint64_t loss = (uint64_t)z->loss, whole = (uint64_t)z->whole;

	if (z->kernel)
		say(f,
		    "The kernel's own classes would have taken %s more%s "
		    "(%s of what was served here)%s",
		    fmt_bytes(loss).s, when, fmt_ratio(whole + loss, whole).s,
		    end);
	else
		say(f,
		    "Rounding up to the size class cost %s%s, %s of the "
		    "bytes %s%s",
		    fmt_bytes(loss).s, when, fmt_percent(loss, whole).s,
		    z->peak ? "live then" : "served", end);
	if (!said(f) || !nr_worst(z))
		return;
	group_table(f, z);
	advise(f, z);
}

static void look_at_sizes(struct findings *f, bool kernel, bool peak)
{
	struct sizes z = { .p = f->r->profile, .kernel = kernel, .peak = peak };

	gather(&z);
	if (z.loss >= (double)MIN_BYTES &&
	    z.loss >= z.whole / 100 * MIN_PERCENT) {
		make_groups(&z);
		say_sizes(f, &z);
	}
	free(z.element);
	free(z.group);
}

static struct stack_row total(const struct profile *p)
{
	struct stack_row sum = { 0 };
	size_t i;

	for (i = 1; i < p->stacks.nr_rows; i++)
		if (!p->chosen || p->chosen[i])
			row_add(&sum, &p->stacks.row[i]);
	return sum;
}

bool find_sizes(struct findings *f)
{
	struct stack_row sum;

	if (!f->r->profile)
		return false;
	sum = total(f->r->profile);
	if (!sum.allocs)
		return false;
	look_at_sizes(f, false, sum.peak_bytes != 0);
	if (!f->r->m->s->stats->kernel)
		look_at_sizes(f, true, sum.peak_bytes != 0);
	return true;
}

/* the heaviest sites by a weight, each at least a tenth, below a sentence */
static void name_sites(const struct findings *f, row_weight weight, int arg,
		       const char *unit, bool bytes)
{
	const struct profile *p = f->r->profile;
	struct site_options o = {
		.weight = weight,
		.arg = arg,
		.rows = WORST,
		.chosen = p->chosen,
	};
	struct table *t;
	struct sites sites;
	size_t i;

	if (!said(f))
		return;
	sites_build(&sites, &p->stacks, p->symbols, &o);
	sites_name(&sites, p->symbols, WHERE_WIDTH + 10);
	t = table_new();
	table_col(t, '>', unit);
	table_col(t, '>', "asked each");
	table_col(t, 'p', "where");
	for (i = 0; i < WORST && i < sites.nr &&
		    sites.site[i].weight >= sites.weight / 10;
	     i++) {
		const struct site *s = &sites.site[i];
		char *each = size_each(&s->sum);

		table_cell(t, "%s",
			   bytes ? fmt_bytes(s->weight).s :
				   fmt_count(s->weight).s);
		table_cell(t, "%s", each);
		table_cell(t, "%s", s->path);
		free(each);
	}
	table_print(t, f->r->out, 6);
	sites_free(&sites);
}

void find_fallback_sites(struct findings *f)
{
	if (f->r->profile && total(f->r->profile).fallbacks)
		name_sites(f, site_value, STACK_VALUE_fallback, "fallbacks",
			   false);
}

/* The slabs may be all of a small program, or a little of a large one. */
void find_pins(struct findings *f)
{
	const struct kvr_stats *st = f->r->m->s->stats;
	struct stack_row sum;

	if (!f->r->profile)
		return;
	sum = total(f->r->profile);
	if (sum.pinned_bytes < MIN_PINNED ||
	    sum.pinned_bytes / MIN_PERCENT <
		    st->slab_pages * st->page_size / 100)
		return;
	say(f,
	    "%s of slab memory are free but cannot go back: %s pin%s slabs "
	    "that are less than a quarter full; most by:",
	    fmt_bytes(sum.pinned_bytes).s,
	    fmt_things(sum.pinned_objects, "block", "blocks").s,
	    sum.pinned_objects == 1 ? "s" : "");
	name_sites(f, site_value, STACK_VALUE_pinned, "pinned", true);
}

/* requests of stacks that free nearly all of them at once */
static uint64_t quick(const struct stack_row *r, int arg)
{
	(void)arg;
	if (r->lifetime[0] / QUICK_OF_10 < r->allocs / 10)
		return 0;
	return r->lifetime[0] < r->allocs ? r->lifetime[0] : r->allocs;
}

void find_short_lived(struct findings *f)
{
	const struct profile *p = f->r->profile;
	struct stack_row sum;
	uint64_t nr = 0;
	size_t i;

	if (!p)
		return;
	sum = total(p);
	for (i = 1; i < p->stacks.nr_rows; i++)
		if (!p->chosen || p->chosen[i])
			nr += quick(&p->stacks.row[i], 0);
	if (nr < MANY || nr < sum.allocs / 10)
		return;
	say(f, "%s (%s) were freed within a millisecond; most by:",
	    fmt_things(nr, "block", "blocks").s, fmt_percent(nr, sum.allocs).s);
	name_sites(f, quick, 0, "blocks", false);
}

void find_leaks(struct findings *f)
{
	const struct profile *p = f->r->profile;
	struct stack_row sum;

	if (!p || f->r->life == LIFE_RUNNING)
		return;
	sum = total(p);
	if (sum.live_bytes < MIN_BYTES ||
	    sum.live_bytes / MIN_PERCENT < sum.peak_bytes / 100)
		return;
	say(f, "%s (%s) were never freed; most by:",
	    fmt_things(f->r->m->total.live, "block", "blocks").s,
	    fmt_bytes(f->r->m->total.live_bytes).s);
	name_sites(f, site_value, STACK_VALUE_live, "bytes", true);
}
