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
#define BUILD_BUG_ON(cond)	__static_assert_kv(!(cond), #cond)
#define BUILD_BUG_ON_MSG(cond, msg) __static_assert_kv(!(cond), msg)
/* An expression: 0, or does not compile. */
#define BUILD_BUG_ON_ZERO(e)	((int)(sizeof(char[1 - 2 * !!(e)]) - 1))
#define BUILD_BUG_ON_NOT_POWER_OF_2(n) \
	BUILD_BUG_ON((n) == 0 || ((n) & ((n) - 1)) != 0)

#endif
