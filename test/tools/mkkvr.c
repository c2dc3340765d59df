/* SPDX-License-Identifier: MIT */
/*
 * mkkvr.c - writes a synthetic report file for the tests of the tools.
 *
 *   mkkvr KIND FILE [DAMAGE]     DAMAGE: one of the table below
 *   mkkvr live FILE SECONDS      maps FILE as this process and waits
 *   mkkvr many FILE N            a file with N call stacks
 *   mkkvr list                   the kinds of damage, one a line
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "synth.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define HEAD(field)                         \
	offsetof(struct kvr_header, field), \
		sizeof(((struct kvr_header *)0)->field)
#define SECTION(n, field)                            \
	offsetof(struct kvr_header, section) +       \
		(n) * sizeof(struct kvr_section) +   \
		offsetof(struct kvr_section, field), \
		sizeof(((struct kvr_section *)0)->field)
#define STATS(field)                                  \
	KVR_PAGE + offsetof(struct kvr_stats, field), \
		sizeof(((struct kvr_stats *)0)->field)

/*
 * One field overwritten; cut: the file ends there. Made for the kind
 * "sampled": section 0 statistics, 1 unknown, 2 to 4 threads, 5 modules, 6
 * frames, 7 stacks, 8 sums by stack, 9 time line, 10 classes, 11 caches, 12
 * zones.
 */
static const struct damage {
	const char *name;
	size_t offset, size;
	uint64_t value;
	size_t cut;
} damages[] = {
	{ "empty", 0, 0, 0, 0 },
	{ "one-byte", 0, 0, 0, 1 },
	{ "half-header", 0, 0, 0, 2000 },
	{ "header-only", 0, 0, 0, KVR_PAGE },
	{ "half-stats", 0, 0, 0, KVR_PAGE + 20000 },
	{ "no-magic", HEAD(magic), 0, SIZE_MAX },
	{ "text-mode", offsetof(struct kvr_header, magic) + 6, 2, '\n',
	  SIZE_MAX },
	{ "newer", HEAD(version), KVR_VERSION + 1, SIZE_MAX },
	{ "version-0", HEAD(version), 0, SIZE_MAX },
	{ "header-size", HEAD(header_size), 12, SIZE_MAX },
	{ "pid", HEAD(pid), 0, SIZE_MAX },
	{ "nr-sections", HEAD(nr_sections), 1000, SIZE_MAX },
	{ "no-sections", HEAD(nr_sections), 0, SIZE_MAX },
	{ "no-stats", SECTION(0, id), 0, SIZE_MAX },
	{ "two-stats", SECTION(2, id), KVR_SEC_STATS, SIZE_MAX },
	{ "entry-size", SECTION(0, entry_size), 0, SIZE_MAX },
	{ "entry-small", SECTION(2, entry_size), 64, SIZE_MAX },
	{ "offset-odd", SECTION(2, offset), KVR_PAGE + 1, SIZE_MAX },
	{ "offset-0", SECTION(0, offset), 0, SIZE_MAX },
	{ "offset-huge", SECTION(0, offset), 1ull << 62, SIZE_MAX },
	{ "nr-entries", SECTION(2, nr_entries), UINT64_MAX, SIZE_MAX },
	{ "overlap", SECTION(2, nr_entries), 23,
	  (sizeof(struct kvr_stats) / KVR_PAGE + 27) * KVR_PAGE },
	{ "page-size", STATS(page_size), 0, SIZE_MAX },
	{ "page-size-odd", STATS(page_size), 5000, SIZE_MAX },
	/* these are read, with the number brought into range */
	{ "nr-classes", STATS(nr_classes), UINT64_MAX, SIZE_MAX },
	{ "nr-caches", STATS(nr_caches), 1ull << 40, SIZE_MAX },
	{ "nr-zones", STATS(nr_zones), KVR_MAX_ZONE_ROWS + 1, SIZE_MAX },
	{ "nr-cpus", STATS(nr_cpus), UINT64_MAX, SIZE_MAX },
	{ "module-size", SECTION(5, entry_size), 60, SIZE_MAX },
	{ "frame-size", SECTION(6, entry_size), 4, SIZE_MAX },
	{ "nr-frames", SECTION(6, nr_entries), 1ull << 28, SIZE_MAX },
	{ "nr-stacks", SECTION(7, nr_entries), 1ull << 25, SIZE_MAX },
	{ "no-frames", SECTION(6, id), 0, SIZE_MAX },
	{ "no-modules", SECTION(5, id), 0, SIZE_MAX },
	{ "no-stacks", SECTION(7, id), 0, SIZE_MAX },
	{ "stat-size", SECTION(8, entry_size), 100, SIZE_MAX },
	{ "moment-size", SECTION(9, entry_size), 8, SIZE_MAX },
	{ "class-size", SECTION(10, entry_size), 20, SIZE_MAX },
	{ "no-classes", SECTION(10, id), 0, SIZE_MAX },
	{ "few-classes", SECTION(10, nr_entries), 3, SIZE_MAX },
	{ "cache-size", SECTION(11, entry_size), 32, SIZE_MAX },
	{ "no-caches", SECTION(11, id), 0, SIZE_MAX },
	{ "zone-size", SECTION(12, entry_size), 64, SIZE_MAX },
	{ "no-zones", SECTION(12, id), 0, SIZE_MAX },
	{ "areas-at-odds", SECTION(9, id), KVR_SEC_AREAS, SIZE_MAX },
	{ "two-layouts", SECTION(9, id), KVR_SEC_LAYOUT, SIZE_MAX },
	{ "older", HEAD(version), KVR_VERSION - 1, SIZE_MAX },
};

/* a cut behind the end makes the file longer */
static unsigned char *apply(const struct damage *d, unsigned char *image,
			    size_t *size)
{
	if (d->cut != SIZE_MAX && d->cut > *size) {
		image = realloc(image, d->cut);
		if (!image)
			abort();
		memset(image + *size, 0, d->cut - *size);
	}
	memcpy(image + d->offset, &d->value,
	       d->size < sizeof(d->value) ? d->size : sizeof(d->value));
	if (d->cut != SIZE_MAX)
		*size = d->cut;
	return image;
}

static int write_file(const char *path, const unsigned char *image, size_t size)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(image, 1, size, f) != size || fclose(f)) {
		perror(path);
		return 1;
	}
	return 0;
}

/* what the library does: a shared mapping for as long as the process lives */
static int live(const char *path, unsigned int seconds)
{
	static struct synth s;
	unsigned char *image;
	size_t size;
	int fd;

	synth_make(&s, "child");
	s.head.state = KVR_RUNNING;
	s.head.pid = getpid();
	s.head.ppid = getppid();
	s.head.starttime = 0;
	prctl(PR_SET_NAME, "livetest", 0, 0, 0);
	image = synth_image(&s, &size);
	if (write_file(path, image, size))
		return 1;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			   0) == MAP_FAILED) {
		perror(path);
		return 1;
	}
	for (uint32_t i = 0; i < s.head.nr_sections; i++)
		if (s.head.section[i].id == KVR_SEC_THREADS)
			printf("ready %llu\n",
			       (unsigned long long)s.head.section[i].offset);
	fflush(stdout);
	sleep(seconds);
	free(image);
	return 0;
}

/* a section of its own pages; returns where the next may start */
static size_t add_section(struct kvr_header *h, uint32_t id, size_t entry,
			  size_t nr, size_t at)
{
	h->section[h->nr_sections++] =
		(struct kvr_section){ id, (uint32_t)entry, at, nr };
	return (at + entry * nr + KVR_PAGE - 1) / KVR_PAGE * KVR_PAGE;
}

/* call stacks without end: each shares its outer half with 99 others */
static int many(const char *path, size_t nr)
{
	enum { DEPTH = 24 };
	static struct synth s;
	size_t size, at[5], i, f;
	struct kvr_stack_stat *stat;
	struct kvr_module *module;
	struct kvr_stack *stack;
	unsigned char *image;
	uint64_t *frame;
	int status;

	synth_make(&s, "sqlite");
	s.stats.stack_mode = KVR_STACKS_EXACT;
	image = synth_image(&s, &size);
	at[0] = (size + KVR_PAGE - 1) / KVR_PAGE * KVR_PAGE;
	at[1] = add_section(&s.head, KVR_SEC_FRAMES, sizeof(*frame), nr * DEPTH,
			    at[0]);
	at[2] = add_section(&s.head, KVR_SEC_STACKS, sizeof(*stack), nr + 1,
			    at[1]);
	at[3] = add_section(&s.head, KVR_SEC_STACK_STATS, sizeof(*stat), nr,
			    at[2]);
	at[4] = add_section(&s.head, KVR_SEC_MODULES, sizeof(*module), 1,
			    at[3]);
	image = realloc(image, at[4]);
	if (!image)
		abort();
	memset(image + size, 0, at[4] - size);
	memcpy(image, &s.head, sizeof(s.head));
	frame = (uint64_t *)(void *)(image + at[0]);
	stack = (struct kvr_stack *)(void *)(image + at[1]);
	stat = (struct kvr_stack_stat *)(void *)(image + at[2]);
	module = (struct kvr_module *)(void *)(image + at[3]);
	module->end = 1 << 20;
	strcpy(module->path, "/nonexistent/many");
	for (i = 0; i < nr; i++) {
		for (f = 0; f < DEPTH; f++)
			frame[i * DEPTH + f] =
				64 * f + 1 +
				(f < DEPTH / 2 ? i % 3000 : i / 100 % 3000);
		stack[i + 1].hash = i + 1;
		stack[i + 1].first_frame = (uint32_t)(i * DEPTH);
		stack[i + 1].nr_frames = DEPTH;
		stat[i].stack = (uint32_t)(i + 1);
		stat[i].allocs = stat[i].frees = i % 1000 + 1;
		stat[i].asked = stat[i].served = stat[i].freed =
			16 * stat[i].allocs;
		stat[i].at_peak_blocks = 1;
		stat[i].at_peak_bytes = 16 + i % 7;
	}
	status = write_file(path, image, at[4]);
	free(image);
	return status;
}

static int make(const char *kind, const char *path, const char *damage)
{
	static struct synth s;
	unsigned char *image;
	size_t size, i;
	int status;

	if (!synth_make(&s, kind)) {
		fprintf(stderr, "mkkvr: no kind '%s'; there are:%s\n", kind,
			synth_kinds());
		return 2;
	}
	image = synth_image(&s, &size);
	for (i = 0; damage && i < ARRAY_SIZE(damages); i++) {
		if (strcmp(damages[i].name, damage))
			continue;
		image = apply(&damages[i], image, &size);
		damage = NULL;
	}
	if (damage) {
		fprintf(stderr, "mkkvr: no damage '%s'\n", damage);
		return 2;
	}
	status = write_file(path, image, size);
	free(image);
	return status;
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc == 2 && !strcmp(argv[1], "list")) {
		for (i = 0; i < ARRAY_SIZE(damages); i++)
			puts(damages[i].name);
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "live"))
		return live(argv[2], (unsigned int)atoi(argv[3]));
	if (argc == 4 && !strcmp(argv[1], "many"))
		return many(argv[2], (size_t)atol(argv[3]));
	if (argc == 3 || argc == 4)
		return make(argv[1], argv[2], argv[3]);
	fprintf(stderr, "usage: mkkvr KIND FILE [DAMAGE]; kinds:%s\n",
		synth_kinds());
	return 2;
}
