/* SPDX-License-Identifier: MIT */
/* timeline.c - see timeline.h. A tick that finds another at work is left out. */
#include "prof/timeline.h"

#include <string.h>

#include "mm/page_alloc.h"
#include "mm/stats.h"
#include "os/os.h"
#include "prof/report.h"

enum { MOMENTS = 1024 };
static const u64 first_step_ns = 1000000;

static struct {
	struct spinlock lock;
	u32 nr;
	u64 step_ns;	/* between two moments */
	u64 next_ns;	/* when the next one is due */
	bool anew;	/* a child of fork, which has none yet */
} line;

static struct report_array file = {
	.section = KVR_SEC_TIMELINE,
	.entry_size = sizeof(struct kvr_moment),
	.first = MOMENTS * sizeof(struct kvr_moment),
	.most = MOMENTS * sizeof(struct kvr_moment),
};

bool timeline_start(void)
{
	line.step_ns = first_step_ns;
	line.nr = 0;
	line.next_ns = 0;
	return report_array_grow(&file, file.most);
}

static struct kvr_moment *moments(void)
{
	return (struct kvr_moment *)(void *)file.base;
}

static u64 dirty_pages(void)
{
	u64 n = 0;

	for (size_t z = 0; z < stats.nr_zones; z++)
		n += stats_pages.zone[z].dirty_free;
	return n;
}

/* Objects and runs are counted by thread, areas by why they are areas. */
u64 timeline_requests(const struct thread_cache *t)
{
	static const enum kv_counter areas[] = {
		KV_vmalloc_size,   KV_vmalloc_refused, KV_vmalloc_policy,
		KV_vmalloc_resize, KV_fallback_nomem,  KV_fallback_frag,
		KV_fallback_slab,  KV_fallback_aligned, KV_vmalloc_direct,
	};
	u64 n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(areas); i++)
		n += stats.counter[areas[i]];
	for (; t; t = t->next)
		for (size_t c = 1; c < stats.nr_classes; c++)
			n += t->stat.alloc[c];
	return n;
}

static void halve(void)
{
	struct kvr_moment *m = moments();

	for (u32 i = 0; i < MOMENTS / 2; i++)
		m[i] = m[2 * i + (m[2 * i + 1].held_bytes > m[2 * i].held_bytes)];
	memset(m + MOMENTS / 2, 0, MOMENTS / 2 * sizeof(*m));
	line.nr = MOMENTS / 2;
	line.step_ns *= 2;
}

static void note(u64 now, const struct thread_cache *list)
{
	struct kvr_moment *m;

	if (line.nr == MOMENTS)
		halve();
	m = &moments()[line.nr];
	m->held_bytes = stats.held_bytes;
	m->slab_pages = stats.slab_pages;
	m->large_pages = stats.large_pages;
	m->vmalloc_pages = stats.vmalloc_pages;
	m->dirty_free_pages = dirty_pages();
	m->lazy_pages = stats.lazy_pages;
	m->requests = timeline_requests(list);
	m->fallbacks = stats.counter[KV_fallback_nomem] +
		       stats.counter[KV_fallback_frag] +
		       stats.counter[KV_fallback_slab];
	m->failed = stats.counter[KV_alloc_failed];
	__atomic_store_n(&m->monotonic_ns, now, __ATOMIC_RELEASE);
	line.nr++;
	__atomic_store_n(&line.next_ns, now + line.step_ns, __ATOMIC_RELAXED);
}

static bool due(u64 ns)
{
	return ns >= __atomic_load_n(&line.next_ns, __ATOMIC_RELAXED);
}

void timeline_tick(const struct thread_cache *list, bool now)
{
	u64 ns = os_coarse_ns();

	if (!(now || due(ns)) || !spin_trylock(&line.lock))
		return;
	if (unlikely(line.anew)) {
		line.anew = false;
		timeline_start();
	}
	if ((now || due(ns)) && file.size)
		note(ns, list);
	spin_unlock(&line.lock);
}

void timeline_fork_child(void)
{
	spin_lock_init(&line.lock);
	report_array_drop(&file);
	line.anew = true;
	line.next_ns = 0;
}
