/* SPDX-License-Identifier: MIT */
/*
 * mkkvr.c - writes a synthetic report file for the tests of the tools.
 *
 *   mkkvr KIND FILE [DAMAGE]     DAMAGE: one of the table below
 *   mkkvr live FILE SECONDS      maps FILE as this process and waits
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
 * "threads": section 0 statistics, 1 unknown, 2 to 4 threads.
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
	{ "overlap", SECTION(2, nr_entries), 23, 40 * KVR_PAGE },
	{ "page-size", STATS(page_size), 0, SIZE_MAX },
	{ "page-size-odd", STATS(page_size), 5000, SIZE_MAX },
	/* these are read, with the number brought into range */
	{ "nr-classes", STATS(nr_classes), UINT64_MAX, SIZE_MAX },
	{ "nr-caches", STATS(nr_caches), 1ull << 40, SIZE_MAX },
	{ "nr-zones", STATS(nr_zones), 6, SIZE_MAX },
	{ "nr-cpus", STATS(nr_cpus), UINT64_MAX, SIZE_MAX },
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
	puts("ready");
	fflush(stdout);
	sleep(seconds);
	free(image);
	return 0;
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
	if (argc == 3 || argc == 4)
		return make(argv[1], argv[2], argv[3]);
	fprintf(stderr, "usage: mkkvr KIND FILE [DAMAGE]; kinds:%s\n",
		synth_kinds());
	return 2;
}
