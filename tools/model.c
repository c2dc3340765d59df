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

#include <string.h>

enum { MIGRATE_MOVABLE = 1 };

const struct reason fallback_reasons[NR_FALLBACKS] = {
	{ KV_fallback_frag, "no contiguous block" },
	{ KV_fallback_nomem, "below the watermark" },
	{ KV_fallback_slab, "no slab for kmalloc-8k" },
};

uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

uint64_t model_counter(const struct model *m, enum kv_counter c)
{
	return m->s->stats->counter[c];
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
		const struct kvr_class *k = &st->class[c];
		struct sums *n = &m->class[c];

		if (!k->route || c >= st->nr_classes) {
			memset(n, 0, sizeof(*n));
			continue;
		}
		n->live = minus(n->calls + st->inherited[c], n->freed);
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
		   model_counter(m, KV_fallback_aligned);
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

bool zone_is_used(const struct kvr_zone *z)
{
	return z->name[0] && z->present;
}

void zone_free_blocks(const struct kvr_zone *z,
		      uint64_t free[KVR_MAX_MIGRATETYPES][KVR_MAX_ORDERS])
{
	int top = KVR_MAX_ORDERS - 1;
	int o;

	memcpy(free, z->free, sizeof(z->free));
	/* memory nobody has touched is one run, movable as after boot */
	free[MIGRATE_MOVABLE][top] += z->deferred >> top;
	for (o = 0; o < top; o++)
		free[MIGRATE_MOVABLE][o] += z->deferred >> o & 1;
}

void zone_free_area(const struct kvr_zone *z, uint64_t free[KVR_MAX_ORDERS])
{
	uint64_t by_type[KVR_MAX_MIGRATETYPES][KVR_MAX_ORDERS];
	int t, o;

	zone_free_blocks(z, by_type);
	memset(free, 0, KVR_MAX_ORDERS * sizeof(free[0]));
	for (t = 0; t < KVR_MAX_MIGRATETYPES; t++)
		for (o = 0; o < KVR_MAX_ORDERS; o++)
			free[o] += by_type[t][o];
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
