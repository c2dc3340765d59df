/* SPDX-License-Identifier: MIT */
/*
 * synth.c - the report files that the golden tests are made of. See synth.h.
 *
 * Every kind starts from machine() and changes what it is about. Process ids
 * are above the kernel's limit, so that no file is ever taken for that of a
 * live process.
 */
#include "synth.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND	      1000000000ull
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum { FIRST_PID = 5000001, BASE_PAGE = 4096 };

static const struct synth_class {
	const char *name;
	unsigned int size, kernel_size, order, objs;
} classes[] = {
	{ "kmalloc-16", 16, 16, 0, 256 },
	{ "kmalloc-32", 32, 32, 0, 128 },
	{ "kmalloc-48", 48, 64, 0, 85 },
	{ "kmalloc-64", 64, 64, 0, 64 },
	{ "kmalloc-96", 96, 96, 0, 42 },
	{ "kmalloc-128", 128, 128, 0, 32 },
	{ "kmalloc-192", 192, 192, 0, 21 },
	{ "kmalloc-256", 256, 256, 0, 16 },
	{ "kmalloc-512", 512, 512, 1, 16 },
	{ "kmalloc-1k", 1024, 1024, 2, 16 },
	{ "kmalloc-1152", 1152, 2048, 2, 14 },
	{ "kmalloc-2k", 2048, 2048, 3, 16 },
	{ "kmalloc-4k", 4096, 4096, 3, 8 },
	{ "kmalloc-8k", 8192, 8192, 3, 4 },
};

static const struct {
	const char *name;
	unsigned int pages, kernel_pages, order;
} blocks[] = {
	{ "pages-3", 3, 4, 2 },
	{ "pages-4", 4, 4, 2 },
	{ "pages-20", 20, 32, 5 },
	{ "pages-1024", 1024, 1024, 10 },
};

static void set_name(char *to, size_t n, const char *name)
{
	snprintf(to, n, "%s", name);
}

static void add_classes(struct synth *s)
{
	size_t c = 1, i;

	for (i = 0; i < ARRAY_SIZE(classes); i++, c++) {
		struct kvr_class *k = &s->class[c];

		set_name(k->name, sizeof(k->name), classes[i].name);
		k->size = classes[i].size;
		k->kernel_size = classes[i].kernel_size;
		k->route = KVR_ROUTE_SLAB;
		k->order = classes[i].order;
		k->objs_per_slab = classes[i].objs;
		k->sheaf_capacity = 32;
	}
	for (i = 0; i < ARRAY_SIZE(blocks); i++, c++) {
		struct kvr_class *k = &s->class[c];

		set_name(k->name, sizeof(k->name), blocks[i].name);
		k->size = (uint64_t)blocks[i].pages * BASE_PAGE;
		k->kernel_size = (uint64_t)blocks[i].kernel_pages * BASE_PAGE;
		k->route = KVR_ROUTE_PAGES;
		k->order = blocks[i].order;
	}
	s->stats.nr_classes = c;
}

static void add_cache(struct synth *s, const char *name, unsigned int size,
		      unsigned int order, unsigned int objs, unsigned int class)
{
	struct kvr_cache *k = &s->cache[s->stats.nr_caches++];

	set_name(k->name, sizeof(k->name), name);
	k->object_size = size;
	k->size = size;
	k->align = 16;
	k->order = order;
	k->objs_per_slab = objs;
	k->sheaf_capacity = 32;
	k->class = class;
}

static void add_caches(struct synth *s)
{
	unsigned int i;

	add_cache(s, "kmem_cache", 256, 0, 16, 0);
	add_cache(s, "kmem_cache_node", 64, 0, 64, 0);
	for (i = 0; i < ARRAY_SIZE(classes); i++)
		add_cache(s, classes[i].name, classes[i].size,
			  classes[i].order, classes[i].objs, i + 1);
}

static void set_slabs(struct synth *s, const char *name, uint64_t slabs,
		      uint64_t partial, uint64_t nr_free)
{
	size_t i;

	for (i = 0; i < s->stats.nr_caches; i++) {
		struct kvr_cache *k = &s->cache[i];

		if (strcmp(k->name, name))
			continue;
		k->nr_slabs = slabs;
		k->nr_objs = slabs * k->objs_per_slab;
		k->nr_partial = partial;
		k->nr_free = nr_free;
		k->peak_slabs = slabs + 2;
		k->slab_alloc = slabs + 2;
		k->slab_free = 2;
		s->stats.slab_pages += slabs << k->order;
	}
}

static struct kvr_zone *add_zone(struct synth *s, const char *name,
				 uint64_t start, uint64_t pages)
{
	struct kvr_zone *z = &s->zone[s->stats.nr_zones++];
	uint64_t i;

	set_name(z->name, sizeof(z->name), name);
	z->start_pfn = start;
	z->spanned = z->present = z->managed = pages;
	z->min = pages / 400;
	z->low = z->min + z->min / 4;
	z->high = z->low + z->min / 4;
	z->promo = z->high + z->min / 4;
	z->nr_free = z->deferred = pages;
	for (i = 0; pages && i < s->stats.nr_cpus; i++) {
		z->pcp[i].batch = 63;
		z->pcp[i].high = z->pcp[i].high_min = (uint32_t)(z->low / 2);
		z->pcp[i].high_max = (uint32_t)(pages / 16);
	}
	return z;
}

static void add_zones(struct synth *s)
{
	struct kvr_zone *z;

	z = add_zone(s, "DMA", 1, 4095);
	z->protection[1] = 1020;
	z->protection[2] = z->protection[3] = z->protection[4] = 2040;
	add_zone(s, "DMA32", 4096, 258048);
	z = add_zone(s, "Normal", 262144, 262144);
	z->deferred = 200000;
	z->nr_free = z->deferred + 3 * 1024 + 2 * 512 + 5 * 8 + 7;
	z->free[1][10] = 3;
	z->free[0][9] = 2;
	z->free[0][3] = 5;
	z->free[2][0] = 7;
	z->pageblocks[0] = 100;
	z->pageblocks[1] = 20;
	z->pageblocks[2] = 1;
	z->pcp[0].count = 12;
	z->pcp[1].count = 128;
	z->dirty_free = 4000;
	add_zone(s, "Movable", 0, 0);
	s->stats.total_pages = 4095 + 258048 + 262144;
}

static void set_command(struct kvr_header *h, const char *comm,
			const char *args, size_t n)
{
	set_name(h->comm, sizeof(h->comm), comm);
	snprintf(h->exe, sizeof(h->exe), "/usr/bin/%s", comm);
	memcpy(h->cmdline, args, n);
}

static void machine(struct synth *s)
{
	struct kvr_header *h = &s->head;
	struct kvr_stats *st = &s->stats;

	memset(s, 0, sizeof(*s));
	memcpy(h->magic, KVR_MAGIC, sizeof(h->magic));
	h->version = KVR_VERSION;
	h->header_size = sizeof(*h);
	h->state = KVR_EXITED;
	h->pid = FIRST_PID;
	h->ppid = FIRST_PID - 1;
	h->start_realtime_ns = 1700000000 * SECOND;
	h->start_monotonic_ns = 1000 * SECOND;
	h->end_monotonic_ns = 1000 * SECOND + 710 * SECOND / 1000;
	h->starttime = 4711;
	st->page_size = BASE_PAGE;
	st->nr_cpus = 2;
	st->vmalloc_total = 1ull << 45;
	st->last_monotonic_ns = h->end_monotonic_ns - SECOND / 100;
	set_name(st->policy, sizeof(st->policy), "kvmalloc");
	add_classes(s);
	add_caches(s);
	add_zones(s);
	s->nr_threads = 1;
	s->thread[0].tid = h->pid;
	s->thread[0].nr_owners = 1;
	set_name(s->thread[0].comm, sizeof(s->thread[0].comm), "main");
}

static void count(struct kvr_thread *t, unsigned int class, uint64_t alloc,
		  uint64_t average, uint64_t live)
{
	t->alloc[class] += alloc;
	t->asked[class] += alloc * average;
	t->free[class] += alloc - live;
}

/* a database in memory: two sizes cause nearly all of the rounding */
static void make_sqlite(struct synth *s)
{
	static const char args[] = "sqlite3\0:memory:";
	struct kvr_stats *st = &s->stats;

	set_command(&s->head, "sqlite3", args, sizeof(args));
	count(&s->thread[0], 2, 600000, 24, 3);
	count(&s->thread[0], 3, 400028, 40, 4);
	count(&s->thread[0], 8, 300000, 200, 2);
	count(&s->thread[0], 11, 120211, 1032, 5);
	count(&s->thread[0], 14, 20077, 4368, 1);
	count(&s->thread[0], 16, 5000, 15000, 0);
	count(&s->thread[0], 17, 455, 70000, 1);
	set_slabs(s, "kmem_cache", 1, 1, 2);
	set_slabs(s, "kmalloc-32", 4, 1, 17);
	set_slabs(s, "kmalloc-48", 3, 0, 0);
	set_slabs(s, "kmalloc-256", 3, 1, 4);
	set_slabs(s, "kmalloc-1152", 1444, 12, 40);
	set_slabs(s, "kmalloc-8k", 12, 2, 3);
	st->large_pages = 20;
	st->vmalloc_pages = 1100;
	st->vmalloc_areas = 1;
	st->lazy_pages = 256;
	st->huge_state = KVR_HUGE_ON;
	st->huge_asked = 64 << 20;
	st->huge_backed = 62 << 20;
	st->meta_bytes = 1468006;
	st->peak_pages = 26000;
	st->held_bytes = 4700000;
	st->peak_held_bytes = 102445056;
	st->peak_monotonic_ns =
		s->head.start_monotonic_ns + 660 * SECOND / 1000;
	st->counter[KV_vmalloc_size] = 3;
	st->counter[KV_fallback_frag] = 2;
	st->counter[KV_fallback_nomem] = 1;
	st->counter[KV_vmalloc_free] = 5;
	st->counter[KV_vmalloc_asked] = 27000000;
	st->counter[KV_vmalloc_served] = 27025408;
	st->counter[KV_vmalloc_freed] = 22519808;
	st->vmalloc_size_log2[17] = 3;
	st->vmalloc_size_log2[23] = 3;
	st->counter[KV_pgalloc] = 51234;
	st->counter[KV_pgfree] = 44000;
	st->counter[KV_slab_alloc] = 1479;
	st->counter[KV_realloc_calls] = 21000;
	st->counter[KV_realloc_inplace] = 15000;
	st->counter[KV_realloc_copied] = 70000000;
}

/* nothing happened */
static void make_idle(struct synth *s)
{
	static const char args[] = "true";

	set_command(&s->head, "true", args, sizeof(args));
	s->head.end_monotonic_ns = s->head.start_monotonic_ns + 800000;
}

/* a small machine in trouble, killed; free memory in single pages only */
static void make_fragmented(struct synth *s)
{
	static const char args[] = "stress\0--name\0it's \"big\"\0";
	struct kvr_stats *st = &s->stats;
	struct kvr_zone *z = &s->zone[2];

	set_command(&s->head, "stress", args, sizeof(args));
	s->head.state = KVR_RUNNING;
	s->head.end_monotonic_ns = 0;
	s->head.cut = 1;
	set_name(s->head.options, sizeof(s->head.options),
		 "mem=64M overcommit=1");
	memset(&s->zone[0], 0, 2 * sizeof(s->zone[0]));
	set_name(s->zone[0].name, sizeof(s->zone[0].name), "DMA");
	set_name(s->zone[1].name, sizeof(s->zone[1].name), "DMA32");
	st->total_pages = 16384;
	z->spanned = z->present = z->managed = 16384;
	z->deferred = 0;
	memset(z->free, 0, sizeof(z->free));
	z->free[0][0] = 1200;
	z->free[1][1] = 300;
	z->free[1][2] = 10;
	z->nr_free = 1200 + 600 + 40;
	count(&s->thread[0], 1, 800000, 9, 600);
	count(&s->thread[0], 4, 50000, 50, 400);
	count(&s->thread[0], 15, 40, 10000, 30);
	set_slabs(s, "kmalloc-16", 500, 480, 127000);
	set_slabs(s, "kmalloc-64", 100, 90, 5900);
	st->held_bytes = 200000;
	st->peak_held_bytes = 60000000;
	st->peak_pages = 17000;
	st->vmalloc_pages = 14000;
	st->vmalloc_areas = 50;
	st->counter[KV_fallback_frag] = 1900;
	st->counter[KV_fallback_slab] = 8;
	st->counter[KV_vmalloc_refused] = 2;
	st->counter[KV_vmalloc_asked] = 90000000;
	st->counter[KV_vmalloc_served] = 97000000;
	st->counter[KV_vmalloc_free] = 1860;
	st->counter[KV_vmalloc_freed] = 40000000;
	st->counter[KV_vmap_overcommit] = 700;
	st->counter[KV_alloc_failed] = 4;
	st->counter[KV_direct_reclaim] = 77;
	st->counter[KV_reclaimed] = 5000;
	st->counter[KV_oom] = 3;
	st->counter[KV_foreign_free] = 12;
}

/* two nodes of a 32-bit layout: the second has no DMA, and all of HighMem */
static void make_nodes(struct synth *s)
{
	static const char *const names[] = { "DMA", "Normal", "HighMem",
					     "Movable" };
	static const char args[] = "nodes\0";
	static const uint64_t pages[2][4] = { { 4095, 126976 },
					      { 0, 98304, 32768 } };
	struct kvr_stats *st = &s->stats;
	uint64_t start = 1;
	int node, i;

	set_command(&s->head, "nodes", args, sizeof(args));
	memset(s->zone, 0, sizeof(s->zone));
	st->nr_zones = 0;
	for (node = 0; node < 2; node++) {
		for (i = 0; i < 4; i++) {
			struct kvr_zone *z = add_zone(s, names[i], start,
						      pages[node][i]);

			z->node = (uint64_t)node;
			z->slab_pages = (uint64_t)(i + 1) * 10;
			start += pages[node][i];
		}
	}
	s->zone[0].protection[1] = s->zone[0].protection[2] = 496;
	s->zone[5].protection[2] = s->zone[5].protection[3] = 1024;
	st->total_pages = start - 1;
}

/* the kernel's exact classes; six threads in three sections, a seventh slot
   never used, entries longer than ours and a section we don't know */
static void make_threads(struct synth *s)
{
	static const char args[] = "server\0-j\0006";
	struct kvr_stats *st = &s->stats;
	unsigned int i;

	set_command(&s->head, "server", args, sizeof(args));
	st->kernel = 700;
	s->nr_threads = 7;
	s->chunk = 3;
	s->longer = 16;
	s->unknown_section = true;
	for (i = 0; i < 6; i++) {
		struct kvr_thread *t = &s->thread[i];

		t->tid = FIRST_PID + (int)i;
		t->nr_owners = i == 2 ? 40 : 1;
		snprintf(t->comm, sizeof(t->comm), i ? "worker/%u" : "server",
			 i);
		count(t, 5, 1000 * (i + 1), 90, 10);
		count(t, 7, 100, 192, 0);
	}
	set_slabs(s, "kmalloc-96", 3, 1, 20);
	set_slabs(s, "kmalloc-192", 1, 1, 3);
	st->held_bytes = 8000;
	st->peak_held_bytes = 12000;
	st->peak_pages = 6;
}

/* strings that would command a terminal, and one without an end */
static void make_escapes(struct synth *s)
{
	static const char args[] =
		"evil\0\033]0;title\a\0\302\233m caf\303\251 "
		"\377\300\257\0";

	set_command(&s->head, "ev\033[2Jil", args, sizeof(args));
	memset(s->thread[0].comm, 'x', sizeof(s->thread[0].comm));
	memset(s->cache[2].name, '\b', KVR_NAME);
	set_slabs(s, "kmalloc-32", 1, 1, 3);
	s->cache[2].nr_slabs = 1;
	count(&s->thread[0], 2, 10, 20, 10);
	set_name(s->head.options, sizeof(s->head.options), "mem=1G\n\tx");
}

/* a child of the sqlite file's process */
static void make_child(struct synth *s)
{
	static const char args[] = "sqlite3\0:memory:";

	set_command(&s->head, "sqlite3", args, sizeof(args));
	s->head.ppid = s->head.pid;
	s->head.pid++;
	s->head.forked = 1;
	s->head.start_realtime_ns += SECOND;
	s->head.start_monotonic_ns += SECOND;
	s->head.end_monotonic_ns += 2 * SECOND;
	s->thread[0].tid = s->head.pid;
	count(&s->thread[0], 2, 12, 20, 1);
	s->stats.peak_held_bytes = 384;
}

/* ---- call stacks ------------------------------------------------------ */

#define FRAME(module, offset) ((uint64_t)(module) << 48 | (offset))
#define FRAMES(...)                        \
	(const uint64_t[]){ __VA_ARGS__ }, \
		sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t)

uint32_t synth_stack(struct synth *s, const uint64_t *frames, size_t nr)
{
	struct kvr_stack *k;
	uint64_t hash = 1;
	size_t i;

	if (!s->nr_stacks)
		s->nr_stacks = 1; /* 0 is no stack */
	k = &s->stack[s->nr_stacks];
	k->first_frame = (uint32_t)s->nr_frames;
	k->nr_frames = (uint16_t)nr;
	for (i = 0; i < nr; i++) {
		s->frame[s->nr_frames++] = frames[i];
		hash = (hash ^ frames[i]) * 0x9e3779b97f4a7c15ull;
	}
	k->hash = hash ^ hash >> 32;
	return (uint32_t)s->nr_stacks++;
}

void synth_use(struct synth *s, uint32_t stack, uint32_t slot,
	       const struct synth_use *u)
{
	struct kvr_stack_stat *t = &s->stat[s->nr_stats++];

	t->stack = stack;
	t->slot = slot;
	t->allocs = u->allocs;
	t->frees = u->allocs - u->live;
	t->asked = u->allocs * u->each;
	t->served = u->allocs * u->served_each;
	t->kernel_served = u->allocs * u->kernel_each;
	t->freed = t->frees * u->served_each;
	t->peak_seq = s->stats.peak_seq;
	t->at_peak_blocks = u->peak;
	t->at_peak_bytes = u->peak * u->served_each;
	t->lifetimes[0] = (uint32_t)u->quick;
	t->lifetimes[4] = (uint32_t)(t->frees - u->quick);
	t->largest = u->each;
}

static void add_module(struct synth *s, const char *path, unsigned int flags)
{
	struct kvr_module *m = &s->module[s->nr_modules];

	m->start = 0x555500000000ull + s->nr_modules * 0x10000000ull;
	m->end = m->start + 0x200000;
	m->bias = m->start;
	m->flags = flags;
	m->build_id_size = 20;
	memset(m->build_id, (int)s->nr_modules + 1, m->build_id_size);
	set_name(m->path, sizeof(m->path), path);
	s->nr_modules++;
}

static void record_stacks(struct synth *s, enum kvr_stack_mode mode)
{
	struct kvr_stats *st = &s->stats;

	st->stack_mode = mode;
	st->sample_interval = mode == KVR_STACKS_SAMPLED ? 512 << 10 : 0;
	st->stack_depth = 64;
	st->peak_seq = 7;
	add_module(s, "/nonexistent/bin/sqlite3", KVR_MODULE_MAIN);
	add_module(s, "/nonexistent/lib/libsqlite3.so.0", 0);
	add_module(s, "", KVR_MODULE_VDSO);
}

/* out of order, one of them freed; and two blocks */
static void add_areas(struct synth *s, uint32_t one, uint32_t other)
{
	uint64_t base = 0x7e0000000000ull, end = s->head.end_monotonic_ns;
	struct kvr_area *a = s->area;

	s->stats.vmalloc_base = base;
	s->stats.linear_base = 0x7f0000000000ull;
	a[0] = (struct kvr_area){ base + 0x600000, 1099 << 12, 4500000,
				  0x555510003b10ull, end - SECOND / 4, one, 0,
				  FIRST_PID, BASE_PAGE, 1, 0 };
	a[2] = (struct kvr_area){ base, 0x100000, 1000000, 0x555500004100ull,
				  end - SECOND / 2, 0, KVR_AREA_LAZY, FIRST_PID,
				  BASE_PAGE, 1, 0 };
	a[3] = (struct kvr_area){ base + 0x200000, 1 << 12, 4000,
				  0x12345678ull, 0, 0, 0, FIRST_PID, 0, 1, 0 };
	a[4] = a[3]; /* seen twice, while it was written */
	s->nr_areas = 5;
	s->block[0] = (struct kvr_area){
		s->stats.linear_base + (300000ull << 12), 20 << 12, 70000, 0,
		end - SECOND / 8, other, 0, FIRST_PID, 0, 1, 5
	};
	s->block[1] = (struct kvr_area){
		s->stats.linear_base + (300ull << 12), 3 << 12, 12000, 0,
		end - SECOND / 16, one, 0, FIRST_PID + 7, 0, 1, 2
	};
	s->nr_blocks = 2;
	s->layout = (struct kvr_layout){
		.version = 1,
		.linear_base = s->stats.linear_base,
		.nr_pages = 524288,
		.page_bytes = 32,
		.freemap_words = 4,
		.pageblock_pages = 512,
	};
}

/*
 * The database again, by the kernel's own classes: pages of its cache and
 * cells take nearly twice what they need. Objects have no names here.
 */
static void make_stacks(struct synth *s)
{
	struct kvr_stats *st = &s->stats;
	uint32_t page, page2, cell, text, node;

	make_sqlite(s);
	st->kernel = 700;
	s->class[11].size = 2048;
	record_stacks(s, KVR_STACKS_EXACT);
	page = synth_stack(s, FRAMES(FRAME(1, 0x2a01), FRAME(1, 0x3b10),
				     FRAME(1, 0xc686b), FRAME(1, 0xc7234),
				     FRAME(1, 0xd0010), FRAME(0, 0x4100),
				     FRAME(0, 0x1080)));
	page2 = synth_stack(s, FRAMES(FRAME(1, 0x2a01), FRAME(1, 0x3b10),
				      FRAME(1, 0xc686b), FRAME(1, 0xc7234),
				      FRAME(1, 0xd0010), FRAME(0, 0x4200),
				      FRAME(0, 0x1080)));
	cell = synth_stack(s, FRAMES(FRAME(1, 0x2a01), FRAME(1, 0x3b10),
				     FRAME(1, 0xaa880), FRAME(0, 0x4100),
				     FRAME(0, 0x1080)));
	text = synth_stack(s, FRAMES(FRAME(1, 0x2a01), FRAME(1, 0x3b44),
				     FRAME(KVR_FRAME_NONE, 0x7f0000001234),
				     FRAME(0, 0x4100), FRAME(0, 0x1080)));
	node = synth_stack(
		s, FRAMES(FRAME(0, 0x5550), FRAME(2, 0x30), FRAME(0, 0x1080)));
	synth_use(s, page, 0,
		  &(struct synth_use){ 12000, 4368, 8192, 8192, 0, 4000, 0 });
	synth_use(s, page2, 0,
		  &(struct synth_use){ 8077, 4368, 8192, 8192, 1, 2847, 0 });
	synth_use(s, cell, 0,
		  &(struct synth_use){ 120211, 1032, 2048, 2048, 5, 20211, 0 });
	synth_use(s, text, 0,
		  &(struct synth_use){ 300000, 200, 256, 256, 2, 10, 299000 });
	synth_use(s, node, 0,
		  &(struct synth_use){ 600000, 24, 32, 32, 3, 30000, 10 });
	add_areas(s, page, cell);
	s->stat[4].asked += 100; /* not all of one size */
	/* unchanged since the peak: what is live now was live then */
	s->stat[4].peak_seq--;
	s->stat[4].at_peak_bytes = 1 << 30;
}

/* sampled, by two threads; everything that can be missing is */
static void make_sampled(struct synth *s)
{
	struct kvr_stats *st = &s->stats;
	struct synth_use u = { 5000, 100, 112, 128, 4000, 4500, 20 };
	uint32_t deep, lost, both;

	make_threads(s);
	st->kernel = 0;
	record_stacks(s, KVR_STACKS_SAMPLED);
	st->stacks_lost = 12;
	st->unwind_failed = 3;
	st->stacks_before = 41;
	st->exact_until_ns = s->head.start_monotonic_ns + SECOND / 4;
	deep = synth_stack(s, FRAMES(FRAME(1, 0x100), FRAME(1, 0x200)));
	s->stack[deep].flags = KVR_STACK_TRUNCATED;
	lost = synth_stack(s, NULL, 0);
	s->stack[lost].flags = KVR_STACK_LOST;
	both = synth_stack(
		s, FRAMES(FRAME(1, 0x100), FRAME(0, 0x300), FRAME(9, 0x77)));
	synth_use(s, deep, 0, &u);
	synth_use(s, lost, 1, &u);
	/* the second thread frees what the first allocates */
	u.live = u.peak = 5000;
	synth_use(s, both, 0, &u);
	u = (struct synth_use){ 0, 0, 0, 0, 0, 0, 0 };
	synth_use(s, both, 1, &u);
	s->stat[3].frees = 4990;
	s->stat[3].freed = 4990 * 112;
	s->stat[3].at_peak_blocks = (uint64_t)-4000;
	s->stat[3].at_peak_bytes = (uint64_t)-4000 * 112;
	st->pin_round = 1;
	st->pinned_bytes = 9 << 10;
	s->pin[2] = (struct kvr_pin){ 5 << 10, 60, deep };
	s->pin[3] = (struct kvr_pin){ 4 << 10, 2, both };
	s->nr_moments = 2;
	s->moment[0].monotonic_ns = s->head.start_monotonic_ns + 2 * SECOND;
	s->moment[0].held_bytes = 3 << 20;
	s->moment[1].monotonic_ns = s->head.start_monotonic_ns + SECOND;
	s->moment[1].held_bytes = 1 << 20;
}

/* the same program as "stacks", later: one stack gone, one new, one grown */
static void make_later(struct synth *s)
{
	uint32_t new;

	make_stacks(s);
	s->stat[4].stack = 0;
	s->stat[2].allocs += 50000;
	s->stat[2].asked += 50000 * 1032;
	s->stat[2].served += 50000 * 2048;
	s->stat[2].at_peak_blocks += 50000;
	s->stat[2].at_peak_bytes += 50000 * 2048;
	s->stats.peak_held_bytes += 50000 * 2048;
	s->thread[0].alloc[11] += 50000;
	s->thread[0].asked[11] += 50000 * 1032;
	new = synth_stack(s, FRAMES(FRAME(0, 0x7777), FRAME(0, 0x1080)));
	synth_use(s, new, 0,
		  &(struct synth_use){ 10, 70000, 131072, 131072, 10, 10, 0 });
	/* round 2 is complete, 3 has begun */
	s->stats.pin_round = 2;
	s->stats.pinned_bytes = 12 << 20;
	s->pin[0] = (struct kvr_pin){ 12 << 20, 4100, new };
	s->pin[1] = (struct kvr_pin){ 99 << 20, 1, 1000 };
	s->pin[2] = (struct kvr_pin){ 99 << 20, 1, new };
}

static const struct {
	const char *kind;
	void (*make)(struct synth *s);
} kinds[] = {
	{ "sqlite", make_sqlite },	   { "idle", make_idle },
	{ "fragmented", make_fragmented }, { "nodes", make_nodes },
	{ "threads", make_threads },	   { "escapes", make_escapes },
	{ "child", make_child },	   { "stacks", make_stacks },
	{ "sampled", make_sampled },	   { "later", make_later },
};

bool synth_make(struct synth *s, const char *kind)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].kind, kind))
			continue;
		machine(s);
		kinds[i].make(s);
		return true;
	}
	return false;
}

const char *synth_kinds(void)
{
	static char text[256];
	size_t i, n = 0;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %s",
				      kinds[i].kind);
	return text;
}

static uint64_t page_up(uint64_t n)
{
	return (n + KVR_PAGE - 1) / KVR_PAGE * KVR_PAGE;
}

/* appends a section for nr entries and returns where it starts */
static uint64_t add_section(struct kvr_header *h, uint32_t id, uint64_t size,
			    uint64_t nr, uint64_t *end)
{
	struct kvr_section *sec = &h->section[h->nr_sections++];

	sec->id = id;
	sec->entry_size = (uint32_t)size;
	sec->nr_entries = nr;
	sec->offset = page_up(*end);
	*end = sec->offset + size * nr;
	return sec->offset;
}

/* a section of equal entries, filled; none when there is nothing to write */
static void add_array(struct synth *s, unsigned char *image, uint32_t id,
		      const void *array, size_t entry, size_t nr, uint64_t *end)
{
	size_t size = entry > 8 ? entry + s->longer : entry, i;
	uint64_t at;

	if (!nr)
		return;
	at = add_section(&s->head, id, size, nr, end);
	for (i = 0; i < nr; i++)
		memcpy(image + at + i * size, (const char *)array + i * entry,
		       entry);
}

static void add_stacks(struct synth *s, unsigned char *image, uint64_t *end)
{
	add_array(s, image, KVR_SEC_MODULES, s->module, sizeof(*s->module),
		  s->nr_modules, end);
	add_array(s, image, KVR_SEC_FRAMES, s->frame, sizeof(*s->frame),
		  s->nr_frames, end);
	add_array(s, image, KVR_SEC_STACKS, s->stack, sizeof(*s->stack),
		  s->nr_stacks, end);
	add_array(s, image, KVR_SEC_STACK_STATS, s->stat, sizeof(*s->stat),
		  s->nr_stats, end);
	add_array(s, image, KVR_SEC_TIMELINE, s->moment, sizeof(*s->moment),
		  s->nr_moments, end);
}

/* what every file has beside the sums */
static void add_parts(struct synth *s, unsigned char *image, uint64_t *end)
{
	add_array(s, image, KVR_SEC_CLASSES, s->class, sizeof(*s->class),
		  KVR_MAX_CLASSES, end);
	add_array(s, image, KVR_SEC_CACHES, s->cache, sizeof(*s->cache),
		  KVR_MAX_CACHES, end);
	add_array(s, image, KVR_SEC_ZONES, s->zone, sizeof(*s->zone),
		  KVR_MAX_ZONE_ROWS, end);
	add_array(s, image, KVR_SEC_AREAS, s->area, sizeof(*s->area),
		  s->nr_areas, end);
	add_array(s, image, KVR_SEC_BLOCKS, s->block, sizeof(*s->block),
		  s->nr_blocks, end);
	add_array(s, image, KVR_SEC_LAYOUT, &s->layout, sizeof(s->layout),
		  s->layout.version != 0, end);
	/* last, so that mkkvr's damages hit the sections they name */
	add_array(s, image, KVR_SEC_PINS, s->pin, sizeof(*s->pin),
		  s->stats.pin_round ? SYNTH_PINS : 0, end);
}

unsigned char *synth_image(struct synth *s, size_t *size)
{
	uint64_t entry = sizeof(struct kvr_thread) + s->longer;
	size_t chunk = s->chunk ? s->chunk : s->nr_threads;
	uint64_t end = KVR_PAGE, stats_at, at = 0;
	uint64_t room = page_up(sizeof(s->stats)) +
			(SYNTH_MAX_THREADS + 160) * 2 * KVR_PAGE;
	unsigned char *image = calloc(1, KVR_PAGE + room);
	size_t i;

	if (!image)
		abort();
	s->head.nr_sections = 0;
	stats_at = add_section(&s->head, KVR_SEC_STATS,
			       sizeof(s->stats) + s->longer, 1, &end);
	if (s->unknown_section)
		add_section(&s->head, 77, 1, 1ull << 60, &(uint64_t){ end });
	memcpy(image + stats_at, &s->stats, sizeof(s->stats));
	for (i = 0; i < s->nr_threads; i++) {
		if (i % chunk == 0)
			at = add_section(&s->head, KVR_SEC_THREADS, entry,
					 s->nr_threads - i < chunk ?
						 s->nr_threads - i :
						 chunk,
					 &end);
		memcpy(image + at + i % chunk * entry, &s->thread[i],
		       sizeof(s->thread[i]));
	}
	add_stacks(s, image, &end);
	add_parts(s, image, &end);
	memcpy(image, &s->head, sizeof(s->head));
	*size = (size_t)end;
	return image;
}
