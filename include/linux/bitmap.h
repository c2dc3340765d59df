/* SPDX-License-Identifier: MIT */
/* bitmap.h - bits in arrays of long. */
#ifndef KV_LINUX_BITMAP_H
#define KV_LINUX_BITMAP_H

#include <linux/bitops.h>
#include <linux/errno.h>
#include <string.h>

#if BITS_PER_LONG == 64
#define BITMAP_FROM_U64(n) (n)
#else
#define BITMAP_FROM_U64(n) ((unsigned long)((n) & 0xffffffff)), \
	((unsigned long)((u64)(n) >> 32))
#endif
#define BITMAP_FIRST_WORD_MASK(start) (~0ul << ((start) & (BITS_PER_LONG - 1)))
#define BITMAP_LAST_WORD_MASK(nbits) (~0ul >> (-(nbits) & (BITS_PER_LONG - 1)))

static inline void bitmap_zero(unsigned long *dst, unsigned int nbits)
{
	memset(dst, 0, BITS_TO_LONGS(nbits) * sizeof(long));
}

static inline void bitmap_fill(unsigned long *dst, unsigned int nbits)
{
	memset(dst, 0xff, BITS_TO_LONGS(nbits) * sizeof(long));
}

static inline void bitmap_set(unsigned long *map, unsigned int start,
			      unsigned int nbits)
{
	while (nbits--)
		__set_bit((long)start++, map);
}

static inline void bitmap_clear(unsigned long *map, unsigned int start,
				unsigned int nbits)
{
	while (nbits--)
		__clear_bit((long)start++, map);
}

static inline bool bitmap_empty(const unsigned long *map, unsigned int nbits)
{
	return find_first_bit(map, nbits) == nbits;
}

static inline bool bitmap_full(const unsigned long *map, unsigned int nbits)
{
	return find_first_zero_bit(map, nbits) == nbits;
}

static inline unsigned int bitmap_weight(const unsigned long *map,
					 unsigned int nbits)
{
	unsigned int sum = 0;
	unsigned long bit;

	for_each_set_bit(bit, map, nbits)
		sum++;
	return sum;
}

static inline void bitmap_copy(unsigned long *dst, const unsigned long *src,
			       unsigned int nbits)
{
	memcpy(dst, src, BITS_TO_LONGS(nbits) * sizeof(long));
}

/* Bits behind the last are not looked at, and may be anything after. */
#define __BITMAP_OP_KV(name, expr)                                        \
	static inline bool name(unsigned long *dst, const unsigned long *a, \
				const unsigned long *b, unsigned int nbits) \
	{                                                                 \
		for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)   \
			dst[i] = expr;                                    \
		return !bitmap_empty(dst, nbits);                         \
	}
__BITMAP_OP_KV(bitmap_and, a[i] & b[i])
__BITMAP_OP_KV(bitmap_or, a[i] | b[i])
__BITMAP_OP_KV(bitmap_xor, a[i] ^ b[i])
__BITMAP_OP_KV(bitmap_andnot, a[i] & ~b[i])
#undef __BITMAP_OP_KV

static inline void bitmap_complement(unsigned long *dst,
				     const unsigned long *src,
				     unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = ~src[i];
}

static inline bool bitmap_equal(const unsigned long *a, const unsigned long *b,
				unsigned int nbits)
{
	for (unsigned int i = 0; i < nbits; i++)
		if (test_bit((long)i, a) != test_bit((long)i, b))
			return false;
	return true;
}

static inline bool bitmap_intersects(const unsigned long *a,
				     const unsigned long *b, unsigned int nbits)
{
	return find_next_and_bit(a, b, nbits, 0) < nbits;
}

static inline bool bitmap_subset(const unsigned long *part,
				 const unsigned long *whole, unsigned int nbits)
{
	unsigned long bit;

	for_each_set_bit(bit, part, nbits)
		if (!test_bit((long)bit, whole))
			return false;
	return true;
}

/*
 * The first run of @nr clear bits from @start on, whose first + @offset is a
 * multiple of @align_mask + 1; a number above @size if there is none.
 */
static inline unsigned long
bitmap_find_next_zero_area_off(unsigned long *map, unsigned long size,
			       unsigned long start, unsigned int nr,
			       unsigned long align_mask, unsigned long offset)
{
	unsigned long end, set;

	do {
		start = find_next_zero_bit(map, size, start);
		start = ((start + offset + align_mask) & ~align_mask) - offset;
		end = start + nr;
		if (end > size)
			return end;
		set = find_next_bit(map, end, start);
		start = set + 1;
	} while (set < end);
	return end - nr;
}

static inline unsigned long
bitmap_find_next_zero_area(unsigned long *map, unsigned long size,
			   unsigned long start, unsigned int nr,
			   unsigned long align_mask)
{
	return bitmap_find_next_zero_area_off(map, size, start, nr,
					      align_mask, 0);
}

/* Regions: 2^order bits at a multiple of that. */
static inline int bitmap_allocate_region(unsigned long *map, unsigned int pos,
					 int order)
{
	unsigned int nr = 1u << order;

	if (find_next_bit(map, pos + nr, pos) < pos + nr)
		return -EBUSY;
	bitmap_set(map, pos, nr);
	return 0;
}

static inline void bitmap_release_region(unsigned long *map, unsigned int pos,
					 int order)
{
	bitmap_clear(map, pos, 1u << order);
}

/* Where it is; -ENOMEM. */
static inline int bitmap_find_free_region(unsigned long *map, unsigned int bits,
					  int order)
{
	unsigned int nr = 1u << order;

	for (unsigned int pos = 0; pos + nr <= bits; pos += nr)
		if (!bitmap_allocate_region(map, pos, order))
			return (int)pos;
	return -ENOMEM;
}

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
/* By kmalloc(). */
unsigned long *bitmap_alloc(unsigned int nbits, gfp_t gfp);
unsigned long *bitmap_zalloc(unsigned int nbits, gfp_t gfp);
void bitmap_free(const unsigned long *bitmap);
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
