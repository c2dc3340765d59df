/* SPDX-License-Identifier: MIT */
/* build_bug.h - what the compiler can assert. */
#ifndef KV_LINUX_BUILD_BUG_H
#define KV_LINUX_BUILD_BUG_H

#include <linux/compiler.h>

#ifdef __cplusplus
#define __static_assert_kv static_assert
#else
#define __static_assert_kv _Static_assert
#include <assert.h>
#endif

/*
 * A statement; the compiler may have to optimise to see that the condition
 * is false. Where it can't be decided at all (-O0), nothing is said.
 */
#define __build_bug_kv2(cond, msg, line)                                  \
	do {                                                              \
		extern void build_bug_##line(void)                        \
			__attribute__((error(msg)));                      \
		if (__builtin_constant_p(!!(cond)) && (cond))             \
			build_bug_##line();                               \
	} while (0)
#define __build_bug_kv(cond, msg, line) __build_bug_kv2(cond, msg, line)
#define BUILD_BUG_ON_MSG(cond, msg) __build_bug_kv(cond, msg, __LINE__)
#define BUILD_BUG_ON(cond)	BUILD_BUG_ON_MSG(cond, "BUILD_BUG_ON: " #cond)
#define BUILD_BUG()		BUILD_BUG_ON_MSG(1, "BUILD_BUG")
/* An expression: 0, or does not compile. */
#define BUILD_BUG_ON_ZERO(e)	((int)(sizeof(char[1 - 2 * !!(e)]) - 1))
#define BUILD_BUG_ON_NOT_POWER_OF_2(n) \
	BUILD_BUG_ON((n) == 0 || ((n) & ((n) - 1)) != 0)

#endif
