/* SPDX-License-Identifier: MIT */
/*
 * slub_traces.c - alloc_traces and free_traces: live (or last freed) objects
 * of a cache by who has them, in the kernel's form.
 *
 * Rows are gathered under the cache's lock in pages of the machine's; with
 * more distinct callers than a block of the largest order holds, the rest is
 * left out.
 */
#include <string.h>

#include "lib/print.h"
#include "lib/symbol.h"
#include "mm/page_alloc.h"
#include "mm/slub_debug.h"
#include "mm/slub_track.h"

struct row {
	const void *caller;
	u32 stack;
	u32 count;
	u64 waste;		       /* bytes between asked and given */
	u64 min_age, max_age, sum_age; /* jiffies */
	int min_pid, max_pid;
	u64 cpus[MAX_NR_CPUS / 64];
};

struct rows {
	enum track_item which;
	u64 now;
	size_t nr, max;
	struct row *row;
};

static struct row *row_for(struct rows *r, const struct track *t, u32 waste)
{
	struct row *row = r->row;

	for (size_t i = 0; i < r->nr; i++, row++)
		if (row->caller == t->caller && row->stack == t->stack &&
		    row->waste / row->count == waste)
			return row;
	if (r->nr == r->max)
		return NULL;
	r->nr++;
	*row = (struct row){ .caller = t->caller,
			     .stack = t->stack,
			     .min_age = ~0ull,
			     .min_pid = t->pid,
			     .max_pid = t->pid };
	return row;
}

static void add_object(const struct kmem_cache *s, struct rows *r,
		       const void *p)
{
	const struct track *t = track_of(s, p, r->which);
	u32 waste = keeps_asked(s) ? s->object_size - asked_size(s, p) : 0;
	u64 age = r->now > t->when ? r->now - t->when : 0;
	struct row *row = row_for(r, t, waste);
	unsigned int cpu = (unsigned int)t->cpu % MAX_NR_CPUS;

	if (!row)
		return;
	row->count++;
	row->waste += waste;
	row->sum_age += age;
	row->min_age = age < row->min_age ? age : row->min_age;
	row->max_age = age > row->max_age ? age : row->max_age;
	row->min_pid = t->pid < row->min_pid ? t->pid : row->min_pid;
	row->max_pid = t->pid > row->max_pid ? t->pid : row->max_pid;
	row->cpus[cpu / 64] |= 1ull << cpu % 64;
}

static bool add_slab_rows(struct kmem_cache *s, struct page *slab, void *arg)
{
	struct rows *r = arg;

	for (long i = 0; !slab_is_raw(slab) && i < slab->slab.objects; i++)
		if (!object_is_free(slab, i))
			add_object(s, r, object_at(s, slab, (unsigned int)i));
	return true;
}

/* The most frequent of rows from @first on comes first. */
static void pull_most(struct rows *r, size_t first)
{
	size_t most = first;
	struct row tmp;

	for (size_t i = first + 1; i < r->nr; i++)
		if (r->row[i].count > r->row[most].count)
			most = i;
	tmp = r->row[first];
	r->row[first] = r->row[most];
	r->row[most] = tmp;
}

struct text {
	char *buf;
	size_t size, len;
};

static void __attribute__((format(printf, 2, 3)))
add(struct text *t, const char *fmt, ...)
{
	bool room = t->len < t->size;
	va_list ap;

	va_start(ap, fmt);
	t->len += kv_vsnprintf(room ? t->buf + t->len : NULL,
			       room ? t->size - t->len : 0, fmt, ap);
	va_end(ap);
}

static void add_symbol(struct text *t, const void *addr)
{
	char name[128];

	kv_symbol(name, sizeof(name), addr);
	add(t, "%s", name);
}

/* As "0-3,7". */
static void add_cpus(struct text *t, const u64 *cpus)
{
	const char *comma = "";

	for (unsigned int c = 0; c < MAX_NR_CPUS; c++) {
		unsigned int first = c;

		if (!(cpus[c / 64] >> c % 64 & 1))
			continue;
		while (c + 1 < MAX_NR_CPUS &&
		       cpus[(c + 1) / 64] >> (c + 1) % 64 & 1)
			c++;
		add(t, c > first ? "%s%u-%u" : "%s%u", comma, first, c);
		comma = ",";
	}
}

static void add_row(struct text *t, const struct row *row)
{
	const void *const *frames;
	unsigned int n;

	add(t, "%7u ", row->count);
	if (row->caller)
		add_symbol(t, row->caller);
	else
		add(t, "<not-available>");
	if (row->waste)
		add(t, " waste=%llu/%llu", (unsigned long long)row->waste,
		    (unsigned long long)row->waste / row->count);
	if (row->min_age != row->max_age)
		add(t, " age=%llu/%llu/%llu", (unsigned long long)row->min_age,
		    (unsigned long long)row->sum_age / row->count,
		    (unsigned long long)row->max_age);
	else
		add(t, " age=%llu", (unsigned long long)row->min_age);
	if (row->min_pid != row->max_pid)
		add(t, " pid=%d-%d", row->min_pid, row->max_pid);
	else
		add(t, " pid=%d", row->min_pid);
	add(t, " cpus=");
	add_cpus(t, row->cpus);
	add(t, "\n");
	frames = track_stack(row->stack, &n);
	for (unsigned int i = 0; i < n; i++) {
		add(t, "        ");
		add_symbol(t, frames[i]);
		add(t, "\n");
	}
	if (n)
		add(t, "\n");
}

size_t slub_debug_traces(struct kmem_cache *s, bool alloc, char *buf,
			 size_t size)
{
	enum { ORDER = 4 };
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, ORDER);
	struct text t = { .buf = buf, .size = size };
	struct rows r = {
		.which = alloc ? TRACK_ALLOC : TRACK_FREE,
		.now = track_now(),
	};

	if (size)
		*buf = 0;
	if (page && (s->flags & SLAB_STORE_USER)) {
		r.row = page_address(page);
		r.max = (PAGE_SIZE << ORDER) / sizeof(*r.row);
		spin_lock(&s->lock);
		slab_for_each(s, add_slab_rows, &r);
		spin_unlock(&s->lock);
	}
	for (size_t i = 0; i < r.nr; i++) {
		pull_most(&r, i);
		add_row(&t, &r.row[i]);
	}
	if (!r.nr)
		add(&t, "No data\n");
	if (page)
		free_pages_block(page, ORDER);
	return t.len;
}
