/* SPDX-License-Identifier: MIT */
/*
 * cleanup.h - what is freed when its variable goes out of scope:
 *
 *	char *p __free(kfree) = kmalloc(n, GFP_KERNEL);
 *	...
 *	return_ptr(p);
 *
 *	guard(mutex)(&lock);
 *	scoped_guard(spinlock, &lock) { ... }
 *
 * C only: C++ has destructors.
 */
#ifndef KV_LINUX_CLEANUP_H
#define KV_LINUX_CLEANUP_H

#include <linux/compiler.h>

#ifndef __cplusplus
/* @free_: a statement in which _T is the variable's value. */
#define DEFINE_FREE(name, type, free_)                                     \
	static inline __maybe_unused void __free_##name(void *p_)          \
	{                                                                  \
		type _T = *(type *)p_;                                     \
		free_;                                                     \
	}
#define __free(name)	__attribute__((cleanup(__free_##name)))

/* The value, which is the caller's from now on. */
#define no_free_ptr(p)                            \
	__extension__({                           \
		__auto_type kept_ = (p);          \
		(p) = NULL;                       \
		kept_;                            \
	})
#define return_ptr(p)	return no_free_ptr(p)

/* A type of variable with a constructor and a destructor. */
#define DEFINE_CLASS(name, type, exit, init, ...)                          \
	typedef type class_##name##_t;                                     \
	static inline __maybe_unused void class_##name##_destructor(       \
		class_##name##_t *p_)                                      \
	{                                                                  \
		type _T = *p_;                                             \
		exit;                                                      \
	}                                                                  \
	static inline __maybe_unused class_##name##_t                      \
	class_##name##_constructor(__VA_ARGS__)                            \
	{                                                                  \
		class_##name##_t t_ = init;                                \
		return t_;                                                 \
	}
#define CLASS(name, var)                                                   \
	class_##name##_t var                                               \
		__attribute__((cleanup(class_##name##_destructor))) =      \
			class_##name##_constructor

/* guard(mutex)(&lock): held until the scope ends. */
#define DEFINE_GUARD(name, type, lock_, unlock_)                           \
	DEFINE_CLASS(name, type, if (_T) { unlock_; },                     \
		     __extension__({ lock_; _T; }), type _T)
#define __guard_paste_kv(line)	guard_##line##_kv
#define __guard_name_kv(line)	__guard_paste_kv(line)
#define guard(name)	CLASS(name, __maybe_unused __guard_name_kv(__LINE__))
#define scoped_guard(name, ...)                                            \
	for (CLASS(name, scope_kv)(__VA_ARGS__), *once_kv = NULL;          \
	     !once_kv; once_kv = &scope_kv)
#endif

#endif
