/* SPDX-License-Identifier: MIT */
/* math.h - rounding and dividing integers. */
#ifndef KV_LINUX_MATH_H
#define KV_LINUX_MATH_H

#include <linux/types.h>
#include <stdlib.h>

#ifndef DIV_ROUND_UP
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#endif
#define DIV_ROUND_UP_ULL(n, d)	DIV_ROUND_UP((unsigned long long)(n), d)
#define DIV_ROUND_CLOSEST(x, d)	(((x) + (d) / 2) / (d))
#define __round_mask(x, y)	((__typeof__(x))((y) - 1))
#define round_up(x, y)		((((x) - 1) | __round_mask(x, y)) + 1)
#define round_down(x, y)	((x) & ~__round_mask(x, y))
#define roundup(x, y)		((((x) + ((y) - 1)) / (y)) * (y))
#define rounddown(x, y)		((x) - (x) % (y))
#ifndef __cplusplus /* which has it for all types */
#define abs(x) \
	__extension__({ __typeof__(x) abs_ = (x); abs_ < 0 ? -abs_ : abs_; })
#endif

static inline u32 reciprocal_scale(u32 val, u32 ep_ro)
{
	return (u32)(((u64)val * ep_ro) >> 32);
}

static inline unsigned long int_sqrt(unsigned long x)
{
	unsigned long root = 0, bit = 1ul << (8 * sizeof(x) - 2);

	while (bit > x)
		bit >>= 2;
	for (; bit; bit >>= 2) {
		if (x >= root + bit) {
			x -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return root;
}

#endif
