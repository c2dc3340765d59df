/* SPDX-License-Identifier: MIT */
/*
 * metric.c - see metric.h. A condition is NAME OP NUMBER[UNIT], blanks
 * between them allowed; what cannot be understood completely is refused, for
 * a gate that checks something else than was meant is worse than none.
 */
#include "metric.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "util.h"

enum { UNIT_count = 0, UNIT_bytes = 1 };

const struct metric_info metric_info[NR_METRICS] = {
#define X(name, unit, part, help) { #name, UNIT_##unit, METRIC_##part, help },
	METRICS(X)
#undef X
};

uint64_t metric_value(const struct model *m, enum metric which)
{
	const struct kvr_stats *st = m->s->stats;

	switch (which) {
	case METRIC_requests:
		return m->total.calls;
	case METRIC_leaks:
		return m->total.live;
	case METRIC_live:
		return m->total.live_bytes;
	case METRIC_peak:
		return st->peak_held_bytes;
	case METRIC_pages:
		return st->peak_pages * st->page_size;
	case METRIC_asked:
		return m->total.asked;
	case METRIC_served:
		return m->total.served;
	case METRIC_kernel:
		return m->total.kernel;
	case METRIC_waste:
		return minus(m->total.served, m->total.asked);
	case METRIC_kernel_waste:
		return minus(m->total.kernel, m->total.asked);
	case METRIC_slab:
		return m->route[ROUTE_SLAB].calls;
	case METRIC_contiguous:
		return m->route[ROUTE_PAGES].calls;
	case METRIC_vmalloc:
		return m->route[ROUTE_VMALLOC].calls;
	case METRIC_fallback:
		return m->fallbacks;
	case METRIC_failed:
		return model_counter(m, KV_alloc_failed);
	case METRIC_refused:
		return model_counter(m, KV_vmalloc_refused);
	case METRIC_oom:
		return model_counter(m, KV_oom);
	case METRIC_foreign:
		return model_counter(m, KV_foreign_free);
	case METRIC_copied:
		return model_counter(m, KV_realloc_copied);
	case METRIC_threads:
		return m->nr_threads;
	case METRIC_none:
	case NR_METRICS:
		break;
	}
	return 0;
}

char *metric_text(enum metric which, uint64_t value)
{
	return xasprintf("%s", metric_info[which].bytes ? fmt_bytes(value).s :
							  fmt_count(value).s);
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

static enum metric find_metric(const char *name, size_t n)
{
	int i;

	for (i = 0; i < NR_METRICS; i++)
		if (strlen(metric_info[i].name) == n &&
		    !strncmp(metric_info[i].name, name, n))
			return (enum metric)i;
	return METRIC_none;
}

static char *metric_names(void)
{
	char *text = xasprintf("%s", metric_info[0].name), *longer;
	int i;

	for (i = 1; i < NR_METRICS; i++) {
		longer = xasprintf("%s, %s", text, metric_info[i].name);
		free(text);
		text = longer;
	}
	return text;
}

/* the operator at p; NULL if there is none */
static const char *parse_op(struct condition *c, const char *p)
{
	static const struct {
		const char *text;
		int op;
	} ops[] = {
		{ ">=", OP_GE }, { "<=", OP_LE }, { "==", OP_EQ },
		{ "!=", OP_NE }, { ">", OP_GT },  { "<", OP_LT },
		{ "=", OP_EQ },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		size_t n = strlen(ops[i].text);

		if (strncmp(p, ops[i].text, n))
			continue;
		c->op = ops[i].op;
		return p + n;
	}
	return NULL;
}

/* digits with an optional fraction and unit, up to the end */
static bool parse_limit(struct condition *c, const char *p, bool change)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;

	if (change && *p == '-') {
		if (!parse_limit(c, p + 1, false))
			return false;
		c->limit = -c->limit;
		return true;
	}
	if (!isdigit((unsigned char)*p) ||
	    (p[0] == '0' && tolower(p[1]) == 'x'))
		return false;
	errno = 0;
	c->limit = strtod(p, &end);
	if (errno)
		return false;
	p = skip_blanks(end);
	unit = *p ? strchr(units, *p) : NULL;
	if (unit) {
		while (unit-- >= units)
			c->limit *= 1024;
		p++;
	} else if (*p == '%') {
		c->percent = true;
		p++;
	}
	return !*skip_blanks(p);
}

bool condition_parse(struct condition *c, const char *text, bool change)
{
	const char *p = skip_blanks(text);
	size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz_");
	char *names;

	*c = (struct condition){ .text = text };
	c->metric = find_metric(p, n);
	if (c->metric == METRIC_none) {
		names = metric_names();
		usage_error("--fail-if=%s: expected one of these first: %s",
			    text, names);
		free(names);
		return false;
	}
	p = parse_op(c, skip_blanks(p + n));
	if (!p) {
		usage_error("--fail-if=%s: expected >, >=, <, <=, == or != "
			    "behind '%s'",
			    text, metric_info[c->metric].name);
		return false;
	}
	if (!parse_limit(c, skip_blanks(p), change)) {
		usage_error("--fail-if=%s: expected a number at the end, with "
			    "nothing or K, M, G, T or %% behind it",
			    text);
		return false;
	}
	if (c->percent && !change &&
	    metric_info[c->metric].part_of == METRIC_none) {
		usage_error("--fail-if=%s: '%s' is no part of anything, so it "
			    "has no percentage",
			    text, metric_info[c->metric].name);
		return false;
	}
	return true;
}

bool condition_holds(const struct condition *c, double value)
{
	switch (c->op) {
	case OP_GT:
		return value > c->limit;
	case OP_GE:
		return value >= c->limit;
	case OP_LT:
		return value < c->limit;
	case OP_LE:
		return value <= c->limit;
	case OP_EQ:
		return !(value < c->limit || value > c->limit);
	case OP_NE:
		return value < c->limit || value > c->limit;
	}
	return false;
}

bool conditions_add(struct conditions *all, const char *text, bool change)
{
	struct condition c;

	if (!condition_parse(&c, text, change))
		return false;
	all->list = xrealloc(all->list, all->nr + 1, sizeof(*all->list));
	all->list[all->nr++] = c;
	return true;
}
