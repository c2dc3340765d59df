/* SPDX-License-Identifier: MIT */
/*
 * percpu-defs.h - variables of which each CPU has its own.
 *
 * DEFINE_PER_CPU() puts the variable into a section of its own: it is the
 * template. When the program or shared object is loaded, the constructor
 * below hands the section over, and each CPU gets a copy; accessors find the
 * copy by the template's address. The template itself is never written.
 * Pointers of alloc_percpu() are used in the same way. Neither kind may be
 * dereferenced directly.
 *
 * this_cpu_*() are atomic operations of the operand's size: threads of the
 * same emulated CPU do run at the same time. So are __this_cpu_*() and
 * raw_cpu_*(), which in a kernel need not be; with CONFIG_DEBUG_PREEMPT
 * defined the former report callers that have not disabled preemption.
 */
#ifndef KV_LINUX_PERCPU_DEFS_H
#define KV_LINUX_PERCPU_DEFS_H

#include <linux/compiler.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
void kv_percpu_register(const char *start, const char *end);
void kv_percpu_unregister(const char *start);
/* CPU @cpu's, or this CPU's, copy of what is at @p. */
void *kv_per_cpu_ptr(const volatile void *p, unsigned int cpu);
void *kv_this_cpu_ptr(const volatile void *p);
void kv_this_cpu_check(const char *op);
#pragma GCC visibility pop

/* The section's limits in this very program or shared object; NULL: none. */
extern const char __start_kv_percpu[]
	__attribute__((weak, visibility("hidden")));
extern const char __stop_kv_percpu[]
	__attribute__((weak, visibility("hidden")));
#ifdef __cplusplus
}
#endif

static void __attribute__((constructor(102), used)) kv_percpu_load(void)
{
	if (__start_kv_percpu)
		kv_percpu_register(__start_kv_percpu, __stop_kv_percpu);
}

static void __attribute__((destructor(102), used)) kv_percpu_unload(void)
{
	if (__start_kv_percpu)
		kv_percpu_unregister(__start_kv_percpu);
}

#define KV_PERCPU_SECTION	__attribute__((section("kv_percpu")))
#define DECLARE_PER_CPU_SECTION(type, name, attr) \
	extern KV_PERCPU_SECTION attr __typeof__(type) name
#define DEFINE_PER_CPU_SECTION(type, name, attr) \
	KV_PERCPU_SECTION attr __typeof__(type) name

#define KV_PERCPU_NONE
#define KV_PERCPU_LINE	__attribute__((aligned(64)))
#define KV_PERCPU_PAGE	__attribute__((aligned(4096)))

#define DECLARE_PER_CPU(type, name) \
	DECLARE_PER_CPU_SECTION(type, name, KV_PERCPU_NONE)
#define DEFINE_PER_CPU(type, name) \
	DEFINE_PER_CPU_SECTION(type, name, KV_PERCPU_NONE)
#define DECLARE_PER_CPU_READ_MOSTLY(type, name)	DECLARE_PER_CPU(type, name)
#define DEFINE_PER_CPU_READ_MOSTLY(type, name)	DEFINE_PER_CPU(type, name)
#define DECLARE_PER_CPU_FIRST(type, name)	DECLARE_PER_CPU(type, name)
#define DEFINE_PER_CPU_FIRST(type, name)	DEFINE_PER_CPU(type, name)
#define DECLARE_PER_CPU_CACHE_HOT(type, name)	DECLARE_PER_CPU(type, name)
#define DEFINE_PER_CPU_CACHE_HOT(type, name)	DEFINE_PER_CPU(type, name)
#define DECLARE_PER_CPU_SHARED_ALIGNED(type, name) \
	DECLARE_PER_CPU_SECTION(type, name, KV_PERCPU_LINE)
#define DEFINE_PER_CPU_SHARED_ALIGNED(type, name) \
	DEFINE_PER_CPU_SECTION(type, name, KV_PERCPU_LINE)
#define DECLARE_PER_CPU_ALIGNED(type, name) \
	DECLARE_PER_CPU_SECTION(type, name, KV_PERCPU_LINE)
#define DEFINE_PER_CPU_ALIGNED(type, name) \
	DEFINE_PER_CPU_SECTION(type, name, KV_PERCPU_LINE)
#define DECLARE_PER_CPU_PAGE_ALIGNED(type, name) \
	DECLARE_PER_CPU_SECTION(type, name, KV_PERCPU_PAGE)
#define DEFINE_PER_CPU_PAGE_ALIGNED(type, name) \
	DEFINE_PER_CPU_SECTION(type, name, KV_PERCPU_PAGE)

#define per_cpu_ptr(ptr, cpu) \
	((__typeof__(*(ptr)) *)kv_per_cpu_ptr((ptr), (unsigned int)(cpu)))
#define raw_cpu_ptr(ptr)	((__typeof__(*(ptr)) *)kv_this_cpu_ptr(ptr))
#define this_cpu_ptr(ptr)	raw_cpu_ptr(ptr)
#define __this_cpu_ptr(ptr)	raw_cpu_ptr(ptr)
#define per_cpu(var, cpu)	(*per_cpu_ptr(&(var), cpu))
#define __get_cpu_var(var)	(*this_cpu_ptr(&(var)))
#define __raw_get_cpu_var(var)	(*raw_cpu_ptr(&(var)))

/* This CPU's, without being moved to another until the matching put. */
#define get_cpu_var(var)                         \
	(*__extension__({                        \
		preempt_disable();               \
		this_cpu_ptr(&(var));            \
	}))
#define put_cpu_var(var)                         \
	do {                                     \
		(void)&(var);                    \
		preempt_enable();                \
	} while (0)
#define get_cpu_ptr(var)                         \
	__extension__({                          \
		preempt_disable();               \
		this_cpu_ptr(var);               \
	})
#define put_cpu_ptr(var)                         \
	do {                                     \
		(void)(var);                     \
		preempt_enable();                \
	} while (0)

#define raw_cpu_read(pcp) \
	__atomic_load_n(raw_cpu_ptr(&(pcp)), __ATOMIC_RELAXED)
#define raw_cpu_write(pcp, val) \
	__atomic_store_n(raw_cpu_ptr(&(pcp)), (val), __ATOMIC_RELAXED)
#define raw_cpu_add_return(pcp, val)                                  \
	__atomic_add_fetch(raw_cpu_ptr(&(pcp)), (__typeof__(pcp))(val), \
			   __ATOMIC_RELAXED)
#define raw_cpu_sub_return(pcp, val)                                  \
	__atomic_sub_fetch(raw_cpu_ptr(&(pcp)), (__typeof__(pcp))(val), \
			   __ATOMIC_RELAXED)
#define raw_cpu_inc_return(pcp)	raw_cpu_add_return(pcp, 1)
#define raw_cpu_dec_return(pcp)	raw_cpu_sub_return(pcp, 1)
#define raw_cpu_add(pcp, val)	((void)raw_cpu_add_return(pcp, val))
#define raw_cpu_sub(pcp, val)	((void)raw_cpu_sub_return(pcp, val))
#define raw_cpu_inc(pcp)	raw_cpu_add(pcp, 1)
#define raw_cpu_dec(pcp)	raw_cpu_sub(pcp, 1)
#define raw_cpu_and(pcp, val)                                           \
	((void)__atomic_fetch_and(raw_cpu_ptr(&(pcp)),                  \
				  (__typeof__(pcp))(val), __ATOMIC_RELAXED))
#define raw_cpu_or(pcp, val)                                            \
	((void)__atomic_fetch_or(raw_cpu_ptr(&(pcp)),                   \
				 (__typeof__(pcp))(val), __ATOMIC_RELAXED))
#define raw_cpu_xchg(pcp, val) \
	__atomic_exchange_n(raw_cpu_ptr(&(pcp)), (val), __ATOMIC_RELAXED)
/* What was there: equal to @oval if it was exchanged. */
#define raw_cpu_cmpxchg(pcp, oval, nval)                                \
	__extension__({                                                 \
		__typeof__(pcp) kv_old = (oval);                        \
                                                                        \
		__atomic_compare_exchange_n(raw_cpu_ptr(&(pcp)),        \
					    &kv_old, (nval), false,     \
					    __ATOMIC_RELAXED,           \
					    __ATOMIC_RELAXED);          \
		kv_old;                                                 \
	})
#define raw_cpu_try_cmpxchg(pcp, ovalp, nval)                           \
	__atomic_compare_exchange_n(raw_cpu_ptr(&(pcp)), (ovalp), (nval), \
				    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)

#define this_cpu_read(pcp)		raw_cpu_read(pcp)
#define this_cpu_write(pcp, val)	raw_cpu_write(pcp, val)
#define this_cpu_add(pcp, val)		raw_cpu_add(pcp, val)
#define this_cpu_sub(pcp, val)		raw_cpu_sub(pcp, val)
#define this_cpu_inc(pcp)		raw_cpu_inc(pcp)
#define this_cpu_dec(pcp)		raw_cpu_dec(pcp)
#define this_cpu_and(pcp, val)		raw_cpu_and(pcp, val)
#define this_cpu_or(pcp, val)		raw_cpu_or(pcp, val)
#define this_cpu_add_return(pcp, val)	raw_cpu_add_return(pcp, val)
#define this_cpu_sub_return(pcp, val)	raw_cpu_sub_return(pcp, val)
#define this_cpu_inc_return(pcp)	raw_cpu_inc_return(pcp)
#define this_cpu_dec_return(pcp)	raw_cpu_dec_return(pcp)
#define this_cpu_xchg(pcp, val)		raw_cpu_xchg(pcp, val)
#define this_cpu_cmpxchg(pcp, oval, nval) raw_cpu_cmpxchg(pcp, oval, nval)
#define this_cpu_try_cmpxchg(pcp, ovalp, nval) \
	raw_cpu_try_cmpxchg(pcp, ovalp, nval)

#ifdef CONFIG_DEBUG_PREEMPT
#define KV_PCPU_CHECKED(op, expr) (kv_this_cpu_check(op), (expr))
#else
#define KV_PCPU_CHECKED(op, expr) (expr)
#endif
#define __this_cpu_read(pcp)	KV_PCPU_CHECKED("read", raw_cpu_read(pcp))
#define __this_cpu_write(pcp, val) \
	KV_PCPU_CHECKED("write", raw_cpu_write(pcp, val))
#define __this_cpu_add(pcp, val) KV_PCPU_CHECKED("add", raw_cpu_add(pcp, val))
#define __this_cpu_sub(pcp, val) KV_PCPU_CHECKED("add", raw_cpu_sub(pcp, val))
#define __this_cpu_inc(pcp)	__this_cpu_add(pcp, 1)
#define __this_cpu_dec(pcp)	__this_cpu_sub(pcp, 1)
#define __this_cpu_and(pcp, val) KV_PCPU_CHECKED("and", raw_cpu_and(pcp, val))
#define __this_cpu_or(pcp, val)	KV_PCPU_CHECKED("or", raw_cpu_or(pcp, val))
#define __this_cpu_add_return(pcp, val) \
	KV_PCPU_CHECKED("add_return", raw_cpu_add_return(pcp, val))
#define __this_cpu_sub_return(pcp, val) \
	KV_PCPU_CHECKED("add_return", raw_cpu_sub_return(pcp, val))
#define __this_cpu_inc_return(pcp)	__this_cpu_add_return(pcp, 1)
#define __this_cpu_dec_return(pcp)	__this_cpu_sub_return(pcp, 1)
#define __this_cpu_xchg(pcp, val) \
	KV_PCPU_CHECKED("xchg", raw_cpu_xchg(pcp, val))
#define __this_cpu_cmpxchg(pcp, oval, nval) \
	KV_PCPU_CHECKED("cmpxchg", raw_cpu_cmpxchg(pcp, oval, nval))

#endif
