/* SPDX-License-Identifier: MIT */
/* log2.h - logarithms and powers of two. */
#ifndef KV_LINUX_LOG2_H
#define KV_LINUX_LOG2_H

#include <linux/bitops.h>
#include <linux/types.h>

/* Undefined for 0, as in the kernel. */
#define ilog2(n)	(fls64(n) - 1)

static inline bool is_power_of_2(unsigned long n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	return n <= 1 ? 1 : 1ul << fls64(n - 1);
}

static inline unsigned long rounddown_pow_of_two(unsigned long n)
{
	return 1ul << (fls64(n) - 1);
}

static inline int order_base_2(unsigned long n)
{
	return n > 1 ? ilog2(n - 1) + 1 : 0;
}

#endif
