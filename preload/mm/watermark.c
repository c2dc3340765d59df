/* SPDX-License-Identifier: MIT */
/*
 * watermark.c - how much of a zone is kept free, and the size of the per-CPU
 * lists: functions of the zones' managed pages and of nothing else.
 *
 * Theory: min_free_kbytes grows with the square root of memory; each zone's
 * min is its share of that. low, high and promo follow in equal steps, a
 * quarter of the share or a thousandth of the zone, whichever is more. A
 * lower zone also keeps a part of itself from requests that a higher zone
 * of its node could serve (lowmem_reserve). HighMem, which no request depends
 * on, counts in no share and keeps a thousandth of itself. Rules: the kernel's,
 * by generation; 0, the default preset, is the newest.
 */
#include "mm/page_alloc.h"

enum {
	MIN_FREE_KB_LEAST = 128,
	MIN_FREE_KB_MOST = 262144,
	MIN_FREE_KB_MOST_4X = 65536, /* 4.12, 4.18 */
	WATERMARK_SCALE = 10,	     /* of 10000 */
};

/* Shares of higher zones that a zone keeps from their requests; 0 = none. */
static const unsigned int lowmem_reserve_ratio[MAX_NR_ZONES] = {
	[ZONE_DMA] = 256,
	[ZONE_DMA32] = 256,
	[ZONE_NORMAL] = 32,
	[ZONE_HIGHMEM] = 0,
	[ZONE_MOVABLE] = 0,
};

static inline bool is_4x(int kernel)
{
	return kernel != 0 && kernel < 500;
}

static unsigned long int_sqrt(unsigned long x)
{
	unsigned long root = 0;

	for (unsigned int bit = 32; bit-- > 0;) {
		unsigned long next = root | 1ul << bit;

		if (next * next <= x)
			root = next;
	}
	return root;
}

static unsigned long rounddown_pow2(unsigned long x)
{
	return 1ul << ilog2_ul(x);
}

unsigned long min_free_kbytes_for(unsigned long lowmem_kb, int kernel)
{
	return clamp_ul(int_sqrt(lowmem_kb * 16), MIN_FREE_KB_LEAST,
			is_4x(kernel) ? MIN_FREE_KB_MOST_4X : MIN_FREE_KB_MOST);
}

static bool is_high(const struct zone *z)
{
	return z->type == ZONE_HIGHMEM || z->type == ZONE_MOVABLE;
}

/* Memory that every request may get: all zones but HighMem and Movable. */
static unsigned long lowmem_pages(const struct zone *z, unsigned int nr)
{
	unsigned long pages = 0;

	for (unsigned int i = 0; i < nr; i++)
		if (!is_high(&z[i]))
			pages += z[i].managed;
	return pages;
}

/* @share: the zone's part of pages_min. */
static void set_marks(struct zone *z, unsigned long share, int kernel)
{
	unsigned long min = share;
	unsigned long delta =
		max_ul(share / 4, z->managed * WATERMARK_SCALE / 10000);

	if (z->type == ZONE_HIGHMEM ||
	    (z->type == ZONE_MOVABLE && !is_4x(kernel)))
		min = clamp_ul(z->managed / 1024, 32, 128);
	z->watermark[WMARK_MIN] = min;
	z->watermark[WMARK_LOW] = min + delta;
	z->watermark[WMARK_HIGH] = min + 2 * delta;
	z->watermark[WMARK_PROMO] = is_4x(kernel) ? 0 : min + 3 * delta;
}

static void set_reserve(struct zone *z, unsigned int nr, unsigned int i)
{
	unsigned int ratio = lowmem_reserve_ratio[z[i].type];
	unsigned long above = 0;

	for (unsigned int j = 0; j < MAX_NR_ZONES; j++)
		z[i].lowmem_reserve[j] = 0;
	for (unsigned int j = i + 1; j < nr && z[j].node == z[i].node; j++) {
		above += z[j].managed;
		if (ratio && z[i].managed)
			z[i].lowmem_reserve[z[j].type] = above / ratio;
	}
}

void setup_zone_watermarks(struct zone *z, unsigned int nr, int kernel)
{
	unsigned long lowmem = lowmem_pages(z, nr);
	unsigned long pages_min =
		min_free_kbytes_for(lowmem << (PAGE_SHIFT - 10), kernel) >>
		(PAGE_SHIFT - 10);

	for (unsigned int i = 0; i < nr; i++) {
		unsigned long share =
			lowmem ? pages_min * z[i].managed / lowmem : 0;

		set_marks(&z[i], share, kernel);
		set_reserve(z, nr, i);
	}
}

unsigned long pcp_batch_for(unsigned long managed, int kernel)
{
	unsigned long batch;

	if (is_4x(kernel)) /* a quarter of a thousandth, at most of 1 MiB */
		batch = min_ul(managed / 1024, (1ul << 20) >> PAGE_SHIFT) / 4;
	else
		batch = min_ul(managed / 4096, (256ul << 10) >> PAGE_SHIFT);
	if (batch <= 1)
		return 1;
	return rounddown_pow2(batch + batch / 2) - 1;
}

void pcp_limits_for(const struct zone *z, unsigned int cpus, int kernel,
		    struct pcp_limits *p)
{
	p->batch = pcp_batch_for(z->managed, kernel);
	if (is_4x(kernel)) {
		p->high_min = 6 * p->batch;
		p->high_max = p->high_min;
		return;
	}
	p->high_min = max_ul(z->watermark[WMARK_LOW] / cpus, 4 * p->batch);
	p->high_max = max_ul(z->managed / 8 / cpus, 4 * p->batch);
}
