/* SPDX-License-Identifier: MIT */
/* types.h - short integer names and the compiler's few odd words. */
#ifndef KV_TYPES_H
#define KV_TYPES_H

#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
__extension__ typedef unsigned __int128 u128;

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define NOINLINE	__attribute__((noinline))
#define COLD		__attribute__((noinline, cold))
/* What every process runs, of a file that most never need: with the rest of
 * what they do (abi/layout.ld). */
#define BOOT		__attribute__((section(".text.boot")))
/* Large tables of which a part is used: away from what is always used. */
#define SPARSE_BSS		__attribute__((section(".bss.sparse")))
#define ALWAYS_INLINE	inline __attribute__((always_inline))
/* On declarations of what hot paths use: no detour through the GOT. */
#define HIDDEN		__attribute__((visibility("hidden")))
#define EXPORT		__attribute__((visibility("default")))

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(x, a)	(((x) + ((a) - 1)) & ~((a) - 1))
#define ALIGN_DOWN(x, a) ((x) & ~((a) - 1))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define container_of(p, type, member) \
	((type *)(void *)((char *)(p) - offsetof(type, member)))

static inline unsigned long min_ul(unsigned long a, unsigned long b)
{
	return a < b ? a : b;
}

static inline unsigned long max_ul(unsigned long a, unsigned long b)
{
	return a > b ? a : b;
}

static inline unsigned long clamp_ul(unsigned long v, unsigned long lo,
				     unsigned long hi)
{
	return min_ul(max_ul(v, lo), hi);
}

/* Index of the highest set bit, counted from 1; 0 for 0 (kernel's fls). */
static inline unsigned int fls_ul(unsigned long x)
{
	return x ? 64u - (unsigned int)__builtin_clzl(x) : 0u;
}

static inline unsigned int ilog2_ul(unsigned long x)
{
	return fls_ul(x) - 1;
}

#endif
