/* SPDX-License-Identifier: MIT */
/*
 * report_tables.c - the tables of the text report. See report.h.
 *
 * A table that would be empty is left out. Long tables show the largest rows
 * and end in one line that sums up the others, so that columns always add up.
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "util.h"

/* rows of a long table, ordered */
struct order {
	const struct report *r;
	size_t nr;
	size_t index[KVR_MAX_CLASSES > KVR_MAX_CACHES ? KVR_MAX_CLASSES :
							KVR_MAX_CACHES];
};

static size_t shown_rows(const struct report *r, size_t nr)
{
	if (r->opts->verbose || !r->opts->rows || r->opts->rows > nr)
		return nr;
	return r->opts->rows;
}

static char *hint(const struct report *r, const char *more)
{
	if (r->opts->verbose || !r->opts->rows)
		return xasprintf("%s", more);
	return xasprintf("-n %llu%s%s", (unsigned long long)r->opts->rows,
			 *more ? ", " : "", more);
}

static uint64_t class_weight(const struct report *r, size_t c)
{
	const struct sums *n = &r->m->class[c];

	switch (r->opts->sort) {
	case SORT_none:
	case SORT_total:
	case SORT_peak:
	case SORT_fallback:
	case SORT_pinned:
		return n->served;
	case SORT_count:
		return n->calls;
	case SORT_waste:
		return minus(n->served, n->asked);
	case SORT_live:
		return n->live_bytes;
	case SORT_leaks:
		return n->live;
	case SORT_size:
		break;
	}
	/* the smallest first */
	return UINT64_MAX - r->m->s->class[c].size;
}

/* rows with equal weights stay in the table's order */
static int compare_weights(uint64_t x, uint64_t y, size_t a, size_t b)
{
	if (x != y)
		return x < y ? 1 : -1;
	return a > b ? 1 : -1;
}

static int compare_classes(const void *a, const void *b, void *data)
{
	const struct report *r = ((const struct order *)data)->r;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;

	return compare_weights(class_weight(r, i), class_weight(r, j), i, j);
}

static void class_row(struct table *t, const char *name, uint64_t size,
		      const struct sums *n)
{
	table_cell(t, "  %s", name);
	table_cell(t, "%s", size ? fmt_count(size).s : "");
	table_cell(t, "%s", fmt_count(n->calls).s);
	table_cell(t, "%s", fmt_bytes(n->asked).s);
	table_cell(t, "%s", fmt_bytes(n->served).s);
	table_cell(t, "%s",
		   fmt_percent(minus(n->served, n->asked), n->served).s);
	table_cell(t, "%s", fmt_bytes(n->kernel).s);
	table_cell(t, "%s", fmt_count(n->live).s);
	table_cell(t, "%s", fmt_bytes(n->live_bytes).s);
}

static void add_rest(struct sums *rest, const struct sums *n)
{
	rest->calls += n->calls;
	rest->asked += n->asked;
	rest->served += n->served;
	rest->kernel += n->kernel;
	rest->live += n->live;
	rest->live_bytes += n->live_bytes;
}

static void used_classes(struct order *o)
{
	size_t c;

	for (c = 0; c < KVR_MAX_CLASSES; c++)
		if (o->r->m->class[c].calls || o->r->m->class[c].freed)
			o->index[o->nr++] = c;
	qsort_r(o->index, o->nr, sizeof(o->index[0]), compare_classes, o);
}

void report_classes(const struct report *r)
{
	struct order o = { .r = r };
	struct sums rest = { 0 };
	struct table *t;
	char *text, *sort;
	size_t shown, i;

	used_classes(&o);
	sort = xasprintf("--sort %s", sort_words());
	text = hint(r, sort);
	t = table_new();
	table_title(t, "SIZE CLASSES", text);
	free(text);
	free(sort);
	table_col(t, '<', "  class");
	table_col(t, '>', "size");
	table_col(t, '>', "calls");
	table_col(t, '>', "asked");
	table_spare(t);
	table_col(t, '>', "served");
	table_col(t, '>', "waste");
	table_col(t, '>', "kernel");
	table_col(t, '>', "live");
	table_spare(t);
	table_col(t, '>', "live bytes");
	shown = shown_rows(r, o.nr);
	for (i = 0; i < o.nr; i++) {
		size_t c = o.index[i];

		if (i < shown)
			class_row(t, r->m->s->class[c].name,
				  r->m->s->class[c].size,
				  &r->m->class[c]);
		else
			add_rest(&rest, &r->m->class[c]);
	}
	if (shown < o.nr) {
		text = xasprintf(".. %zu more", o.nr - shown);
		class_row(t, text, 0, &rest);
		free(text);
	}
	table_print(t, r->out, 1);
}

void report_vmalloc_sizes(const struct report *r)
{
	const uint64_t *count = r->m->s->stats->vmalloc_size_log2;
	char *text = NULL;
	size_t size = 0, i;
	FILE *f;
	bool any = false;

	f = open_memstream(&text, &size);
	if (!f)
		return;
	for (i = 0; i < KVR_MAX_SIZE_LOG2; i++) {
		if (!count[i])
			continue;
		fprintf(f, "%s%s: %s", any ? ", " : "", fmt_bytes(1ull << i).s,
			fmt_count(count[i]).s);
		any = true;
	}
	if (!fclose(f) && any) {
		out_title(r->out, "VMALLOC REQUESTS up to size: how many", "");
		out_wrap(r->out, "   ", "   ", text);
	}
	free(text);
}

static uint64_t cache_pages(const struct kvr_cache *k)
{
	return k->nr_slabs << k->order;
}

static int compare_caches(const void *a, const void *b, void *data)
{
	const struct order *o = data;
	const struct kvr_cache *cache = o->r->m->s->cache;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;

	return compare_weights(cache_pages(&cache[i]), cache_pages(&cache[j]),
			       i, j);
}

static void cache_row(struct table *t, const struct kvr_cache *k,
		      uint64_t page_size)
{
	uint64_t active = minus(k->nr_objs, k->nr_free);

	table_cell(t, "  %s", k->name);
	table_cell(t, "%u", k->size);
	table_cell(t, "%u", k->order);
	table_cell(t, "%u", k->objs_per_slab);
	table_cell(t, "%s", fmt_count(active).s);
	table_cell(t, "%s", fmt_count(k->nr_objs).s);
	table_cell(t, "%s", fmt_percent(active, k->nr_objs).s);
	table_cell(t, "%s", fmt_count(k->nr_slabs).s);
	table_cell(t, "%s", fmt_count(k->nr_partial).s);
	table_cell(t, "%s", fmt_count(k->peak_slabs).s);
	table_cell(t, "%s", fmt_bytes(cache_pages(k) * page_size).s);
}

void report_caches(const struct report *r)
{
	const struct kvr_stats *st = r->m->s->stats;
	struct order o = { .r = r };
	struct table *t;
	size_t shown, i;
	char *text;

	for (i = 0; i < st->nr_caches; i++)
		if (r->m->s->cache[i].nr_slabs || r->m->s->cache[i].peak_slabs ||
		    (r->opts->verbose && r->m->s->cache[i].name[0]))
			o.index[o.nr++] = i;
	qsort_r(o.index, o.nr, sizeof(o.index[0]), compare_caches, &o);
	text = hint(r, "");
	t = table_new();
	table_title(t, "SLAB CACHES by memory", text);
	free(text);
	table_col(t, '<', "  cache");
	table_col(t, '>', "size");
	table_col(t, '>', "order");
	table_col(t, '>', "per slab");
	table_spare(t);
	table_col(t, '>', "active");
	table_col(t, '>', "objects");
	table_col(t, '>', "use");
	table_col(t, '>', "slabs");
	table_col(t, '>', "partial");
	table_spare(t);
	table_col(t, '>', "peak");
	table_col(t, '>', "memory");
	shown = shown_rows(r, o.nr);
	for (i = 0; i < shown; i++)
		cache_row(t, &r->m->s->cache[o.index[i]], st->page_size);
	table_print(t, r->out, 1);
	if (shown < o.nr)
		fprintf(r->out->f, "   .. %zu more\n", o.nr - shown);
}

/* -1000 says that a free block is there: no index */
static void index_cell(struct table *t, int index, bool brief)
{
	if (index == -1000)
		table_cell(t, "-");
	else if (brief && index >= 0)
		table_cell(t, index < 1000 ? ".%03d" : "1", index);
	else
		table_cell(t, "%.3f", (double)index / 1000);
}

void report_buddy(const struct report *r)
{
	static const char *const orders[] = { "0", "1", "2", "3", "4", "5",
					      "6", "7", "8", "9", "10" };
	const struct kvr_stats *st = r->m->s->stats;
	bool brief = r->out->width < LINE_WIDTH;
	struct table *t = table_new();
	size_t i;
	int o;

	_Static_assert(ARRAY_SIZE(orders) == KVR_MAX_ORDERS, "all orders");
	table_title(t, "BUDDY free blocks by order",
		    "extfrag: 0 no memory .. 1 fragmented, - fits");
	table_col(t, '<', "  zone");
	table_col(t, '<', "");
	for (o = 0; o < KVR_MAX_ORDERS; o++)
		table_col(t, '>', orders[o]);
	for (i = 0; i < st->nr_zones; i++) {
		uint64_t free[KVR_MAX_ORDERS];

		if (!zone_is_used(&r->m->s->zone[i]))
			continue;
		zone_free_area(&r->m->s->zone[i], free);
		table_cell(t, "  %s", zone_label(r->m->s, &r->m->s->zone[i]).s);
		table_cell(t, "free");
		for (o = 0; o < KVR_MAX_ORDERS; o++)
			table_cell(t, "%llu", (unsigned long long)free[o]);
		table_cell(t, "%s", "");
		table_cell(t, "extfrag");
		for (o = 0; o < KVR_MAX_ORDERS; o++)
			index_cell(t, extfrag_index(free, o), brief);
		table_cell(t, "%s", "");
		table_cell(t, "unusable");
		for (o = 0; o < KVR_MAX_ORDERS; o++)
			index_cell(t, unusable_index(free, o), brief);
	}
	table_print(t, r->out, 1);
}

void report_zones(const struct report *r)
{
	const struct kvr_stats *st = r->m->s->stats;
	struct table *t = table_new();
	size_t i, c;

	table_title(t, "ZONES in pages",
		    "pcp: on per-CPU lists; untouched: "
		    "free and never used");
	table_col(t, '<', "  zone");
	table_col(t, '>', "managed");
	table_col(t, '>', "free");
	table_col(t, '>', "min");
	table_col(t, '>', "low");
	table_col(t, '>', "high");
	table_col(t, '>', "promo");
	table_spare(t);
	table_col(t, '>', "boost");
	table_spare(t);
	table_col(t, '>', "pcp");
	table_col(t, '>', "untouched");
	table_col(t, '>', "free, backed");
	for (i = 0; i < st->nr_zones; i++) {
		const struct kvr_zone *z = &r->m->s->zone[i];
		uint64_t pcp = 0;

		if (!zone_is_used(z))
			continue;
		for (c = 0; c < st->nr_cpus; c++)
			pcp += z->pcp[c].count;
		table_cell(t, "  %s", zone_label(r->m->s, z).s);
		table_cell(t, "%s", fmt_count(z->managed).s);
		table_cell(t, "%s", fmt_count(z->nr_free).s);
		table_cell(t, "%s", fmt_count(z->min).s);
		table_cell(t, "%s", fmt_count(z->low).s);
		table_cell(t, "%s", fmt_count(z->high).s);
		table_cell(t, "%s", fmt_count(z->promo).s);
		table_cell(t, "%s", fmt_count(z->boost).s);
		table_cell(t, "%s", fmt_count(pcp).s);
		table_cell(t, "%s", fmt_count(z->deferred).s);
		table_cell(t, "%s", fmt_count(z->dirty_free).s);
	}
	table_print(t, r->out, 1);
}

struct thread_sums {
	const struct kvr_thread *thread;
	uint64_t calls, freed, asked;
};

static int compare_threads(const void *a, const void *b)
{
	const struct thread_sums *x = a, *y = b;

	return compare_weights(x->calls, y->calls, (size_t)x->thread->tid,
			       (size_t)y->thread->tid);
}

static size_t sum_threads(const struct report *r, struct thread_sums *sum)
{
	const struct snapshot *s = r->m->s;
	size_t nr = 0, i, c;

	for (i = 0; i < s->nr_threads; i++) {
		const struct kvr_thread *t = &s->thread[i];

		if (!t->tid)
			continue;
		sum[nr] = (struct thread_sums){ .thread = t };
		for (c = 0; c < KVR_MAX_CLASSES; c++) {
			sum[nr].calls += t->alloc[c];
			sum[nr].freed += t->free[c];
			sum[nr].asked += t->asked[c];
		}
		nr++;
	}
	if (nr)
		qsort(sum, nr, sizeof(*sum), compare_threads);
	return nr;
}

void report_threads(const struct report *r)
{
	struct thread_sums *sum;
	size_t nr, shown, i;
	struct table *t;
	char *text;

	if (r->m->nr_slots < 2 && !r->opts->verbose)
		return;
	sum = xcalloc(r->m->s->nr_threads, sizeof(*sum));
	nr = sum_threads(r, sum);
	text = hint(r, "");
	t = table_new();
	table_title(t, "THREADS by requests (slabs and pages)", text);
	free(text);
	table_col(t, '<', "  name");
	table_col(t, '>', "tid");
	table_col(t, '>', "earlier threads");
	table_col(t, '>', "requests");
	table_col(t, '>', "frees");
	table_col(t, '>', "asked");
	shown = shown_rows(r, nr);
	for (i = 0; i < shown; i++) {
		const struct kvr_thread *k = sum[i].thread;

		table_cell(t, "  %s", k->comm[0] ? k->comm : "-");
		table_cell(t, "%d", k->tid);
		table_cell(t, "%u", k->nr_owners ? k->nr_owners - 1 : 0);
		table_cell(t, "%s", fmt_count(sum[i].calls).s);
		table_cell(t, "%s", fmt_count(sum[i].freed).s);
		table_cell(t, "%s", fmt_bytes(sum[i].asked).s);
	}
	table_print(t, r->out, 1);
	if (shown < nr)
		fprintf(r->out->f, "   .. %zu more\n", nr - shown);
	free(sum);
}

void report_counters(const struct report *r)
{
	static const struct {
		const char *name, *unit, *help;
	} info[KV_NR_COUNTERS] = {
#define X(name, unit, help) { #name, #unit, help },
		KV_COUNTERS(X)
#undef X
	};
	struct table *t = table_new();
	int i;

	table_title(t, "COUNTERS of the slow paths",
		    r->opts->verbose ? "" : "-v: also those that are zero");
	table_col(t, '<', "  counter");
	table_col(t, '>', "value");
	table_col(t, '<', "unit");
	table_col(t, '<', "meaning");
	for (i = 0; i < KV_NR_COUNTERS; i++) {
		uint64_t n = model_counter(r->m, (enum kv_counter)i);

		if (!n && !r->opts->verbose)
			continue;
		table_cell(t, "  %s", info[i].name);
		table_cell(t, "%s", fmt_count(n).s);
		table_cell(t, "%s", info[i].unit);
		table_cell(t, "%s", info[i].help);
	}
	table_print(t, r->out, 1);
}
