/* SPDX-License-Identifier: MIT */
/* math64.h - 64-bit divisions, which 32-bit kernels need by name. */
#ifndef KV_LINUX_MATH64_H
#define KV_LINUX_MATH64_H

#include <linux/math.h>

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

static inline s64 div_s64(s64 dividend, s32 divisor)
{
	return dividend / divisor;
}

static inline u64 div_u64_rem(u64 dividend, u32 divisor, u32 *remainder)
{
	*remainder = (u32)(dividend % divisor);
	return dividend / divisor;
}

/* In place; the value is the remainder. */
#define do_div(n, base)                                   \
	__extension__({                                   \
		u32 rem_ = (u32)((u64)(n) % (u32)(base)); \
		(n) = (u64)(n) / (u32)(base);             \
		rem_;                                     \
	})

#endif
