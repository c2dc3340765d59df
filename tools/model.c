/* SPDX-License-Identifier: MIT */
/*
 * model.c - derives a report's numbers from a snapshot. See model.h.
 *
 * Theory: threads count objects and asked bytes by class; sizes come from the
 * class table; vmalloc has counters of its own. What was served is calls
 * times size, so it costs the program nothing to know. A forked child counts
 * from zero and frees what it inherited too: live is inherited + own - freed.
 *
 * A live process moves its counters while they are copied, and a damaged file
 * holds anything: differences go through minus(), sums may wrap, and nothing
 * is divided by a number that can be zero.
 */
#include "model.h"

#include <stdio.h>
#include <string.h>

const struct reason fallback_reasons[NR_FALLBACKS] = {
	{ KV_fallback_frag, "no contiguous block" },
	{ KV_fallback_nomem, "below the watermark" },
	{ KV_fallback_slab, "no slab for kmalloc-8k" },
};

const struct huge_word *huge_word(const struct kvr_stats *st)
{
	static const struct huge_word words[] = {
		[KVR_HUGE_SMALL] = { "small", "the heap is small" },
		[KVR_HUGE_ON] = { "on", NULL },
		[KVR_HUGE_SLOW] = { "slow",
				    "given up, as the system took long to "
				    "provide one" },
		[KVR_HUGE_NONE] = { "none",
				    "given up, as the system had none to "
				    "give" },
		[KVR_HUGE_SPLIT] = { "split",
				     "given up, as many had to be split to "
				     "give memory back" },
		[KVR_HUGE_OFF] = { "off", "huge=off" },
	};
	static const struct huge_word unknown = { "unknown", NULL };

	return st->huge_state < sizeof(words) / sizeof(*words) ?
		       &words[st->huge_state] :
		       &unknown;
}

uint64_t model_counter(const struct model *m, enum kv_counter c)
{
	uint64_t n = m->s->stats->counter[c];

	return c == KV_realloc_calls || c == KV_realloc_inplace ?
		       n + m->resized :
		       n;
}

static void add(struct sums *to, const struct sums *n)
{
	to->calls += n->calls;
	to->freed += n->freed;
	to->asked += n->asked;
	to->served += n->served;
	to->kernel += n->kernel;
	to->live += n->live;
	to->live_bytes += n->live_bytes;
	to->live_kernel += n->live_kernel;
}

static void sum_threads(struct model *m)
{
	const struct snapshot *s = m->s;
	size_t i, c;

	for (i = 0; i < s->nr_threads; i++) {
		const struct kvr_thread *t = &s->thread[i];

		if (!t->tid)
			continue;
		m->nr_slots++;
		m->nr_threads += t->nr_owners;
		m->resized += t->resized;
		for (c = 0; c < KVR_MAX_CLASSES; c++) {
			m->class[c].calls += t->alloc[c];
			m->class[c].freed += t->free[c];
			m->class[c].asked += t->asked[c];
		}
	}
}

static void sum_classes(struct model *m)
{
	const struct kvr_stats *st = m->s->stats;
	size_t c;

	for (c = 0; c < KVR_MAX_CLASSES; c++) {
		const struct kvr_class *k = &m->s->class[c];
		struct sums *n = &m->class[c];

		if (!k->route || c >= st->nr_classes) {
			memset(n, 0, sizeof(*n));
			continue;
		}
		n->live = minus(n->calls + k->inherited, n->freed);
		n->served = n->calls * k->size;
		n->kernel = n->calls * k->kernel_size;
		n->live_bytes = n->live * k->size;
		n->live_kernel = n->live * k->kernel_size;
		add(&m->route[k->route == KVR_ROUTE_SLAB ? ROUTE_SLAB :
							   ROUTE_PAGES],
		    n);
	}
}

static void sum_vmalloc(struct model *m)
{
	struct sums *n = &m->route[ROUTE_VMALLOC];
	size_t i;

	for (i = 0; i < NR_FALLBACKS; i++)
		m->fallbacks += model_counter(m, fallback_reasons[i].counter);
	n->calls = m->fallbacks + model_counter(m, KV_vmalloc_size) +
		   model_counter(m, KV_vmalloc_refused) +
		   model_counter(m, KV_vmalloc_policy) +
		   model_counter(m, KV_vmalloc_resize) +
		   model_counter(m, KV_fallback_aligned) +
		   model_counter(m, KV_vmalloc_direct);
	n->freed = model_counter(m, KV_vmalloc_free);
	n->asked = model_counter(m, KV_vmalloc_asked);
	n->served = model_counter(m, KV_vmalloc_served);
	/* whole pages there as here */
	n->kernel = n->served;
	n->live = minus(n->calls, n->freed);
	n->live_bytes = minus(n->served + m->s->stats->inherited_vmalloc,
			      model_counter(m, KV_vmalloc_freed));
	n->live_kernel = n->live_bytes;
}

static void find_duration(struct model *m, uint64_t now_ns)
{
	const struct kvr_header *h = &m->s->head;
	uint64_t end = now_ns;

	m->duration_known = true;
	if (h->state == KVR_EXITED && h->end_monotonic_ns) {
		end = h->end_monotonic_ns;
	} else if (!now_ns) {
		end = m->s->stats->last_monotonic_ns;
		m->duration_known = false;
	}
	m->duration_ns = minus(end, h->start_monotonic_ns);
}

void model_build(struct model *m, const struct snapshot *s, uint64_t now_ns)
{
	int r;

	memset(m, 0, sizeof(*m));
	m->s = s;
	sum_threads(m);
	sum_classes(m);
	sum_vmalloc(m);
	for (r = 0; r < NR_ROUTES; r++)
		add(&m->total, &m->route[r]);
	m->pages = s->stats->slab_pages + s->stats->large_pages +
		   s->stats->vmalloc_pages;
	find_duration(m, now_ns);
}

struct zone_label zone_label(const struct snapshot *s,
			     const struct kvr_zone *z)
{
	struct zone_label label;

	if (s->stats->nr_zones && s->zone[s->stats->nr_zones - 1].node)
		snprintf(label.s, sizeof(label.s), "%llu:%.15s",
			 (unsigned long long)z->node, z->name);
	else
		snprintf(label.s, sizeof(label.s), "%.15s", z->name);
	return label;
}

/* F free pages, B free blocks, S blocks of `order` that fit in those */
static void count_free(const uint64_t *free, int order, uint64_t *pages,
		       uint64_t *blocks, uint64_t *suitable)
{
	int o;

	*pages = *blocks = *suitable = 0;
	for (o = 0; o < KVR_MAX_ORDERS; o++) {
		*blocks += free[o];
		*pages += free[o] << o;
		if (o >= order)
			*suitable += free[o] << (o - order);
	}
}

int extfrag_index(const uint64_t free[KVR_MAX_ORDERS], int order)
{
	uint64_t pages, blocks, suitable;

	count_free(free, order, &pages, &blocks, &suitable);
	if (!blocks)
		return 0;
	if (suitable)
		return -1000;
	/* at most 2000 when the counts are true */
	pages = (1000 + (pages * 1000 >> order)) / blocks;
	return 1000 - (int)(pages < 2000 ? pages : 2000);
}

int unusable_index(const uint64_t free[KVR_MAX_ORDERS], int order)
{
	uint64_t pages, blocks, suitable;

	count_free(free, order, &pages, &blocks, &suitable);
	if (!pages)
		return 1000;
	return (int)(minus(pages, suitable << order) * 1000 / pages);
}
