/* SPDX-License-Identifier: MIT */
/*
 * proc_zoneinfo.c - /proc/zoneinfo of a process's machine, as Linux 7.0
 * prints it: the lines of the node stand with the first populated zone, and a
 * zone without pages has only its head.
 */
#include <stdio.h>
#include <string.h>

#include "proc.h"
#include "util.h"
#include "zone.h"

/* pages in slabs, with large kmalloc; of a node if there are several */
static uint64_t slab_pages(const struct kvr_machine *m, uint64_t node)
{
	uint64_t pages = 0, i;

	if (!m->stats->nr_zones || !m->zone[m->stats->nr_zones - 1].node)
		return m->stats->slab_pages + m->stats->large_pages;
	for (i = 0; i < m->stats->nr_zones; i++)
		if (m->zone[i].node == node)
			pages += m->zone[i].slab_pages;
	return pages;
}

/* lines of the node: all zero but the two an allocator knows */
static void print_node_stats(FILE *f, const struct kvr_machine *m,
			     const struct kvr_zone *z)
{
	/* clang-format off */
	static const char *const names[] = {
		"nr_inactive_anon", "nr_active_anon", "nr_inactive_file",
		"nr_active_file", "nr_unevictable", "nr_slab_reclaimable",
		"nr_slab_unreclaimable", "nr_isolated_anon", "nr_isolated_file",
		"workingset_nodes", "workingset_refault_anon",
		"workingset_refault_file", "workingset_activate_anon",
		"workingset_activate_file", "workingset_restore_anon",
		"workingset_restore_file", "workingset_nodereclaim",
		"nr_anon_pages", "nr_mapped", "nr_file_pages", "nr_dirty",
		"nr_writeback", "nr_shmem", "nr_shmem_hugepages",
		"nr_shmem_pmdmapped", "nr_file_hugepages", "nr_file_pmdmapped",
		"nr_anon_transparent_hugepages", "nr_vmscan_write",
		"nr_vmscan_immediate_reclaim", "nr_dirtied", "nr_written",
		"nr_throttled_written", "nr_kernel_misc_reclaimable",
		"nr_foll_pin_acquired", "nr_foll_pin_released",
		"nr_kernel_stack", "nr_page_table_pages",
		"nr_sec_page_table_pages", "nr_iommu_pages", "nr_swapcached",
		"pgpromote_success", "pgpromote_candidate",
		"pgpromote_candidate_nrl", "pgdemote_kswapd", "pgdemote_direct",
		"pgdemote_khugepaged", "pgdemote_proactive", "nr_hugetlb",
		"nr_balloon_pages", "nr_kernel_file_pages",
	};
	/* clang-format on */
	size_t i;

	fprintf(f, "\n  per-node stats");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		fprintf(f, "\n      %-12s %llu", names[i],
			strcmp(names[i], "nr_slab_unreclaimable") ?
				0ull :
				(unsigned long long)slab_pages(m, z->node));
}

static void print_zone_stats(FILE *f, const struct kvr_zone *z)
{
	/* clang-format off */
	static const char *const zeros[] = {
		"nr_zone_inactive_anon", "nr_zone_active_anon",
		"nr_zone_inactive_file", "nr_zone_active_file",
		"nr_zone_unevictable", "nr_zone_write_pending", "nr_mlock",
		"nr_zspages", "nr_free_cma", "numa_hit", "numa_miss",
		"numa_foreign", "numa_interleave", "numa_local", "numa_other",
	};
	/* clang-format on */
	uint64_t free[KVR_MAX_ORDERS], blocks = 0;
	size_t i;
	int o;

	zone_free_area(z, free);
	for (o = PROC_PAGEBLOCK_ORDER; o < KVR_MAX_ORDERS; o++)
		blocks += free[o] << o;
	fprintf(f, "\n      %-12s %llu", "nr_free_pages",
		(unsigned long long)z->nr_free);
	fprintf(f, "\n      %-12s %llu", "nr_free_pages_blocks",
		(unsigned long long)blocks);
	for (i = 0; i < ARRAY_SIZE(zeros); i++)
		fprintf(f, "\n      %-12s %llu", zeros[i], 0ull);
}

/* index of the highest set bit, from 1; 0 = none */
static unsigned int fls64(uint64_t n)
{
	unsigned int bits = 0;

	for (; n; n >>= 1)
		bits++;
	return bits;
}

/* the delta a CPU may keep to itself: by CPUs and units of 128 MiB */
static unsigned int stat_threshold(uint64_t managed, uint64_t nr_cpus,
				   uint64_t page_size)
{
	uint64_t units = managed / ((128u << 20) / page_size);
	unsigned int threshold = 2 * fls64(nr_cpus) * (1 + fls64(units));

	return threshold < 125 ? threshold : 125;
}

static void print_pagesets(FILE *f, const struct kvr_zone *z,
			   const struct kvr_machine *m)
{
	unsigned int threshold =
		stat_threshold(z->managed, m->stats->nr_cpus, m->stats->page_size);
	uint64_t i;

	fprintf(f, "\n  pagesets");
	for (i = 0; i < m->stats->nr_cpus; i++) {
		const struct kvr_pcp *p = &z->pcp[i];

		fprintf(f,
			"\n    cpu: %llu"
			"\n              count:    %u"
			"\n              high:     %u"
			"\n              batch:    %u"
			"\n              high_min: %u"
			"\n              high_max: %u"
			"\n  vm stats threshold: %u",
			(unsigned long long)i, p->count, p->high, p->batch,
			p->high_min, p->high_max, threshold);
	}
}

/* what is the same for all zones of a node */
struct node {
	uint64_t nr;	   /* its number */
	uint64_t end;	   /* row behind its last one */
	uint64_t nr_zones; /* in the file */
	bool device;	   /* a 64-bit kernel has that zone too */
};

/* requests of a higher zone than the file has are kept out as the last's */
static uint64_t protection(const struct node *n, const struct kvr_zone *z,
			   uint64_t from)
{
	uint64_t last = n->nr_zones < KVR_MAX_ZONES ? n->nr_zones - 1 :
						      KVR_MAX_ZONES - 1;

	return z->protection[from < last ? from : last];
}

static void print_zone(FILE *f, const struct kvr_machine *m,
		       const struct kvr_zone *z, const struct node *n,
		       bool first)
{
	const struct {
		const char *label;
		uint64_t value;
	} lines[] = {
		{ "boost", z->boost },
		{ "min", z->min },
		{ "low", z->low },
		{ "high", z->high },
		{ "promo", z->promo },
		{ "spanned", z->spanned },
		{ "present", z->present },
		{ "managed", z->managed },
		{ "cma", 0 },
	};
	uint64_t i;

	fprintf(f, "Node %d, zone %8s", (int)n->nr, z->name);
	if (first)
		print_node_stats(f, m, z);
	fprintf(f, "\n  pages free     %llu", (unsigned long long)z->nr_free);
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		fprintf(f, "\n        %-8s %llu", lines[i].label,
			(unsigned long long)lines[i].value);
	fprintf(f, "\n        protection: (");
	for (i = 0; i < n->nr_zones + n->device; i++)
		fprintf(f, "%s%llu", i ? ", " : "",
			(unsigned long long)protection(n, z, i));
	fputc(')', f);
	if (zone_is_used(z)) {
		print_zone_stats(f, z);
		print_pagesets(f, z, m);
		fprintf(f,
			"\n  node_unreclaimable:  %u"
			"\n  start_pfn:           %llu"
			"\n  reserved_highatomic: %llu"
			"\n  free_highatomic:     %llu",
			0u, (unsigned long long)z->start_pfn,
			(unsigned long long)z->nr_reserved_highatomic,
			(unsigned long long)z->nr_free_highatomic);
	}
	fputc('\n', f);
}

/* the zones of the node that row @i begins */
static struct node node_at(const struct kvr_machine *m, uint64_t i)
{
	struct node n = { .nr = m->zone[i].node, .end = i };

	for (; n.end < m->stats->nr_zones && m->zone[n.end].node == n.nr; n.end++)
		if (!strcmp(m->zone[n.end].name, "DMA32"))
			n.device = true;
	n.nr_zones = n.end - i;
	return n;
}

void proc_zoneinfo(FILE *f, const struct kvr_machine *m)
{
	/* the machine has no use for it */
	static const struct kvr_zone device = { .name = "Device" };
	uint64_t i = 0;

	while (i < m->stats->nr_zones) {
		struct node n = node_at(m, i);
		bool first = true;

		for (; i < n.end; i++) {
			const struct kvr_zone *z = &m->zone[i];

			if (!z->name[0])
				continue;
			print_zone(f, m, z, &n, first && zone_is_used(z));
			first = first && !zone_is_used(z);
		}
		if (n.device && n.nr_zones < KVR_MAX_ZONES)
			print_zone(f, m, &device, &n, false);
	}
}
