/* SPDX-License-Identifier: MIT */
/*
 * read.c - reads and checks a report file. See read.h.
 *
 * Theory: the header is read first and the file's size after it, so that a
 * file growing under us is never too short for the sections we saw. A section
 * is copied entry by entry into our own struct: a newer writer's entries are
 * longer and lose their tail, an older one's are shorter and end in zeros.
 * Sections that are used may not claim more bytes together than the file has,
 * so memory is bounded by the file, and the file by READ_MAX; entries that are
 * all zero are not written to, so the room a writer has not used costs none.
 *
 * Order for a live file: what refers is copied before what is referred to
 * (sums, then stacks, then frames, then modules), since the writer makes them
 * the other way round.
 */
#include "read.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"
#include "util.h"

#define READ_MAX (1ull << 30)

#define CHUNK (256u << 10) /* bytes read at once */

#define HEADER_MIN offsetof(struct kvr_header, section)
#define STATS_MIN  offsetof(struct kvr_stats, inherited_vmalloc)
#define CLASS_MIN  offsetof(struct kvr_class, inherited)
#define MOMENT_MIN (offsetof(struct kvr_moment, failed) + sizeof(uint64_t))

static bool fail(struct snapshot *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool fail(struct snapshot *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
	return false;
}

static bool check_magic(struct snapshot *s, size_t got)
{
	static const char magic[] = KVR_MAGIC;
	const struct kvr_header *h = &s->head;
	size_t i;

	if (!got)
		return fail(s, "empty: not a report file");
	if (got >= sizeof(h->magic)) {
		if (!memcmp(h->magic, magic, sizeof(h->magic)))
			return true;
		for (i = 0; i < sizeof(h->magic) && !h->magic[i]; i++)
			;
		if (i == sizeof(h->magic))
			return fail(s, "not a report file, or one that is "
				       "just being created (no magic number)");
		if (!memcmp(h->magic, magic, 6))
			return fail(s, "damaged: copied as text, line ends "
				       "were changed");
	}
	return fail(s, "not a report file of kvmalloc (wrong magic number)");
}

static bool check_header(struct snapshot *s, size_t got)
{
	const struct kvr_header *h = &s->head;

	if (!check_magic(s, got))
		return false;
	if (got >= offsetof(struct kvr_header, header_size) &&
	    h->version > KVR_VERSION)
		return fail(s,
			    "written by a newer kvmalloc (format %u; this "
			    "one reads %d)",
			    h->version, KVR_VERSION);
	if (got < KVR_PAGE)
		return fail(s, "truncated: %zu bytes, the header alone has %d",
			    got, KVR_PAGE);
	if (!h->version)
		return fail(s, "damaged: format version 0");
	if (h->version < KVR_VERSION)
		return fail(s,
			    "written by an older kvmalloc (format %u; this one "
			    "reads %d)",
			    h->version, KVR_VERSION);
	if (h->header_size < HEADER_MIN || h->header_size > KVR_PAGE)
		return fail(s, "damaged: header size %u, expected %zu to %d",
			    h->header_size, (size_t)HEADER_MIN, KVR_PAGE);
	if (h->nr_sections > KVR_MAX_SECTIONS)
		return fail(s, "damaged: %u sections, at most %d are possible",
			    h->nr_sections, KVR_MAX_SECTIONS);
	if (h->pid <= 0)
		return fail(s, "damaged: process id %d", h->pid);
	return true;
}

/* the command line ends at the last argument's NUL */
static void clean_header(struct snapshot *s)
{
	struct kvr_header *h = &s->head;
	size_t n = sizeof(h->cmdline);

	h->cmdline[n - 1] = '\0';
	while (n && !h->cmdline[n - 1])
		n--;
	s->cmdline_len = n;
	text_clean(h->comm, sizeof(h->comm));
	text_clean(h->exe, sizeof(h->exe));
	text_clean(h->options, sizeof(h->options));
}

static bool load_header(struct snapshot *s, int fd)
{
	char page[KVR_PAGE] = { 0 };
	ssize_t got = read_at(fd, page, sizeof(page), 0);
	struct stat st;

	if (got < 0)
		return fail(s, "%s", strerror(errno));
	memcpy(&s->head, page, sizeof(s->head));
	if (!check_header(s, (size_t)got))
		return false;
	if (fstat(fd, &st))
		return fail(s, "%s", strerror(errno));
	s->file_size = (uint64_t)st.st_size;
	clean_header(s);
	return true;
}

/*
 * The sections that are read, in the order of reading. `min`: the fields of
 * the first release, no writer has shorter entries.
 */
static const struct kind {
	uint32_t id;
	bool brief; /* part of snapshot_load_brief() */
	const char *name;
	size_t min, size; /* bytes of an entry */
	size_t array, nr; /* where in struct snapshot */
	size_t fixed;	  /* entries of ours, however many it has; 0: as many
			     as it has */
} kinds[] = {
	{ KVR_SEC_STATS, true, "statistics", STATS_MIN,
	  sizeof(struct kvr_stats), offsetof(struct snapshot, stats), SIZE_MAX,
	  1 },
	{ KVR_SEC_CLASSES, true, "classes", CLASS_MIN, sizeof(struct kvr_class),
	  offsetof(struct snapshot, class), SIZE_MAX, KVR_MAX_CLASSES },
	{ KVR_SEC_CACHES, true, "caches", sizeof(struct kvr_cache),
	  sizeof(struct kvr_cache), offsetof(struct snapshot, cache), SIZE_MAX,
	  KVR_MAX_CACHES },
	{ KVR_SEC_ZONES, true, "zones", offsetof(struct kvr_zone, pcp),
	  sizeof(struct kvr_zone), offsetof(struct snapshot, zone), SIZE_MAX,
	  KVR_MAX_ZONE_ROWS },
	{ KVR_SEC_THREADS, true, "threads",
	  offsetof(struct kvr_thread, reserved), sizeof(struct kvr_thread),
	  offsetof(struct snapshot, thread),
	  offsetof(struct snapshot, nr_threads), 0 },
	{ KVR_SEC_STACK_STATS, false, "sums by stack",
	  offsetof(struct kvr_stack_stat, lifetimes),
	  sizeof(struct kvr_stack_stat), offsetof(struct snapshot, stack_stat),
	  offsetof(struct snapshot, nr_stack_stats), 0 },
	{ KVR_SEC_PINS, false, "pins", sizeof(struct kvr_pin),
	  sizeof(struct kvr_pin), offsetof(struct snapshot, pin),
	  offsetof(struct snapshot, nr_pins), 0 },
	{ KVR_SEC_STACKS, false, "stacks", sizeof(struct kvr_stack),
	  sizeof(struct kvr_stack), offsetof(struct snapshot, stack),
	  offsetof(struct snapshot, nr_stacks), 0 },
	{ KVR_SEC_FRAMES, false, "frames", sizeof(uint64_t), sizeof(uint64_t),
	  offsetof(struct snapshot, frame),
	  offsetof(struct snapshot, nr_frames), 0 },
	{ KVR_SEC_MODULES, false, "modules", offsetof(struct kvr_module, path),
	  sizeof(struct kvr_module), offsetof(struct snapshot, module),
	  offsetof(struct snapshot, nr_modules), 0 },
	{ KVR_SEC_TIMELINE, false, "time line", MOMENT_MIN,
	  sizeof(struct kvr_moment), offsetof(struct snapshot, moment),
	  offsetof(struct snapshot, nr_moments), 0 },
	{ KVR_SEC_AREAS, false, "areas", sizeof(struct kvr_area),
	  sizeof(struct kvr_area), offsetof(struct snapshot, area),
	  offsetof(struct snapshot, nr_areas), 0 },
	{ KVR_SEC_BLOCKS, false, "blocks", sizeof(struct kvr_area),
	  sizeof(struct kvr_area), offsetof(struct snapshot, block),
	  offsetof(struct snapshot, nr_blocks), 0 },
	{ KVR_SEC_LAYOUT, false, "layout", sizeof(struct kvr_layout),
	  sizeof(struct kvr_layout), offsetof(struct snapshot, layout),
	  SIZE_MAX, 1 },
};

/* *left: bytes of the file not claimed by an earlier section */
static bool check_section(struct snapshot *s, const struct kind *k,
			  const struct kvr_section *sec, uint64_t *left)
{
	uint64_t size;

	if (sec->entry_size < k->min)
		return fail(s,
			    "damaged: entries of section '%s' have %u "
			    "bytes, expected at least %zu",
			    k->name, sec->entry_size, k->min);
	if (sec->offset % KVR_PAGE || sec->offset < KVR_PAGE)
		return fail(s, "damaged: section '%s' starts at byte %llu",
			    k->name, (unsigned long long)sec->offset);
	if (sec->nr_entries > READ_MAX / sec->entry_size)
		return fail(s, "damaged: section '%s' has %llu entries",
			    k->name, (unsigned long long)sec->nr_entries);
	size = sec->nr_entries * sec->entry_size;
	if (sec->offset > s->file_size || size > s->file_size - sec->offset)
		return fail(s,
			    "truncated: section '%s' ends at byte %llu, "
			    "the file at %llu",
			    k->name, (unsigned long long)(sec->offset + size),
			    (unsigned long long)s->file_size);
	if (size > *left)
		return fail(s, "damaged: its sections overlap");
	*left -= size;
	return true;
}

static bool is_zero(const char *p, size_t n)
{
	return !n || (!*p && !memcmp(p, p + 1, n - 1));
}

/* n bytes at off, all of them or a failure */
static bool read_all(struct snapshot *s, int fd, void *buf, size_t n,
		     uint64_t off)
{
	ssize_t got = read_at(fd, buf, n, off);

	if (got < 0)
		return fail(s, "%s", strerror(errno));
	if ((size_t)got < n)
		return fail(s, "truncated while it was read");
	return true;
}

/* copies the entries of one section to `to`, which is zero */
static bool copy_entries(struct snapshot *s, int fd,
			 const struct kvr_section *sec, char *to,
			 size_t our_size)
{
	size_t n = sec->entry_size < our_size ? sec->entry_size : our_size;
	size_t batch = CHUNK / sec->entry_size;
	uint64_t i, j, some;
	bool ok = true;
	char *buf;

	if (batch < 2) {
		for (i = 0; ok && i < sec->nr_entries; i++)
			ok = read_all(s, fd, to + i * our_size, n,
				      sec->offset + i * sec->entry_size);
		return ok;
	}
	buf = xrealloc(NULL, batch, sec->entry_size);
	for (i = 0; ok && i < sec->nr_entries; i += some) {
		some = sec->nr_entries - i < batch ? sec->nr_entries - i :
						     batch;
		ok = read_all(s, fd, buf, some * sec->entry_size,
			      sec->offset + i * sec->entry_size);
		for (j = 0; ok && j < some; j++)
			if (!is_zero(buf + j * sec->entry_size, n))
				memcpy(to + (i + j) * our_size,
				       buf + j * sec->entry_size, n);
	}
	free(buf);
	return ok;
}

/* checks the sections of a kind; how many entries they have together */
static bool count_entries(struct snapshot *s, const struct kind *k,
			  uint64_t *left, uint64_t *nr)
{
	uint32_t i;

	*nr = 0;
	for (i = 0; i < s->head.nr_sections; i++) {
		const struct kvr_section *sec = &s->head.section[i];

		if (sec->id != k->id)
			continue;
		if (!check_section(s, k, sec, left))
			return false;
		*nr += sec->nr_entries;
	}
	if (k->fixed == 1 && *nr > 1)
		return fail(s, "damaged: more than one %s entry", k->name);
	return true;
}

/* all sections of one kind, as one array; of a fixed one what fits */
static bool load_kind(struct snapshot *s, int fd, const struct kind *k,
		      uint64_t *left)
{
	uint64_t nr, room, have = 0;
	char *array;
	uint32_t i;

	if (!count_entries(s, k, left, &nr))
		return false;
	if (!nr)
		return true;
	room = k->fixed ? k->fixed : nr;
	array = xcalloc(room, k->size);
	memcpy((char *)s + k->array, &array, sizeof(array));
	if (k->nr != SIZE_MAX)
		memcpy((char *)s + k->nr, &nr, sizeof(size_t));
	for (i = 0; i < s->head.nr_sections; i++) {
		struct kvr_section sec = s->head.section[i];

		if (sec.id != k->id)
			continue;
		if (sec.nr_entries > room - have)
			sec.nr_entries = room - have;
		if (!copy_entries(s, fd, &sec, array + have * k->size, k->size))
			return false;
		have += sec.nr_entries;
	}
	return true;
}

static bool load_sections(struct snapshot *s, int fd, bool brief)
{
	uint64_t left = s->file_size;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if ((kinds[i].brief || !brief) &&
		    !load_kind(s, fd, &kinds[i], &left))
			return false;
	if (!s->stats)
		return fail(s, "incomplete: it has no statistics section "
			       "(the process may just be starting)");
	if (!s->class || !s->cache || !s->zone)
		return fail(s, "damaged: it has no section '%s'",
			    !s->class ? "classes" :
			    !s->cache ? "caches" :
					"zones");
	return true;
}

static uint64_t at_most(uint64_t n, uint64_t max)
{
	return n < max ? n : max;
}

static bool clean_stats(struct snapshot *s)
{
	struct kvr_stats *st = s->stats;
	size_t i;

	if (st->page_size < 1024 || st->page_size > 1 << 24 ||
	    (st->page_size & (st->page_size - 1)))
		return fail(s, "damaged: page size %llu",
			    (unsigned long long)st->page_size);
	st->nr_cpus = at_most(st->nr_cpus, KVR_MAX_CPUS);
	st->nr_classes = at_most(st->nr_classes, KVR_MAX_CLASSES);
	st->nr_caches = at_most(st->nr_caches, KVR_MAX_CACHES);
	st->nr_zones = at_most(st->nr_zones, KVR_MAX_ZONE_ROWS);
	text_clean(st->policy, sizeof(st->policy));
	for (i = 0; i < KVR_MAX_CLASSES; i++) {
		text_clean(s->class[i].name, sizeof(s->class[i].name));
		if (s->class[i].route > KVR_ROUTE_PAGES)
			s->class[i].route = 0;
		s->class[i].order = (uint32_t)at_most(s->class[i].order,
						      KVR_MAX_ORDERS - 1);
	}
	for (i = 0; i < KVR_MAX_CACHES; i++) {
		text_clean(s->cache[i].name, sizeof(s->cache[i].name));
		s->cache[i].order = (uint32_t)at_most(s->cache[i].order,
						      KVR_MAX_ORDERS - 1);
	}
	for (i = 0; i < KVR_MAX_ZONE_ROWS; i++) {
		text_clean(s->zone[i].name, sizeof(s->zone[i].name));
		s->zone[i].node = at_most(s->zone[i].node, KVR_MAX_NODES - 1);
	}
	for (i = 0; i < s->nr_threads; i++)
		text_clean(s->thread[i].comm, sizeof(s->thread[i].comm));
	return true;
}

/* how many entries are left when unused ones at the end are dropped */
static size_t used(const void *array, size_t nr, size_t size)
{
	const char *p = array;

	while (nr && is_zero(p + (nr - 1) * size, size))
		nr--;
	return nr;
}

static int compare_moments(const void *a, const void *b)
{
	const struct kvr_moment *x = a, *y = b;

	if (x->monotonic_ns == y->monotonic_ns)
		return 0;
	return x->monotonic_ns < y->monotonic_ns ? -1 : 1;
}

static void clean_moments(struct snapshot *s)
{
	size_t nr = 0, i;

	for (i = 0; i < s->nr_moments; i++)
		if (s->moment[i].monotonic_ns)
			s->moment[nr++] = s->moment[i];
	s->nr_moments = nr;
	if (nr)
		qsort(s->moment, nr, sizeof(*s->moment), compare_moments);
}

/* areas first that are in use, then lazily freed ones */
static int compare_areas(const void *a, const void *b)
{
	const struct kvr_area *x = a, *y = b;
	uint32_t xl = x->flags & KVR_AREA_LAZY, yl = y->flags & KVR_AREA_LAZY;

	if (xl != yl)
		return xl ? 1 : -1;
	if (x->start == y->start)
		return 0;
	return x->start < y->start ? -1 : 1;
}

/* a live table may show one twice, while it is moved */
static size_t clean_areas(struct kvr_area *area, size_t nr)
{
	size_t used = 0, kept = 0, i;

	for (i = 0; i < nr; i++)
		if (area[i].start && area[i].size <= UINT64_MAX - area[i].start)
			area[used++] = area[i];
	if (used)
		qsort(area, used, sizeof(*area), compare_areas);
	for (i = 0; i < used; i++)
		if (!kept || area[kept - 1].start != area[i].start)
			area[kept++] = area[i];
	return kept;
}

static bool clean_stacks(struct snapshot *s)
{
	size_t i;

	s->nr_stack_stats =
		used(s->stack_stat, s->nr_stack_stats, sizeof(*s->stack_stat));
	s->nr_stacks = used(s->stack, s->nr_stacks, sizeof(*s->stack));
	s->nr_frames = used(s->frame, s->nr_frames, sizeof(*s->frame));
	s->nr_modules = used(s->module, s->nr_modules, sizeof(*s->module));
	if (s->nr_stacks > READ_MAX_STACKS)
		return fail(s, "damaged: %zu stacks, at most %d are possible",
			    s->nr_stacks, READ_MAX_STACKS);
	for (i = 0; i < s->nr_modules; i++) {
		struct kvr_module *m = &s->module[i];

		m->build_id_size = (uint32_t)at_most(m->build_id_size,
						     sizeof(m->build_id));
		text_clean(m->path, sizeof(m->path));
		if ((m->flags & KVR_MODULE_MAIN) && !*m->path)
			snprintf(m->path, sizeof(m->path), "%.*s",
				 (int)sizeof(m->path) - 1, s->head.exe);
	}
	clean_moments(s);
	s->nr_areas = clean_areas(s->area, s->nr_areas);
	s->nr_blocks = clean_areas(s->block, s->nr_blocks);
	return true;
}

static bool start(struct snapshot *s, const char *path, int *fd)
{
	const char *why;

	memset(s, 0, sizeof(*s));
	snprintf(s->path, sizeof(s->path), "%s", path);
	*fd = open_regular(path, &why);
	return *fd >= 0 || fail(s, "%s", why);
}

bool snapshot_load_header(struct snapshot *s, const char *path)
{
	bool ok;
	int fd;

	if (!start(s, path, &fd))
		return false;
	ok = load_header(s, fd);
	close(fd);
	return ok;
}

static bool load(struct snapshot *s, const char *path, bool brief)
{
	bool ok;
	int fd;

	if (!start(s, path, &fd))
		return false;
	ok = load_header(s, fd);
	if (ok && s->file_size > READ_MAX)
		ok = fail(s, "too large for a report file: %llu bytes",
			  (unsigned long long)s->file_size);
	ok = ok && load_sections(s, fd, brief) && clean_stats(s) &&
	     clean_stacks(s);
	close(fd);
	if (!ok)
		snapshot_free(s);
	return ok;
}

bool snapshot_load(struct snapshot *s, const char *path)
{
	return load(s, path, false);
}

bool snapshot_load_brief(struct snapshot *s, const char *path)
{
	return load(s, path, true);
}

void snapshot_free(struct snapshot *s)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		void *array, *none = NULL;

		memcpy(&array, (char *)s + kinds[i].array, sizeof(array));
		free(array);
		memcpy((char *)s + kinds[i].array, &none, sizeof(none));
		if (kinds[i].nr != SIZE_MAX)
			memset((char *)s + kinds[i].nr, 0, sizeof(size_t));
	}
}
