/* SPDX-License-Identifier: MIT */
/* slab_stat.c - see slab_stat.h. */
#include "kapi/slab_stat.h"

#include <errno.h>
#include <string.h>

#include "abi/thread.h"
#include "lib/print.h"
#include "mm/stats.h"

SPARSE_BSS u32 slab_stats[MAX_CACHES][MAX_NR_CPUS][NR_SLAB_STATS];

static const char *const names[NR_SLAB_STATS] = {
#define X(name, counter) #name,
	SLAB_STATS(X)
#undef X
};

/* mm/stats.h: what the core sees. */
void count_by_cache(unsigned int cache, enum kv_counter c, u64 n)
{
	static const u8 counter_of[NR_SLAB_STATS] = {
#define X(name, counter) counter,
		SLAB_STATS(X)
#undef X
	};

	for (int i = 0; i < NR_SLAB_STATS; i++)
		if (counter_of[i] == c)
			slab_stat_add(cache, (enum slab_stat)i, (u32)n);
}

static int find(const char *name)
{
	for (int i = 0; i < NR_SLAB_STATS; i++)
		if (!strcmp(names[i], name))
			return i;
	return -EINVAL;
}

static u32 *place(const struct kmem_cache *s, unsigned int cpu, int stat)
{
	return &slab_stats[s->index][cpu][stat];
}

static u32 get(const struct kmem_cache *s, unsigned int cpu, int stat)
{
	return __atomic_load_n(place(s, cpu, stat), __ATOMIC_RELAXED);
}

static void set(const struct kmem_cache *s, unsigned int cpu, int stat, u32 n)
{
	__atomic_store_n(place(s, cpu, stat), n, __ATOMIC_RELAXED);
}

/* What @cpu's threads have counted that is no slow path; @stat is a fast one. */
static u32 fast(const struct kmem_cache *s, unsigned int cpu, int stat)
{
	bool alloc = stat == STAT_alloc_fastpath;
	u64 all = 0;

	for (const struct thread_cache *t = thread_list(); t; t = t->next)
		if (t->cpu == cpu)
			all += alloc ? t->stat.alloc[s->index] :
				       t->stat.free[s->index];
	return (u32)all -
	       get(s, cpu, alloc ? STAT_alloc_slowpath : STAT_free_slowpath);
}

static bool is_fast(int stat)
{
	return stat == STAT_alloc_fastpath || stat == STAT_free_fastpath;
}

/* Slow ones that failed are no allocations. */
static u32 shown(const struct kmem_cache *s, unsigned int cpu, int stat)
{
	u32 n = get(s, cpu, stat);

	if (!is_fast(stat))
		return n;
	n = fast(s, cpu, stat) - n;
	return (int)n < 0 ? 0 : n;
}

ssize_t slab_stat_read(const struct kmem_cache *s, const char *name, char *buf,
		       size_t size)
{
	int stat = find(name);
	unsigned long sum = 0;
	size_t len;

	if (stat < 0)
		return stat;
	for (unsigned int cpu = 0; cpu < machine.cfg.cpus; cpu++)
		sum += shown(s, cpu, stat);
	len = kv_snprintf(buf, size, "%lu", sum);
	for (unsigned int cpu = 0; cpu < machine.cfg.cpus; cpu++)
		if (shown(s, cpu, stat))
			len += kv_snprintf(len < size ? buf + len : NULL,
					   len < size ? size - len : 0,
					   " C%u=%u", cpu, shown(s, cpu, stat));
	return (ssize_t)(len + kv_snprintf(len < size ? buf + len : NULL,
					   len < size ? size - len : 0, "\n"));
}

/* A slow path is taken off its fast one: what goes there stays taken off. */
static void clear(const struct kmem_cache *s, unsigned int cpu, int stat)
{
	u32 n = get(s, cpu, stat);

	if (stat == STAT_alloc_slowpath)
		*place(s, cpu, STAT_alloc_fastpath) += n;
	if (stat == STAT_free_slowpath)
		*place(s, cpu, STAT_free_fastpath) += n;
	set(s, cpu, stat, is_fast(stat) ? fast(s, cpu, stat) : 0);
}

int slab_stat_clear(const struct kmem_cache *s, const char *name)
{
	int stat = find(name);

	if (stat < 0)
		return stat;
	for (unsigned int cpu = 0; cpu < machine.cfg.cpus; cpu++)
		clear(s, cpu, stat);
	return 0;
}

void slab_stat_begin(const struct kmem_cache *s)
{
	for (unsigned int cpu = 0; cpu < machine.cfg.cpus; cpu++)
		for (int i = NR_SLAB_STATS; i-- > 0;)
			clear(s, cpu, i);
}
