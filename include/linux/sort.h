/* SPDX-License-Identifier: MIT */
/* sort.h - sorting in place, n log n at worst, without memory; not stable. */
#ifndef KV_LINUX_SORT_H
#define KV_LINUX_SORT_H

#include <linux/types.h>

typedef int (*cmp_func_t)(const void *a, const void *b);
typedef int (*cmp_r_func_t)(const void *a, const void *b, const void *priv);
typedef void (*swap_func_t)(void *a, void *b, int size);
typedef void (*swap_r_func_t)(void *a, void *b, int size, const void *priv);

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* @swap NULL: bytes are exchanged. */
void sort(void *base, size_t num, size_t size, cmp_func_t cmp,
	  swap_func_t swap);
/* @priv is handed on to both functions. */
void sort_r(void *base, size_t num, size_t size, cmp_r_func_t cmp,
	    swap_r_func_t swap, const void *priv);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
