/* SPDX-License-Identifier: MIT */
/*
 * tree.c - collects the files of a process tree. See tree.h.
 *
 * Theory: every process of a run writes into one directory, so the tree is
 * what lies there; an older file is told by its start time. One process may
 * have left several files, one for each program it exec'ed.
 */
#include "tree.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util.h"

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

static int compare_peaks(const void *a, const void *b)
{
	const struct member *x = *(const struct member *const *)a;
	const struct member *y = *(const struct member *const *)b;

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

static void member_row(struct table *t, const struct member *k)
{
	table_cell(t, "  %s", k->comm);
	table_cell(t, "%d", k->pid);
	table_cell(t, "%d", k->ppid);
	table_cell(t, "%s%s", life_name(k->life), k->forked ? ", forked" : "");
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

void tree_print(const struct tree *t, struct out *o, uint64_t rows)
{
	const struct member **by_peak = xcalloc(t->nr, sizeof(*by_peak));
	struct sums rest = { 0 }, all = { 0 };
	struct table *table = table_new();
	size_t i, shown = rows && rows < t->nr ? (size_t)rows : t->nr;
	char *hint = rows ? xasprintf("-n %llu", (unsigned long long)rows) :
			    xasprintf("%s", "");

	table_title(table, "PROCESSES by peak", hint);
	free(hint);
	table_col(table, '<', "  name");
	table_col(table, '>', "pid");
	table_col(table, '>', "ppid");
	table_col(table, '<', "state");
	table_col(table, '>', "requests");
	table_col(table, '>', "asked");
	table_col(table, '>', "peak");
	table_col(table, '>', "waste");
	table_col(table, '>', "kernel's");
	for (i = 0; i < t->nr; i++)
		by_peak[i] = &t->member[i];
	if (t->nr)
		qsort(by_peak, t->nr, sizeof(*by_peak), compare_peaks);
	for (i = 0; i < t->nr; i++) {
		add(&all, &by_peak[i]->total);
		if (i < shown)
			member_row(table, by_peak[i]);
		else
			add(&rest, &by_peak[i]->total);
	}
	if (shown < t->nr)
		sum_row(table, "others:", t->nr - shown, &rest);
	sum_row(table, "all:", t->nr, &all);
	table_print(table, o, 1);
	free(by_peak);
}
