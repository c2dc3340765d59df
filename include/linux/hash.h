/* SPDX-License-Identifier: MIT */
/*
 * hash.h - integers spread over 2^bits buckets: Fibonacci hashing, the top
 * bits of a product with 2^n divided by the golden ratio.
 */
#ifndef KV_LINUX_HASH_H
#define KV_LINUX_HASH_H

#include <linux/bits.h>
#include <linux/types.h>

#define GOLDEN_RATIO_32 0x61C88647u
#define GOLDEN_RATIO_64 0x61C8864680B583EBull

static inline u32 hash_32(u32 val, unsigned int bits)
{
	return (val * GOLDEN_RATIO_32) >> (32 - bits);
}

static inline u32 hash_64(u64 val, unsigned int bits)
{
	return (u32)((val * GOLDEN_RATIO_64) >> (64 - bits));
}

static inline u32 hash_ptr(const void *ptr, unsigned int bits)
{
	return hash_64((unsigned long)ptr, bits);
}

static inline u32 hash32_ptr(const void *ptr)
{
	u64 val = (unsigned long)ptr;

	return (u32)(val ^ (val >> 32));
}

#define GOLDEN_RATIO_PRIME	GOLDEN_RATIO_64
#define hash_long(val, bits)	hash_64(val, bits)

#endif
