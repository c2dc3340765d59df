/* SPDX-License-Identifier: MIT */
/*
 * proc_text.c - see proc.h. Also part of libkvkernel.
 *
 * Formats: Linux 7.0. What the emulated machine does not have (page cache,
 * swap) is printed as zero where the kernel always prints a line.
 */
#include <string.h>

#include "proc.h"
#include "util.h"
#include "zone.h"

/* ---- slabinfo --------------------------------------------------------- */

static void print_cache(FILE *f, const struct kvr_cache *k)
{
	fprintf(f,
		"%-17s %6llu %6llu %6u %4u %4d : tunables %4u %4u %4u : "
		"slabdata %6llu %6llu %6llu\n",
		k->name, (unsigned long long)minus(k->nr_objs, k->nr_free),
		(unsigned long long)k->nr_objs, k->size, k->objs_per_slab,
		1 << k->order, 0u, 0u, 0u, (unsigned long long)k->nr_slabs,
		(unsigned long long)k->nr_slabs, 0ull);
}

/*
 * The kernel lists the newest cache first. Its oldest are the two that caches
 * are made of; then it makes kmalloc's classes between powers of two, then
 * the powers, then all others.
 */
static int age_of(const struct kvr_cache *k)
{
	if (!strcmp(k->name, "kmem_cache"))
		return 4;
	if (!strcmp(k->name, "kmem_cache_node"))
		return 3;
	if (!k->class)
		return 0;
	return k->object_size & (k->object_size - 1) ? 2 : 1;
}

static void print_slabinfo(FILE *f, const struct kvr_machine *m)
{
	uint64_t i;
	int age;

	fprintf(f,
		"slabinfo - version: 2.1\n"
		"# name            <active_objs> <num_objs> <objsize> "
		"<objperslab> <pagesperslab> : tunables <limit> <batchcount> "
		"<sharedfactor> : slabdata <active_slabs> <num_slabs> "
		"<sharedavail>\n");
	for (age = 0; age <= 4; age++)
		for (i = m->stats->nr_caches; i-- > 0;)
			if (m->cache[i].name[0] && age_of(&m->cache[i]) == age)
				print_cache(f, &m->cache[i]);
}

/* ---- buddyinfo, pagetypeinfo ------------------------------------------ */

static void print_buddyinfo(FILE *f, const struct kvr_machine *m)
{
	uint64_t i;
	int o;

	for (i = 0; i < m->stats->nr_zones; i++) {
		uint64_t free[KVR_MAX_ORDERS];

		if (!zone_is_used(&m->zone[i]))
			continue;
		zone_free_area(&m->zone[i], free);
		fprintf(f, "Node %d, zone %8s ", (int)m->zone[i].node,
			m->zone[i].name);
		for (o = 0; o < KVR_MAX_ORDERS; o++)
			fprintf(f, "%6llu ", (unsigned long long)free[o]);
		fputc('\n', f);
	}
}

static const char *const migratetype_names[KVR_MAX_MIGRATETYPES] = {
	"Unmovable", "Movable", "Reclaimable", "HighAtomic", "Isolate",
};

/* the kernel stops counting a list at 100000 */
static void print_capped(FILE *f, uint64_t n)
{
	enum { CAP = 100000 };

	fprintf(f, "%s%6llu ", n >= CAP ? ">" : "",
		(unsigned long long)(n >= CAP ? CAP : n));
}

static void print_type_lists(FILE *f, const struct kvr_zone *z)
{
	uint64_t free[KVR_MAX_MIGRATETYPES][KVR_MAX_ORDERS];
	int t, o;

	zone_free_blocks(z, free);
	for (t = 0; t < KVR_MAX_MIGRATETYPES; t++) {
		fprintf(f, "Node %4d, zone %8s, type %12s ", (int)z->node,
			z->name, migratetype_names[t]);
		for (o = 0; o < KVR_MAX_ORDERS; o++)
			print_capped(f, free[t][o]);
		fputc('\n', f);
	}
}

static void print_type_blocks(FILE *f, const struct kvr_zone *z)
{
	enum { MOVABLE = 1 };
	int t;

	fprintf(f, "Node %d, zone %8s ", (int)z->node, z->name);
	for (t = 0; t < KVR_MAX_MIGRATETYPES; t++) {
		uint64_t n = z->pageblocks[t];

		/* memory never touched is movable, as after boot */
		if (t == MOVABLE)
			n += z->deferred >> PROC_PAGEBLOCK_ORDER;
		fprintf(f, "%12llu ", (unsigned long long)n);
	}
	fputc('\n', f);
}

static void print_pagetypeinfo(FILE *f, const struct kvr_machine *m)
{
	uint64_t i;
	int n;

	fprintf(f, "Page block order: %d\n", PROC_PAGEBLOCK_ORDER);
	fprintf(f, "Pages per block:  %d\n\n", 1 << PROC_PAGEBLOCK_ORDER);
	fprintf(f, "%-43s ", "Free pages count per migrate type at order");
	for (n = 0; n < KVR_MAX_ORDERS; n++)
		fprintf(f, "%6d ", n);
	fputc('\n', f);
	for (i = 0; i < m->stats->nr_zones; i++)
		if (zone_is_used(&m->zone[i]))
			print_type_lists(f, &m->zone[i]);
	fprintf(f, "\n%-23s", "Number of blocks type ");
	for (n = 0; n < KVR_MAX_MIGRATETYPES; n++)
		fprintf(f, "%12s ", migratetype_names[n]);
	fputc('\n', f);
	for (i = 0; i < m->stats->nr_zones; i++)
		if (zone_is_used(&m->zone[i]))
			print_type_blocks(f, &m->zone[i]);
}

/* ---- meminfo ---------------------------------------------------------- */

struct memory {
	uint64_t total, free, available, high_total, high_free, present;
};

/* pages that a request could get without swapping: all but the reserves */
static void sum_zones(const struct kvr_machine *m, struct memory *mem)
{
	uint64_t reserve = 0, i;
	size_t j;

	memset(mem, 0, sizeof(*mem));
	for (i = 0; i < m->stats->nr_zones; i++) {
		const struct kvr_zone *z = &m->zone[i];
		uint64_t most = 0;

		for (j = 0; j < KVR_MAX_ZONES; j++)
			if (z->protection[j] > most)
				most = z->protection[j];
		most += z->high;
		reserve += most < z->managed ? most : z->managed;
		mem->total += z->managed;
		mem->free += z->nr_free;
		mem->present += z->present;
		if (!strcmp(z->name, "HighMem")) {
			mem->high_total += z->managed;
			mem->high_free += z->nr_free;
		}
	}
	mem->available = minus(mem->free, reserve);
}

/* lines of a kernel without highmem leave these out */
static bool highmem_line(const char *label)
{
	return !strncmp(label, "High", 4) || !strncmp(label, "Low", 3);
}

static void print_meminfo(FILE *f, const struct kvr_machine *m)
{
	uint64_t k = m->stats->page_size / 1024;
	/* large kmalloc is counted with the slabs */
	uint64_t slab = (m->stats->slab_pages + m->stats->large_pages) * k;
	uint64_t pages = m->stats->slab_pages + m->stats->large_pages + m->stats->vmalloc_pages;
	struct memory mem;
	size_t i;

	sum_zones(m, &mem);

	/* clang-format off */
	const struct {
		const char *label;
		uint64_t kb;
	} lines[] = {
		{ "MemTotal:", mem.total * k }, { "MemFree:", mem.free * k },
		{ "MemAvailable:", mem.available * k }, { "Buffers:", 0 },
		{ "Cached:", 0 }, { "SwapCached:", 0 }, { "Active:", 0 },
		{ "Inactive:", 0 }, { "Active(anon):", 0 },
		{ "Inactive(anon):", 0 }, { "Active(file):", 0 },
		{ "Inactive(file):", 0 }, { "Unevictable:", 0 },
		{ "Mlocked:", 0 }, { "HighTotal:", mem.high_total * k },
		{ "HighFree:", mem.high_free * k },
		{ "LowTotal:", minus(mem.total, mem.high_total) * k },
		{ "LowFree:", minus(mem.free, mem.high_free) * k },
		{ "SwapTotal:", 0 }, { "SwapFree:", 0 }, { "Zswap:", 0 },
		{ "Zswapped:", 0 }, { "Dirty:", 0 }, { "Writeback:", 0 },
		{ "AnonPages:", 0 }, { "Mapped:", 0 }, { "Shmem:", 0 },
		{ "KReclaimable:", 0 }, { "Slab:", slab },
		{ "SReclaimable:", 0 }, { "SUnreclaim:", slab },
		{ "KernelStack:", 0 }, { "PageTables:", 0 },
		{ "SecPageTables:", 0 }, { "NFS_Unstable:", 0 },
		{ "Bounce:", 0 }, { "WritebackTmp:", 0 },
		{ "CommitLimit:", mem.total * k / 2 },
		{ "Committed_AS:", pages * k },
		{ "VmallocTotal:", m->stats->vmalloc_total / 1024 },
		{ "VmallocUsed:", m->stats->vmalloc_pages * k },
		{ "VmallocChunk:", 0 }, { "Percpu:", 0 },
		{ "AnonHugePages:", 0 }, { "ShmemHugePages:", 0 },
		{ "ShmemPmdMapped:", 0 }, { "FileHugePages:", 0 },
		{ "FilePmdMapped:", 0 }, { "Balloon:", 0 },
	};
	/* clang-format on */

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		if (mem.high_total || !highmem_line(lines[i].label))
			fprintf(f, "%-16s%8llu kB\n", lines[i].label,
				(unsigned long long)lines[i].kb);
	fprintf(f,
		"HugePages_Total:   %5d\nHugePages_Free:    %5d\n"
		"HugePages_Rsvd:    %5d\nHugePages_Surp:    %5d\n"
		"Hugepagesize:   %8d kB\nHugetlb:        %8d kB\n",
		0, 0, 0, 0, 2048, 0);
	fprintf(f,
		"DirectMap4k:    %8llu kB\nDirectMap2M:    %8d kB\n"
		"DirectMap1G:    %8d kB\n",
		(unsigned long long)(mem.present * k), 0, 0);
}

/* ---- by name ---------------------------------------------------------- */

static const struct proc_table {
	const char *name;
	void (*print)(FILE *f, const struct kvr_machine *m);
} proc_tables[] = {
	{ "slabinfo", print_slabinfo },
	{ "buddyinfo", print_buddyinfo },
	{ "pagetypeinfo", print_pagetypeinfo },
	{ "zoneinfo", proc_zoneinfo },
	{ "meminfo", print_meminfo },
};

bool proc_text(FILE *f, const struct kvr_machine *m, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(proc_tables); i++) {
		if (strcmp(proc_tables[i].name, name))
			continue;
		if (f)
			proc_tables[i].print(f, m);
		return true;
	}
	return false;
}
