/* SPDX-License-Identifier: MIT */
/*
 * proc_code.c - the tables of `kvmalloc proc` that name code: vmallocinfo,
 * allocinfo, page_owner. Formats: Linux 7.0.
 *
 * What is the kernel's text to a process is the program itself; its shared
 * objects stand where the kernel names modules.
 */
#include "proc_code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvmalloc/gfp.h"
#include "proc.h"
#include "sites.h"
#include "util.h"

typedef unsigned long long llu;

/* ---- vmallocinfo ------------------------------------------------------ */

static void print_area(const struct where *w, const struct kvr_area *a,
		       uint64_t page)
{
	uint64_t size = a->size + a->guard, pages = a->size / page;
	char *code;

	printf("0x%016llx-0x%016llx %7lld", (llu)a->start,
	       (llu)(a->start + size), (long long)size);
	if (a->flags & KVR_AREA_LAZY) {
		printf(" unpurged vm_area\n");
		return;
	}
	if (a->flags & KVR_AREA_RAM) {
		printf(" vm_map_ram\n");
		return;
	}
	if (a->caller) {
		code = where_kernel(w, where_frame(w, a->caller));
		printf(" %s", code);
		free(code);
	}
	if (!(a->flags & KVR_AREA_NO_PAGES))
		printf(" pages=%llu", (llu)pages);
	printf(" %s", a->flags & KVR_AREA_IOREMAP ? "ioremap" :
		      a->flags & KVR_AREA_VMAP	  ? "vmap" :
						    "vmalloc");
	if (!(a->flags & KVR_AREA_NO_PAGES))
		/* the array of its pages fills more than one itself */
		printf("%s N0=%llu", pages * sizeof(uint64_t) > page ?
					     " vpages" : "", (llu)pages);
	putchar('\n');
}

bool code_vmallocinfo(const struct model *m, const struct where *w)
{
	const struct snapshot *s = m->s;
	size_t i;

	if (!s->nr_areas && s->stats->vmalloc_areas) {
		complain("%s: vmalloc areas in use: %llu, but no list of them; "
			 "a child of fork begins one when it makes or frees "
			 "an area",
			 s->path, (llu)s->stats->vmalloc_areas);
		return false;
	}
	for (i = 0; i < s->nr_areas; i++)
		print_area(w, &s->area[i], s->stats->page_size);
	return true;
}

/* ---- allocinfo -------------------------------------------------------- */

struct tag {
	char *site; /* "file:line [module] func:name" */
	uint64_t bytes, calls;
};

static int compare_tags(const void *a, const void *b)
{
	return strcmp(((const struct tag *)a)->site,
		      ((const struct tag *)b)->site);
}

/* the innermost function of a frame that asks for itself */
static const struct symbol *asks(const struct symbol *s, size_t nr)
{
	size_t i;

	for (i = 0; i + 1 < nr && is_allocator(s[i].function); i++)
		;
	return &s[i];
}

static char *tag_site(const struct where *w, const struct stack_row *r)
{
	uint32_t skip = site_callers(w->symbols, r), m;
	struct symbol s[32];
	const struct symbol *f;
	char *text, *object;
	bool main;

	if (!r->nr_frames)
		return xasprintf("unknown:0 func:unknown");
	if (skip >= r->nr_frames)
		skip = r->nr_frames - 1;
	f = asks(s, symbols_at(w->symbols, r->frame[skip], s, ARRAY_SIZE(s)));
	m = KVR_FRAME_MODULE(r->frame[skip]);
	main = m >= w->stacks->nr_modules ||
	       w->stacks->module[m].flags & KVR_MODULE_MAIN;
	object = main ? xasprintf("%s", "") : xasprintf(" [%s]", f->module);
	if (f->function)
		text = xasprintf("%s:%u%s func:%s",
				 f->file    ? f->file :
				 *f->module ? f->module :
					      "jit",
				 f->line, object, f->function);
	else
		text = xasprintf("%s:0%s func:0x%llx",
				 *f->module ? f->module : "jit", object,
				 (llu)f->offset);
	free(object);
	return text;
}

/* blanks only where the format has them */
static void print_tag(const struct tag *t, bool sampled)
{
	printf("%12lld %8llu %s%s\n", (long long)t->bytes, (llu)t->calls,
	       t->site, sampled ? " accurate:no" : " ");
}

bool code_allocinfo(const struct model *m, const struct where *w)
{
	const struct stacks *st = w->stacks;
	struct tag *tag;
	size_t nr = 0, i;

	if (st->nr_rows < 2) {
		complain("%s: has no call stacks, so call sites are not known; "
			 "record them with 'kvmalloc run'",
			 m->s->path);
		return false;
	}
	tag = xcalloc(st->nr_rows, sizeof(*tag));
	for (i = 1; i < st->nr_rows; i++) {
		const struct stack_row *r = &st->row[i];

		if (r->allocs || r->live_blocks)
			tag[nr++] = (struct tag){ tag_site(w, r), r->live_bytes,
						  r->live_blocks };
	}
	if (nr)
		qsort(tag, nr, sizeof(*tag), compare_tags);
	printf("allocinfo - version: 2.0\n#     <size>  <calls> <tag info>\n");
	for (i = 0; i < nr; i++) {
		if (i + 1 < nr && !strcmp(tag[i].site, tag[i + 1].site)) {
			tag[i + 1].bytes += tag[i].bytes;
			tag[i + 1].calls += tag[i].calls;
		} else {
			print_tag(&tag[i], m->s->stats->stack_mode ==
						   KVR_STACKS_SAMPLED);
		}
		free(tag[i].site);
	}
	free(tag);
	return true;
}

/* ---- page_owner ------------------------------------------------------- */

static void print_flags(uint32_t mask)
{
	static const struct {
		uint32_t value;
		const char *name;
	} flags[] = {
#define X(name, value, help) { value, "__GFP_" #name },
		GFP_FLAGS(X)
#undef X
	};
	const char *between = "";
	size_t i;

	printf("%#x(", mask);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!(mask & flags[i].value))
			continue;
		printf("%s%s", between, flags[i].name);
		between = "|";
	}
	putchar(')');
}

static const char *thread_name(const struct snapshot *s, int32_t tid)
{
	size_t i;

	for (i = 0; i < s->nr_threads; i++)
		if (s->thread[i].tid == tid && s->thread[i].comm[0])
			return s->thread[i].comm;
	return s->head.comm;
}

/* zone of a frame, as the kernel numbers them */
static unsigned int zone_of(const struct snapshot *s, uint64_t pfn)
{
	uint64_t i;

	for (i = 0; i < s->stats->nr_zones; i++)
		if (pfn >= s->zone[i].start_pfn &&
		    pfn - s->zone[i].start_pfn < s->zone[i].spanned)
			return (unsigned int)i;
	return 0;
}

/* requests for more than a page do not reclaim: vmalloc is there instead */
static void print_block(const struct snapshot *s, const struct where *w,
			const struct kvr_area *a)
{
	enum {
		KMALLOC = (int)((GFP_KERNEL &
				 ~(unsigned int)__GFP_DIRECT_RECLAIM) |
				__GFP_NOWARN | __GFP_COMP)
	};
	uint64_t pfn = (a->start - s->stats->linear_base) / s->stats->page_size;
	const struct stack_row *r = a->stack && a->stack < w->stacks->nr_rows ?
					    &w->stacks->row[a->stack] :
					    NULL;
	uint32_t i;
	char *code;

	printf("Page allocated via order %u, mask ", a->order);
	print_flags(KMALLOC);
	printf(", pid %d, tgid %d (%s), ts %llu ns\n", a->tid, s->head.pid,
	       thread_name(s, a->tid), (llu)a->made_ns);
	printf("PFN 0x%llx type Unmovable Block %llu type Unmovable Flags "
	       "0x%x(head|node=0|zone=%u)\n",
	       (llu)pfn, (llu)(pfn >> PROC_PAGEBLOCK_ORDER), 0x40,
	       zone_of(s, pfn));
	for (i = 0; r && i < r->nr_frames; i++) {
		code = where_kernel(w, r->frame[i]);
		printf(" %s\n", code);
		free(code);
	}
	putchar('\n');
}

bool code_page_owner(const struct model *m, const struct where *w)
{
	const struct snapshot *s = m->s;
	size_t i;

	if (s->nr_stacks < 2) {
		complain("%s: has no call stacks, so owners of pages are not "
			 "known; record them with 'kvmalloc run'",
			 s->path);
		return false;
	}
	for (i = 0; i < s->nr_blocks; i++)
		if (s->block[i].start >= s->stats->linear_base)
			print_block(s, w, &s->block[i]);
	return true;
}
