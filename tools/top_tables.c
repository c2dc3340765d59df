/* SPDX-License-Identifier: MIT */
/*
 * top_tables.c - tabs that are tables: classes, memory (slabs, free blocks,
 * zones), counters, threads. See top.h.
 */
#include <stdlib.h>
#include <string.h>

#include "top.h"
#include "util.h"

static const char *key_of(const struct top *t)
{
	return view_keys(t->shown)[t->view[t->shown].sort];
}

static bool passes(const struct top *t, const char *name)
{
	return strcasestr(name, t->view[t->shown].filter) != NULL;
}

static void none(struct page *page, size_t nr)
{
	if (!nr)
		page_line(page, INK_PLAIN, 0, "Nothing to show here.");
}

/* ---- classes ---------------------------------------------------------- */

enum class_key {
	CLASS_RATE,
	CLASS_FREE_RATE,
	CLASS_ASKED_RATE,
	CLASS_CALLS,
	CLASS_LIVE,
	CLASS_BYTES,
	CLASS_WASTE,
	CLASS_KERNEL,
	CLASS_SIZE,
	CLASS_NAME,
};

const char *const class_keys[] = {
	"call/s", "free/s", "B/s",  "calls", "live", "bytes",
	"waste",  "kern",   "size", "class", NULL,
};

static const struct column class_columns[] = {
	{ "class", 0, '<', 0 },	 { "size", 6, '>', 0 },
	{ "calls", 6, '>', 0 },	 { "call/s", 6, '>', 0 },
	{ "free/s", 6, '>', 0 }, { "B/s", 6, '>', 0 },
	{ "live", 6, '>', 0 },	 { "bytes", 6, '>', 0 },
	{ "waste", 6, '>', 0 },	 { "kern", 6, '>', 0 },
};

static double class_weight(const struct proc *p, size_t c, enum class_key key)
{
	const struct sums *n = &p->now->m.class[c];
	const struct sums *b = &model_before(p)->class[c];

	switch (key) {
	case CLASS_RATE:
		return proc_rate(p, n->calls, b->calls);
	case CLASS_FREE_RATE:
		return proc_rate(p, n->freed, b->freed);
	case CLASS_ASKED_RATE:
		return proc_rate(p, n->asked, b->asked);
	case CLASS_CALLS:
		return (double)n->calls;
	case CLASS_LIVE:
		return (double)n->live;
	case CLASS_BYTES:
		return (double)n->live_bytes;
	case CLASS_WASTE:
		return (double)minus(n->served, n->asked);
	case CLASS_KERNEL:
		return (double)minus(n->kernel, n->asked);
	case CLASS_SIZE:
	case CLASS_NAME:
		break;
	}
	return -(double)p->now->s.class[c].size;
}

static void class_row(struct grid *g, const struct proc *p, size_t c)
{
	const struct kvr_class *k = &p->now->s.class[c];
	const struct sums *n = &p->now->m.class[c];

	grid_row(g, INK_PLAIN, c + 1);
	grid_cell(g, "%s", k->name);
	grid_cell(g, "%s", short_bytes((double)k->size).s);
	grid_cell(g, "%s", short_count((double)n->calls).s);
	grid_cell(g, "%s", short_count(class_weight(p, c, CLASS_RATE)).s);
	grid_cell(g, "%s", short_count(class_weight(p, c, CLASS_FREE_RATE)).s);
	grid_cell(g, "%s", short_bytes(class_weight(p, c, CLASS_ASKED_RATE)).s);
	grid_cell(g, "%s", short_count((double)n->live).s);
	grid_cell(g, "%s", short_bytes((double)n->live_bytes).s);
	grid_cell(g, "%s",
		  short_percent(minus(n->served, n->asked), n->served).s);
	grid_cell(g, "%s",
		  short_percent(minus(n->kernel, n->asked), n->kernel).s);
}

void page_of_classes(struct top *t, struct page *page)
{
	const struct view *v = &t->view[t->shown];
	const struct proc *p = t->open;
	struct row row[KVR_MAX_CLASSES] = { 0 };
	enum class_key key = (enum class_key)v->sort;
	struct grid g;
	size_t nr = 0, c, i;

	grid_start(&g, page, class_columns, ARRAY_SIZE(class_columns),
		   key_of(t));
	page_end_head(page);
	page->choose = true;
	for (c = 0; c < KVR_MAX_CLASSES; c++) {
		const struct sums *n = &p->now->m.class[c];
		const char *name = p->now->s.class[c].name;

		if ((!n->calls && !n->freed && !n->live) || !passes(t, name))
			continue;
		row[nr].index = c;
		row[nr].name = key == CLASS_NAME ? name : NULL;
		row[nr++].weight = class_weight(p, c, key);
	}
	rows_sort(row, nr, v->reverse);
	for (i = 0; i < nr; i++)
		class_row(&g, p, row[i].index);
	none(page, nr);
}

/* ---- memory: slabs, buddy, zones -------------------------------------- */

enum cache_key {
	CACHE_MEMORY,
	CACHE_ACTIVE,
	CACHE_USE,
	CACHE_SLABS,
	CACHE_RATE,
	CACHE_NAME
};

const char *const cache_keys[] = {
	"memory", "active", "use", "slabs", "new/s", "cache", NULL,
};

static const struct column cache_columns[] = {
	{ "cache", 0, '<', 0 },	 { "size", 5, '>', 0 },
	{ "ord", 3, '>', 0 },	 { "active", 6, '>', 0 },
	{ "objs", 6, '>', 0 },	 { "use", 6, '>', 0 },
	{ "slabs", 6, '>', 0 },	 { "part", 6, '>', 0 },
	{ "new/s", 6, '>', 0 },	 { "gone/s", 6, '>', 0 },
	{ "memory", 6, '>', 0 },
};

/* the same cache at the reading before; zero when rates are averages */
static const struct kvr_cache *cache_before(const struct proc *p, size_t i)
{
	static const struct kvr_cache none;

	return p->before ? &p->before->s.cache[i] : &none;
}

static double cache_weight(const struct proc *p, size_t i, enum cache_key key)
{
	const struct kvr_cache *k = &p->now->s.cache[i];
	const struct kvr_cache *b = cache_before(p, i);
	uint64_t active = minus(k->nr_objs, k->nr_free);

	switch (key) {
	case CACHE_ACTIVE:
		return (double)active;
	case CACHE_USE:
		return k->nr_objs ? (double)active / (double)k->nr_objs : -1;
	case CACHE_SLABS:
		return (double)k->nr_slabs;
	case CACHE_RATE:
		return proc_rate(p, k->slab_alloc, b->slab_alloc);
	case CACHE_MEMORY:
	case CACHE_NAME:
		break;
	}
	return (double)(k->nr_slabs << k->order) *
	       (double)p->now->s.stats->page_size;
}

static void cache_row(struct grid *g, const struct proc *p, size_t i)
{
	const struct kvr_cache *k = &p->now->s.cache[i];
	const struct kvr_cache *b = cache_before(p, i);
	uint64_t active = minus(k->nr_objs, k->nr_free);

	grid_cell(g, "%s", k->name);
	grid_cell(g, "%s", short_bytes(k->size).s);
	grid_cell(g, "%u", k->order);
	grid_cell(g, "%s", short_count((double)active).s);
	grid_cell(g, "%s", short_count((double)k->nr_objs).s);
	grid_cell(g, "%s", short_percent(active, k->nr_objs).s);
	grid_cell(g, "%s", short_count((double)k->nr_slabs).s);
	grid_cell(g, "%s", short_count((double)k->nr_partial).s);
	grid_cell(g, "%s", short_count(cache_weight(p, i, CACHE_RATE)).s);
	grid_cell(g, "%s",
		  short_count(proc_rate(p, k->slab_free, b->slab_free)).s);
	grid_cell(g, "%s", short_bytes(cache_weight(p, i, CACHE_MEMORY)).s);
}

static void caches(struct top *t, struct page *page)
{
	const struct view *v = &t->view[t->shown];
	const struct snapshot *s = &t->open->now->s;
	struct row row[KVR_MAX_CACHES] = { 0 };
	enum cache_key key = (enum cache_key)v->sort;
	struct grid g;
	size_t nr = 0, i;

	grid_start(&g, page, cache_columns, ARRAY_SIZE(cache_columns),
		   key_of(t));
	for (i = 0; i < s->stats->nr_caches; i++) {
		const struct kvr_cache *k = &s->cache[i];

		if ((!k->nr_slabs && !k->peak_slabs) || !passes(t, k->name))
			continue;
		row[nr].index = i;
		row[nr].name = key == CACHE_NAME ? k->name : NULL;
		row[nr++].weight = cache_weight(t->open, i, key);
	}
	rows_sort(row, nr, v->reverse);
	for (i = 0; i < nr; i++)
		cache_row(&g, t->open, row[i].index);
	none(page, nr);
}

static const struct column buddy_columns[] = {
	{ "zone", 7, '<', 0 }, { "", 8, '<', 0 },  { "0", 5, '>', 0 },
	{ "1", 5, '>', 0 },    { "2", 5, '>', 0 }, { "3", 5, '>', 0 },
	{ "4", 5, '>', 0 },    { "5", 5, '>', 0 }, { "6", 5, '>', 0 },
	{ "7", 5, '>', 0 },    { "8", 5, '>', 0 }, { "9", 4, '>', 0 },
	{ "10", 4, '>', 0 },
};
_Static_assert(ARRAY_SIZE(buddy_columns) == KVR_MAX_ORDERS + 2, "all orders");

/* -1000 says that a free block is there: no index */
static void index_cells(struct grid *g, const char *name,
			const uint64_t free[KVR_MAX_ORDERS],
			int (*index)(const uint64_t *, int))
{
	int o;

	grid_cell(g, "%s", "");
	grid_cell(g, "%s", name);
	for (o = 0; o < KVR_MAX_ORDERS; o++) {
		int n = index(free, o);

		if (n == -1000)
			grid_cell(g, "-");
		else
			grid_cell(g, "%.2f", (double)n / 1000);
	}
}

static void buddy(const struct snapshot *s, struct page *page)
{
	struct grid g;
	size_t i;
	int o;

	page_line(page, INK_PLAIN, 0, "%s", "");
	page_line(page, INK_TITLE, 0,
		  "FREE BLOCKS by order   extfrag: 0 no memory .. 1 "
		  "fragmented, - fits");
	grid_start(&g, page, buddy_columns, ARRAY_SIZE(buddy_columns), NULL);
	for (i = 0; i < s->stats->nr_zones; i++) {
		uint64_t free[KVR_MAX_ORDERS];

		if (!zone_is_used(&s->zone[i]))
			continue;
		zone_free_area(&s->zone[i], free);
		grid_cell(&g, "%s", zone_label(s, &s->zone[i]).s);
		grid_cell(&g, "free");
		for (o = 0; o < KVR_MAX_ORDERS; o++)
			grid_cell(&g, "%s", short_count((double)free[o]).s);
		index_cells(&g, "extfrag", free, extfrag_index);
		index_cells(&g, "unusable", free, unusable_index);
	}
}

static const struct column zone_columns[] = {
	{ "zone", 0, '<', 0 },	    { "managed", 7, '>', 0 },
	{ "free", 6, '>', 0 },	    { "min", 5, '>', 0 },
	{ "low", 5, '>', 0 },	    { "high", 5, '>', 0 },
	{ "boost", 5, '>', 0 },	    { "pcp", 5, '>', 0 },
	{ "untouched", 9, '>', 0 }, { "backed", 6, '>', 0 },
};

static void zones(const struct snapshot *s, struct page *page)
{
	struct grid g;
	size_t i, c;

	page_line(page, INK_PLAIN, 0, "%s", "");
	page_line(page, INK_TITLE, 0,
		  "ZONES in pages   pcp: on per-CPU lists; backed: free, but "
		  "still in memory");
	grid_start(&g, page, zone_columns, ARRAY_SIZE(zone_columns), NULL);
	for (i = 0; i < s->stats->nr_zones; i++) {
		const struct kvr_zone *z = &s->zone[i];
		uint64_t pcp = 0;

		if (!zone_is_used(z))
			continue;
		for (c = 0; c < s->stats->nr_cpus; c++)
			pcp += z->pcp[c].count;
		grid_cell(&g, "%s", zone_label(s, z).s);
		grid_cell(&g, "%s", short_count((double)z->managed).s);
		grid_cell(&g, "%s", short_count((double)z->nr_free).s);
		grid_cell(&g, "%s", short_count((double)z->min).s);
		grid_cell(&g, "%s", short_count((double)z->low).s);
		grid_cell(&g, "%s", short_count((double)z->high).s);
		grid_cell(&g, "%s", short_count((double)z->boost).s);
		grid_cell(&g, "%s", short_count((double)pcp).s);
		grid_cell(&g, "%s", short_count((double)z->deferred).s);
		grid_cell(&g, "%s", short_count((double)z->dirty_free).s);
	}
}

void page_of_memory(struct top *t, struct page *page)
{
	const struct kvr_stats *st = t->open->now->s.stats;
	double size = (double)st->page_size;

	page_line(page, INK_PLAIN, 0,
		  " slabs %s  blocks %s  vmalloc %s in %s  lazy %s  "
		  "tables %s",
		  short_bytes((double)st->slab_pages * size).s,
		  short_bytes((double)st->large_pages * size).s,
		  short_bytes((double)st->vmalloc_pages * size).s,
		  fmt_things(st->vmalloc_areas, "area", "areas").s,
		  short_bytes((double)st->lazy_pages * size).s,
		  short_bytes((double)st->meta_bytes).s);
	page_end_head(page);
	caches(t, page);
	buddy(&t->open->now->s, page);
	zones(&t->open->now->s, page);
}

/* ---- counters --------------------------------------------------------- */

enum counter_key { COUNTER_TABLE, COUNTER_RATE, COUNTER_VALUE, COUNTER_NAME };

const char *const counter_keys[] = { "table", "per s", "value", "counter",
				     NULL };

static const struct column counter_columns[] = {
	{ "counter", 18, '<', 0 }, { "value", 13, '>', 0 },
	{ "per s", 6, '>', 0 },	   { "unit", 5, '<', 0 },
	{ "meaning", 0, '<', 0 },
};

static const struct {
	const char *name, *unit, *help;
} counters[KV_NR_COUNTERS] = {
#define X(name, unit, help) { #name, #unit, help },
	KV_COUNTERS(X)
#undef X
};

static double counter_rate(const struct proc *p, size_t i)
{
	enum kv_counter c = (enum kv_counter)i;

	return proc_rate(p, model_counter(&p->now->m, c),
			 model_counter(model_before(p), c));
}

static double counter_weight(const struct proc *p, size_t i,
			     enum counter_key key)
{
	switch (key) {
	case COUNTER_RATE:
		return counter_rate(p, i);
	case COUNTER_VALUE:
		return (double)model_counter(&p->now->m, (enum kv_counter)i);
	case COUNTER_TABLE:
	case COUNTER_NAME:
		break;
	}
	return 0;
}

void page_of_counters(struct top *t, struct page *page)
{
	const struct view *v = &t->view[t->shown];
	const struct proc *p = t->open;
	struct row row[KV_NR_COUNTERS] = { 0 };
	enum counter_key key = (enum counter_key)v->sort;
	struct grid g;
	size_t nr = 0, i;

	grid_start(&g, page, counter_columns, ARRAY_SIZE(counter_columns),
		   key_of(t));
	page_end_head(page);
	page->choose = true;
	for (i = 0; i < KV_NR_COUNTERS; i++) {
		if (!model_counter(&p->now->m, (enum kv_counter)i) ||
		    !passes(t, counters[i].name))
			continue;
		row[nr].index = i;
		row[nr].name = key == COUNTER_NAME ? counters[i].name : NULL;
		row[nr++].weight = counter_weight(p, i, key);
	}
	rows_sort(row, nr, v->reverse);
	for (i = 0; i < nr; i++) {
		size_t c = row[i].index;
		uint64_t n = model_counter(&p->now->m, (enum kv_counter)c);

		grid_row(&g, INK_PLAIN, c + 1);
		grid_cell(&g, "%s", counters[c].name);
		grid_cell(&g, "%s", fmt_count(n).s);
		grid_cell(&g, "%s", short_count(counter_rate(p, c)).s);
		grid_cell(&g, "%s", counters[c].unit);
		grid_cell(&g, "%s", counters[c].help);
	}
	none(page, nr);
}

/* ---- threads ---------------------------------------------------------- */

enum thread_key {
	THREAD_RATE,
	THREAD_FREE_RATE,
	THREAD_ASKED_RATE,
	THREAD_CALLS,
	THREAD_ASKED,
	THREAD_TID,
	THREAD_NAME
};

const char *const thread_keys[] = { "req/s", "free/s", "B/s",	 "requests",
				    "asked", "tid",    "thread", NULL };

static const struct column thread_columns[] = {
	{ "thread", 0, '<', 0 },  { "tid", 7, '>', 0 },
	{ "earlier", 7, '>', 0 }, { "requests", 8, '>', 0 },
	{ "req/s", 6, '>', 0 },	  { "frees", 6, '>', 0 },
	{ "free/s", 6, '>', 0 },  { "asked", 6, '>', 0 },
	{ "B/s", 6, '>', 0 },
};

struct thread_sums {
	uint64_t calls, freed, asked;
};

/* of a slot; all zero when the file has no such slot */
static struct thread_sums sum_slot(const struct snapshot *s, size_t slot)
{
	struct thread_sums n = { 0 };
	size_t c;

	for (c = 0; slot < s->nr_threads && c < KVR_MAX_CLASSES; c++) {
		n.calls += s->thread[slot].alloc[c];
		n.freed += s->thread[slot].free[c];
		n.asked += s->thread[slot].asked[c];
	}
	return n;
}

static double thread_weight(const struct proc *p, size_t i, enum thread_key key)
{
	struct thread_sums n = sum_slot(&p->now->s, i);
	struct thread_sums b = sum_slot(model_before(p)->s, i);

	switch (key) {
	case THREAD_RATE:
		return proc_rate(p, n.calls, b.calls);
	case THREAD_FREE_RATE:
		return proc_rate(p, n.freed, b.freed);
	case THREAD_ASKED_RATE:
		return proc_rate(p, n.asked, b.asked);
	case THREAD_CALLS:
		return (double)n.calls;
	case THREAD_ASKED:
		return (double)n.asked;
	case THREAD_TID:
	case THREAD_NAME:
		break;
	}
	return -(double)p->now->s.thread[i].tid;
}

static void thread_row(struct grid *g, const struct proc *p, size_t i)
{
	const struct kvr_thread *k = &p->now->s.thread[i];
	struct thread_sums n = sum_slot(&p->now->s, i);

	grid_row(g, INK_PLAIN, i + 1);
	grid_cell(g, "%s", k->comm[0] ? k->comm : "-");
	grid_cell(g, "%d", k->tid);
	grid_cell(g, "%u", k->nr_owners ? k->nr_owners - 1 : 0);
	grid_cell(g, "%s", short_count((double)n.calls).s);
	grid_cell(g, "%s", short_count(thread_weight(p, i, THREAD_RATE)).s);
	grid_cell(g, "%s", short_count((double)n.freed).s);
	grid_cell(g, "%s",
		  short_count(thread_weight(p, i, THREAD_FREE_RATE)).s);
	grid_cell(g, "%s", short_bytes((double)n.asked).s);
	grid_cell(g, "%s",
		  short_bytes(thread_weight(p, i, THREAD_ASKED_RATE)).s);
}

void page_of_threads(struct top *t, struct page *page)
{
	const struct view *v = &t->view[t->shown];
	const struct proc *p = t->open;
	const struct snapshot *s = &p->now->s;
	struct row *row = xcalloc(s->nr_threads, sizeof(*row));
	enum thread_key key = (enum thread_key)v->sort;
	struct grid g;
	size_t nr = 0, i;

	grid_start(&g, page, thread_columns, ARRAY_SIZE(thread_columns),
		   key_of(t));
	page_end_head(page);
	page->choose = true;
	for (i = 0; i < s->nr_threads; i++) {
		if (!s->thread[i].tid || !passes(t, s->thread[i].comm))
			continue;
		row[nr].index = i;
		row[nr].name = key == THREAD_NAME ? s->thread[i].comm : NULL;
		row[nr++].weight = thread_weight(p, i, key);
	}
	rows_sort(row, nr, v->reverse);
	for (i = 0; i < nr; i++)
		thread_row(&g, p, row[i].index);
	none(page, nr);
	free(row);
}
