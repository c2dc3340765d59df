/* SPDX-License-Identifier: MIT */
/* slab_stat.c - see slab_stat.h. */
#include "kapi/slab_stat.h"

#include <errno.h>
#include <string.h>

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
			__atomic_fetch_add(&slab_stats[cache][kv_cpu][i],
					   (u32)n, __ATOMIC_RELAXED);
}

static int find(const char *name)
{
	for (int i = 0; i < NR_SLAB_STATS; i++)
		if (!strcmp(names[i], name))
			return i;
	return -EINVAL;
}

static u32 get(const struct kmem_cache *s, unsigned int cpu, int stat)
{
	return __atomic_load_n(&slab_stats[s->index][cpu][stat],
			       __ATOMIC_RELAXED);
}

/* The slow path of a fast one; NR_SLAB_STATS: it is none. */
static int slow_of(int stat)
{
	return stat == STAT_alloc_fastpath ? STAT_alloc_slowpath :
	       stat == STAT_free_fastpath  ? STAT_free_slowpath :
					     NR_SLAB_STATS;
}

static u32 shown(const struct kmem_cache *s, unsigned int cpu, int stat)
{
	u32 n = get(s, cpu, stat), slow;

	if (slow_of(stat) == NR_SLAB_STATS)
		return n;
	slow = get(s, cpu, slow_of(stat)); /* those that failed, too */
	return n > slow ? n - slow : 0;
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

/* What is left of a fast path is what its slow one is taken from. */
int slab_stat_clear(const struct kmem_cache *s, const char *name)
{
	int stat = find(name);

	if (stat < 0)
		return stat;
	for (unsigned int cpu = 0; cpu < machine.cfg.cpus; cpu++) {
		u32 *of_cpu = slab_stats[s->index][cpu], slow = 0;

		if (slow_of(stat) != NR_SLAB_STATS)
			slow = get(s, cpu, slow_of(stat));
		if (stat == STAT_alloc_slowpath)
			of_cpu[STAT_alloc_fastpath] -= of_cpu[stat];
		if (stat == STAT_free_slowpath)
			of_cpu[STAT_free_fastpath] -= of_cpu[stat];
		__atomic_store_n(&of_cpu[stat], slow, __ATOMIC_RELAXED);
	}
	return 0;
}

void slab_stat_begin(const struct kmem_cache *s)
{
	memset(slab_stats[s->index], 0, sizeof(slab_stats[s->index]));
}
