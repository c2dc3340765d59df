/* SPDX-License-Identifier: MIT */
/*
 * jhash.h - Bob Jenkins' lookup3 (2006, public domain): three words are mixed
 * per twelve bytes, so that each bit of the input changes each of the result.
 */
#ifndef KV_LINUX_JHASH_H
#define KV_LINUX_JHASH_H

#include <linux/bitops.h>
#include <linux/unaligned.h>

#define JHASH_INITVAL	0xdeadbeef

/* The steps: x -= z, x ^= z turned, z += y; the last: x ^= y, x -= y turned. */
#define __JHASH_MIX_KV(x, y, z, n) ((x) -= (z), (x) ^= rol32(z, n), (z) += (y))
#define __JHASH_END_KV(x, y, n)	((x) ^= (y), (x) -= rol32(y, n))

static inline void __jhash_mix_kv(u32 *a, u32 *b, u32 *c)
{
	__JHASH_MIX_KV(*a, *b, *c, 4);
	__JHASH_MIX_KV(*b, *c, *a, 6);
	__JHASH_MIX_KV(*c, *a, *b, 8);
	__JHASH_MIX_KV(*a, *b, *c, 16);
	__JHASH_MIX_KV(*b, *c, *a, 19);
	__JHASH_MIX_KV(*c, *a, *b, 4);
}

static inline u32 __jhash_end_kv(u32 a, u32 b, u32 c)
{
	__JHASH_END_KV(c, b, 14);
	__JHASH_END_KV(a, c, 11);
	__JHASH_END_KV(b, a, 25);
	__JHASH_END_KV(c, b, 16);
	__JHASH_END_KV(a, c, 4);
	__JHASH_END_KV(b, a, 14);
	__JHASH_END_KV(c, b, 24);
	return c;
}

static inline u32 jhash(const void *key, u32 length, u32 initval)
{
	u32 a, b, c, rest[3] = { 0, 0, 0 };
	const u8 *k = (const u8 *)key;

	a = b = c = JHASH_INITVAL + length + initval;
	for (; length > 12; length -= 12, k += 12) {
		a += get_unaligned_le32(k);
		b += get_unaligned_le32(k + 4);
		c += get_unaligned_le32(k + 8);
		__jhash_mix_kv(&a, &b, &c);
	}
	if (!length)
		return c;
	__builtin_memcpy(rest, k, length);
	return __jhash_end_kv(a + le32_to_cpu(rest[0]),
			      b + le32_to_cpu(rest[1]),
			      c + le32_to_cpu(rest[2]));
}

/* @length words. */
static inline u32 jhash2(const u32 *k, u32 length, u32 initval)
{
	u32 a, b, c;

	a = b = c = JHASH_INITVAL + (length << 2) + initval;
	for (; length > 3; length -= 3, k += 3) {
		a += k[0];
		b += k[1];
		c += k[2];
		__jhash_mix_kv(&a, &b, &c);
	}
	if (!length)
		return c;
	return __jhash_end_kv(a + k[0], b + (length > 1 ? k[1] : 0),
			      c + (length > 2 ? k[2] : 0));
}

static inline u32 jhash_3words(u32 a, u32 b, u32 c, u32 initval)
{
	initval += JHASH_INITVAL + (3 << 2);
	return __jhash_end_kv(a + initval, b + initval, c + initval);
}

static inline u32 jhash_2words(u32 a, u32 b, u32 initval)
{
	initval += JHASH_INITVAL + (2 << 2);
	return __jhash_end_kv(a + initval, b + initval, initval);
}

static inline u32 jhash_1word(u32 a, u32 initval)
{
	initval += JHASH_INITVAL + (1 << 2);
	return __jhash_end_kv(a + initval, initval, initval);
}

#endif
