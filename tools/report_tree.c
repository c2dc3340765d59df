/* SPDX-License-Identifier: MIT */
/*
 * report_tree.c - several processes as one: sums, a table of them, and the
 * call sites of all together. See report.h.
 *
 * Call sites of different processes are the same when they read the same:
 * there is no other name that a compiler's driver and the compiler share.
 * Peaks of different processes were at different times, so sites are ordered
 * by all bytes served, unless --sort says otherwise. One process's file is in
 * memory at a time, and of very many only those that were served most.
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "util.h"

enum { PATH_WIDTH = 48, MAX_PROCESSES = 200 };

struct shared_site {
	char *path;
	struct stack_row sum;
	uint64_t weight;
	size_t nr_processes;
};

struct shared_sites {
	struct shared_site *site;
	size_t nr, room;
	uint64_t weight; /* of all stacks */
	size_t nr_members, nr_processes, nr_without;
};

static enum stack_value tree_value(const struct report_options *opts)
{
	return opts->sort == SORT_none ? STACK_VALUE_total :
					 sort_value(opts->sort);
}

static void add_site(struct shared_sites *all, struct site *s)
{
	if (all->nr == all->room) {
		all->room = all->room ? 2 * all->room : 256;
		all->site = xrealloc(all->site, all->room, sizeof(*all->site));
	}
	all->site[all->nr++] = (struct shared_site){
		.path = s->path,
		.sum = s->sum,
		.weight = s->weight,
		.nr_processes = 1,
	};
	s->path = NULL; /* taken over */
}

/* false: the options are wrong, a message has been printed */
static bool add_process(struct shared_sites *all, const char *path,
			const struct report_options *opts)
{
	struct site_options o = {
		.by = opts->by,
		.weight = site_value,
		.arg = (int)tree_value(opts),
		.rows = opts->rows,
	};
	struct profile p;
	struct snapshot s;
	struct sites sites;
	size_t i;

	if (!snapshot_load(&s, path))
		return true; /* told with the table of processes */
	all->nr_processes++;
	if (!has_stacks(&s)) {
		all->nr_without++;
		snapshot_free(&s);
		return true;
	}
	if (profile_open(&p, &s, &opts->profile) < 0) {
		snapshot_free(&s);
		return false;
	}
	o.chosen = p.chosen;
	sites_build(&sites, &p.stacks, p.symbols, &o);
	sites_name(&sites, p.symbols, PATH_WIDTH);
	all->weight += sites.weight;
	for (i = 0; i < sites.nr; i++)
		add_site(all, &sites.site[i]);
	sites_free(&sites);
	profile_close(&p);
	snapshot_free(&s);
	return true;
}

static int compare_paths(const void *a, const void *b)
{
	const struct shared_site *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int compare_weights(const void *a, const void *b)
{
	const struct shared_site *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return strcmp(x->path, y->path);
}

static void merge_sites(struct shared_sites *all)
{
	size_t nr = 0, i;

	if (!all->nr)
		return;
	qsort(all->site, all->nr, sizeof(*all->site), compare_paths);
	for (i = 1; i < all->nr; i++) {
		struct shared_site *last = &all->site[nr], *s = &all->site[i];

		if (strcmp(last->path, s->path)) {
			all->site[++nr] = *s;
			continue;
		}
		row_add(&last->sum, &s->sum);
		last->weight += s->weight;
		last->nr_processes++;
		free(s->path);
	}
	all->nr = nr + 1;
	qsort(all->site, all->nr, sizeof(*all->site), compare_weights);
}

static void print_sites(const struct shared_sites *all, struct out *out,
			const struct report_options *opts)
{
	enum stack_value v = tree_value(opts);
	size_t shown = opts->rows && opts->rows < all->nr ? (size_t)opts->rows :
							    all->nr;
	struct table *t = table_new();
	uint64_t rest = all->weight;
	char *title, *value;
	size_t i;

	title = xasprintf("CALL SITES of all processes by %s",
			  stack_value_help(v));
	table_title(t, title, "-n, --sort");
	free(title);
	table_col(t, '>', stack_value_is_bytes(v) ? "bytes" : "blocks");
	table_col(t, '>', "%");
	table_col(t, '>', "requests");
	table_col(t, '>', "asked each");
	table_col(t, '>', "procs");
	table_spare(t);
	table_col(t, 'p', "where");
	for (i = 0; i < shown; i++) {
		const struct shared_site *s = &all->site[i];
		char *each = size_each(&s->sum);

		value = stack_value_text(v, s->weight);
		table_cell(t, "  %s", value);
		table_cell(t, "%s", fmt_percent(s->weight, all->weight).s);
		table_cell(t, "%s", fmt_count(s->sum.allocs).s);
		table_cell(t, "%s", each);
		table_cell(t, "%zu", s->nr_processes);
		table_cell(t, "%s", s->path);
		rest = minus(rest, s->weight);
		free(value);
		free(each);
	}
	table_print(t, out, 1);
	value = stack_value_text(v, rest);
	if (rest)
		fprintf(out->f, "   .. %s (%s) of others\n", value,
			fmt_percent(rest, all->weight).s);
	free(value);
	if (all->nr_without)
		fprintf(out->f, "   %s without call stacks\n",
			fmt_things(all->nr_without, "process", "processes").s);
	if (all->nr_members > MAX_PROCESSES)
		fprintf(out->f,
			"   only the %d processes that were served "
			"most\n",
			MAX_PROCESSES);
}

static int compare_served(const void *a, const void *b)
{
	const struct member *x = *(const struct member *const *)a;
	const struct member *y = *(const struct member *const *)b;

	if (x->total.served != y->total.served)
		return x->total.served < y->total.served ? 1 : -1;
	return x < y ? -1 : x > y;
}

bool report_tree_sites(const struct tree *t, struct out *out,
		       const struct report_options *opts)
{
	const struct member **by_size = xcalloc(t->nr, sizeof(*by_size));
	struct shared_sites all = { .nr_members = t->nr };
	bool ok = true;
	size_t i;

	for (i = 0; i < t->nr; i++)
		by_size[i] = &t->member[i];
	qsort(by_size, t->nr, sizeof(*by_size), compare_served);
	for (i = 0; ok && i < t->nr && i < MAX_PROCESSES; i++)
		ok = add_process(&all, by_size[i]->path, opts);
	free(by_size);
	if (ok && all.nr_without < all.nr_processes) {
		merge_sites(&all);
		print_sites(&all, out, opts);
	}
	for (i = 0; i < all.nr; i++)
		free(all.site[i].path);
	free(all.site);
	return ok;
}

bool report_tree(const struct tree *t, struct out *out,
		 const struct report_options *opts)
{
	struct sums sum = { 0 };
	size_t i;

	for (i = 0; i < t->nr; i++) {
		sum.calls += t->member[i].total.calls;
		sum.asked += t->member[i].total.asked;
		sum.served += t->member[i].total.served;
		sum.kernel += t->member[i].total.kernel;
	}
	out_ink(out, INK_TITLE, "kvmalloc: %s\n",
		fmt_things(t->nr, "process", "processes").s);
	for (i = 0; i < (size_t)out->width; i++)
		fputc('-', out->f);
	fprintf(out->f, "\n asked for      %s in %s\n", fmt_bytes(sum.asked).s,
		fmt_things(sum.calls, "request", "requests").s);
	fprintf(out->f, " served here    %s, %s of what was asked\n",
		fmt_bytes(sum.served).s, fmt_ratio(sum.served, sum.asked).s);
	fprintf(out->f, " kernel's table %s, %s of what was asked\n",
		fmt_bytes(sum.kernel).s, fmt_ratio(sum.kernel, sum.asked).s);
	tree_print(t, out, opts->verbose ? 0 : opts->rows);
	if (!report_tree_sites(t, out, opts))
		return false;
	fprintf(out->f, "\n next:  kvmalloc report %s\n",
		tree_largest(t)->path);
	return true;
}
