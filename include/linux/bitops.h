/* SPDX-License-Identifier: MIT */
/* bitops.h - finding, counting and changing bits. */
#ifndef KV_LINUX_BITOPS_H
#define KV_LINUX_BITOPS_H

#include <linux/bits.h>
#include <linux/types.h>

#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]

static inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

static inline unsigned long __ffs(unsigned long x)
{
	return (unsigned long)__builtin_ctzl(x);
}

static inline unsigned long __fls(unsigned long x)
{
	return (unsigned long)(BITS_PER_LONG - 1 - __builtin_clzl(x));
}

static inline unsigned long ffz(unsigned long x)
{
	return __ffs(~x);
}

#define hweight8(x)	((unsigned int)__builtin_popcount((u8)(x)))
#define hweight16(x)	((unsigned int)__builtin_popcount((u16)(x)))
#define hweight32(x)	((unsigned int)__builtin_popcount((u32)(x)))
#define hweight64(x)	((unsigned int)__builtin_popcountll((u64)(x)))
#define hweight_long(x)	((unsigned int)__builtin_popcountl(x))

/* Atomic; those with __ are not. */
static inline void set_bit(long nr, volatile unsigned long *addr)
{
	__atomic_fetch_or(addr + BIT_WORD(nr), BIT_MASK(nr), __ATOMIC_RELAXED);
}

static inline void clear_bit(long nr, volatile unsigned long *addr)
{
	__atomic_fetch_and(addr + BIT_WORD(nr), ~BIT_MASK(nr),
			   __ATOMIC_RELAXED);
}

static inline void change_bit(long nr, volatile unsigned long *addr)
{
	__atomic_fetch_xor(addr + BIT_WORD(nr), BIT_MASK(nr), __ATOMIC_RELAXED);
}

static inline bool test_bit(long nr, const volatile unsigned long *addr)
{
	return __atomic_load_n(addr + BIT_WORD(nr), __ATOMIC_RELAXED) &
	       BIT_MASK(nr);
}

static inline bool test_and_set_bit(long nr, volatile unsigned long *addr)
{
	return __atomic_fetch_or(addr + BIT_WORD(nr), BIT_MASK(nr),
				 __ATOMIC_SEQ_CST) &
	       BIT_MASK(nr);
}

static inline bool test_and_clear_bit(long nr, volatile unsigned long *addr)
{
	return __atomic_fetch_and(addr + BIT_WORD(nr), ~BIT_MASK(nr),
				  __ATOMIC_SEQ_CST) &
	       BIT_MASK(nr);
}

static inline bool test_and_change_bit(long nr, volatile unsigned long *addr)
{
	return __atomic_fetch_xor(addr + BIT_WORD(nr), BIT_MASK(nr),
				  __ATOMIC_SEQ_CST) &
	       BIT_MASK(nr);
}

/* Locks of one bit. */
static inline bool test_and_set_bit_lock(long nr, volatile unsigned long *addr)
{
	return __atomic_fetch_or(addr + BIT_WORD(nr), BIT_MASK(nr),
				 __ATOMIC_ACQUIRE) &
	       BIT_MASK(nr);
}

static inline void clear_bit_unlock(long nr, volatile unsigned long *addr)
{
	__atomic_fetch_and(addr + BIT_WORD(nr), ~BIT_MASK(nr),
			   __ATOMIC_RELEASE);
}

static inline void __set_bit(long nr, volatile unsigned long *addr)
{
	addr[BIT_WORD(nr)] = addr[BIT_WORD(nr)] | BIT_MASK(nr);
}

static inline void __clear_bit(long nr, volatile unsigned long *addr)
{
	addr[BIT_WORD(nr)] = addr[BIT_WORD(nr)] & ~BIT_MASK(nr);
}

static inline void __change_bit(long nr, volatile unsigned long *addr)
{
	addr[BIT_WORD(nr)] = addr[BIT_WORD(nr)] ^ BIT_MASK(nr);
}

static inline bool __test_and_change_bit(long nr, volatile unsigned long *addr)
{
	bool was = addr[BIT_WORD(nr)] & BIT_MASK(nr);

	__change_bit(nr, addr);
	return was;
}

static inline void assign_bit(long nr, volatile unsigned long *addr, bool value)
{
	if (value)
		set_bit(nr, addr);
	else
		clear_bit(nr, addr);
}

static inline void __assign_bit(long nr, volatile unsigned long *addr,
				bool value)
{
	if (value)
		__set_bit(nr, addr);
	else
		__clear_bit(nr, addr);
}

static inline bool __test_and_set_bit(long nr, volatile unsigned long *addr)
{
	bool was = addr[BIT_WORD(nr)] & BIT_MASK(nr);

	__set_bit(nr, addr);
	return was;
}

static inline bool __test_and_clear_bit(long nr, volatile unsigned long *addr)
{
	bool was = addr[BIT_WORD(nr)] & BIT_MASK(nr);

	__clear_bit(nr, addr);
	return was;
}

/* First bit >= @from of (@a & @b) ^ @flip that is set; @size if none is. */
static inline unsigned long __find_next_kv(const unsigned long *a,
					   const unsigned long *b,
					   unsigned long flip,
					   unsigned long size,
					   unsigned long from)
{
	for (; from < size; from = (from | (BITS_PER_LONG - 1)) + 1) {
		unsigned long i = BIT_WORD(from);
		unsigned long word = ((a[i] & b[i]) ^ flip) >>
				     from % BITS_PER_LONG;

		if (word) {
			from += __ffs(word);
			return from < size ? from : size;
		}
	}
	return size;
}

static inline unsigned long find_next_bit(const unsigned long *addr,
					  unsigned long size,
					  unsigned long from)
{
	return __find_next_kv(addr, addr, 0, size, from);
}

static inline unsigned long find_next_zero_bit(const unsigned long *addr,
					       unsigned long size,
					       unsigned long from)
{
	return __find_next_kv(addr, addr, ~0ul, size, from);
}

/* Set in both. */
static inline unsigned long find_next_and_bit(const unsigned long *a,
					      const unsigned long *b,
					      unsigned long size,
					      unsigned long from)
{
	return __find_next_kv(a, b, 0, size, from);
}

/* @size if none is set. */
static inline unsigned long find_last_bit(const unsigned long *addr,
					  unsigned long size)
{
	for (unsigned long i = size; i-- > 0;) {
		if (addr[BIT_WORD(i)] & BIT_MASK(i))
			return i;
		if (!(addr[BIT_WORD(i)] & (BIT_MASK(i) - 1)))
			i -= i % BITS_PER_LONG;
	}
	return size;
}

/* Rotations and signs. */
#define __ROTATE_KV(bits)                                                 \
	static inline u##bits rol##bits(u##bits x, unsigned int n)        \
	{                                                                 \
		return (u##bits)((x << (n & (bits - 1))) |                \
				 (x >> (-n & (bits - 1))));               \
	}                                                                 \
	static inline u##bits ror##bits(u##bits x, unsigned int n)        \
	{                                                                 \
		return (u##bits)((x >> (n & (bits - 1))) |                \
				 (x << (-n & (bits - 1))));               \
	}
__ROTATE_KV(8)
__ROTATE_KV(16)
__ROTATE_KV(32)
__ROTATE_KV(64)
#undef __ROTATE_KV

/* @index is the sign's bit. */
static inline s32 sign_extend32(u32 value, int index)
{
	return (s32)(value << (31 - index)) >> (31 - index);
}

static inline s64 sign_extend64(u64 value, int index)
{
	return (s64)(value << (63 - index)) >> (63 - index);
}

static inline unsigned int fls_long(unsigned long x)
{
	return (unsigned int)fls64(x);
}

static inline int get_count_order(unsigned int count)
{
	return count ? fls(count - 1) : -1;
}

static inline int get_count_order_long(unsigned long count)
{
	return count ? fls64(count - 1) : -1;
}

#define find_first_bit(addr, size)	find_next_bit(addr, size, 0)
#define find_first_zero_bit(addr, size)	find_next_zero_bit(addr, size, 0)
#define for_each_set_bit(bit, addr, size)                             \
	for ((bit) = find_first_bit(addr, size); (bit) < (size);      \
	     (bit) = find_next_bit(addr, size, (bit) + 1))
#define for_each_set_bit_from(bit, addr, size)                        \
	for ((bit) = find_next_bit(addr, size, bit); (bit) < (size);  \
	     (bit) = find_next_bit(addr, size, (bit) + 1))
#define for_each_clear_bit(bit, addr, size)                           \
	for ((bit) = find_first_zero_bit(addr, size); (bit) < (size); \
	     (bit) = find_next_zero_bit(addr, size, (bit) + 1))

#endif
