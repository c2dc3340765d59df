/* SPDX-License-Identifier: MIT */
/*
 * report_sites.c - call sites and call stacks of the text report. See
 * report.h and sites.h.
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"

enum { PATH_WIDTH = 48 };

enum stack_value sort_value(enum sort_key key)
{
	switch (key) {
	case SORT_live:
		return STACK_VALUE_live;
	case SORT_leaks:
		return STACK_VALUE_leaks;
	case SORT_total:
		return STACK_VALUE_total;
	case SORT_count:
		return STACK_VALUE_count;
	case SORT_waste:
		return STACK_VALUE_waste;
	case SORT_fallback:
		return STACK_VALUE_fallback;
	case SORT_pinned:
		return STACK_VALUE_pinned;
	case SORT_peak:
	case SORT_size:
	case SORT_none:
		break;
	}
	return STACK_VALUE_peak;
}

static const struct {
	const char *unit, *help;
} values[NR_STACK_VALUES] = {
#define X(name, unit, help) { unit, help },
	STACK_VALUES(X)
#undef X
};

bool stack_value_is_bytes(enum stack_value v)
{
	return !strcmp(values[v].unit, "bytes");
}

const char *stack_value_help(enum stack_value v)
{
	return values[v].help;
}

char *stack_value_text(enum stack_value v, uint64_t n)
{
	bool bytes = stack_value_is_bytes(v);

	return xasprintf("%s", bytes ? fmt_bytes(n).s : fmt_count(n).s);
}

/* bytes asked each time, on average; the sign says that it was always that */
char *size_each(const struct stack_row *r)
{
	if (!r->allocs)
		return xasprintf("-");
	if (same_size(r))
		return xasprintf("%s", fmt_count(r->largest).s);
	return xasprintf("~%s", fmt_count(r->asked / r->allocs).s);
}

static void site_cells(struct table *t, enum stack_value v,
		       const struct stack_row *r, uint64_t weight,
		       uint64_t total)
{
	char *value = stack_value_text(v, weight);
	char *each = size_each(r);

	table_cell(t, "  %s", value);
	table_cell(t, "%s", fmt_percent(weight, total).s);
	table_cell(t, "%s", fmt_count(r->allocs).s);
	table_cell(t, "%s", each);
	table_cell(t, "%s",
		   fmt_percent(minus(r->served, r->asked), r->served).s);
	free(value);
	free(each);
}

/* how many stacks go that way, where there is room for it */
static void where_cell(struct table *t, const struct site *s)
{
	char *many = xasprintf(" (%zu stacks)", s->nr_stacks);
	bool fits = text_width(s->path) + text_width(many) <= PATH_WIDTH;

	table_cell(t, "%s%s", s->path, s->nr_stacks > 1 && fits ? many : "");
	free(many);
}

static void site_table(const struct report *r, const struct sites *sites,
		       enum stack_value v, size_t shown)
{
	struct stack_row rest = { 0 };
	uint64_t weight = sites->weight;
	size_t nr = sites->nr_stacks, i;
	struct table *t = table_new();
	char *title, *hint;

	title = xasprintf("CALL SITES by %s", values[v].help);
	hint = xasprintf("-n %llu, --sort, --by, --full",
			 (unsigned long long)r->opts->rows);
	table_title(t, title, r->opts->verbose ? "" : hint);
	free(title);
	free(hint);
	table_col(t, '>', values[v].unit);
	table_col(t, '>', "%");
	table_col(t, '>', "requests");
	table_col(t, '>', "asked each");
	table_col(t, '>', "waste");
	table_spare(t);
	table_col(t, 'p', "where");
	for (i = 0; i < shown; i++) {
		const struct site *s = &sites->site[i];

		site_cells(t, v, &s->sum, s->weight, sites->weight);
		where_cell(t, s);
		row_add(&rest, &s->sum);
		weight = minus(weight, s->weight);
		nr -= s->nr_stacks;
	}
	if (nr && shown < sites->nr_stacks) {
		struct stack_row left = sites->total;

		left.allocs = minus(left.allocs, rest.allocs);
		left.asked = minus(left.asked, rest.asked);
		left.served = minus(left.served, rest.served);
		left.largest = UINT64_MAX;
		site_cells(t, v, &left, weight, sites->weight);
		table_cell(t, ".. %s",
			   fmt_things(nr, "other stack", "other stacks").s);
	}
	table_print(t, r->out, 1);
}

void report_stack(struct out *out, struct symbols *sy, const struct site *s,
		  const char *head)
{
	char *others = xasprintf("%s", ""), *text;

	if (s->nr_stacks > 1) {
		free(others);
		others =
			xasprintf("; the heaviest of %zu stacks", s->nr_stacks);
	}
	text = xasprintf("%s%s, id %016llx", head, others,
			 (unsigned long long)s->sum.hash);
	fputc('\n', out->f);
	out_wrap(out, "  ", "     ", text);
	stack_print(out, sy, s->heaviest, 7);
	free(text);
	free(others);
}

static void full_stacks(const struct report *r, const struct sites *sites,
			enum stack_value v, size_t shown)
{
	char *title = xasprintf("CALL STACKS by %s", values[v].help);
	size_t i;

	out_title(r->out, title, "");
	free(title);
	for (i = 0; i < shown; i++) {
		const struct site *s = &sites->site[i];
		char *value = stack_value_text(v, s->weight);
		char *head = xasprintf(
			"%zu. %s%s, %s, in %s", i + 1, value,
			stack_value_is_bytes(v) ? "" : " blocks",
			fmt_percent(s->weight, sites->weight).s,
			fmt_things(s->sum.allocs, "request", "requests").s);

		report_stack(r->out, r->profile->symbols, s, head);
		free(head);
		free(value);
	}
}

static void print_value(const struct report *r, enum stack_value v, bool full)
{
	struct site_options o = {
		.by = r->opts->by,
		.weight = site_value,
		.arg = (int)v,
		.rows = r->opts->rows,
		.chosen = r->profile->chosen,
	};
	struct sites sites;
	size_t shown;

	sites_build(&sites, &r->profile->stacks, r->profile->symbols, &o);
	sites_name(&sites, r->profile->symbols, PATH_WIDTH);
	shown = r->opts->rows && r->opts->rows < sites.nr ?
			(size_t)r->opts->rows :
			sites.nr;
	if (sites.nr) {
		site_table(r, &sites, v, shown);
		if (full)
			full_stacks(r, &sites, v, shown);
	}
	if (!sites.nr_stacks)
		fputs("\n CALL SITES: no call stack is left by --focus, "
		      "--ignore and --thread\n",
		      r->out->f);
	sites_free(&sites);
}

void report_sites(const struct report *r)
{
	static const enum stack_value all[] = {
		STACK_VALUE_peak,  STACK_VALUE_live,  STACK_VALUE_total,
		STACK_VALUE_count, STACK_VALUE_waste, STACK_VALUE_fallback,
		STACK_VALUE_pinned,
	};
	enum stack_value first = sort_value(r->opts->sort);
	const char *trouble;
	size_t i;

	if (!r->profile)
		return;
	print_value(r, first, r->opts->full || r->opts->verbose);
	for (i = 0; r->opts->verbose && i < ARRAY_SIZE(all); i++)
		if (all[i] != first)
			print_value(r, all[i], false);
	trouble = symbols_trouble(r->profile->symbols);
	if (trouble)
		out_wrap(r->out, "   without names: ", "   ", trouble);
}
