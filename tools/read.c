/* SPDX-License-Identifier: MIT */
/*
 * read.c - reads and checks a report file. See read.h.
 *
 * Theory: the header is read first and the file's size after it, so that a
 * file growing under us is never too short for the sections we saw. A section
 * is copied entry by entry into our own struct: a newer writer's entries are
 * longer and lose their tail, an older one's are shorter and end in zeros.
 * Sections that are used may not claim more bytes together than the file has,
 * so memory is bounded by the file, and the file by READ_MAX.
 */
#include "read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define READ_MAX (1ull << 30)

/* the first release's fields: no writer has shorter entries */
#define STATS_MIN  offsetof(struct kvr_stats, class)
#define THREAD_MIN offsetof(struct kvr_thread, reserved)
#define HEADER_MIN offsetof(struct kvr_header, section)

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

/* up to n bytes at off; how many there were, -1 on error */
static ssize_t read_at(int fd, void *buf, size_t n, uint64_t off)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = pread(fd, (char *)buf + done, n - done,
				  (off_t)(off + done));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -1;
		if (!r)
			break;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

static int open_regular(struct snapshot *s, const char *path)
{
	struct stat st;
	int fd;

	/* not blocking: the name may be that of a FIFO */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		fail(s, "%s", strerror(errno));
		return -1;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		fail(s, S_ISDIR(st.st_mode) ? "is a directory" :
					      "is not a regular file");
		close(fd);
		return -1;
	}
	return fd;
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
			    "one reads up to %d)",
			    h->version, KVR_VERSION);
	if (got < KVR_PAGE)
		return fail(s, "truncated: %zu bytes, the header alone has %d",
			    got, KVR_PAGE);
	if (!h->version)
		return fail(s, "damaged: format version 0");
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

static const char *section_name(uint32_t id)
{
	return id == KVR_SEC_STATS ? "statistics" : "threads";
}

/* *left: bytes of the file not claimed by an earlier section */
static bool check_section(struct snapshot *s, const struct kvr_section *sec,
			  uint64_t *left)
{
	const char *name = section_name(sec->id);
	size_t min = sec->id == KVR_SEC_STATS ? STATS_MIN : THREAD_MIN;
	uint64_t size;

	if (sec->entry_size < min)
		return fail(s,
			    "damaged: entries of section '%s' have %u "
			    "bytes, expected at least %zu",
			    name, sec->entry_size, min);
	if (sec->offset % KVR_PAGE || sec->offset < KVR_PAGE)
		return fail(s, "damaged: section '%s' starts at byte %llu",
			    name, (unsigned long long)sec->offset);
	if (sec->nr_entries > READ_MAX / sec->entry_size)
		return fail(s, "damaged: section '%s' has %llu entries", name,
			    (unsigned long long)sec->nr_entries);
	size = sec->nr_entries * sec->entry_size;
	if (sec->offset > s->file_size || size > s->file_size - sec->offset)
		return fail(s,
			    "truncated: section '%s' ends at byte %llu, "
			    "the file at %llu",
			    name, (unsigned long long)(sec->offset + size),
			    (unsigned long long)s->file_size);
	if (size > *left)
		return fail(s, "damaged: its sections overlap");
	*left -= size;
	return true;
}

/* copies the entries of one section behind the `have` ones at base */
static bool copy_entries(struct snapshot *s, int fd,
			 const struct kvr_section *sec, char *base, size_t have,
			 size_t our_size)
{
	size_t n = sec->entry_size < our_size ? sec->entry_size : our_size;
	uint64_t i;

	for (i = 0; i < sec->nr_entries; i++) {
		char *to = base + (have + i) * our_size;
		ssize_t got =
			read_at(fd, to, n, sec->offset + i * sec->entry_size);

		if (got < 0)
			return fail(s, "%s", strerror(errno));
		if ((size_t)got < n)
			return fail(s, "truncated while it was read");
		memset(to + n, 0, our_size - n);
	}
	return true;
}

static bool load_sections(struct snapshot *s, int fd)
{
	uint64_t left = s->file_size;
	uint32_t i;

	for (i = 0; i < s->head.nr_sections; i++) {
		const struct kvr_section *sec = &s->head.section[i];

		if (sec->id != KVR_SEC_STATS && sec->id != KVR_SEC_THREADS)
			continue;
		if (!check_section(s, sec, &left))
			return false;
		if (!sec->nr_entries)
			continue;
		if (sec->id == KVR_SEC_THREADS) {
			size_t have = s->nr_threads;

			s->nr_threads += sec->nr_entries;
			s->thread = xrealloc(s->thread, s->nr_threads,
					     sizeof(*s->thread));
			if (!copy_entries(s, fd, sec, (char *)s->thread, have,
					  sizeof(*s->thread)))
				return false;
		} else if (sec->nr_entries != 1 || s->stats) {
			return fail(s, "damaged: more than one statistics "
				       "entry");
		} else {
			s->stats = xcalloc(1, sizeof(*s->stats));
			if (!copy_entries(s, fd, sec, (char *)s->stats, 0,
					  sizeof(*s->stats)))
				return false;
		}
	}
	if (!s->stats)
		return fail(s, "incomplete: it has no statistics section "
			       "(the process may just be starting)");
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
	st->nr_zones = at_most(st->nr_zones, KVR_MAX_ZONES);
	text_clean(st->policy, sizeof(st->policy));
	for (i = 0; i < KVR_MAX_CLASSES; i++) {
		text_clean(st->class[i].name, sizeof(st->class[i].name));
		if (st->class[i].route > KVR_ROUTE_PAGES)
			st->class[i].route = 0;
		st->class[i].order = (uint32_t)at_most(st->class[i].order,
						       KVR_MAX_ORDERS - 1);
	}
	for (i = 0; i < KVR_MAX_CACHES; i++) {
		text_clean(st->cache[i].name, sizeof(st->cache[i].name));
		st->cache[i].order = (uint32_t)at_most(st->cache[i].order,
						       KVR_MAX_ORDERS - 1);
	}
	for (i = 0; i < KVR_MAX_ZONES; i++)
		text_clean(st->zone[i].name, sizeof(st->zone[i].name));
	for (i = 0; i < s->nr_threads; i++)
		text_clean(s->thread[i].comm, sizeof(s->thread[i].comm));
	return true;
}

static bool start(struct snapshot *s, const char *path, int *fd)
{
	memset(s, 0, sizeof(*s));
	snprintf(s->path, sizeof(s->path), "%s", path);
	*fd = open_regular(s, path);
	return *fd >= 0;
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

bool snapshot_load(struct snapshot *s, const char *path)
{
	bool ok;
	int fd;

	if (!start(s, path, &fd))
		return false;
	ok = load_header(s, fd);
	if (ok && s->file_size > READ_MAX)
		ok = fail(s, "too large for a report file: %llu bytes",
			  (unsigned long long)s->file_size);
	ok = ok && load_sections(s, fd) && clean_stats(s);
	close(fd);
	if (!ok)
		snapshot_free(s);
	return ok;
}

void snapshot_free(struct snapshot *s)
{
	free(s->stats);
	free(s->thread);
	s->stats = NULL;
	s->thread = NULL;
	s->nr_threads = 0;
}
