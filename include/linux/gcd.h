/* SPDX-License-Identifier: MIT */
/* gcd.h - greatest common divisor; that of 0 and n is n. */
#ifndef KV_LINUX_GCD_H
#define KV_LINUX_GCD_H

static inline unsigned long gcd(unsigned long a, unsigned long b)
{
	while (b) {
		unsigned long r = a % b;

		a = b;
		b = r;
	}
	return a;
}

#endif
