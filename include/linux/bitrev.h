/* SPDX-License-Identifier: MIT */
/* bitrev.h - bits in reverse order. */
#ifndef KV_LINUX_BITREV_H
#define KV_LINUX_BITREV_H

#include <linux/types.h>

/* Halves exchanged, then quarters, and so on down to bits. */
static inline u32 bitrev32(u32 x)
{
	x = __builtin_bswap32(x);
	x = (x & 0x0f0f0f0fu) << 4 | (x >> 4 & 0x0f0f0f0fu);
	x = (x & 0x33333333u) << 2 | (x >> 2 & 0x33333333u);
	return (x & 0x55555555u) << 1 | (x >> 1 & 0x55555555u);
}

static inline u16 bitrev16(u16 x)
{
	return (u16)(bitrev32(x) >> 16);
}

static inline u8 bitrev8(u8 x)
{
	return (u8)(bitrev32(x) >> 24);
}

#endif
