/* SPDX-License-Identifier: MIT */
/*
 * findings.c - "what to look at": the few things of a report that deserve a
 * sentence, the worst first.
 *
 * Rules: a sentence is printed only when its numbers make it true and large
 * enough to act on (the limits are the constants below); it carries those
 * numbers; what was served in the ordinary way gets none. When nothing
 * qualifies the report says so, so that silence is never ambiguous.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "findings.h"
#include "util.h"

enum {
	MAX_FINDINGS = 8,
	FRAGMENTED = 500, /* index, thousandths: the kernel compacts */
};

#define MIN_SLAB_BYTES (1ull << 20)
#define MIN_COPIED     (16ull << 20)

static int limit(const struct findings *f)
{
	return f->r->opts->verbose ? INT_MAX : MAX_FINDINGS;
}

void say(struct findings *f, const char *fmt, ...)
{
	struct text number;
	va_list ap;
	char *text;

	if (f->nr++ >= limit(f))
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	snprintf(number.s, sizeof(number.s), "  %d. ", f->nr);
	out_wrap(f->r->out, number.s, "     ", text ? text : "");
	free(text);
}

bool said(const struct findings *f)
{
	return f->nr <= limit(f);
}

static bool matters(uint64_t bytes, const struct model *m)
{
	return bytes >= MIN_BYTES &&
	       bytes / MIN_PERCENT >= m->total.served / 100;
}

static uint64_t counter(const struct findings *f, enum kv_counter c)
{
	return model_counter(f->r->m, c);
}

static uint64_t page_bytes(const struct findings *f, uint64_t pages)
{
	return pages * f->r->m->s->stats->page_size;
}

static void failures(struct findings *f)
{
	uint64_t failed = counter(f, KV_alloc_failed);
	uint64_t over = counter(f, KV_vmap_overcommit);
	uint64_t machine = page_bytes(f, f->r->m->s->stats->total_pages);

	if (failed)
		say(f, "%s failed: malloc returned NULL.",
		    fmt_things(failed, "request", "requests").s);
	if (counter(f, KV_oom))
		say(f,
		    "Out of memory was declared %s: the machine of %s was "
		    "full.",
		    fmt_things(counter(f, KV_oom), "time", "times").s,
		    fmt_bytes(machine).s);
	if (over)
		say(f,
		    "vmalloc served %s beyond the machine's %s: with "
		    "overcommit=0 those requests fail.",
		    fmt_bytes(page_bytes(f, over)).s, fmt_bytes(machine).s);
	if (counter(f, KV_direct_reclaim))
		say(f, "Memory was short: %s of direct reclaim gave %s back.",
		    fmt_things(counter(f, KV_direct_reclaim), "round", "rounds")
			    .s,
		    fmt_bytes(page_bytes(f, counter(f, KV_reclaimed))).s);
	if (counter(f, KV_slab_errors))
		say(f,
		    "slub_debug found memory that the program broke: %s on "
		    "stderr, repairs included.",
		    fmt_things(counter(f, KV_slab_errors), "report", "reports")
			    .s);
	if (counter(f, KV_foreign_free))
		say(f,
		    "%s of another allocator came to free() here: memory "
		    "allocated before the library, or with a private "
		    "malloc.",
		    fmt_things(counter(f, KV_foreign_free), "pointer",
			       "pointers")
			    .s);
}

static void fallbacks(struct findings *f)
{
	const struct model *m = f->r->m;
	uint64_t largest = page_bytes(f, 1ull << (KVR_MAX_ORDERS - 1));
	char *list = NULL;
	size_t size = 0, i;
	FILE *s;

	if (m->fallbacks) {
		s = open_memstream(&list, &size);
		for (i = 0; s && i < NR_FALLBACKS; i++) {
			const struct reason *why = &fallback_reasons[i];
			uint64_t n = counter(f, why->counter);

			if (n)
				fprintf(s, "%s%s %s", ftell(s) ? ", " : "",
					why->text, fmt_count(n).s);
		}
		if (s && !fclose(s))
			say(f,
			    "%s of %s for contiguous pages fell back to "
			    "vmalloc: %s.",
			    fmt_count(m->fallbacks).s,
			    fmt_things(m->fallbacks +
					       m->route[ROUTE_PAGES].calls,
				       "request", "requests")
				    .s,
			    list);
		free(list);
		find_fallback_sites(f);
	}
	if (counter(f, KV_vmalloc_refused))
		say(f,
		    "%s above INT_MAX (2 GiB - 1): the kernel refuses such "
		    "a kvmalloc with a warning.",
		    fmt_things(counter(f, KV_vmalloc_refused), "request was",
			       "requests were")
			    .s);
	if (counter(f, KV_vmalloc_size) &&
	    matters(m->route[ROUTE_VMALLOC].served, m))
		say(f,
		    "%s above %s, the largest contiguous block, and went "
		    "straight to vmalloc; all of vmalloc: %s, %s of the "
		    "bytes served.",
		    fmt_things(counter(f, KV_vmalloc_size), "request was",
			       "requests were")
			    .s,
		    fmt_bytes(largest).s,
		    fmt_bytes(m->route[ROUTE_VMALLOC].served).s,
		    fmt_percent(m->route[ROUTE_VMALLOC].served, m->total.served)
			    .s);
}

/* bytes that class c loses: to rounding here, or to the kernel's rounding */
typedef uint64_t (*loss_fn)(const struct sums *n);

static uint64_t rounding_loss(const struct sums *n)
{
	return minus(n->served, n->asked);
}

static uint64_t kernel_loss(const struct sums *n)
{
	return minus(n->kernel, n->served);
}

/* the class with the largest loss not named yet; 0 = none is a tenth of it */
static size_t worst_class(const struct model *m, loss_fn loss, uint64_t total,
			  const bool *named)
{
	size_t c, worst = 0;

	for (c = 1; c < KVR_MAX_CLASSES; c++)
		if (!named[c] &&
		    loss(&m->class[c]) > (worst ? loss(&m->class[worst]) : 0))
			worst = c;
	return worst && loss(&m->class[worst]) >= total / 10 ? worst : 0;
}

static void name_worst(struct findings *f, loss_fn loss, uint64_t total,
		       bool kernel)
{
	const struct model *m = f->r->m;
	bool named[KVR_MAX_CLASSES] = { false };
	struct table *t;
	size_t c;
	int i;

	if (!said(f))
		return;
	t = table_new();
	table_col(t, '<', kernel ? "class here" : "class");
	table_col(t, '>', "requests");
	table_col(t, '>', "asked on average");
	table_col(t, '>', kernel ? "the kernel takes" : "take");
	table_col(t, '>', kernel ? "more" : "lost");
	for (i = 0; i < WORST; i++) {
		c = worst_class(m, loss, total, named);
		if (!c)
			break;
		named[c] = true;
		table_cell(t, "%s", m->s->class[c].name);
		table_cell(t, "%s", fmt_count(m->class[c].calls).s);
		table_cell(t, "%s B",
			   fmt_count(m->class[c].calls ?
					     m->class[c].asked /
						     m->class[c].calls :
					     0)
				   .s);
		table_cell(t, "%s B",
			   fmt_count(kernel ?
					     m->s->class[c].kernel_size :
					     m->s->class[c].size)
				   .s);
		table_cell(t, "%s", fmt_bytes(loss(&m->class[c])).s);
	}
	table_print(t, f->r->out, 7);
}

/* how the sentence before name_worst() ends */
static const char *worst_intro(const struct findings *f, loss_fn loss,
			       uint64_t total)
{
	static const bool none[KVR_MAX_CLASSES];

	return worst_class(f->r->m, loss, total, none) ?
		       "; the largest parts:" :
		       ", spread over many classes.";
}

static void rounding(struct findings *f)
{
	const struct model *m = f->r->m;
	uint64_t lost = minus(m->total.served, m->total.asked);
	uint64_t more = minus(m->total.kernel, m->total.served);

	if (matters(lost, m)) {
		say(f,
		    "Rounding up to the size class took %s, %s of the "
		    "bytes served%s",
		    fmt_bytes(lost).s, fmt_percent(lost, m->total.served).s,
		    worst_intro(f, rounding_loss, lost));
		name_worst(f, rounding_loss, lost, false);
	}
	if (!m->s->stats->kernel && matters(more, m)) {
		say(f,
		    "The kernel's own classes would have taken %s more "
		    "(%s of what was served here)%s",
		    fmt_bytes(more).s,
		    fmt_ratio(m->total.kernel, m->total.served).s,
		    worst_intro(f, kernel_loss, more));
		name_worst(f, kernel_loss, more, true);
	}
}

static void contiguous(struct findings *f)
{
	const struct model *m = f->r->m;
	const struct sums *n = &m->route[ROUTE_PAGES];
	size_t c, largest = 0;

	if (!matters(n->served, m))
		return;
	for (c = 0; c < KVR_MAX_CLASSES; c++)
		if (m->class[c].calls &&
		    m->s->class[c].route == KVR_ROUTE_PAGES &&
		    m->s->class[c].size >=
			    m->s->class[largest].size)
			largest = c;
	say(f,
	    "%s (%s of all) took contiguous pages: %s, %s of the bytes "
	    "served, in blocks of up to %s.",
	    fmt_things(n->calls, "request", "requests").s,
	    fmt_percent(n->calls, m->total.calls).s, fmt_bytes(n->served).s,
	    fmt_percent(n->served, m->total.served).s,
	    fmt_bytes(m->s->class[largest].size).s);
}

/* how much of a cache's slabs its live objects leave unused */
static uint64_t cache_unused(const struct findings *f,
			     const struct kvr_cache *k)
{
	const struct model *m = f->r->m;
	uint64_t live =
		k->class < KVR_MAX_CLASSES ? m->class[k->class].live_bytes : 0;

	return minus(page_bytes(f, k->nr_slabs << k->order), live);
}

static void slabs(struct findings *f)
{
	const struct model *m = f->r->m;
	const struct kvr_stats *st = m->s->stats;
	uint64_t bytes = page_bytes(f, st->slab_pages);
	uint64_t live = m->route[ROUTE_SLAB].live_bytes;
	const struct kvr_cache *worst = NULL;
	size_t i;

	/* after the end everything is free: no news */
	if (f->r->life == LIFE_EXITED || bytes < MIN_SLAB_BYTES ||
	    live >= bytes / 2)
		return;
	for (i = 0; i < st->nr_caches; i++)
		if (m->s->cache[i].class &&
		    (!worst ||
		     cache_unused(f, &m->s->cache[i]) > cache_unused(f, worst)))
			worst = &m->s->cache[i];
	if (!worst)
		return;
	say(f,
	    "Slabs hold %s for %s of live objects; the largest part is "
	    "%s with %s unused (%s free objects in %s partial slabs).",
	    fmt_bytes(bytes).s, fmt_bytes(live).s, worst->name,
	    fmt_bytes(cache_unused(f, worst)).s, fmt_count(worst->nr_free).s,
	    fmt_count(worst->nr_partial).s);
}

static void fragmentation(struct findings *f)
{
	const struct kvr_stats *st = f->r->m->s->stats;
	size_t i;

	for (i = 0; i < st->nr_zones; i++) {
		const struct kvr_zone *z = &f->r->m->s->zone[i];
		uint64_t free[KVR_MAX_ORDERS];
		int o;

		if (!zone_is_used(z))
			continue;
		zone_free_area(z, free);
		for (o = 1; o < KVR_MAX_ORDERS; o++)
			if (extfrag_index(free, o) > FRAGMENTED)
				break;
		if (o == KVR_MAX_ORDERS || z->nr_free < 4ull << o)
			continue;
		say(f,
		    "Zone %s has %s free but no block of order %d (%s): "
		    "fragmentation index 0.%03d.",
		    zone_label(f->r->m->s, z).s,
		    fmt_bytes(page_bytes(f, z->nr_free)).s, o,
		    fmt_bytes(page_bytes(f, 1ull << o)).s,
		    extfrag_index(free, o));
	}
}

static void reallocs(struct findings *f)
{
	uint64_t calls = counter(f, KV_realloc_calls);
	uint64_t moved = minus(calls, counter(f, KV_realloc_inplace));
	uint64_t copied = counter(f, KV_realloc_copied);

	if (copied < MIN_COPIED)
		return;
	say(f, "realloc copied %s: %s of %s calls had to move the block.",
	    fmt_bytes(copied).s, fmt_percent(moved, calls).s,
	    fmt_count(calls).s);
}

void report_findings(const struct report *r)
{
	struct findings f = { r, 0 };

	out_title(r->out, "WHAT TO LOOK AT", "");
	failures(&f);
	if (!find_sizes(&f))
		rounding(&f);
	fallbacks(&f);
	contiguous(&f);
	slabs(&f);
	fragmentation(&f);
	reallocs(&f);
	find_pins(&f);
	find_short_lived(&f);
	find_leaks(&f);
	if (!f.nr)
		fputs("  Nothing stands out.\n", r->out->f);
	if (f.nr > limit(&f))
		fprintf(r->out->f, "  .. and %d more, with -v.\n",
			f.nr - limit(&f));
}
