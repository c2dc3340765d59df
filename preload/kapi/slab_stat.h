/* SPDX-License-Identifier: MIT */
/*
 * slab_stat.h - what happened to a cache, by CPU: the counters that a kernel
 * with CONFIG_SLUB_STATS (7.0) shows in /sys/kernel/slab/<cache>/.
 */
#ifndef KV_KAPI_SLAB_STAT_H
#define KV_KAPI_SLAB_STAT_H

#include "kapi/kapi.h"

#include <sys/types.h>

/* clang-format off */
/* attribute; counter of the core that tells of it. 0: counted by who knows,
 * or, as what this allocator has not, never */
#define SLAB_STATS(X)                          \
	X(alloc_fastpath,         0)               \
	X(alloc_slowpath,         KV_alloc_single) \
	X(free_rcu_sheaf,         0)               \
	X(free_rcu_sheaf_fail,    0)               \
	X(free_fastpath,          0)               \
	X(free_slowpath,          KV_free_single)  \
	X(free_add_partial,       0)               \
	X(free_remove_partial,    0)               \
	X(alloc_slab,             KV_slab_alloc)   \
	X(alloc_node_mismatch,    0)               \
	X(free_slab,              KV_slab_free)    \
	X(order_fallback,         KV_order_fallback) \
	X(cmpxchg_double_fail,    0)               \
	X(sheaf_flush,            KV_sheaf_flush)  \
	X(sheaf_refill,           KV_sheaf_refill) \
	X(sheaf_alloc,            KV_sheaf_alloc)  \
	X(sheaf_free,             KV_sheaf_free)   \
	X(barn_get,               KV_barn_get)     \
	X(barn_get_fail,          KV_barn_get_fail) \
	X(barn_put,               KV_barn_put)     \
	X(barn_put_fail,          KV_barn_put_fail) \
	X(sheaf_prefill_fast,     0)               \
	X(sheaf_prefill_slow,     0)               \
	X(sheaf_prefill_oversize, 0)               \
	X(sheaf_return_fast,      0)               \
	X(sheaf_return_slow,      0)
/* clang-format on */

enum slab_stat {
#define X(name, counter) STAT_##name,
	SLAB_STATS(X)
#undef X
		NR_SLAB_STATS
};

/*
 * By a thread's own CPU, whichever it is on at the moment. Threads count all
 * their allocations and frees: of these those on the slow paths, which are
 * counted here, are taken off, and what was cleared, which stands in the
 * places of the two fast paths.
 */
extern HIDDEN u32 slab_stats[MAX_CACHES][MAX_NR_CPUS][NR_SLAB_STATS];

static inline void slab_stat_add(unsigned int cache, enum slab_stat what, u32 n)
{
	unsigned int cpu = kv_own ? kv_own->cpu : 0;

	__atomic_fetch_add(&slab_stats[cache][cpu][what], n, __ATOMIC_RELAXED);
}

static inline void slab_stat(const struct kmem_cache *s, enum slab_stat what)
{
	slab_stat_add(s->index, what, 1);
}

/* "sum C0=n ..", as snprintf() returns it; -EINVAL: no such counter. */
ssize_t slab_stat_read(const struct kmem_cache *s, const char *name, char *buf,
		       size_t size);
/* From 0 on. -EINVAL: no such counter. */
int slab_stat_clear(const struct kmem_cache *s, const char *name);
/* All of a cache that begins. */
void slab_stat_begin(const struct kmem_cache *s);

#endif
