/* SPDX-License-Identifier: MIT */
/* calls - every function of the family once or in chains, leaks planted. */
#include <malloc.h>

#include "p.h"

MARK(malloc) static void *by_malloc(size_t n)
{
	void *p = malloc(n);

	P_FRAME;
	return p;
}

MARK(calloc) static void *by_calloc(size_t n)
{
	void *p = calloc(n, 8);

	P_FRAME;
	return p;
}

MARK(realloc) static void *by_realloc(void *p, size_t n)
{
	p = realloc(p, n);
	P_FRAME;
	return p;
}

MARK(array) static void *by_array(void *p, size_t n)
{
	p = reallocarray(p, n, 4);
	P_FRAME;
	return p;
}

MARK(aligned) static void *by_aligned(int how, size_t n)
{
	void *p = NULL;

	switch (how) {
	case 0:
		p = memalign(64, n);
		break;
	case 1:
		p = aligned_alloc(4096, n);
		break;
	case 2:
		if (posix_memalign(&p, 256, n))
			p = NULL;
		break;
	case 3:
		p = valloc(n);
		break;
	case 4:
		p = memalign(1 << 16, n);
		break;
	}
	P_FRAME;
	return p;
}

MARK(leak) static void *by_leak(size_t n)
{
	void *p = malloc(n);

	P_FRAME;
	return p;
}

MARK(large) static void *by_large(size_t n)
{
	void *p = malloc(n);

	P_FRAME;
	return p;
}

MARK(area) static void *by_area(size_t n)
{
	void *p = malloc(n);

	P_FRAME;
	return p;
}

static void *volatile kept[64];

int main(void)
{
	size_t asked = 0, chain = 0, steps = 0;
	void *p;

	p_about_me(0);

	for (size_t n = 0; n < 3000; n++) {
		p = by_malloc(n);
		P_CHECK(p);
		memset(p, 1, n);
		free(p);
		asked += n;
	}
	p_expect(malloc, "allocs=3000 frees=3000 asked=%zu live=0 largest=2999",
		 asked);

	for (size_t n = 1; n <= 500; n++)
		free(by_calloc(n));
	p_expect(calloc, "allocs=500 frees=500 asked=%zu live=0",
		 (size_t)500 * 501 / 2 * 8);

	/* one block through all sizes: each call is a request and a free */
	p = NULL;
	for (size_t n = 1; n < 20 << 20; n += n / 3 + 7, steps++) {
		p = by_realloc(p, n);
		P_CHECK(p);
		memset(p, 2, n < 100 ? n : 100);
		chain += n;
	}
	for (size_t n = 10 << 20; n > 10; n /= 2, steps++) {
		p = by_realloc(p, n);
		P_CHECK(p);
		chain += n;
	}
	P_CHECK(!by_realloc(p, 0));
	p_expect(realloc, "allocs=%zu frees=%zu asked=%zu live=0", steps, steps,
		 chain);

	/* made here, resized there: freed by the first, asked by the second */
	p = NULL;
	for (size_t n = 1; n <= 300; n++)
		p = by_array(p, n);
	P_CHECK(p);
	free(p);
	p_expect(array, "allocs=300 frees=300 asked=%zu live=0",
		 (size_t)4 * 300 * 301 / 2);

	for (size_t i = 0; i < 250; i++) {
		p = by_aligned((int)(i % 5), 100 + i);
		P_CHECK(p && (size_t)p % 64 == 0);
		free(p);
	}
	p_expect(aligned, "allocs=250 frees=250 asked=%d live=0",
		 250 * 100 + 250 * 249 / 2);

	for (size_t i = 0; i < 37; i++)
		kept[i] = by_leak(100);
	p_expect(leak, "allocs=37 frees=0 live=37 asked=3700 stacks=1");

	for (size_t i = 0; i < 20; i++)
		free(by_large(10000 + 5000 * i));
	p_expect(large, "allocs=20 frees=20 asked=%d live=0 largest=105000",
		 20 * 10000 + 5000 * 190);

	for (size_t i = 0; i < 5; i++)
		kept[40 + i] = by_area((5 + i) << 20);
	free(kept[41]);
	p_expect(area, "allocs=5 frees=1 asked=%d served=%d freed=%d live=4",
		 35 << 20, 35 << 20, 6 << 20);
	return 0;
}
