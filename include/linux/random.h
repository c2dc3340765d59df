/* SPDX-License-Identifier: MIT */
/* random.h - random numbers, from the system. */
#ifndef KV_LINUX_RANDOM_H
#define KV_LINUX_RANDOM_H

/* The name is one of the system's, too: what libc includes stays. */
#if __has_include_next(<linux/random.h>)
#include_next <linux/random.h>
#endif

#include <linux/types.h>
#include <sys/random.h>

static inline void get_random_bytes(void *buf, size_t len)
{
	u8 *p = (u8 *)buf;

	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n <= 0)
			continue;
		p += n;
		len -= (size_t)n;
	}
}

static inline u32 get_random_u32(void)
{
	u32 v;

	get_random_bytes(&v, sizeof(v));
	return v;
}

static inline u64 get_random_u64(void)
{
	u64 v;

	get_random_bytes(&v, sizeof(v));
	return v;
}

/* 0 .. @ceil - 1. */
static inline u32 get_random_u32_below(u32 ceil)
{
	return (u32)(((u64)get_random_u32() * ceil) >> 32);
}
#define prandom_u32()		get_random_u32()
#define prandom_u32_max(n)	get_random_u32_below(n)

#endif
