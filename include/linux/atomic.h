/* SPDX-License-Identifier: MIT */
/*
 * atomic.h - atomic integers by the kernel's names over the compiler's
 * builtins. What returns a value is a full barrier, what does not is none; the
 * forms that ask for a weaker order get the strongest. Arithmetic wraps.
 *
 * One template makes the three families atomic_, atomic64_ and atomic_long_.
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

/* clang-format off */
/* The forms of @name with an order. */
#define __ATOMIC_ORDERS_KV(name, T, params, args)                         \
	static inline T name##_##relaxed params                           \
	{                                                                 \
		return name args;                                         \
	}                                                                 \
	static inline T name##_##acquire params                           \
	{                                                                 \
		return name args;                                         \
	}                                                                 \
	static inline T name##_##release params                           \
	{                                                                 \
		return name args;                                         \
	}

/* An operation without and with the value before it. */
#define __ATOMIC_OP_KV(pre, T, op)                                        \
	static inline void pre##_##op(T i, pre##_t *v)                    \
	{                                                                 \
		__atomic_fetch_##op(&v->counter, i, __ATOMIC_RELAXED);    \
	}                                                                 \
	static inline T pre##_fetch_##op(T i, pre##_t *v)                 \
	{                                                                 \
		return __atomic_fetch_##op(&v->counter, i, __ATOMIC_SEQ_CST); \
	}                                                                 \
	__ATOMIC_ORDERS_KV(pre##_fetch_##op, T, (T i, pre##_t *v), (i, v))

/* One with the value after it, too. */
#define __ATOMIC_SUM_KV(pre, T, op)                                       \
	__ATOMIC_OP_KV(pre, T, op)                                        \
	static inline T pre##_##op##_return(T i, pre##_t *v)              \
	{                                                                 \
		return __atomic_##op##_fetch(&v->counter, i, __ATOMIC_SEQ_CST); \
	}                                                                 \
	__ATOMIC_ORDERS_KV(pre##_##op##_return, T, (T i, pre##_t *v), (i, v))

/* That one by one. */
#define __ATOMIC_STEP_KV(pre, T, step, op)                                \
	static inline void pre##_##step(pre##_t *v)                       \
	{                                                                 \
		pre##_##op(1, v);                                         \
	}                                                                 \
	static inline T pre##_##step##_return(pre##_t *v)                 \
	{                                                                 \
		return pre##_##op##_return(1, v);                         \
	}                                                                 \
	static inline T pre##_fetch_##step(pre##_t *v)                    \
	{                                                                 \
		return pre##_fetch_##op(1, v);                            \
	}                                                                 \
	static inline bool pre##_##step##_and_test(pre##_t *v)            \
	{                                                                 \
		return pre##_##op##_return(1, v) == 0;                    \
	}                                                                 \
	__ATOMIC_ORDERS_KV(pre##_##step##_return, T, (pre##_t *v), (v))   \
	__ATOMIC_ORDERS_KV(pre##_fetch_##step, T, (pre##_t *v), (v))

/* All of a family; @T is the integer, @U the same unsigned. */
#define __ATOMIC_FAMILY_KV(pre, T, U)                                     \
	static inline T pre##_read(const pre##_t *v)                      \
	{                                                                 \
		return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);    \
	}                                                                 \
	static inline void pre##_set(pre##_t *v, T i)                     \
	{                                                                 \
		__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);       \
	}                                                                 \
	static inline T pre##_read_acquire(const pre##_t *v)              \
	{                                                                 \
		return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE);    \
	}                                                                 \
	static inline void pre##_set_release(pre##_t *v, T i)             \
	{                                                                 \
		__atomic_store_n(&v->counter, i, __ATOMIC_RELEASE);       \
	}                                                                 \
	__ATOMIC_SUM_KV(pre, T, add)                                      \
	__ATOMIC_SUM_KV(pre, T, sub)                                      \
	__ATOMIC_OP_KV(pre, T, or)                                        \
	__ATOMIC_OP_KV(pre, T, and)                                       \
	__ATOMIC_OP_KV(pre, T, xor)                                       \
	__ATOMIC_STEP_KV(pre, T, inc, add)                                \
	__ATOMIC_STEP_KV(pre, T, dec, sub)                                \
	static inline void pre##_andnot(T i, pre##_t *v)                  \
	{                                                                 \
		pre##_and(~i, v);                                         \
	}                                                                 \
	static inline T pre##_fetch_andnot(T i, pre##_t *v)               \
	{                                                                 \
		return pre##_fetch_and(~i, v);                            \
	}                                                                 \
	__ATOMIC_ORDERS_KV(pre##_fetch_andnot, T, (T i, pre##_t *v), (i, v)) \
	static inline bool pre##_sub_and_test(T i, pre##_t *v)            \
	{                                                                 \
		return pre##_sub_return(i, v) == 0;                       \
	}                                                                 \
	static inline bool pre##_add_negative(T i, pre##_t *v)            \
	{                                                                 \
		return pre##_add_return(i, v) < 0;                        \
	}                                                                 \
	static inline T pre##_xchg(pre##_t *v, T to)                      \
	{                                                                 \
		return __atomic_exchange_n(&v->counter, to, __ATOMIC_SEQ_CST); \
	}                                                                 \
	__ATOMIC_ORDERS_KV(pre##_xchg, T, (pre##_t *v, T to), (v, to))    \
	/* Sets *@old to what was there if that is not what was expected. */ \
	static inline bool pre##_try_cmpxchg(pre##_t *v, T *old, T to)    \
	{                                                                 \
		return try_cmpxchg(&v->counter, old, to);                 \
	}                                                                 \
	__ATOMIC_ORDERS_KV(pre##_try_cmpxchg, bool,                       \
			   (pre##_t *v, T *old, T to), (v, old, to))      \
	static inline T pre##_cmpxchg(pre##_t *v, T old, T to)            \
	{                                                                 \
		pre##_try_cmpxchg(v, &old, to);                           \
		return old;                                               \
	}                                                                 \
	__ATOMIC_ORDERS_KV(pre##_cmpxchg, T, (pre##_t *v, T old, T to),   \
			   (v, old, to))                                  \
	static inline T pre##_fetch_add_unless(pre##_t *v, T a, T u)      \
	{                                                                 \
		T was = pre##_read(v);                                    \
		while (was != u &&                                        \
		       !pre##_try_cmpxchg(v, &was, (T)((U)was + (U)a)))   \
			;                                                 \
		return was;                                               \
	}                                                                 \
	static inline bool pre##_add_unless(pre##_t *v, T a, T u)         \
	{                                                                 \
		return pre##_fetch_add_unless(v, a, u) != u;              \
	}                                                                 \
	static inline bool pre##_inc_not_zero(pre##_t *v)                 \
	{                                                                 \
		return pre##_add_unless(v, 1, 0);                         \
	}                                                                 \
	static inline T pre##_dec_if_positive(pre##_t *v)                 \
	{                                                                 \
		T was = pre##_read(v);                                    \
		while (was > 0 && !pre##_try_cmpxchg(v, &was, was - 1))   \
			;                                                 \
		return (T)((U)was - 1);                                   \
	}
/* clang-format on */

__ATOMIC_FAMILY_KV(atomic, int, unsigned int)
__ATOMIC_FAMILY_KV(atomic64, s64, u64)
__ATOMIC_FAMILY_KV(atomic_long, long, unsigned long)

#define cmpxchg_relaxed	cmpxchg
#define cmpxchg_acquire	cmpxchg
#define cmpxchg_release	cmpxchg
#define xchg_relaxed	xchg
#define xchg_acquire	xchg
#define xchg_release	xchg

#endif
