/* SPDX-License-Identifier: MIT */
/*
 * zone_view.c - nodes and zones as linux/mmzone.h has them.
 *
 * The views are filled at the first question; what is constant stays, what
 * moves is asked for each time.
 */
#include <linux/mmzone.h>

#include <linux/nodemask.h>
#include <pthread.h>

#include "kapi/zone_info.h"

_Static_assert((int)MAX_NR_ZONES == (int)ZONE_INFO_TYPES, "the same zones");

static struct pglist_data nodes[MAX_NUMNODES];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill_zone(struct pglist_data *pgdat, int type)
{
	struct zone *z = &pgdat->node_zones[type];
	int index = pgdat->node_id * ZONE_INFO_TYPES + type;
	struct zone_info info;

	z->zone_pgdat = pgdat;
	z->kv_index = -1;
	if (!zone_info((unsigned int)index, &info))
		return;
	z->kv_index = index;
	z->name = info.name;
	z->zone_start_pfn = info.start_pfn;
	z->spanned_pages = info.spanned;
	z->present_pages = info.present;
	z->managed_pages = info.managed;
	for (int i = 0; i < NR_WMARK; i++)
		z->_watermark[i] = info.watermark[i];
	for (int i = 0; i < MAX_NR_ZONES; i++)
		z->lowmem_reserve[i] = info.reserve[i];
	if (!info.present)
		return;
	if (!pgdat->node_present_pages)
		pgdat->node_start_pfn = info.start_pfn;
	pgdat->node_present_pages += info.present;
	pgdat->node_spanned_pages =
		info.start_pfn + info.spanned - pgdat->node_start_pfn;
	pgdat->nr_zones = type + 1;
}

static void fill(void)
{
	for (int nid = 0; nid < (int)kv_nr_nodes(); nid++) {
		nodes[nid].node_id = nid;
		for (int type = 0; type < MAX_NR_ZONES; type++)
			fill_zone(&nodes[nid], type);
	}
}

struct pglist_data *kv_node_data(int nid)
{
	pthread_once(&once, fill);
	return node_online(nid) ? &nodes[nid] : NULL;
}

struct zone *next_zone(struct zone *zone)
{
	struct pglist_data *pgdat = zone->zone_pgdat;

	if (zone + 1 < pgdat->node_zones + MAX_NR_ZONES)
		return zone + 1;
	pgdat = kv_node_data(pgdat->node_id + 1);
	return pgdat ? pgdat->node_zones : NULL;
}

unsigned long zone_page_state(struct zone *zone, enum zone_stat_item item)
{
	struct zone_info info;

	if (item != NR_FREE_PAGES || zone->kv_index < 0 ||
	    !zone_info((unsigned int)zone->kv_index, &info))
		return 0;
	return info.free;
}

unsigned long zone_watermark_boost_kv(struct zone *zone)
{
	struct zone_info info;

	if (zone->kv_index < 0 ||
	    !zone_info((unsigned int)zone->kv_index, &info))
		return 0;
	return info.boost;
}
