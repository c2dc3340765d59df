/* SPDX-License-Identifier: MIT */
/*
 * sort.c - linux/sort.h: heapsort. It needs no memory and has no bad case,
 * which libc's qsort() does not promise.
 *
 * The array is a heap: the parent of element i, (i - 1) / 2, is not less
 * than it. The greatest is first; it changes places with the last, and the
 * heap is one shorter.
 */
#include <linux/sort.h>

#include <stddef.h>

struct order {
	char *base;
	size_t size;
	cmp_func_t cmp;
	cmp_r_func_t cmp_r;
	swap_func_t swap;
	swap_r_func_t swap_r;
	const void *priv;
};

static bool is_less(const struct order *o, size_t a, size_t b)
{
	const char *pa = o->base + a * o->size, *pb = o->base + b * o->size;

	return (o->cmp ? o->cmp(pa, pb) : o->cmp_r(pa, pb, o->priv)) < 0;
}

static void exchange(const struct order *o, size_t a, size_t b)
{
	char *pa = o->base + a * o->size, *pb = o->base + b * o->size;

	if (o->swap) {
		o->swap(pa, pb, (int)o->size);
	} else if (o->swap_r) {
		o->swap_r(pa, pb, (int)o->size, o->priv);
	} else {
		for (size_t i = 0; i < o->size; i++) {
			char c = pa[i];

			pa[i] = pb[i];
			pb[i] = c;
		}
	}
}

/* Element @i goes down to where no child is greater; @n elements. */
static void sift(const struct order *o, size_t i, size_t n)
{
	size_t child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && is_less(o, child, child + 1))
			child++;
		if (!is_less(o, i, child))
			return;
		exchange(o, i, child);
		i = child;
	}
}

static void heapsort(const struct order *o, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift(o, i, n);
	while (n-- > 1) {
		exchange(o, 0, n);
		sift(o, 0, n);
	}
}

void sort(void *base, size_t num, size_t size, cmp_func_t cmp, swap_func_t swap)
{
	heapsort(
		&(struct order){
			.base = base, .size = size, .cmp = cmp, .swap = swap },
		num);
}

void sort_r(void *base, size_t num, size_t size, cmp_r_func_t cmp,
	    swap_r_func_t swap, const void *priv)
{
	heapsort(&(struct order){ .base = base,
				  .size = size,
				  .cmp_r = cmp,
				  .swap_r = swap,
				  .priv = priv },
		 num);
}
