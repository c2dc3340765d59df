/* SPDX-License-Identifier: MIT */
/*
 * zone_info.c - totals, nodes and zones as plain numbers.
 */
#include "kapi/pages.h"
#include "kapi/zone_info.h"

#include <linux/mmzone.h>
#include <linux/sysinfo.h>
#include <linux/topology.h>
#include <string.h>

unsigned int kv_nr_nodes(void)
{
	return machine.nr_nodes;
}

int kv_numa_node_id(void)
{
	return local_node();
}

int kv_node_distance(int from, int to)
{
	return node_distance(from, to);
}

bool zone_info(unsigned int index, struct zone_info *info)
{
	const struct zone *z = &zones[index];

	if (index >= machine.nr_zones || !z->name)
		return false;
	*info = (struct zone_info){
		.name = z->name,
		.start_pfn = z->start_pfn,
		.spanned = z->spanned,
		.present = z->present,
		.managed = z->managed,
		.free = __atomic_load_n(&z->nr_free, __ATOMIC_RELAXED),
		.boost = __atomic_load_n(&z->boost, __ATOMIC_RELAXED),
	};
	memcpy(info->watermark, z->watermark, sizeof(info->watermark));
	for (int i = 0; i < MAX_NR_ZONES; i++)
		info->reserve[i] = z->lowmem_reserve[i];
	return true;
}

static bool is_high(const struct zone *z)
{
	return z->type == ZONE_HIGHMEM;
}

unsigned long totalram_pages(void)
{
	unsigned long pages = 0;

	for_each_zone (z)
		pages += z->managed;
	return pages;
}

unsigned long totalhigh_pages(void)
{
	unsigned long pages = 0;

	for_each_zone (z)
		pages += is_high(z) ? z->managed : 0;
	return pages;
}

unsigned long kv_nr_free_pages(void)
{
	return nr_free_pages();
}

unsigned long nr_free_highpages(void)
{
	unsigned long pages = 0;

	for_each_zone (z)
		if (is_high(z))
			pages += __atomic_load_n(&z->nr_free, __ATOMIC_RELAXED);
	return pages;
}

/* What is free beyond the zones' reserves: there is no page cache. */
long si_mem_available(void)
{
	unsigned long reserve = 0, free = nr_free_pages();

	for_each_zone (z) {
		unsigned long most = 0;

		for (int j = 0; j < MAX_NR_ZONES; j++)
			most = max_ul(most, z->lowmem_reserve[j]);
		reserve += min_ul(z->managed, most + z->watermark[WMARK_HIGH]);
	}
	return (long)(free - min_ul(free, reserve));
}

void si_meminfo(struct sysinfo *val)
{
	val->totalram = totalram_pages();
	val->sharedram = 0;
	val->freeram = nr_free_pages();
	val->bufferram = 0;
	val->totalhigh = totalhigh_pages();
	val->freehigh = nr_free_highpages();
	val->mem_unit = (unsigned int)PAGE_SIZE;
}
