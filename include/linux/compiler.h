/* SPDX-License-Identifier: MIT */
/* compiler.h - the words kernel code uses for the compiler's features. */
#ifndef KV_LINUX_COMPILER_H
#define KV_LINUX_COMPILER_H

#include <linux/export.h>
#include <linux/kconfig.h>

#ifndef likely
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#endif

#define barrier()	__asm__ volatile("" : : : "memory")
#define barrier_data(p)	__asm__ volatile("" : : "r"(p) : "memory")
#ifdef __has_feature
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#ifdef __SANITIZE_THREAD__ /* to which a volatile access is like any other */
#define READ_ONCE(x)	__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#else
#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) ((void)(*(volatile __typeof__(x) *)&(x) = (v)))
#endif
#define __is_constexpr(x) \
	(sizeof(int) == sizeof(*(8 ? ((void *)((long)(x) * 0l)) : (int *)8)))

#define __must_check	__attribute__((warn_unused_result))
#define __maybe_unused	__attribute__((unused))
#define __always_unused	__attribute__((unused))
#ifndef __used
#define __used		__attribute__((used))
#endif
#ifndef __packed
#define __packed	__attribute__((packed))
#endif
#ifndef __aligned
#define __aligned(x)	__attribute__((aligned(x)))
#endif
#ifndef __always_inline
#define __always_inline	inline __attribute__((always_inline))
#endif
#define noinline	__attribute__((__noinline__))
#ifndef __pure
#define __pure		__attribute__((pure))
#endif
#ifndef __section
#define __section(s)	__attribute__((section(s)))
#endif
#define __cold		__attribute__((cold))
#ifndef __attribute_const__ /* libc's, word for word */
# define __attribute_const__ __attribute__ ((__const__))
#endif
#define __hot		__attribute__((hot))
#define __noreturn	__attribute__((noreturn))
#define __weak		__attribute__((weak))
#define __printf(a, b)	__attribute__((format(printf, a, b)))
#define __malloc	__attribute__((malloc))
#define __alloc_size(...) __attribute__((alloc_size(__VA_ARGS__)))
#define __assume_aligned(a) __attribute__((assume_aligned(a)))
#ifndef __counted_by
#define __counted_by(member)
#endif
#if defined(__has_attribute) && __has_attribute(fallthrough) && \
	!defined(__cplusplus)
#define fallthrough	__attribute__((fallthrough))
#endif

/* For the kernel's own checker; nothing here. */
#define __user
#define __kernel
#define __iomem
#define __percpu
#define __rcu
#define __force
#define __bitwise
#define __private
#define __read_mostly
#define __ro_after_init
#define __init_or_module
#define __cacheline_aligned	__attribute__((aligned(64)))
#define __cacheline_aligned_in_smp __attribute__((aligned(64)))
#define ____cacheline_aligned	__attribute__((aligned(64)))
#define ____cacheline_aligned_in_smp __attribute__((aligned(64)))
#define __acquires(x)
#define __releases(x)
#define __must_hold(x)
#define __acquire(x)	((void)0)
#define __release(x)	((void)0)

#endif
