/* SPDX-License-Identifier: MIT */
/*
 * mmzone.h - nodes and zones of the machine, to look at.
 *
 * struct zone here is a view of the core's: what is constant is filled in when
 * the machine has booted, what moves is asked for by the functions below.
 */
#ifndef KV_LINUX_MMZONE_H
#define KV_LINUX_MMZONE_H

#include <linux/numa.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
unsigned long kv_nr_free_pages(void);
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#ifndef KV_KAPI_INSIDE

#define MAX_PAGE_ORDER		10
#define NR_PAGE_ORDERS		(MAX_PAGE_ORDER + 1)
#define MAX_ORDER_NR_PAGES	(1 << MAX_PAGE_ORDER)
#ifndef MAX_ORDER
#define MAX_ORDER		MAX_PAGE_ORDER
#endif
#define PAGE_ALLOC_COSTLY_ORDER 3
#define pageblock_order		9
#define pageblock_nr_pages	(1ul << pageblock_order)

enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_PCPTYPES,
	MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES,
	MIGRATE_ISOLATE,
	MIGRATE_TYPES
};

/* Both layouts': zones that a machine has not are there, without pages. */
enum zone_type {
	ZONE_DMA,
	ZONE_DMA32,
	ZONE_NORMAL,
	ZONE_HIGHMEM,
	ZONE_MOVABLE,
	__MAX_NR_ZONES
};
#define MAX_NR_ZONES __MAX_NR_ZONES

enum zone_watermarks { WMARK_MIN, WMARK_LOW, WMARK_HIGH, WMARK_PROMO, NR_WMARK };

enum zone_stat_item { NR_FREE_PAGES, NR_FREE_PAGES_BLOCKS, NR_VM_ZONE_STAT_ITEMS };

struct pglist_data;

struct zone {
	const char *name;
	struct pglist_data *zone_pgdat;
	unsigned long zone_start_pfn;
	unsigned long spanned_pages, present_pages, managed_pages;
	unsigned long _watermark[NR_WMARK];
	unsigned long lowmem_reserve[MAX_NR_ZONES];
	int kv_index;	/* in the machine's list; -1: no such zone */
};

typedef struct pglist_data {
	struct zone node_zones[MAX_NR_ZONES];
	int nr_zones;
	int node_id;
	unsigned long node_start_pfn;
	unsigned long node_present_pages, node_spanned_pages;
} pg_data_t;

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
struct pglist_data *kv_node_data(int nid);
struct zone *next_zone(struct zone *zone);
unsigned long zone_page_state(struct zone *zone, enum zone_stat_item item);
unsigned long zone_watermark_boost_kv(struct zone *zone);
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define NODE_DATA(nid)	kv_node_data(nid)

#define for_each_online_pgdat(pgdat)                           \
	for ((pgdat) = NODE_DATA(0); (pgdat);                  \
	     (pgdat) = NODE_DATA((pgdat)->node_id + 1))

#define for_each_zone(zone)                                    \
	for ((zone) = NODE_DATA(0)->node_zones; (zone);        \
	     (zone) = next_zone(zone))

#define for_each_populated_zone(zone)                          \
	for_each_zone(zone)                                    \
		if (!populated_zone(zone))                     \
			;                                      \
		else

static inline bool populated_zone(const struct zone *zone)
{
	return zone->present_pages;
}

static inline bool managed_zone(const struct zone *zone)
{
	return zone->managed_pages;
}

static inline unsigned long zone_managed_pages(const struct zone *zone)
{
	return zone->managed_pages;
}

static inline unsigned long zone_end_pfn(const struct zone *zone)
{
	return zone->zone_start_pfn + zone->spanned_pages;
}

static inline bool zone_spans_pfn(const struct zone *zone, unsigned long pfn)
{
	return zone->zone_start_pfn <= pfn && pfn < zone_end_pfn(zone);
}

#define zone_idx(zone)	((enum zone_type)((zone) - (zone)->zone_pgdat->node_zones))
#define zone_to_nid(zone) ((zone)->zone_pgdat->node_id)
#define wmark_pages(zone, mark) \
	((zone)->_watermark[mark] + zone_watermark_boost_kv(zone))
#define min_wmark_pages(zone)	wmark_pages(zone, WMARK_MIN)
#define low_wmark_pages(zone)	wmark_pages(zone, WMARK_LOW)
#define high_wmark_pages(zone)	wmark_pages(zone, WMARK_HIGH)

static inline int is_highmem_idx(enum zone_type idx)
{
	return idx == ZONE_HIGHMEM;
}

static inline int is_highmem(const struct zone *zone)
{
	return is_highmem_idx(zone_idx(zone));
}

static inline unsigned long global_zone_page_state(enum zone_stat_item item)
{
	return item == NR_FREE_PAGES ? kv_nr_free_pages() : 0;
}

#define nr_free_pages()	kv_nr_free_pages()

#endif /* KV_KAPI_INSIDE */
#endif
