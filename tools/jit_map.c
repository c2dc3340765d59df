/* SPDX-License-Identifier: MIT */
/*
 * jit_map.c - see jit_map.h.
 *
 * Theory: code is written where other code was, so ranges may overlap, and
 * the line that was written last holds. Ranges are kept in order of their
 * starts, each with the furthest end of those before it: a look-up goes back
 * no further than something may still reach the address.
 *
 * The file is anybody's: lines that are no entries are left out, names are
 * cleaned by who keeps them, a file is read to a limit. One in /tmp that is
 * older than the process is another's, of the same number.
 */
#include "jit_map.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

enum {
	MAX_ENTRIES = 1 << 22,
	MAX_LINE = 4096,
};

struct range {
	uint64_t start, end;
	uint64_t reach; /* highest end up to here */
	size_t line;
	char *name;
};

struct jit_map {
	struct range *range;
	size_t nr, room;
};

static bool parse(struct range *r, char *line)
{
	char *end;

	r->start = strtoull(line, &end, 16);
	if (end == line || *end != ' ')
		return false;
	line = end;
	r->end = r->start + strtoull(line, &end, 16);
	if (end == line || *end != ' ' || r->end <= r->start)
		return false;
	end[strcspn(end, "\n")] = '\0';
	r->name = end + 1;
	return *r->name;
}

static void add(struct jit_map *m, char *line, size_t number)
{
	struct range r = { .line = number };

	if (!parse(&r, line))
		return;
	if (m->nr == m->room) {
		m->room = m->room ? 2 * m->room : 256;
		m->range = xrealloc(m->range, m->room, sizeof(*m->range));
	}
	r.name = xasprintf("%s", r.name);
	m->range[m->nr++] = r;
}

static int compare(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static void read_map(struct jit_map *m, FILE *f)
{
	char line[MAX_LINE];
	bool begins = true;
	uint64_t reach = 0;
	size_t number = 0;

	while (m->nr < MAX_ENTRIES && fgets(line, sizeof(line), f)) {
		bool whole = strchr(line, '\n');

		if (begins)
			add(m, line, number++);
		begins = whole;
	}
	if (m->nr)
		qsort(m->range, m->nr, sizeof(*m->range), compare);
	for (size_t i = 0; i < m->nr; i++) {
		if (m->range[i].end > reach)
			reach = m->range[i].end;
		m->range[i].reach = reach;
	}
}

/* since: realtime, seconds; the file must not be older. 0: it may */
static bool try_file(struct jit_map *m, const char *path, uint64_t since)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	FILE *f = NULL;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) &&
	    (!since || (uint64_t)st.st_mtime >= since))
		f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return false;
	}
	read_map(m, f);
	fclose(f);
	return true;
}

struct jit_map *jit_map_new(const struct jit_process *p,
			    const struct symbols_options *o)
{
	struct jit_map *m = xcalloc(1, sizeof(*m));
	const char *root = o->sysroot ? o->sysroot : "", *slash;
	char *beside, *tmp;

	if (!p->report || o->off)
		return m;
	slash = strrchr(p->report, '/');
	beside = xasprintf("%.*sperf-%d.map",
			   slash ? (int)(slash - p->report) + 1 : 0, p->report,
			   p->pid);
	tmp = xasprintf("%s/tmp/perf-%d.map", root, p->pid);
	if (!try_file(m, beside, 0))
		try_file(m, tmp, *root ? 0 : p->start_ns / 1000000000);
	free(beside);
	free(tmp);
	return m;
}

void jit_map_free(struct jit_map *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nr; i++)
		free(m->range[i].name);
	free(m->range);
	free(m);
}

const char *jit_map_at(const struct jit_map *m, uint64_t addr)
{
	const struct range *best = NULL;
	size_t low = 0, high = m->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->range[mid].start <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low > 0 && m->range[low - 1].reach > addr; low--) {
		const struct range *r = &m->range[low - 1];

		if (r->end > addr && (!best || r->line > best->line))
			best = r;
	}
	return best ? best->name : NULL;
}
