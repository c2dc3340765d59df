/* SPDX-License-Identifier: MIT */
/*
 * atomic.h - atomic integers by the kernel's names over the compiler's
 * builtins. What returns a value is a full barrier, what does not is none.
 */
#ifndef KV_LINUX_ATOMIC_H
#define KV_LINUX_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>

#define ATOMIC_INIT(i)		{ (i) }
#define ATOMIC64_INIT(i)	{ (i) }
#define ATOMIC_LONG_INIT(i)	{ (i) }

#define smp_mb()		__sync_synchronize()
#ifdef __SANITIZE_THREAD__	/* knows that one alone */
#define smp_rmb()		smp_mb()
#define smp_wmb()		smp_mb()
#else
#define smp_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb()		__atomic_thread_fence(__ATOMIC_RELEASE)
#endif
#define mb()			smp_mb()
#define rmb()			smp_rmb()
#define wmb()			smp_wmb()
#define smp_mb__before_atomic()	smp_mb()
#define smp_mb__after_atomic()	smp_mb()
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define xchg(p, v)		__atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define cmpxchg(p, old, to)                                               \
	__extension__({                                                   \
		__typeof__(*(p)) old_ = (old);                            \
		__atomic_compare_exchange_n(p, &old_, to, false,          \
					    __ATOMIC_SEQ_CST,             \
					    __ATOMIC_SEQ_CST);            \
		old_;                                                     \
	})
#define try_cmpxchg(p, old, to)                                           \
	__atomic_compare_exchange_n(p, old, to, false, __ATOMIC_SEQ_CST,  \
				    __ATOMIC_SEQ_CST)

static inline int atomic_read(const atomic_t *v)
{
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
}

static inline void atomic_set(atomic_t *v, int i)
{
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);
}

static inline int atomic_read_acquire(const atomic_t *v)
{
	return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE);
}

static inline void atomic_set_release(atomic_t *v, int i)
{
	__atomic_store_n(&v->counter, i, __ATOMIC_RELEASE);
}

static inline void atomic_add(int i, atomic_t *v)
{
	__atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED);
}

static inline int atomic_fetch_add(int i, atomic_t *v)
{
	return __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_sub(int i, atomic_t *v)
{
	__atomic_fetch_sub(&v->counter, i, __ATOMIC_RELAXED);
}

static inline int atomic_fetch_sub(int i, atomic_t *v)
{
	return __atomic_fetch_sub(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_or(int i, atomic_t *v)
{
	__atomic_fetch_or(&v->counter, i, __ATOMIC_RELAXED);
}

static inline int atomic_fetch_or(int i, atomic_t *v)
{
	return __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_and(int i, atomic_t *v)
{
	__atomic_fetch_and(&v->counter, i, __ATOMIC_RELAXED);
}

static inline int atomic_fetch_and(int i, atomic_t *v)
{
	return __atomic_fetch_and(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_xor(int i, atomic_t *v)
{
	__atomic_fetch_xor(&v->counter, i, __ATOMIC_RELAXED);
}

static inline int atomic_fetch_xor(int i, atomic_t *v)
{
	return __atomic_fetch_xor(&v->counter, i, __ATOMIC_SEQ_CST);
}

#define atomic_andnot(i, v)	atomic_and(~(i), v)
#define atomic_fetch_andnot(i, v)	atomic_fetch_and(~(i), v)

static inline int atomic_add_return(int i, atomic_t *v)
{
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline int atomic_sub_return(int i, atomic_t *v)
{
	return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

#define atomic_inc(v)		atomic_add(1, v)
#define atomic_dec(v)		atomic_sub(1, v)
#define atomic_inc_return(v)	atomic_add_return(1, v)
#define atomic_dec_return(v)	atomic_sub_return(1, v)
#define atomic_fetch_inc(v)	atomic_fetch_add(1, v)
#define atomic_fetch_dec(v)	atomic_fetch_sub(1, v)
#define atomic_inc_and_test(v)	(atomic_add_return(1, v) == 0)
#define atomic_dec_and_test(v)	(atomic_sub_return(1, v) == 0)
#define atomic_sub_and_test(i, v) (atomic_sub_return(i, v) == 0)
#define atomic_add_negative(i, v) (atomic_add_return(i, v) < 0)

static inline int atomic_xchg(atomic_t *v, int to)
{
	return __atomic_exchange_n(&v->counter, to, __ATOMIC_SEQ_CST);
}

/* Sets *@old to what was there if that is not what was expected. */
static inline bool atomic_try_cmpxchg(atomic_t *v, int *old, int to)
{
	return __atomic_compare_exchange_n(&v->counter, old, to, false,
					   __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

static inline int atomic_cmpxchg(atomic_t *v, int old, int to)
{
	atomic_try_cmpxchg(v, &old, to);
	return old;
}

static inline int atomic_fetch_add_unless(atomic_t *v, int a, int u)
{
	int was = atomic_read(v);

	/* wraps, as all of these do */
	while (was != u &&
	       !atomic_try_cmpxchg(v, &was, (int)((unsigned int)was + (unsigned int)a)))
		;
	return was;
}

#define atomic_add_unless(v, a, u) (atomic_fetch_add_unless(v, a, u) != (u))
#define atomic_inc_not_zero(v)	atomic_add_unless(v, 1, 0)

static inline int atomic_dec_if_positive(atomic_t *v)
{
	int was = atomic_read(v);

	while (was > 0 && !atomic_try_cmpxchg(v, &was, was - 1))
		;
	return (int)((unsigned int)was - 1);
}

static inline s64 atomic64_read(const atomic64_t *v)
{
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
}

static inline void atomic64_set(atomic64_t *v, s64 i)
{
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);
}

static inline s64 atomic64_read_acquire(const atomic64_t *v)
{
	return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE);
}

static inline void atomic64_set_release(atomic64_t *v, s64 i)
{
	__atomic_store_n(&v->counter, i, __ATOMIC_RELEASE);
}

static inline void atomic64_add(s64 i, atomic64_t *v)
{
	__atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED);
}

static inline s64 atomic64_fetch_add(s64 i, atomic64_t *v)
{
	return __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic64_sub(s64 i, atomic64_t *v)
{
	__atomic_fetch_sub(&v->counter, i, __ATOMIC_RELAXED);
}

static inline s64 atomic64_fetch_sub(s64 i, atomic64_t *v)
{
	return __atomic_fetch_sub(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic64_or(s64 i, atomic64_t *v)
{
	__atomic_fetch_or(&v->counter, i, __ATOMIC_RELAXED);
}

static inline s64 atomic64_fetch_or(s64 i, atomic64_t *v)
{
	return __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic64_and(s64 i, atomic64_t *v)
{
	__atomic_fetch_and(&v->counter, i, __ATOMIC_RELAXED);
}

static inline s64 atomic64_fetch_and(s64 i, atomic64_t *v)
{
	return __atomic_fetch_and(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic64_xor(s64 i, atomic64_t *v)
{
	__atomic_fetch_xor(&v->counter, i, __ATOMIC_RELAXED);
}

static inline s64 atomic64_fetch_xor(s64 i, atomic64_t *v)
{
	return __atomic_fetch_xor(&v->counter, i, __ATOMIC_SEQ_CST);
}

#define atomic64_andnot(i, v)	atomic64_and(~(i), v)
#define atomic64_fetch_andnot(i, v)	atomic64_fetch_and(~(i), v)

static inline s64 atomic64_add_return(s64 i, atomic64_t *v)
{
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline s64 atomic64_sub_return(s64 i, atomic64_t *v)
{
	return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

#define atomic64_inc(v)		atomic64_add(1, v)
#define atomic64_dec(v)		atomic64_sub(1, v)
#define atomic64_inc_return(v)	atomic64_add_return(1, v)
#define atomic64_dec_return(v)	atomic64_sub_return(1, v)
#define atomic64_fetch_inc(v)	atomic64_fetch_add(1, v)
#define atomic64_fetch_dec(v)	atomic64_fetch_sub(1, v)
#define atomic64_inc_and_test(v)	(atomic64_add_return(1, v) == 0)
#define atomic64_dec_and_test(v)	(atomic64_sub_return(1, v) == 0)
#define atomic64_sub_and_test(i, v) (atomic64_sub_return(i, v) == 0)
#define atomic64_add_negative(i, v) (atomic64_add_return(i, v) < 0)

static inline s64 atomic64_xchg(atomic64_t *v, s64 to)
{
	return __atomic_exchange_n(&v->counter, to, __ATOMIC_SEQ_CST);
}

/* Sets *@old to what was there if that is not what was expected. */
static inline bool atomic64_try_cmpxchg(atomic64_t *v, s64 *old, s64 to)
{
	return __atomic_compare_exchange_n(&v->counter, old, to, false,
					   __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

static inline s64 atomic64_cmpxchg(atomic64_t *v, s64 old, s64 to)
{
	atomic64_try_cmpxchg(v, &old, to);
	return old;
}

static inline s64 atomic64_fetch_add_unless(atomic64_t *v, s64 a, s64 u)
{
	s64 was = atomic64_read(v);

	/* wraps, as all of these do */
	while (was != u &&
	       !atomic64_try_cmpxchg(v, &was, (s64)((u64)was + (u64)a)))
		;
	return was;
}

#define atomic64_add_unless(v, a, u) (atomic64_fetch_add_unless(v, a, u) != (u))
#define atomic64_inc_not_zero(v)	atomic64_add_unless(v, 1, 0)

static inline s64 atomic64_dec_if_positive(atomic64_t *v)
{
	s64 was = atomic64_read(v);

	while (was > 0 && !atomic64_try_cmpxchg(v, &was, was - 1))
		;
	return (s64)((u64)was - 1);
}

#define atomic_long_read	atomic64_read
#define atomic_long_set		atomic64_set
#define atomic_long_add		atomic64_add
#define atomic_long_sub		atomic64_sub
#define atomic_long_inc		atomic64_inc
#define atomic_long_dec		atomic64_dec
#define atomic_long_add_return	atomic64_add_return
#define atomic_long_sub_return	atomic64_sub_return
#define atomic_long_inc_return	atomic64_inc_return
#define atomic_long_dec_return	atomic64_dec_return
#define atomic_long_dec_and_test atomic64_dec_and_test
#define atomic_long_xchg	atomic64_xchg
#define atomic_long_cmpxchg	atomic64_cmpxchg
#define atomic_long_try_cmpxchg	atomic64_try_cmpxchg

/* Weaker orders: the strongest serves. */
/* clang-format off */
#define atomic_add_return_relaxed atomic_add_return
#define atomic_add_return_acquire atomic_add_return
#define atomic_add_return_release atomic_add_return
#define atomic_sub_return_relaxed atomic_sub_return
#define atomic_sub_return_acquire atomic_sub_return
#define atomic_sub_return_release atomic_sub_return
#define atomic_fetch_add_relaxed atomic_fetch_add
#define atomic_fetch_add_acquire atomic_fetch_add
#define atomic_fetch_add_release atomic_fetch_add
#define atomic_fetch_sub_relaxed atomic_fetch_sub
#define atomic_fetch_sub_acquire atomic_fetch_sub
#define atomic_fetch_sub_release atomic_fetch_sub
#define atomic_fetch_and_relaxed atomic_fetch_and
#define atomic_fetch_and_acquire atomic_fetch_and
#define atomic_fetch_and_release atomic_fetch_and
#define atomic_fetch_or_relaxed atomic_fetch_or
#define atomic_fetch_or_acquire atomic_fetch_or
#define atomic_fetch_or_release atomic_fetch_or
#define atomic_fetch_xor_relaxed atomic_fetch_xor
#define atomic_fetch_xor_acquire atomic_fetch_xor
#define atomic_fetch_xor_release atomic_fetch_xor
#define atomic_fetch_andnot_relaxed atomic_fetch_andnot
#define atomic_fetch_andnot_acquire atomic_fetch_andnot
#define atomic_fetch_andnot_release atomic_fetch_andnot
#define atomic_inc_return_relaxed atomic_inc_return
#define atomic_inc_return_acquire atomic_inc_return
#define atomic_inc_return_release atomic_inc_return
#define atomic_dec_return_relaxed atomic_dec_return
#define atomic_dec_return_acquire atomic_dec_return
#define atomic_dec_return_release atomic_dec_return
#define atomic_fetch_inc_relaxed atomic_fetch_inc
#define atomic_fetch_inc_acquire atomic_fetch_inc
#define atomic_fetch_inc_release atomic_fetch_inc
#define atomic_fetch_dec_relaxed atomic_fetch_dec
#define atomic_fetch_dec_acquire atomic_fetch_dec
#define atomic_fetch_dec_release atomic_fetch_dec
#define atomic_xchg_relaxed atomic_xchg
#define atomic_xchg_acquire atomic_xchg
#define atomic_xchg_release atomic_xchg
#define atomic_cmpxchg_relaxed atomic_cmpxchg
#define atomic_cmpxchg_acquire atomic_cmpxchg
#define atomic_cmpxchg_release atomic_cmpxchg
#define atomic_try_cmpxchg_relaxed atomic_try_cmpxchg
#define atomic_try_cmpxchg_acquire atomic_try_cmpxchg
#define atomic_try_cmpxchg_release atomic_try_cmpxchg
#define atomic64_add_return_relaxed atomic64_add_return
#define atomic64_add_return_acquire atomic64_add_return
#define atomic64_add_return_release atomic64_add_return
#define atomic64_sub_return_relaxed atomic64_sub_return
#define atomic64_sub_return_acquire atomic64_sub_return
#define atomic64_sub_return_release atomic64_sub_return
#define atomic64_fetch_add_relaxed atomic64_fetch_add
#define atomic64_fetch_add_acquire atomic64_fetch_add
#define atomic64_fetch_add_release atomic64_fetch_add
#define atomic64_fetch_sub_relaxed atomic64_fetch_sub
#define atomic64_fetch_sub_acquire atomic64_fetch_sub
#define atomic64_fetch_sub_release atomic64_fetch_sub
#define atomic64_fetch_and_relaxed atomic64_fetch_and
#define atomic64_fetch_and_acquire atomic64_fetch_and
#define atomic64_fetch_and_release atomic64_fetch_and
#define atomic64_fetch_or_relaxed atomic64_fetch_or
#define atomic64_fetch_or_acquire atomic64_fetch_or
#define atomic64_fetch_or_release atomic64_fetch_or
#define atomic64_fetch_xor_relaxed atomic64_fetch_xor
#define atomic64_fetch_xor_acquire atomic64_fetch_xor
#define atomic64_fetch_xor_release atomic64_fetch_xor
#define atomic64_fetch_andnot_relaxed atomic64_fetch_andnot
#define atomic64_fetch_andnot_acquire atomic64_fetch_andnot
#define atomic64_fetch_andnot_release atomic64_fetch_andnot
#define atomic64_inc_return_relaxed atomic64_inc_return
#define atomic64_inc_return_acquire atomic64_inc_return
#define atomic64_inc_return_release atomic64_inc_return
#define atomic64_dec_return_relaxed atomic64_dec_return
#define atomic64_dec_return_acquire atomic64_dec_return
#define atomic64_dec_return_release atomic64_dec_return
#define atomic64_fetch_inc_relaxed atomic64_fetch_inc
#define atomic64_fetch_inc_acquire atomic64_fetch_inc
#define atomic64_fetch_inc_release atomic64_fetch_inc
#define atomic64_fetch_dec_relaxed atomic64_fetch_dec
#define atomic64_fetch_dec_acquire atomic64_fetch_dec
#define atomic64_fetch_dec_release atomic64_fetch_dec
#define atomic64_xchg_relaxed atomic64_xchg
#define atomic64_xchg_acquire atomic64_xchg
#define atomic64_xchg_release atomic64_xchg
#define atomic64_cmpxchg_relaxed atomic64_cmpxchg
#define atomic64_cmpxchg_acquire atomic64_cmpxchg
#define atomic64_cmpxchg_release atomic64_cmpxchg
#define atomic64_try_cmpxchg_relaxed atomic64_try_cmpxchg
#define atomic64_try_cmpxchg_acquire atomic64_try_cmpxchg
#define atomic64_try_cmpxchg_release atomic64_try_cmpxchg
#define cmpxchg_relaxed cmpxchg
#define cmpxchg_acquire cmpxchg
#define cmpxchg_release cmpxchg
#define xchg_relaxed xchg
#define xchg_acquire xchg
#define xchg_release xchg
#define atomic_long_fetch_add atomic64_fetch_add
#define atomic_long_fetch_sub atomic64_fetch_sub
#define atomic_long_fetch_and atomic64_fetch_and
#define atomic_long_fetch_or atomic64_fetch_or
#define atomic_long_fetch_xor atomic64_fetch_xor
#define atomic_long_add_unless atomic64_add_unless
#define atomic_long_inc_not_zero atomic64_inc_not_zero
#define atomic_long_inc_and_test atomic64_inc_and_test
#define atomic_long_sub_and_test atomic64_sub_and_test
#define atomic_long_add_negative atomic64_add_negative
#define atomic_long_fetch_add_unless atomic64_fetch_add_unless
#define atomic_long_and atomic64_and
#define atomic_long_or atomic64_or
#define atomic_long_xor atomic64_xor
#define atomic_long_andnot atomic64_andnot
#define atomic_long_cmpxchg_relaxed atomic64_cmpxchg_relaxed
#define atomic_long_cmpxchg_acquire atomic64_cmpxchg_acquire
#define atomic_long_cmpxchg_release atomic64_cmpxchg_release
#define atomic_long_try_cmpxchg_relaxed atomic64_try_cmpxchg_relaxed
#define atomic_long_try_cmpxchg_acquire atomic64_try_cmpxchg_acquire
#define atomic_long_try_cmpxchg_release atomic64_try_cmpxchg_release
#define atomic_long_add_return_relaxed atomic64_add_return_relaxed
#define atomic_long_read_acquire atomic64_read_acquire
#define atomic_long_set_release atomic64_set_release
/* clang-format on */

#endif
