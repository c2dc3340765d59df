/* SPDX-License-Identifier: MIT */
/*
 * percpu_counter.h - a counter that CPUs add to without disturbing each other.
 *
 * Each CPU keeps what it has added until that reaches a batch, then adds it to
 * the sum all share. percpu_counter_read() is the shared sum, off by at most
 * a batch a CPU; percpu_counter_sum() asks them all.
 */
#ifndef KV_LINUX_PERCPU_COUNTER_H
#define KV_LINUX_PERCPU_COUNTER_H

#include <linux/gfp_types.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct percpu_counter {
	raw_spinlock_t lock;
	s64 count;
	s32 *counters;	/* per CPU */
};

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
/* CPUs * 2, at least 32. */
int kv_percpu_counter_batch(void);
#define percpu_counter_batch kv_percpu_counter_batch()

/* @n counters in a row. 0 or -ENOMEM. */
int percpu_counter_init_many(struct percpu_counter *fbc, s64 amount, gfp_t gfp,
			     u32 n);
void percpu_counter_destroy_many(struct percpu_counter *fbc, u32 n);
void percpu_counter_set(struct percpu_counter *fbc, s64 amount);
void percpu_counter_add_batch(struct percpu_counter *fbc, s64 amount,
			      s32 batch);
void percpu_counter_sync(struct percpu_counter *fbc);
s64 __percpu_counter_sum(struct percpu_counter *fbc);
/* -1, 0, 1: less than, equal to, more than @rhs; exact, cheap if far off. */
int __percpu_counter_compare(struct percpu_counter *fbc, s64 rhs, s32 batch);
/* Adds @amount if the sum stays within @limit. */
bool __percpu_counter_limited_add(struct percpu_counter *fbc, s64 limit,
				  s64 amount, s32 batch);
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

static inline int percpu_counter_init(struct percpu_counter *fbc, s64 amount,
				      gfp_t gfp)
{
	return percpu_counter_init_many(fbc, amount, gfp, 1);
}

static inline void percpu_counter_destroy(struct percpu_counter *fbc)
{
	percpu_counter_destroy_many(fbc, 1);
}

static inline void percpu_counter_add(struct percpu_counter *fbc, s64 amount)
{
	percpu_counter_add_batch(fbc, amount, percpu_counter_batch);
}

/* Kept by the CPU however large it grows. */
static inline void percpu_counter_add_local(struct percpu_counter *fbc,
					    s64 amount)
{
	percpu_counter_add_batch(fbc, amount, 0x7fffffff);
}

static inline void percpu_counter_sub(struct percpu_counter *fbc, s64 amount)
{
	percpu_counter_add(fbc, -amount);
}

static inline void percpu_counter_inc(struct percpu_counter *fbc)
{
	percpu_counter_add(fbc, 1);
}

static inline void percpu_counter_dec(struct percpu_counter *fbc)
{
	percpu_counter_add(fbc, -1);
}

static inline s64 percpu_counter_read(struct percpu_counter *fbc)
{
	return __atomic_load_n(&fbc->count, __ATOMIC_RELAXED);
}

static inline s64 percpu_counter_read_positive(struct percpu_counter *fbc)
{
	s64 sum = percpu_counter_read(fbc);

	return sum > 0 ? sum : 0;
}

static inline s64 percpu_counter_sum(struct percpu_counter *fbc)
{
	return __percpu_counter_sum(fbc);
}

static inline s64 percpu_counter_sum_positive(struct percpu_counter *fbc)
{
	s64 sum = __percpu_counter_sum(fbc);

	return sum > 0 ? sum : 0;
}

static inline int percpu_counter_compare(struct percpu_counter *fbc, s64 rhs)
{
	return __percpu_counter_compare(fbc, rhs, percpu_counter_batch);
}

static inline bool percpu_counter_limited_add(struct percpu_counter *fbc,
					      s64 limit, s64 amount)
{
	return __percpu_counter_limited_add(fbc, limit, amount,
					    percpu_counter_batch);
}

static inline bool percpu_counter_initialized(struct percpu_counter *fbc)
{
	return fbc->counters;
}

#endif
