/* SPDX-License-Identifier: MIT */
/* lcm.h - least common multiple; 0 if either is. */
#ifndef KV_LINUX_LCM_H
#define KV_LINUX_LCM_H

#include <linux/gcd.h>

static inline unsigned long lcm(unsigned long a, unsigned long b)
{
	return a && b ? a / gcd(a, b) * b : 0;
}

static inline unsigned long lcm_not_zero(unsigned long a, unsigned long b)
{
	unsigned long l = lcm(a, b);

	return l ? l : b ? b : a;
}

#endif
