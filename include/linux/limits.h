/* SPDX-License-Identifier: MIT */
/* limits.h - the largest values of the integer types. */
#ifndef KV_LINUX_LIMITS_H
#define KV_LINUX_LIMITS_H

/* The name is one of the system's, too: what libc includes stays. */
#if __has_include_next(<linux/limits.h>)
#include_next <linux/limits.h>
#endif

#include <limits.h>
#include <stdint.h>

#define U8_MAX	UINT8_MAX
#define U16_MAX	UINT16_MAX
#define U32_MAX	UINT32_MAX
#define U64_MAX	UINT64_MAX
#define S32_MAX	INT32_MAX
#define S64_MAX	INT64_MAX

#endif
