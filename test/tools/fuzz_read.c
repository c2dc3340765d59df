/* SPDX-License-Identifier: MIT */
/*
 * fuzz_read.c - damaged report files against everything that reads them.
 *
 *   fuzz_read ROUNDS      a fixed number of rounds from fixed seeds
 *
 * Built with the address and undefined-behaviour sanitizers, which find what
 * goes wrong inside. What the tools must keep besides is checked here:
 *   - a file is read or refused with a reason, never both or neither
 *   - what read.h promises of a file that was read (P1, P2)
 *   - no control character and no broken UTF-8 reaches the output
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd.h"
#include "find.h"
#include "fuzz.h"
#include "peek.h"
#include "report.h"
#include "synth.h"

static uint64_t interesting(void)
{
	static const uint64_t values[] = {
		0,	    1,		7,
		63,	    64,		127,
		128,	    159,	160,
		161,	    4095,	4096,
		4097,	    65535,	0x7fffffff,
		0x80000000, 0xffffffff, 1ull << 32,
		1ull << 52, 1ull << 62, 0x7fffffffffffffff,
		1ull << 63, UINT64_MAX, UINT64_MAX - 4095,
	};

	return rnd() % 3 ? values[rnd() % ARRAY_SIZE(values)] : rnd();
}

/* where a change is likely to matter: often the section table */
static size_t place(size_t size)
{
	size_t table = offsetof(struct kvr_header, section);
	size_t limit = size;

	if (rnd() % 2 && size > KVR_PAGE + 512)
		limit = rnd() % 2 ? table : KVR_PAGE + 512;
	else if (rnd() % 2 && size > table + 96)
		return table + rnd() % 96;
	return rnd() % limit;
}

static void damage(unsigned char *image, size_t *size)
{
	unsigned int changes = 1 + (unsigned int)(rnd() % 6);

	while (changes--) {
		size_t at = place(*size);
		uint64_t v = interesting();
		size_t n = (size_t)1 << rnd() % 4;

		switch (rnd() % 8) {
		case 0:
			*size = 1 + rnd() % *size;
			return;
		case 1:
		case 2:
			image[at] ^= (unsigned char)(1u << rnd() % 8);
			break;
		case 3:
			for (; at < *size && rnd() % 40; at++)
				image[at] = (unsigned char)rnd();
			break;
		default:
			at -= at % n;
			if (at + n <= *size)
				memcpy(image + at, &v, n);
		}
	}
}

static void die(uint64_t seed, const char *what)
{
	fprintf(stderr, "fuzz_read: seed %llu: %s\n", (unsigned long long)seed,
		what);
	abort();
}

static bool ends(const char *text, size_t n)
{
	return memchr(text, 0, n) != NULL;
}

/* what stacks.h promises of any file that could be read */
static void check_stacks(struct snapshot *s, uint64_t seed)
{
	struct stacks st;
	size_t frames = 0, i;

	if (s->nr_stacks > READ_MAX_STACKS)
		die(seed, "too many stacks");
	for (i = 0; i < s->nr_modules; i++)
		if (!ends(s->module[i].path, sizeof(s->module[i].path)) ||
		    s->module[i].build_id_size > sizeof(s->module[i].build_id))
			die(seed, "a module is out of its range");
	if (!stacks_load(&st, s))
		die(seed, "its stacks cannot be added up");
	for (i = 1; i < st.nr_rows; i++) {
		const struct stack_row *r = &st.row[i];

		frames += r->nr_frames;
		if (r->nr_frames &&
		    (r->frame < s->frame ||
		     r->frame + r->nr_frames > s->frame + s->nr_frames))
			die(seed, "frames outside of the file");
		if ((r->live_bytes | r->live_blocks | r->peak_bytes |
		     r->peak_blocks) >>
		    63)
			die(seed, "a negative sum");
	}
	if (frames > s->nr_frames)
		die(seed, "more frames than the file has");
	stacks_free(&st);
}

static void check_promises(const struct snapshot *s, uint64_t seed)
{
	const struct kvr_stats *st = s->stats;
	size_t i;

	if (!st)
		die(seed, "read, but without statistics");
	if (!st->page_size || (st->page_size & (st->page_size - 1)) ||
	    st->nr_cpus > KVR_MAX_CPUS || st->nr_zones > KVR_MAX_ZONE_ROWS ||
	    st->nr_classes > KVR_MAX_CLASSES || st->nr_caches > KVR_MAX_CACHES)
		die(seed, "a number is out of its range");
	if (!ends(s->head.comm, sizeof(s->head.comm)) ||
	    !ends(s->head.options, sizeof(s->head.options)) ||
	    s->cmdline_len > sizeof(s->head.cmdline))
		die(seed, "a text of the header does not end");
	for (i = 0; i < KVR_MAX_CACHES; i++)
		if (!ends(s->cache[i].name, KVR_NAME))
			die(seed, "a cache's name does not end");
	for (i = 0; i < s->nr_threads; i++)
		if (!ends(s->thread[i].comm, sizeof(s->thread[i].comm)))
			die(seed, "a thread's name does not end");
}

static void check_output(const char *text, uint64_t seed)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; *p; p++) {
		if ((*p < ' ' && *p != '\n') || *p == 0x7f)
			die(seed, "a control character in the output");
		if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			die(seed, "a C1 control in the output");
	}
}

static void print_all(struct snapshot *s, uint64_t seed)
{
	struct report_options opts = {
		.rows = rnd() % 4,
		.sort = (enum sort_key)(rnd() % (SORT_size + 1)),
		.by = (enum site_by)(rnd() % 2),
		.full = rnd() % 2,
		.verbose = rnd() % 2,
		.profile.focus = rnd() % 4 ? NULL : "sql|0x",
	};
	struct profile profile;
	struct run_end end = { .wait_status = (int)(rnd() % 256) };
	struct report r = { 0 };
	struct model m;
	struct out out = { 0 };
	char *text = NULL;
	size_t size = 0;

	model_build(&m, s, rnd() % 2 ? interesting() : 0);
	out.f = open_memstream(&text, &size);
	if (!out.f)
		die(seed, "out of memory");
	r.out = &out;
	r.m = &m;
	r.life = life_of(&s->head, s->path);
	r.opts = &opts;
	r.end = rnd() % 2 ? &end : NULL;
	if (profile_open(&profile, s, &opts.profile) > 0)
		r.profile = &profile;
	report_print(&r);
	profile_close(&profile);
	fclose(out.f);
	check_output(text, seed);
	free(text);
}

/* what areas promise: in use, each once, busy ones before */
static void check_areas(const struct kvr_area *a, size_t nr, uint64_t seed)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!a[i].start || a[i].start + a[i].size < a[i].start)
			die(seed, "an area that is none");
		if (i && a[i].start == a[i - 1].start)
			die(seed, "an area twice");
		if (i && (a[i - 1].flags & KVR_AREA_LAZY) >
				 (a[i].flags & KVR_AREA_LAZY))
			die(seed, "a freed area before one in use");
	}
}

/*
 * A process whose tables are anything: our own, with a layout that leads into
 * memory of random words, most of them pointers to it.
 */
static void look_into_process(struct snapshot *s, uint64_t seed)
{
	static uint64_t arena[1 << 12];
	struct kvr_layout layout;
	struct peek p;
	uint64_t *field = (uint64_t *)(void *)&layout;
	uint32_t *number = &layout.page_bytes;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(arena); i++)
		arena[i] = rnd() % 3 ? (uint64_t)(uintptr_t)&arena
						[rnd() % ARRAY_SIZE(arena)] :
				       interesting();
	for (i = 0; i < offsetof(struct kvr_layout, page_bytes) / 8; i++)
		field[i] = rnd() % 4 ? (uint64_t)(uintptr_t)&arena
						[rnd() % ARRAY_SIZE(arena)] :
				       interesting();
	for (i = 0; number + i < (uint32_t *)(void *)(&layout + 1); i++)
		number[i] = rnd() % 4 ? (uint32_t)(rnd() % 33) :
					(uint32_t)interesting();
	layout.version = 1;
	layout.page_bytes = 32;
	s->layout = &layout;
	for (i = 0; i < 20; i++) {
		peek_at(&p, getpid(), s,
			layout.linear_base + rnd() % (1 << 20));
		if (p.what == PEEK_OBJECT && (!p.cache || !p.size))
			die(seed, "an object of no cache");
		if (p.what == PEEK_OBJECT && p.index >= p.objects)
			die(seed, "an object behind its slab");
	}
	s->layout = NULL;
}

/* the tables of /proc, printed by the command itself (to /dev/null) */
static void print_tables(const char *path)
{
	static const char *const tables[] = { "slabinfo",     "buddyinfo",
					      "pagetypeinfo", "zoneinfo",
					      "meminfo",      "vmallocinfo",
					      "allocinfo",    "page_owner" };
	char command[] = "proc", file[64], table[16];
	char *argv[] = { command, file, table, NULL };
	size_t i;

	snprintf(file, sizeof(file), "%s", path);
	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		snprintf(table, sizeof(table), "%s", tables[i]);
		optind = 0;
		cmd_proc.run(3, argv);
	}
}

/* commands that look at stacks, printing to /dev/null */
static void run_commands(const char *path)
{
	char leaks[] = "leaks", diff[] = "diff", check[] = "check";
	char limit[] = "--fail-if=waste>20%", all[] = "-n0", file[64];
	char whatis[] = "whatis", address[32];
	char *whatis_argv[] = { whatis, file, address, NULL };
	char *leaks_argv[] = { leaks, all, file, NULL };
	char *diff_argv[] = { diff, limit, file, file, NULL };
	char *check_argv[] = { check, limit, file, NULL };

	snprintf(file, sizeof(file), "%s", path);
	optind = 0;
	cmd_leaks.run(3, leaks_argv);
	optind = 0;
	cmd_diff.run(4, diff_argv);
	optind = 0;
	cmd_check.run(3, check_argv);
	snprintf(address, sizeof(address), "%llx",
		 (unsigned long long)(rnd() % 2 ? interesting() :
						  0x7e0000000000ull +
							  rnd() % 0x800000));
	optind = 0;
	cmd_whatis.run(3, whatis_argv);
}

static bool one(const char *kind, uint64_t seed)
{
	static struct synth base;
	struct snapshot s;
	unsigned char *image;
	char path[64];
	size_t size;
	bool ok;
	int fd;

	fuzz_state = seed * 0x9e3779b97f4a7c15ull + 1;
	synth_make(&base, kind);
	image = synth_image(&base, &size);
	damage(image, &size);
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, image, size) != (ssize_t)size)
		die(seed, "cannot make a file in memory");
	free(image);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ok = snapshot_load(&s, path);
	if (ok == (s.why[0] != '\0'))
		die(seed, "neither read nor refused");
	if (ok) {
		check_promises(&s, seed);
		check_stacks(&s, seed);
		print_all(&s, seed);
		check_areas(s.area, s.nr_areas, seed);
		check_areas(s.block, s.nr_blocks, seed);
		free(s.layout);
		look_into_process(&s, seed);
		snapshot_free(&s);
		print_tables(path);
		run_commands(path);
	}
	close(fd);
	return ok;
}

int main(int argc, char **argv)
{
	static const char *const kinds[] = {
		"sqlite", "fragmented", "threads", "escapes", "idle",
		"child",  "stacks",	"sampled", "later",
	};
	uint64_t rounds, i, nr_read = 0;

	if (argc != 2 || parse_u64(argv[1], &rounds)) {
		fprintf(stderr, "usage: fuzz_read ROUNDS\n");
		return 2;
	}
	if (!freopen("/dev/null", "w", stdout))
		return 2;
	for (i = 0; i < rounds; i++)
		nr_read += one(kinds[i % ARRAY_SIZE(kinds)], i);
	fprintf(stderr, "%llu files: %llu read, %llu refused\n",
		(unsigned long long)rounds, (unsigned long long)nr_read,
		(unsigned long long)(rounds - nr_read));
	/* damage that always or never shows would test nothing */
	return nr_read < rounds / 10 || nr_read > rounds - rounds / 10;
}
