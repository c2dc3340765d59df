/* SPDX-License-Identifier: MIT */
/*
 * export_json_stacks.c - call stacks of the JSON report.
 *
 * A page has room for so many stacks only. They are chosen by their largest
 * share of any of the values, so that each value has its largest ones; what
 * the others have is added up in "stacks_omitted".
 */
#include <stdlib.h>
#include <string.h>

#include "export_json.h"

/* stacks that are written, and the places that these need */
struct choice {
	bool *row;
	size_t nr_rows;
	uint32_t *place; /* [place]: its number in the file + 1; 0 = none */
	bool brief;
};

struct weight {
	size_t row;
	double share;
};

static int compare_weights(const void *a, const void *b)
{
	const struct weight *x = a, *y = b;

	if (x->share != y->share)
		return x->share < y->share ? 1 : -1;
	return x->row < y->row ? -1 : 1;
}

static struct weight *weigh(const struct subject *x, size_t *nr)
{
	struct weight *w = xcalloc(x->st->nr_rows, sizeof(*w));
	uint64_t total[NR_STACK_VALUES];
	size_t i;
	int v;

	*nr = 0;
	for (v = 0; v < NR_STACK_VALUES; v++)
		total[v] = subject_total(x, (enum stack_value)v);
	for (i = 1; i < x->st->nr_rows; i++) {
		const struct stack_row *r = &x->st->row[i];
		double most = 0;

		if (!row_used(r))
			continue;
		for (v = 0; v < NR_STACK_VALUES; v++) {
			double n = (double)stack_value(r, (enum stack_value)v);

			if (total[v] && n / (double)total[v] > most)
				most = n / (double)total[v];
		}
		w[*nr].row = i;
		w[(*nr)++].share = most;
	}
	if (*nr)
		qsort(w, *nr, sizeof(*w), compare_weights);
	return w;
}

/* about how many bytes a place takes in the file */
static size_t place_cost(const struct subject *x, const struct place *p)
{
	size_t n = 40;
	uint32_t k;

	for (k = 0; k < p->nr; k++) {
		const struct line *l = &x->line[p->first + k];

		n += 45 + (l->function ? strlen(l->function) : 0) +
		     (l->file ? strlen(l->file) : 0);
	}
	return n;
}

static void choose(struct choice *c, const struct subject *x, size_t room)
{
	size_t nr, i, cost = 0;
	struct weight *w = weigh(x, &nr);
	uint32_t f;

	c->row = xcalloc(x->st->nr_rows, sizeof(*c->row));
	c->place = xcalloc(x->nr_places, sizeof(*c->place));
	c->brief = room;
	for (i = 0; i < nr; i++) {
		const struct stack_row *r = &x->st->row[w[i].row];

		cost += 200 + 5 * (size_t)r->nr_frames;
		for (f = 0; f < r->nr_frames; f++) {
			const struct place *p = subject_place(x, r, f);
			uint32_t *number = &c->place[p - x->place];

			if (!*number)
				cost += place_cost(x, p);
			*number = 1;
		}
		if (room && cost > room)
			break;
		c->row[w[i].row] = true;
		c->nr_rows++;
	}
	free(w);
}

static void put_recording(struct json *j, const struct subject *x)
{
	static const char *const modes[] = { "off", "exact", "sampled" };
	const struct kvr_stats *st = x->s.stats;

	json_open(j, "recording", '{');
	json_text(j, "mode",
		  st->stack_mode < ARRAY_SIZE(modes) ? modes[st->stack_mode] :
						       "unknown");
	json_u64(j, "sample_interval_bytes", st->sample_interval);
	json_u64(j, "stacks", st->stacks);
	json_u64(j, "stacks_lost", st->stacks_lost);
	json_u64(j, "unwind_failed", st->unwind_failed);
	json_u64(j, "depth", st->stack_depth);
	json_u64(j, "start_ns", since_start(x, st->stack_start_ns));
	json_u64(j, "blocks_before", st->stacks_before);
	json_u64(j, "exact_until_ns", since_start(x, st->exact_until_ns));
	json_u64(j, "cost_ns", st->stack_cost_ns);
	json_u64(j, "live_bytes", st->live_bytes);
	json_u64(j, "peak_live_bytes", st->peak_live_bytes);
	json_close(j, '}');
	json_open(j, "values", '[');
	for (size_t i = 0; i < NR_STACK_VALUES; i++) {
		json_open(j, NULL, '{');
		json_text(j, "name", value_info[i].name);
		json_text(j, "unit", value_info[i].unit);
		json_text(j, "help", value_info[i].help);
		json_u64(j, "total", subject_total(x, (enum stack_value)i));
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_modules(struct json *j, const struct subject *x)
{
	char id[2 * sizeof(x->s.module->build_id) + 1];
	size_t i;
	uint32_t k;

	json_open(j, "modules", '[');
	for (i = 0; i < x->s.nr_modules; i++) {
		const struct kvr_module *m = &x->s.module[i];

		*id = '\0';
		for (k = 0; k < m->build_id_size; k++)
			snprintf(id + 2 * k, 3, "%02x", m->build_id[k]);
		json_open(j, NULL, '{');
		json_text(j, "path", m->path);
		json_text(j, "build_id", id);
		json_format(j, "start", "0x%llx", (unsigned long long)m->start);
		json_format(j, "end", "0x%llx", (unsigned long long)m->end);
		json_format(j, "bias", "0x%llx", (unsigned long long)m->bias);
		json_bool(j, "main", m->flags & KVR_MODULE_MAIN);
		json_bool(j, "unloaded", m->unloaded_ns);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_line_members(struct json *j, const struct line *l, bool brief)
{
	enum { MAX_BRIEF = 300 };
	char *cut = NULL;

	if (brief && l->function && strlen(l->function) > MAX_BRIEF) {
		cut = xasprintf("%s", l->function);
		text_cut(cut, MAX_BRIEF);
	}
	if (!brief || l->function)
		json_text(j, "function", cut ? cut : l->function);
	if (!brief || l->file)
		json_text(j, "file", l->file);
	if (!brief || l->line)
		json_u64(j, "line", l->line);
	free(cut);
}

static void put_place(struct json *j, const struct subject *x,
		      const struct place *p, bool brief)
{
	const struct line *outer = &x->line[p->first + p->nr - 1];
	uint32_t m = KVR_FRAME_MODULE(p->frame), k;

	json_open(j, NULL, '{');
	if (m < x->s.nr_modules)
		json_u64(j, "module", m);
	else
		json_text(j, "module", NULL);
	json_u64(j, "offset", KVR_FRAME_OFFSET(p->frame));
	put_line_members(j, outer, brief);
	if (!brief || p->nr > 1) {
		json_open(j, "inlined", '[');
		for (k = 0; k + 1 < p->nr; k++) {
			json_open(j, NULL, '{');
			put_line_members(j, &x->line[p->first + k], brief);
			json_close(j, '}');
		}
		json_close(j, ']');
	}
	json_close(j, '}');
}

/* numbers the chosen places in the order they are written */
static void put_places(struct json *j, const struct subject *x,
		       struct choice *c)
{
	uint32_t nr = 0;
	size_t i;

	json_open(j, "frames", '[');
	for (i = 0; i < x->nr_places; i++) {
		if (!c->place[i])
			continue;
		c->place[i] = ++nr;
		put_place(j, x, &x->place[i], c->brief);
	}
	json_close(j, ']');
}

static void put_number(struct json *j, const char *key, uint64_t n, bool brief)
{
	if (n || !brief)
		json_u64(j, key, n);
}

static void put_row(struct json *j, const struct stack_row *r, bool brief)
{
	int i, nr = KVR_LIFETIMES;

	put_number(j, "requests", r->allocs, brief);
	put_number(j, "frees", r->frees, brief);
	put_number(j, "asked_bytes", r->asked, brief);
	put_number(j, "served_bytes", r->served, brief);
	put_number(j, "freed_bytes", r->freed, brief);
	put_number(j, "kernel_bytes", r->kernel_served, brief);
	put_number(j, "fallbacks", r->fallbacks, brief);
	put_number(j, "live_blocks", r->live_blocks, brief);
	put_number(j, "live_bytes", r->live_bytes, brief);
	put_number(j, "peak_blocks", r->peak_blocks, brief);
	put_number(j, "peak_bytes", r->peak_bytes, brief);
	put_number(j, "inherited_blocks", r->inherited_blocks, brief);
	put_number(j, "inherited_bytes", r->inherited_bytes, brief);
	put_number(j, "largest_bytes", r->largest, brief);
	put_number(j, "pinned_bytes", r->pinned_bytes, brief);
	put_number(j, "pinned_blocks", r->pinned_objects, brief);
	while (brief && nr && !r->lifetime[nr - 1])
		nr--;
	if (!nr)
		return;
	json_open(j, "lifetimes", '[');
	for (i = 0; i < nr; i++)
		json_u64(j, NULL, r->lifetime[i]);
	json_close(j, ']');
}

static void put_stack(struct json *j, const struct subject *x,
		      const struct stack_row *r, const struct choice *c)
{
	uint32_t f;

	json_open(j, NULL, '{');
	json_format(j, "id", "%016llx", (unsigned long long)r->hash);
	if (!c->brief || r->flags & KVR_STACK_TRUNCATED)
		json_bool(j, "truncated", r->flags & KVR_STACK_TRUNCATED);
	if (!c->brief || r->flags & KVR_STACK_LOST)
		json_bool(j, "lost", r->flags & KVR_STACK_LOST);
	json_open(j, "frames", '[');
	for (f = 0; f < r->nr_frames; f++)
		json_u64(j, NULL,
			 c->place[subject_place(x, r, f) - x->place] - 1);
	json_close(j, ']');
	put_row(j, r, c->brief);
	json_close(j, '}');
}

static void put_omitted(struct json *j, const struct subject *x,
			const struct choice *c)
{
	struct stack_row sum = { 0 };
	uint64_t nr = 0;
	size_t i;

	for (i = 1; i < x->st->nr_rows; i++) {
		if (c->row[i] || !row_used(&x->st->row[i]))
			continue;
		row_add(&sum, &x->st->row[i]);
		nr++;
	}
	json_open(j, "stacks_omitted", '{');
	json_u64(j, "stacks", nr);
	put_row(j, &sum, false);
	json_close(j, '}');
}

void json_stacks(struct json *j, const struct subject *x, size_t room)
{
	struct choice c = { 0 };
	size_t i;

	choose(&c, x, room);
	put_recording(j, x);
	put_modules(j, x);
	put_places(j, x, &c);
	json_open(j, "stacks", '[');
	for (i = 1; i < x->st->nr_rows; i++)
		if (c.row[i])
			put_stack(j, x, &x->st->row[i], &c);
	json_close(j, ']');
	put_omitted(j, x, &c);
	free(c.row);
	free(c.place);
}
