/* SPDX-License-Identifier: MIT */
/*
 * bad_page.c - reports about pages: a state that forbids to free one, and
 * requests that failed (the kernel's warn_alloc() and show_mem()).
 */
#include "kapi/pages.h"

#include "kapi/gfp_text.h"
#include "kapi/report.h"
#include "kapi/slab.h"
#include "kapi/task.h"
#include "lib/print.h"
#include "mm/stats.h"

static void report_bad_page(const struct page *page, const char *reason)
{
	enum { BURST = 60 };
	static struct ratelimit limit;
	char comm[16];

	kapi_count_report();
	if (!ratelimit_ok(&limit, 60 * 1000000000ull, BURST))
		return;
	kapi_comm(comm);
	kapi_pr("BUG: Bad page state in process %s  pfn:%05lx", comm,
		page_to_pfn(page));
	kapi_pr("page: refcount:%u mapcount:0 mapping:%p index:0x%lx pfn:0x%lx",
		pgref_count(page), page->mapping, page->index,
		page_to_pfn(page));
	kapi_pr("page dumped because: %s", reason);
	dump_stack();
}

static const char type_letter[MIGRATE_TYPES] = "UMEHI";

/* Memory never touched is movable, in the largest blocks. */
static unsigned long nr_blocks(const struct zone *z, unsigned int order, int mt)
{
	unsigned long nr = z->area[order].nr_free[mt];

	if (order == MAX_PAGE_ORDER && mt == MIGRATE_MOVABLE)
		nr += z->mirror->deferred >> MAX_PAGE_ORDER;
	return nr;
}

/* "Normal: 5*4kB (UME) 3*8kB (U) ... = 44kB" */
static void show_free_area(const struct zone *z)
{
	char text[512];
	unsigned long kb = 0;
	size_t n = kv_snprintf(text, sizeof(text), "Node %d %s: ", z->node,
			       z->name);

	for (unsigned int o = 0; o < NR_PAGE_ORDERS; o++) {
		unsigned long nr = 0, size = (PAGE_SIZE << o) / 1024;
		char types[MIGRATE_TYPES + 1] = "";
		size_t k = 0;

		for (int mt = 0; mt < MIGRATE_TYPES; mt++) {
			unsigned long n_mt = nr_blocks(z, o, mt);

			nr += n_mt;
			if (n_mt)
				types[k++] = type_letter[mt];
		}
		kb += nr * size;
		n += kv_snprintf(text + n, sizeof(text) - n,
				 k ? "%lu*%lukB (%s) " : "%lu*%lukB %s", nr,
				 size, k ? types : "");
	}
	kapi_pr("%s= %lukB", text, kb);
}

static void show_zone(const struct zone *z)
{
	unsigned long k = PAGE_SIZE / 1024;
	const struct kvr_zone *m = z->mirror;
	char text[128];
	size_t n = 0;

	kapi_pr("Node %d %s free:%lukB boost:%lukB min:%lukB low:%lukB "
		"high:%lukB reserved_highatomic:%luKB free_highatomic:%luKB "
		"present:%lukB managed:%lukB",
		z->node, z->name, z->nr_free * k, z->boost * k,
		(z->watermark[WMARK_MIN] + z->boost) * k,
		(z->watermark[WMARK_LOW] + z->boost) * k,
		(z->watermark[WMARK_HIGH] + z->boost) * k, z->nr_highatomic * k,
		(unsigned long)m->nr_free_highatomic * k, z->present * k,
		z->managed * k);
	for (int i = 0; i < MAX_NR_ZONES; i++)
		n += kv_snprintf(text + n, sizeof(text) - n, " %lu",
				 z->lowmem_reserve[i]);
	kapi_pr("lowmem_reserve[]:%s", text);
}

static void show_mem(void)
{
	kapi_pr("Mem-Info:");
	kapi_pr("slab_unreclaimable:%lu free:%lu vmalloc:%lu",
		(unsigned long)(stats.slab_pages + stats.large_pages),
		nr_free_pages(), (unsigned long)stats.vmalloc_pages);
	for_each_zone (z)
		if (z->managed)
			show_zone(z);
	for_each_zone (z)
		if (z->managed)
			show_free_area(z);
	kapi_pr("%lu pages RAM", (unsigned long)stats.total_pages);
}

/* One in 10 seconds. */
static void report_failure(gfp_t gfp, unsigned int order)
{
	static struct ratelimit limit;
	struct gfp_text text;
	char comm[16];

	if (!ratelimit_ok(&limit, 10 * 1000000000ull, 1))
		return;
	kapi_comm(comm);
	kapi_pr("%s: page allocation failure: order:%u, mode:0x%x(%s), "
		"nodemask=(null)",
		comm, order, gfp, gfp_text(&text, gfp));
	dump_stack();
	show_mem();
}

static void __attribute__((constructor(102))) at_load(void)
{
	pgref_bad_page = report_bad_page;
	alloc_pages_failed = report_failure;
}
