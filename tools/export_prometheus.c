/* SPDX-License-Identifier: MIT */
/*
 * export_prometheus.c - metrics as text, for node_exporter's textfile
 * collector or a push gateway.
 *
 * All lines of a metric stand together below its HELP and TYPE. Every sample
 * carries pid and comm; units are bytes and seconds, as is the custom.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"

struct prom {
	FILE *f;
	const struct subject *x;
	char *who; /* pid="1",comm="x" */
};

static void put_value(FILE *f, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', f);
		fputc(*text, f);
	}
}

static void metric(const struct prom *p, const char *name, const char *type,
		   const char *help)
{
	fprintf(p->f, "# HELP kvmalloc_%s %s\n# TYPE kvmalloc_%s %s\n", name,
		help, name, type);
}

/* label NULL: pid and comm only */
static void sample(const struct prom *p, const char *name, const char *label,
		   const char *value, uint64_t n)
{
	fprintf(p->f, "kvmalloc_%s{%s", name, p->who);
	if (label) {
		fprintf(p->f, ",%s=\"", label);
		put_value(p->f, value);
		fputc('"', p->f);
	}
	fprintf(p->f, "} %" PRIu64 "\n", n);
}

static void single(const struct prom *p, const char *name, const char *type,
		   const char *help, uint64_t n)
{
	metric(p, name, type, help);
	sample(p, name, NULL, NULL, n);
}

static void put_totals(const struct prom *p)
{
	const struct model *m = &p->x->m;
	const struct kvr_stats *st = p->x->s.stats;
	const struct kvr_header *h = &p->x->s.head;
	uint64_t page = st->page_size;

	metric(p, "start_time_seconds", "gauge",
	       "Start of the process since the Unix epoch.");
	fprintf(p->f,
		"kvmalloc_start_time_seconds{%s} %" PRIu64 ".%03" PRIu64 "\n",
		p->who, h->start_realtime_ns / 1000000000,
		h->start_realtime_ns / 1000000 % 1000);
	single(p, "running", "gauge", "1 while the process runs.",
	       p->x->life == LIFE_RUNNING);
	single(p, "machine_bytes", "gauge", "Memory of the emulated machine.",
	       st->total_pages * page);
	single(p, "live_blocks", "gauge", "Blocks not given back.",
	       m->total.live);
	single(p, "live_bytes", "gauge", "Served bytes of live blocks.",
	       m->total.live_bytes);
	single(p, "held_bytes", "gauge", "Bytes live or in a thread's cache.",
	       st->held_bytes);
	single(p, "peak_held_bytes", "gauge", "Largest value of held_bytes.",
	       st->peak_held_bytes);
	single(p, "peak_pages_bytes", "gauge",
	       "Largest sum of slabs, blocks and areas.",
	       st->peak_pages * page);
	single(p, "own_bytes", "gauge", "The library's own tables.",
	       st->meta_bytes);
	single(p, "huge_asked_bytes", "gauge",
	       "Linear map that huge pages are asked for.", st->huge_asked);
	single(p, "huge_backed_bytes", "gauge",
	       "Linear map that huge pages back.", st->huge_backed);
	metric(p, "pages_bytes", "gauge", "Pages in use by kind.");
	sample(p, "pages_bytes", "kind", "slab", st->slab_pages * page);
	sample(p, "pages_bytes", "kind", "contiguous", st->large_pages * page);
	sample(p, "pages_bytes", "kind", "vmalloc", st->vmalloc_pages * page);
	sample(p, "pages_bytes", "kind", "lazy", st->lazy_pages * page);
}

static void put_routes(const struct prom *p)
{
	static const struct {
		const char *name, *help;
		size_t offset;
	} columns[] = {
		{ "requests_total", "Requests served, by route.",
		  offsetof(struct sums, calls) },
		{ "frees_total", "Blocks given back, by route.",
		  offsetof(struct sums, freed) },
		{ "asked_bytes_total", "Bytes asked for, by route.",
		  offsetof(struct sums, asked) },
		{ "served_bytes_total", "Bytes served, by route.",
		  offsetof(struct sums, served) },
		{ "kernel_bytes_total",
		  "Bytes the kernel's size classes would have taken.",
		  offsetof(struct sums, kernel) },
	};
	static const char *const routes[NR_ROUTES] = { "slab", "contiguous",
						       "vmalloc" };
	size_t i;
	int r;

	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		metric(p, columns[i].name, "counter", columns[i].help);
		for (r = 0; r < NR_ROUTES; r++) {
			uint64_t n;

			memcpy(&n,
			       (const char *)&p->x->m.route[r] +
				       columns[i].offset,
			       sizeof(n));
			sample(p, columns[i].name, "route", routes[r], n);
		}
	}
	metric(p, "fallbacks_total", "counter",
	       "Requests that fell back to vmalloc, by reason.");
	for (i = 0; i < NR_FALLBACKS; i++)
		sample(p, "fallbacks_total", "reason", fallback_reasons[i].text,
		       model_counter(&p->x->m, fallback_reasons[i].counter));
}

static int compare_sizes(const void *a, const void *b, void *data)
{
	const struct kvr_class *k = data;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;

	if (k[i].size != k[j].size)
		return k[i].size < k[j].size ? -1 : 1;
	return i < j ? -1 : i > j;
}

/* requests of slabs and pages by the size of their class */
static void put_sizes(const struct prom *p)
{
	const struct model *m = &p->x->m;
	struct kvr_stats *st = p->x->s.stats;
	uint64_t nr = 0, asked = 0;
	size_t order[KVR_MAX_CLASSES], n = 0, i;

	metric(p, "request_size_bytes", "histogram",
	       "Requests served by size class or contiguous pages.");
	for (i = 0; i < st->nr_classes; i++)
		if (p->x->s.class[i].route)
			order[n++] = i;
	qsort_r(order, n, sizeof(order[0]), compare_sizes, p->x->s.class);
	for (i = 0; i < n; i++) {
		nr += m->class[order[i]].calls;
		asked += m->class[order[i]].asked;
		/* classes of one size are one bucket */
		if (i + 1 < n &&
		    p->x->s.class[order[i]].size == p->x->s.class[order[i + 1]].size)
			continue;
		fprintf(p->f,
			"kvmalloc_request_size_bytes_bucket{%s,le=\"%" PRIu64
			"\"} %" PRIu64 "\n",
			p->who, p->x->s.class[order[i]].size, nr);
	}
	fprintf(p->f,
		"kvmalloc_request_size_bytes_bucket{%s,le=\"+Inf\"} %" PRIu64
		"\nkvmalloc_request_size_bytes_sum{%s} %" PRIu64
		"\nkvmalloc_request_size_bytes_count{%s} %" PRIu64 "\n",
		p->who, nr, p->who, asked, p->who, nr);
}

static void put_caches(const struct prom *p)
{
	const struct kvr_stats *st = p->x->s.stats;
	uint64_t i;

	metric(p, "cache_slab_bytes", "gauge", "Memory of a slab cache.");
	for (i = 0; i < st->nr_caches; i++)
		if (p->x->s.cache[i].nr_slabs)
			sample(p, "cache_slab_bytes", "cache",
			       p->x->s.cache[i].name,
			       (p->x->s.cache[i].nr_slabs << p->x->s.cache[i].order) *
				       st->page_size);
	metric(p, "cache_objects", "gauge", "Slots of a slab cache.");
	for (i = 0; i < st->nr_caches; i++)
		if (p->x->s.cache[i].nr_slabs)
			sample(p, "cache_objects", "cache", p->x->s.cache[i].name,
			       p->x->s.cache[i].nr_objs);
	metric(p, "cache_free_objects", "gauge",
	       "Free slots in partial slabs of a slab cache.");
	for (i = 0; i < st->nr_caches; i++)
		if (p->x->s.cache[i].nr_slabs)
			sample(p, "cache_free_objects", "cache",
			       p->x->s.cache[i].name, p->x->s.cache[i].nr_free);
}

static void put_zones(const struct prom *p)
{
	const struct kvr_stats *st = p->x->s.stats;
	uint64_t free[KVR_MAX_ORDERS];
	uint64_t i;
	int o;

	metric(p, "zone_free_bytes", "gauge", "Free memory of a zone.");
	for (i = 0; i < st->nr_zones; i++)
		if (zone_is_used(&p->x->s.zone[i]))
			sample(p, "zone_free_bytes", "zone",
			       zone_label(&p->x->s, &p->x->s.zone[i]).s,
			       p->x->s.zone[i].nr_free * st->page_size);
	metric(p, "zone_free_blocks", "gauge",
	       "Free blocks of a zone, by order.");
	for (i = 0; i < st->nr_zones; i++) {
		if (!zone_is_used(&p->x->s.zone[i]))
			continue;
		zone_free_area(&p->x->s.zone[i], free);
		for (o = 0; o < KVR_MAX_ORDERS; o++) {
			fprintf(p->f, "kvmalloc_zone_free_blocks{%s,zone=\"",
				p->who);
			put_value(p->f, zone_label(&p->x->s, &p->x->s.zone[i]).s);
			fprintf(p->f, "\",order=\"%d\"} %" PRIu64 "\n", o,
				free[o]);
		}
	}
}

static void put_counters(const struct prom *p)
{
	static const struct {
		const char *name, *unit, *help;
	} info[KV_NR_COUNTERS] = {
#define X(name, unit, help) { #name, #unit, help },
		KV_COUNTERS(X)
#undef X
	};
	int i;

	for (i = 0; i < KV_NR_COUNTERS; i++) {
		const char *unit =
			strcmp(info[i].unit, "count") ? info[i].unit : "events";
		char *name = xasprintf("%s_%s_total", info[i].name, unit);

		single(p, name, "counter", info[i].help,
		       model_counter(&p->x->m, (enum kv_counter)i));
		free(name);
	}
}

static char *who(const struct subject *x)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return xasprintf("pid=\"%d\"", x->s.head.pid);
	fprintf(f, "pid=\"%d\",comm=\"", x->s.head.pid);
	put_value(f, x->s.head.comm);
	fputc('"', f);
	fclose(f);
	return text;
}

void export_prometheus(FILE *f, const struct subject *x, enum stack_value v)
{
	struct prom p = { .f = f, .x = x, .who = who(x) };

	(void)v;
	put_totals(&p);
	put_routes(&p);
	put_sizes(&p);
	put_caches(&p);
	put_zones(&p);
	put_counters(&p);
	free(p.who);
}
