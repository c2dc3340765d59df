/* SPDX-License-Identifier: MIT */
/*
 * tree.c - collects the files of a process tree. See tree.h.
 *
 * Theory: every process of a run writes into one directory, so the tree is
 * what lies there; an older file is told by its start time. One process may
 * have left several files, one for each program it exec'ed.
 *
 * The table has a tree's order when all of it is shown: a process below the
 * one that started it, a program below the one that it was exec'ed by.
 */
#include "tree.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util.h"

enum {
	MAX_ORDERED = 2000, /* more are sorted by their peak even if all show */
	MAX_DEPTH = 8,	    /* what is below is not indented any more */
};

struct collector {
	struct tree *tree;
	uint64_t since_ns;
	uint64_t run; /* 0: any */
};

static void collect(const char *path, void *data)
{
	struct collector *c = data;
	struct tree *t = c->tree;
	struct member *k;
	struct snapshot s;
	struct model m;

	if (!snapshot_load_brief(&s, path)) {
		if (!t->nr_bad++)
			t->bad = xasprintf("%s: %s", path, s.why);
		return;
	}
	if (s.head.start_monotonic_ns >= c->since_ns &&
	    (!c->run || !s.head.run_id || s.head.run_id == c->run)) {
		t->member = xrealloc(t->member, t->nr + 1, sizeof(*t->member));
		k = &t->member[t->nr++];
		model_build(&m, &s, 0);
		*k = (struct member){
			.path = xasprintf("%s", path),
			.run = s.head.run_id,
			.pid = s.head.pid,
			.ppid = s.head.ppid,
			.forked = s.head.forked,
			.forks = s.head.forks,
			.life = life_of(&s.head, path),
			.start_ns = s.head.start_monotonic_ns,
			.total = m.total,
			.peak = s.stats->peak_held_bytes,
		};
		memcpy(k->comm, s.head.comm, sizeof(k->comm));
	}
	snapshot_free(&s);
}

static int compare_starts(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

static void finish(struct tree *t)
{
	size_t i, j;

	if (t->nr)
		qsort(t->member, t->nr, sizeof(*t->member), compare_starts);
	/* a program followed by another of the same process was exec'ed over */
	for (i = 0; i < t->nr; i++)
		for (j = i + 1; t->member[i].life == LIFE_ENDED && j < t->nr;
		     j++)
			if (t->member[j].pid == t->member[i].pid)
				t->member[i].life = LIFE_EXECED;
}

bool tree_collect(struct tree *t, const char *dir, uint64_t since_ns,
		  uint64_t run)
{
	struct collector c = { t, since_ns, run };

	memset(t, 0, sizeof(*t));
	if (!for_each_report(dir, collect, &c))
		return false;
	finish(t);
	return true;
}

/* of the files from @first on, a directory's, only the newest run's stay */
static void keep_newest_run(struct tree *t, size_t first)
{
	size_t newest = first, nr = first, i;
	uint64_t run;

	for (i = first; i < t->nr; i++)
		if (t->member[i].start_ns > t->member[newest].start_ns)
			newest = i;
	run = first < t->nr ? t->member[newest].run : 0;
	if (!run)
		return;
	for (i = first; i < t->nr; i++) {
		if (t->member[i].run == run)
			t->member[nr++] = t->member[i];
		else
			free(t->member[i].path);
	}
	t->nr_other += t->nr - nr;
	t->nr = nr;
}

bool tree_collect_paths(struct tree *t, char **paths)
{
	struct collector c = { t, 0, 0 };
	struct stat st;

	memset(t, 0, sizeof(*t));
	for (; *paths; paths++) {
		size_t before = t->nr;

		if (!stat(*paths, &st) && S_ISDIR(st.st_mode)) {
			for_each_report(*paths, collect, &c);
			keep_newest_run(t, before);
		} else {
			collect(*paths, &c);
		}
	}
	finish(t);
	return t->nr;
}

void tree_free(struct tree *t)
{
	size_t i;

	for (i = 0; i < t->nr; i++)
		free(t->member[i].path);
	free(t->member);
	free(t->bad);
}

const struct member *tree_main(const struct tree *t, pid_t pid)
{
	size_t i;

	for (i = t->nr; i-- > 0;)
		if (t->member[i].pid == pid)
			return &t->member[i];
	return NULL;
}

const struct member *tree_largest(const struct tree *t)
{
	const struct member *largest = t->member;
	size_t i;

	for (i = 1; i < t->nr; i++)
		if (t->member[i].peak > largest->peak)
			largest = &t->member[i];
	return largest;
}

size_t tree_nr_running(const struct tree *t)
{
	size_t nr = 0, i;

	for (i = 0; i < t->nr; i++)
		nr += t->member[i].life == LIFE_RUNNING;
	return nr;
}

static uint64_t missing(const struct tree *t)
{
	uint64_t forks = 0, files = 0;
	size_t i;

	for (i = 0; i < t->nr; i++) {
		forks += t->member[i].forks;
		files += t->member[i].forked;
	}
	return minus(forks, files);
}

void tree_explain_missing(const struct tree *t)
{
	uint64_t nr = missing(t);

	if (nr)
		complain("%s left no report: %s could not be made, or %s gone",
			 fmt_things(nr, "forked process", "forked processes").s,
			 nr == 1 ? "its file" : "their files",
			 nr == 1 ? "is" : "are");
}

static int compare_peaks(const struct member *x, const struct member *y)
{
	if (x->peak != y->peak)
		return x->peak < y->peak ? 1 : -1;
	return compare_starts(x, y);
}

static void sums_cells(struct table *t, const struct sums *n)
{
	table_cell(t, "%s", fmt_count(n->calls).s);
	table_cell(t, "%s", fmt_bytes(n->asked).s);
}

static void waste_cells(struct table *t, const struct sums *n)
{
	table_cell(t, "%s",
		   fmt_percent(minus(n->served, n->asked), n->served).s);
	table_cell(t, "%s",
		   fmt_percent(minus(n->kernel, n->asked), n->kernel).s);
}

/* the last before i that ran in process pid, or i if there is none */
static size_t earlier(const struct tree *t, size_t i, pid_t pid)
{
	size_t j = i;

	while (j-- > 0)
		if (t->member[j].pid == pid)
			return j;
	return i;
}

struct row {
	const struct member *k;
	unsigned int depth;
};

struct order {
	const struct tree *tree;
	size_t *parent; /* of each member; itself if it has none */
	struct row *row;
	size_t nr;
};

static void place(struct order *o, size_t i, unsigned int depth)
{
	const struct member *k = o->tree->member;
	size_t j;

	o->row[o->nr++] = (struct row){ &k[i], depth };
	for (j = i + 1; j < o->tree->nr; j++)
		if (o->parent[j] == i)
			place(o, j, depth + (k[j].pid != k[i].pid));
}

static void order_as_tree(const struct tree *t, struct row *row)
{
	struct order o = { t, xcalloc(t->nr, sizeof(*o.parent)), row, 0 };
	size_t i;

	for (i = 0; i < t->nr; i++) {
		o.parent[i] = earlier(t, i, t->member[i].pid);
		if (o.parent[i] == i)
			o.parent[i] = earlier(t, i, t->member[i].ppid);
	}
	for (i = 0; i < t->nr; i++)
		if (o.parent[i] == i)
			place(&o, i, 0);
	free(o.parent);
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return compare_peaks(x->k, y->k);
}

static void order_by_peak(const struct tree *t, struct row *row)
{
	size_t i;

	for (i = 0; i < t->nr; i++)
		row[i] = (struct row){ &t->member[i], 0 };
	if (t->nr)
		qsort(row, t->nr, sizeof(*row), compare_rows);
}

static void member_row(struct table *t, const struct row *row)
{
	const struct member *k = row->k;
	unsigned int depth = row->depth < MAX_DEPTH ? row->depth : MAX_DEPTH;

	table_cell(t, "  %*s%s", 2 * (int)depth, "", k->comm);
	table_cell(t, "%d", k->pid);
	table_cell(t, "%d", k->ppid);
	table_cell(t, "%s%s", life_name(k->life), k->forked ? ", fork" : "");
	sums_cells(t, &k->total);
	table_cell(t, "%s", fmt_bytes(k->peak).s);
	waste_cells(t, &k->total);
}

/* rows that stand for several processes have no peak: peaks don't add up */
static void sum_row(struct table *t, const char *what, size_t nr,
		    const struct sums *n)
{
	table_cell(t, "  %s %zu", what, nr);
	table_cell(t, "%s", "");
	table_cell(t, "%s", "");
	table_cell(t, "%s", "");
	sums_cells(t, n);
	table_cell(t, "%s", "");
	waste_cells(t, n);
}

static void add(struct sums *to, const struct sums *n)
{
	to->calls += n->calls;
	to->asked += n->asked;
	to->served += n->served;
	to->kernel += n->kernel;
}

static struct table *members_table(bool as_tree, uint64_t rows)
{
	struct table *t = table_new();
	char *hint = rows ? xasprintf("-n %llu", (unsigned long long)rows) :
			    xasprintf("%s", "");

	table_title(t, as_tree ? "PROCESSES, children below their parents" :
				 "PROCESSES by peak", hint);
	free(hint);
	table_col(t, '<', "  name");
	table_col(t, '>', "pid");
	table_col(t, '>', "ppid");
	table_spare(t);
	table_col(t, '<', "state");
	table_col(t, '>', "requests");
	table_col(t, '>', "asked");
	table_spare(t);
	table_col(t, '>', "peak");
	table_col(t, '>', "waste");
	table_col(t, '>', "kernel's");
	return t;
}

void tree_print(const struct tree *t, struct out *o, uint64_t rows)
{
	struct row *row = xcalloc(t->nr, sizeof(*row));
	struct sums rest = { 0 }, all = { 0 };
	size_t i, shown = rows && rows < t->nr ? (size_t)rows : t->nr;
	bool as_tree = shown == t->nr && t->nr <= MAX_ORDERED;
	struct table *table = members_table(as_tree, rows);

	if (as_tree)
		order_as_tree(t, row);
	else
		order_by_peak(t, row);
	for (i = 0; i < t->nr; i++) {
		add(&all, &row[i].k->total);
		if (i < shown)
			member_row(table, &row[i]);
		else
			add(&rest, &row[i].k->total);
	}
	if (shown < t->nr)
		sum_row(table, "others:", t->nr - shown, &rest);
	sum_row(table, "all:", t->nr, &all);
	table_print(table, o, 1);
	free(row);
}
