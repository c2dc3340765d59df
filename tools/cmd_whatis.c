/* SPDX-License-Identifier: MIT */
/*
 * cmd_whatis.c - `kvmalloc whatis`: what lies at an address of a process:
 * which slab, block or area, whether it is in use, who asked for it and when.
 *
 * Areas and recorded blocks are in the report file. Objects are not: they are
 * looked for in the process itself, while it lives (peek.h). What is not ours
 * is looked up in its memory map.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "find.h"
#include "peek.h"
#include "table.h"
#include "where.h"

typedef unsigned long long llu;

static const struct cmd_option options[] = {
	SYMBOL_CMD_OPTIONS,
	{ 0 },
};

struct question {
	struct snapshot s;
	enum life life;
	pid_t pid; /* of the process as this machine calls it; 0: is gone */
	uint64_t address, now;
	const struct profile *profile; /* or NULL */
	struct where where;
	struct out out;
};

static void line(const char *label, const char *text)
{
	printf("  %-9s%s\n", label, text);
}

/* "0x1234: 16 bytes into ..." */
static void head(const struct question *q, uint64_t start, const char *what)
{
	uint64_t offset = q->address - start;

	printf("0x%llx: ", (llu)q->address);
	if (offset)
		printf("%s into ", fmt_things(offset, "byte", "bytes").s);
	else
		printf("the start of ");
	printf("%s\n", what);
}

static void print_stack(struct question *q, uint32_t stack)
{
	const struct stacks *st = q->where.stacks;

	if (!stack || stack >= st->nr_rows)
		return;
	line("stack", "");
	stack_print(&q->out, q->where.symbols, &st->row[stack], 4);
}

static void print_age(const char *label, uint64_t ns)
{
	char *text = xasprintf("%s ago", fmt_seconds(ns).s);

	line(label, text);
	free(text);
}

/* ---- areas and blocks of the file ------------------------------------- */

static const struct kvr_area *find_in(const struct kvr_area *a, size_t nr,
				      uint64_t address)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (address >= a[i].start &&
		    address - a[i].start < a[i].size + a[i].guard)
			return &a[i];
	return NULL;
}

static void print_request(struct question *q, const struct kvr_area *a)
{
	char *text;

	if (a->asked) {
		text = xasprintf("%s, by thread %d", fmt_bytes(a->asked).s,
				 a->tid);
		line("asked", text);
		free(text);
	}
	if (!a->made_ns)
		line("made", "before the fork that this process began with");
	else
		print_age(a->flags & KVR_AREA_LAZY ? "freed" : "made",
			  q->now > a->made_ns ? q->now - a->made_ns : 0);
	if (a->caller) {
		text = where_text(&q->where, where_frame(&q->where, a->caller));
		line("caller", text);
		free(text);
	}
	print_stack(q, a->stack);
}

static void print_area(struct question *q, const struct kvr_area *a)
{
	uint64_t offset = q->address - a->start;
	char *text;

	head(q, a->start,
	     offset >= a->size	      ? "the guard behind an area of the "
					"vmalloc region" :
	     a->flags & KVR_AREA_LAZY ? "an area of the vmalloc region, freed "
					"lazily" :
					"an area of the vmalloc region, in "
					"use");
	text = xasprintf(
		"0x%llx-0x%llx, %s in %s%s", (llu)a->start,
		(llu)(a->start + a->size), fmt_bytes(a->size).s,
		fmt_things(a->size / q->s.stats->page_size, "page", "pages").s,
		a->flags & KVR_AREA_HUGE ? ", huge pages wanted" : "");
	line("area", text);
	free(text);
	print_request(q, a);
}

/* ---- the linear map --------------------------------------------------- */

static void print_object(struct question *q, const struct peek *p)
{
	static const char *const use[] = {
		[USE_NOT_KNOWN] = "",
		[USE_LIVE] = ", in use",
		[USE_FREE] = ", free",
		[USE_CACHED] = ", free (kept for a thread)",
	};
	char *text =
		xasprintf("an object of %s%s", p->cache->name, use[p->use]);

	head(q, p->start, text);
	free(text);
	text = xasprintf("0x%llx, %s", (llu)p->start, fmt_bytes(p->size).s);
	line("object", text);
	free(text);
	text = xasprintf("0x%llx, order %u, frame 0x%llx; object %u of %u, %u "
			 "in use or kept for threads",
			 (llu)(p->start - p->index * p->size), p->order,
			 (llu)p->head_pfn, p->index, p->objects, p->inuse);
	line("slab", text);
	free(text);
}

static void print_run(struct question *q, const struct peek *p)
{
	const struct kvr_area *a =
		find_in(q->s.block, q->s.nr_blocks, q->address);
	char *text;

	head(q, p->start,
	     p->use == USE_CACHED ?
		     "a contiguous block, free (kept for a thread)" :
		     "a contiguous block, in use");
	text = xasprintf("0x%llx-0x%llx, %s, order %u, frame 0x%llx",
			 (llu)p->start, (llu)(p->start + p->size),
			 fmt_bytes(p->size).s, p->order, (llu)p->head_pfn);
	line("block", text);
	free(text);
	if (a && a->start == p->start && a->asked) {
		text = xasprintf("%s, by thread %d", fmt_bytes(a->asked).s,
				 a->tid);
		line("asked", text);
		free(text);
	}
}

static void print_peek(struct question *q, const struct peek *p)
{
	char *text;

	switch (p->what) {
	case PEEK_OBJECT:
		print_object(q, p);
		break;
	case PEEK_SLAB_END:
		text = xasprintf("what is left behind the last object of a "
				 "slab of %s",
				 p->cache->name);
		head(q, p->start, text);
		free(text);
		break;
	case PEEK_RUN:
		print_run(q, p);
		break;
	case PEEK_FREE_PAGES:
	case PEEK_PAGES:
		text = xasprintf("%s of order %u (%s)",
				 p->what == PEEK_PAGES ?
					 "pages of the library's own," :
					 "a free block of pages,",
				 p->order, fmt_bytes(p->size).s);
		head(q, p->start, text);
		free(text);
		break;
	case PEEK_NEVER:
	case PEEK_UNKNOWN:
		printf("0x%llx: in the linear map, frame 0x%llx%s\n",
		       (llu)q->address, (llu)p->pfn,
		       p->what == PEEK_NEVER ? ", which was never used" : "");
	}
	if (p->recorded)
		print_age("made", p->age_ns);
	else if (p->use == USE_LIVE)
		line("stack", q->s.layout->block_tags ?
				      "not recorded (older than the recording, "
				      "or not in the sample)" :
				      "none: no call stacks are recorded");
	print_stack(q, p->stack);
}

/* false: a message has been printed */
static bool ask_process(struct question *q)
{
	struct peek p;

	if (!q->pid) {
		complain("0x%llx lies in the linear map; what was there is "
			 "known only while the process lives (this one: %s)",
			 (llu)q->address, life_name(q->life));
		return false;
	}
	peek_at(&p, q->pid, &q->s, q->address);
	if (p.what == PEEK_UNKNOWN && p.err) {
		complain("process %d: its memory cannot be read: %s%s", q->pid,
			 strerror(p.err),
			 p.err == EPERM ? " (see ptrace(2) on who may)" : "");
		return false;
	}
	print_peek(q, &p);
	return true;
}

/* ---- not ours --------------------------------------------------------- */

/* the line of the memory map, as the kernel prints it */
static bool print_mapping(const struct question *q)
{
	char path[64], text[PATH_MAX + 128];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)q->pid);
	f = fopen(path, "re");
	if (!f) {
		complain("%s: %s", path, strerror(errno));
		return false;
	}
	while (!found && fgets(text, sizeof(text), f)) {
		llu start, end;

		found = sscanf(text, "%llx-%llx", &start, &end) == 2 &&
			q->address >= start && q->address < end;
	}
	fclose(f);
	if (!found) {
		printf("0x%llx: not mapped\n", (llu)q->address);
		return true;
	}
	text[strcspn(text, "\n")] = '\0';
	text_clean(text, sizeof(text));
	printf("0x%llx: not of kvmalloc; it is in the mapping\n  %s\n",
	       (llu)q->address, text);
	return true;
}

/* code or data of an object that the file knows */
static bool print_object_file(const struct question *q)
{
	uint64_t frame = where_frame(&q->where, q->address);
	uint32_t m = KVR_FRAME_MODULE(frame);

	if (m >= q->where.stacks->nr_modules)
		return false;
	printf("0x%llx: not of kvmalloc; it is in %s, at offset 0x%llx\n",
	       (llu)q->address, q->where.stacks->module[m].path,
	       (llu)KVR_FRAME_OFFSET(frame));
	return true;
}

static bool in_region(const struct question *q)
{
	const struct kvr_stats *st = q->s.stats;

	return st->vmalloc_base && q->address >= st->vmalloc_base &&
	       q->address - st->vmalloc_base < st->vmalloc_total;
}

static bool answer(struct question *q)
{
	const struct kvr_area *a =
		find_in(q->s.area, q->s.nr_areas, q->address);

	if (a) {
		print_area(q, a);
		return true;
	}
	if (peek_is_linear(&q->s, q->address)) {
		a = q->pid ? NULL :
			     find_in(q->s.block, q->s.nr_blocks, q->address);
		if (!a)
			return ask_process(q);
		head(q, a->start, "a contiguous block, in use at the end");
		print_request(q, a);
		return true;
	}
	if (in_region(q)) {
		printf("0x%llx: in the vmalloc region, in no area\n",
		       (llu)q->address);
		return true;
	}
	if (q->pid)
		return print_mapping(q);
	if (print_object_file(q))
		return true;
	complain("0x%llx is not of kvmalloc, and the process is gone: its "
		 "memory map is not known",
		 (llu)q->address);
	return false;
}

/* ---- the command ------------------------------------------------------ */

static bool parse_address(const char *text, uint64_t *address)
{
	const char *digits = text + (!strncmp(text, "0x", 2) ? 2 : 0);
	char *end;

	if (!*digits || digits[strspn(digits, "0123456789abcdefABCDEF")])
		return false;
	errno = 0;
	*address = strtoull(digits, &end, 16);
	return !errno;
}

static int whatis(const char *target, uint64_t address,
		  const struct profile_options *o)
{
	static struct question q;
	struct profile profile;
	int found;
	bool ok;

	if (!find_target(&q.s, target))
		return STATUS_FAIL;
	q.address = address;
	q.life = life_of(&q.s.head, q.s.path);
	if (q.life == LIFE_RUNNING)
		q.pid = is_pid(target) ? (pid_t)atoi(target) : q.s.head.pid;
	q.now = q.pid			  ? monotonic_ns() :
		q.s.head.end_monotonic_ns ? q.s.head.end_monotonic_ns :
					    q.s.stats->last_monotonic_ns;
	found = profile_open(&profile, &q.s, o);
	if (found < 0) {
		snapshot_free(&q.s);
		return STATUS_FAIL;
	}
	where_open(&q.where, &q.s, found ? &profile : NULL, &o->symbols);
	out_init(&q.out, stdout, COLOR_NEVER);
	ok = answer(&q);
	where_close(&q.where);
	if (found)
		profile_close(&profile);
	snapshot_free(&q.s);
	return ok ? STATUS_OK : STATUS_FAIL;
}

static int run(int argc, char **argv)
{
	struct profile_options o = { .symbols.progress = true };
	struct cmd_parser parser;
	uint64_t address;
	int key, status;

	cmd_parser_init(&parser, &cmd_whatis);
	while ((key = cmd_next(&parser, &cmd_whatis, argc, argv, &status)) !=
	       -1)
		if (profile_option(&o, key, optarg) < 0)
			return STATUS_USAGE;
	if (status >= 0)
		return status;
	if (argc - optind != 2)
		return usage_error("expected a PID or FILE and an address");
	if (!parse_address(argv[optind + 1], &address))
		return usage_error("'%s': expected an address, in hexadecimal",
				   argv[optind + 1]);
	return whatis(argv[optind], address, &o);
}

const struct command cmd_whatis = {
	.name = "whatis",
	.args = "PID|FILE ADDRESS",
	.help = "what lies at an address: slab, block or area, stack, age",
	.text = "Objects of slabs are looked up in the process itself, so only "
		"while it lives; areas, and blocks with a recorded stack, in "
		"any report file.",
	.options = options,
	.run = run,
};
