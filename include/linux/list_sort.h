/* SPDX-License-Identifier: MIT */
/* list_sort.h - sorting a list by merging: stable, without memory. */
#ifndef KV_LINUX_LIST_SORT_H
#define KV_LINUX_LIST_SORT_H

#include <linux/types.h>

struct list_head;

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Since 5.13; @cmp > 0: @a goes behind @b. */
typedef int (*list_cmp_func_t)(void *priv, const struct list_head *a,
			       const struct list_head *b);
void list_sort(void *priv, struct list_head *head, list_cmp_func_t cmp);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#else
/* Before, @cmp's lists were not const: such functions are taken, too. */
#define list_sort(priv, head, cmp) \
	list_sort(priv, head,      \
		  __extension__(__typeof__(list_cmp_func_t))(void *)(cmp))
#endif

#endif
