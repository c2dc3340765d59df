/* SPDX-License-Identifier: MIT */
/*
 * cmd_proc.c - `kvmalloc proc`: the machine of a process as the kernel would
 * print it, in the exact formats of /proc, so that existing tools and eyes
 * can read it.
 *
 * Formats: Linux 7.0. What the emulated machine does not have (page cache,
 * swap, NUMA) is printed as zero where the kernel always prints a line.
 */
#include <stdarg.h>
#include <string.h>

#include "cmd.h"
#include "find.h"
#include "proc.h"

static const struct cmd_option options[] = {
	{ 0 },
};

/* ---- slabinfo --------------------------------------------------------- */

static void print_cache(const struct kvr_cache *k)
{
	printf("%-17s %6llu %6llu %6u %4u %4d : tunables %4u %4u %4u : "
	       "slabdata %6llu %6llu %6llu\n",
	       k->name, (unsigned long long)minus(k->nr_objs, k->nr_free),
	       (unsigned long long)k->nr_objs, k->size, k->objs_per_slab,
	       1 << k->order, 0u, 0u, 0u, (unsigned long long)k->nr_slabs,
	       (unsigned long long)k->nr_slabs, 0ull);
}

static bool print_slabinfo(const struct model *m)
{
	const struct kvr_stats *st = m->s->stats;
	const struct kvr_cache *last = NULL;
	uint64_t i;

	printf("slabinfo - version: 2.1\n"
	       "# name            <active_objs> <num_objs> <objsize> "
	       "<objperslab> <pagesperslab> : tunables <limit> <batchcount> "
	       "<sharedfactor> : slabdata <active_slabs> <num_slabs> "
	       "<sharedavail>\n");
	for (i = st->nr_caches; i-- > 0;) {
		const struct kvr_cache *k = &st->cache[i];

		if (!k->name[0])
			continue;
		/* the cache of caches is the kernel's oldest */
		if (!strcmp(k->name, "kmem_cache"))
			last = k;
		else
			print_cache(k);
	}
	if (last)
		print_cache(last);
	return true;
}

/* ---- buddyinfo, pagetypeinfo ------------------------------------------ */

static bool print_buddyinfo(const struct model *m)
{
	const struct kvr_stats *st = m->s->stats;
	uint64_t i;
	int o;

	for (i = 0; i < st->nr_zones; i++) {
		uint64_t free[KVR_MAX_ORDERS];

		if (!zone_is_used(&st->zone[i]))
			continue;
		zone_free_area(&st->zone[i], free);
		printf("Node %d, zone %8s ", 0, st->zone[i].name);
		for (o = 0; o < KVR_MAX_ORDERS; o++)
			printf("%6llu ", (unsigned long long)free[o]);
		putchar('\n');
	}
	return true;
}

static const char *const migratetype_names[KVR_MAX_MIGRATETYPES] = {
	"Unmovable", "Movable", "Reclaimable", "HighAtomic", "Isolate",
};

/* the kernel stops counting a list at 100000 */
static void print_capped(uint64_t n)
{
	enum { CAP = 100000 };

	printf("%s%6llu ", n >= CAP ? ">" : "",
	       (unsigned long long)(n >= CAP ? CAP : n));
}

static void print_type_lists(const struct kvr_zone *z)
{
	uint64_t free[KVR_MAX_MIGRATETYPES][KVR_MAX_ORDERS];
	int t, o;

	zone_free_blocks(z, free);
	for (t = 0; t < KVR_MAX_MIGRATETYPES; t++) {
		printf("Node %4d, zone %8s, type %12s ", 0, z->name,
		       migratetype_names[t]);
		for (o = 0; o < KVR_MAX_ORDERS; o++)
			print_capped(free[t][o]);
		putchar('\n');
	}
}

static void print_type_blocks(const struct kvr_zone *z)
{
	enum { MOVABLE = 1 };
	int t;

	printf("Node %d, zone %8s ", 0, z->name);
	for (t = 0; t < KVR_MAX_MIGRATETYPES; t++) {
		uint64_t n = z->pageblocks[t];

		/* memory never touched is movable, as after boot */
		if (t == MOVABLE)
			n += z->deferred >> PAGEBLOCK_ORDER;
		printf("%12llu ", (unsigned long long)n);
	}
	putchar('\n');
}

static bool print_pagetypeinfo(const struct model *m)
{
	const struct kvr_stats *st = m->s->stats;
	uint64_t i;
	int n;

	printf("Page block order: %d\n", PAGEBLOCK_ORDER);
	printf("Pages per block:  %d\n\n", 1 << PAGEBLOCK_ORDER);
	printf("%-43s ", "Free pages count per migrate type at order");
	for (n = 0; n < KVR_MAX_ORDERS; n++)
		printf("%6d ", n);
	putchar('\n');
	for (i = 0; i < st->nr_zones; i++)
		if (zone_is_used(&st->zone[i]))
			print_type_lists(&st->zone[i]);
	printf("\n%-23s", "Number of blocks type ");
	for (n = 0; n < KVR_MAX_MIGRATETYPES; n++)
		printf("%12s ", migratetype_names[n]);
	putchar('\n');
	for (i = 0; i < st->nr_zones; i++)
		if (zone_is_used(&st->zone[i]))
			print_type_blocks(&st->zone[i]);
	return true;
}

/* ---- meminfo ---------------------------------------------------------- */

struct memory {
	uint64_t total, free, available, high_total, high_free, present;
};

/* pages that a request could get without swapping: all but the reserves */
static void sum_zones(const struct kvr_stats *st, struct memory *mem)
{
	uint64_t reserve = 0, i;
	size_t j;

	memset(mem, 0, sizeof(*mem));
	for (i = 0; i < st->nr_zones; i++) {
		const struct kvr_zone *z = &st->zone[i];
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

static bool print_meminfo(const struct model *m)
{
	const struct kvr_stats *st = m->s->stats;
	uint64_t k = st->page_size / 1024;
	/* large kmalloc is counted with the slabs */
	uint64_t slab = (st->slab_pages + st->large_pages) * k;
	struct memory mem;
	size_t i;

	sum_zones(st, &mem);

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
		{ "Committed_AS:", m->pages * k },
		{ "VmallocTotal:", st->vmalloc_total / 1024 },
		{ "VmallocUsed:", st->vmalloc_pages * k },
		{ "VmallocChunk:", 0 }, { "Percpu:", 0 },
		{ "AnonHugePages:", 0 }, { "ShmemHugePages:", 0 },
		{ "ShmemPmdMapped:", 0 }, { "FileHugePages:", 0 },
		{ "FilePmdMapped:", 0 }, { "Balloon:", 0 },
	};
	/* clang-format on */

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		if (mem.high_total || !highmem_line(lines[i].label))
			printf("%-16s%8llu kB\n", lines[i].label,
			       (unsigned long long)lines[i].kb);
	printf("HugePages_Total:   %5d\nHugePages_Free:    %5d\n"
	       "HugePages_Rsvd:    %5d\nHugePages_Surp:    %5d\n"
	       "Hugepagesize:   %8d kB\nHugetlb:        %8d kB\n",
	       0, 0, 0, 0, 2048, 0);
	printf("DirectMap4k:    %8llu kB\nDirectMap2M:    %8d kB\n"
	       "DirectMap1G:    %8d kB\n",
	       (unsigned long long)(mem.present * k), 0, 0);
	return true;
}

/* ---- vmallocinfo ------------------------------------------------------ */

static bool print_vmallocinfo(const struct model *m)
{
	const struct kvr_stats *st = m->s->stats;

	complain("%s: no list of vmalloc areas in this file, only their sum: "
		 "areas %llu, pages %llu (see meminfo)",
		 m->s->path, (unsigned long long)st->vmalloc_areas,
		 (unsigned long long)st->vmalloc_pages);
	return false;
}

/* ---- the command ------------------------------------------------------ */

static const struct proc_table {
	const char *name;
	bool (*print)(const struct model *m);
} proc_tables[] = {
	{ "slabinfo", print_slabinfo },
	{ "buddyinfo", print_buddyinfo },
	{ "pagetypeinfo", print_pagetypeinfo },
	{ "zoneinfo", proc_zoneinfo },
	{ "meminfo", print_meminfo },
	{ "vmallocinfo", print_vmallocinfo },
};

static const struct proc_table *find_table(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(proc_tables); i++)
		if (!strcmp(proc_tables[i].name, name))
			return &proc_tables[i];
	return NULL;
}

static int run(int argc, char **argv)
{
	static const char tables[] = "slabinfo, buddyinfo, pagetypeinfo, "
				     "zoneinfo, meminfo or vmallocinfo";
	const struct proc_table *table;
	struct cmd_parser parser;
	struct snapshot s;
	struct model m;
	int status;
	bool ok;

	cmd_parser_init(&parser, &cmd_proc);
	cmd_next(&parser, &cmd_proc, argc, argv, &status);
	if (status >= 0)
		return status;
	if (argc - optind != 2)
		return usage_error("expected a FILE or PID and a table: %s",
				   tables);
	table = find_table(argv[optind + 1]);
	if (!table)
		return usage_error("'%s': expected %s", argv[optind + 1],
				   tables);
	if (!find_target(&s, argv[optind]))
		return STATUS_FAIL;
	model_build(&m, &s, 0);
	ok = table->print(&m);
	snapshot_free(&s);
	return ok ? STATUS_OK : STATUS_FAIL;
}

const struct command cmd_proc = {
	.name = "proc",
	.args = "FILE|PID slabinfo|buddyinfo|pagetypeinfo|zoneinfo|meminfo|"
		"vmallocinfo",
	.help = "the kernel's own tables of a process, in their exact format",
	.text = "The tables have the names and formats of files in /proc of a "
		"Linux 7.0 system.",
	.options = options,
	.run = run,
};
