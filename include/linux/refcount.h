/* SPDX-License-Identifier: MIT */
/*
 * refcount.h - counters of references that saturate where they would overflow,
 * and report the use of what nobody holds any more.
 */
#ifndef KV_LINUX_REFCOUNT_H
#define KV_LINUX_REFCOUNT_H

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/limits.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

typedef struct {
	atomic_t refs;
} refcount_t;

#define REFCOUNT_INIT(n)	{ ATOMIC_INIT(n) }
#define REFCOUNT_MAX		INT_MAX
#define REFCOUNT_SATURATED	(INT_MIN / 2)

static inline void refcount_set(refcount_t *r, int n)
{
	atomic_set(&r->refs, n);
}

static inline unsigned int refcount_read(const refcount_t *r)
{
	return (unsigned int)atomic_read(&r->refs);
}

/*
 * A count that went wrong stays saturated: what it counts is never freed, and
 * the first of each kind is reported.
 */
#define __refcount_bad_kv(r, what)                                        \
	do {                                                              \
		refcount_set(r, REFCOUNT_SATURATED);                      \
		WARN_ONCE(1, "refcount_t: " what);                        \
	} while (0)

/* Is @old, or @old + @i, no count? */
static inline bool __refcount_leaves_kv(int old, int i)
{
	return old < 0 || (int)((unsigned int)old + (unsigned int)i) < 0;
}

static inline void refcount_add(int i, refcount_t *r)
{
	int old = atomic_fetch_add(i, &r->refs);

	if (unlikely(!old))
		__refcount_bad_kv(r, "addition on 0; use-after-free.");
	else if (unlikely(__refcount_leaves_kv(old, i)))
		__refcount_bad_kv(r, "saturated; leaking memory.");
}

static inline void refcount_inc(refcount_t *r)
{
	refcount_add(1, r);
}

/* False if it is zero. */
static inline bool refcount_add_not_zero(int i, refcount_t *r)
{
	int old = atomic_fetch_add_unless(&r->refs, i, 0);

	if (unlikely(__refcount_leaves_kv(old, i)))
		__refcount_bad_kv(r, "saturated; leaking memory.");
	return old != 0;
}

static inline bool refcount_inc_not_zero(refcount_t *r)
{
	return refcount_add_not_zero(1, r);
}

/* True if that was the last. */
static inline bool refcount_sub_and_test(int i, refcount_t *r)
{
	int old = atomic_fetch_sub(i, &r->refs);

	if (old == i)
		return true;
	if (unlikely(__refcount_leaves_kv(old, -i)))
		__refcount_bad_kv(r, "underflow; use-after-free.");
	return false;
}

static inline bool refcount_dec_and_test(refcount_t *r)
{
	return refcount_sub_and_test(1, r);
}

/* It must not be the last. */
static inline void refcount_dec(refcount_t *r)
{
	if (unlikely(atomic_fetch_sub(1, &r->refs) <= 1))
		__refcount_bad_kv(r, "decrement hit 0; leaking memory.");
}

/* 1 becomes 0, all else stays. */
static inline bool refcount_dec_if_one(refcount_t *r)
{
	return atomic_cmpxchg(&r->refs, 1, 0) == 1;
}

/* All but 1 goes down: false if it is 1. */
static inline bool refcount_dec_not_one(refcount_t *r)
{
	int old = atomic_read(&r->refs);

	do {
		if (old == REFCOUNT_SATURATED)
			return true;
		if (old == 1)
			return false;
		if (old <= 0) {
			__refcount_bad_kv(r, "underflow; use-after-free.");
			return true;
		}
	} while (!atomic_try_cmpxchg(&r->refs, &old, old - 1));
	return true;
}

/* The last one takes the lock before the count is zero. */
#define __REFCOUNT_DEC_AND_LOCK_KV(name, type, lock_, unlock_)            \
	static inline bool name(refcount_t *r, type *lock)                \
	{                                                                 \
		if (refcount_dec_not_one(r))                              \
			return false;                                     \
		lock_(lock);                                              \
		if (refcount_dec_and_test(r))                             \
			return true;                                      \
		unlock_(lock);                                            \
		return false;                                             \
	}
__REFCOUNT_DEC_AND_LOCK_KV(refcount_dec_and_lock, spinlock_t, spin_lock,
			   spin_unlock)
__REFCOUNT_DEC_AND_LOCK_KV(refcount_dec_and_mutex_lock, struct mutex,
			   mutex_lock, mutex_unlock)
#undef __REFCOUNT_DEC_AND_LOCK_KV

#endif
