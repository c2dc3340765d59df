/* SPDX-License-Identifier: MIT */
/*
 * export_massif.c - massif.out: memory over time, and trees of who has it.
 *
 * The time line gives the curve; heap is what blocks held, extra the rest of
 * the pages. Trees are known at two moments: the peak, and the end (or now).
 * In these two, heap is the sum of the tree, so that percentages add up.
 *
 * A tree begins at the allocation's own frame and goes to its callers; places
 * below a hundredth of the whole are put together, as massif does.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "frametree.h"

enum { MAX_CURVE = 90, THRESHOLD = 100 };

struct shot {
	uint64_t ns; /* since the start */
	uint64_t heap, extra;
	enum { CURVE, PEAK, END } kind;
};

struct massif {
	FILE *f;
	const struct subject *x;
	struct shot shot[MAX_CURVE + 2];
	size_t nr;
};

static void put_place(const struct massif *w, uint32_t key)
{
	const struct subject *x = w->x;
	size_t i;

	if (key >= x->nr_lines) {
		fputs("0x0: [no further callers recorded]", w->f);
		return;
	}
	/* the last place that begins at or before this line */
	size_t low = 0, high = x->nr_places;

	while (high - low > 1) {
		i = low + (high - low) / 2;
		if (x->place[i].first <= key)
			low = i;
		else
			high = i;
	}
	fprintf(w->f, "0x%" PRIX64 ": ", place_address(x, &x->place[low]));
	put_line(w->f, &x->line[key]);
}

static void put_node(const struct massif *w, const struct frametree *t,
		     uint32_t n, uint64_t least)
{
	const struct node *node = &t->node[n];
	uint64_t rest = 0, nr_rest = 0, nr = 0;
	uint32_t c;

	for (c = node->child; c; c = t->node[c].next) {
		if (t->node[c].value >= least) {
			nr++;
		} else {
			rest += t->node[c].value;
			nr_rest++;
		}
	}
	fprintf(w->f, "%*sn%" PRIu64 ": %" PRIu64 " ", (int)node->depth, "",
		nr + (nr_rest > 0), node->value);
	if (n)
		put_place(w, node->key);
	else
		fputs("(heap allocation functions) malloc/new/new[], "
		      "--alloc-fns, etc.",
		      w->f);
	fputc('\n', w->f);
	/* sorted: the small ones come last */
	for (c = node->child; c && t->node[c].value >= least;
	     c = t->node[c].next)
		put_node(w, t, c, least);
	if (nr_rest)
		fprintf(w->f,
			"%*sn0: %" PRIu64 " in %" PRIu64 " place%s below "
			"massif's threshold (1.00%%)\n",
			(int)node->depth + 1, "", rest, nr_rest,
			nr_rest == 1 ? "," : "s, all");
}

static void add_stack(struct frametree *t, const struct subject *x,
		      const struct stack_row *r, uint64_t bytes)
{
	size_t nr = 0, room = 1;
	uint32_t *key, i, k;

	for (i = 0; i < r->nr_frames; i++)
		room += subject_place(x, r, i)->nr;
	key = xcalloc(room, sizeof(*key));
	for (i = 0; i < r->nr_frames; i++) {
		const struct place *p = subject_place(x, r, i);

		for (k = 0; k < p->nr; k++)
			key[nr++] = p->first + k;
	}
	if (row_mark(r))
		key[nr++] = (uint32_t)x->nr_lines;
	frametree_add(t, key, nr, bytes);
	free(key);
}

static void put_tree(const struct massif *w, enum stack_value v)
{
	const struct stacks *st = w->x->st;
	struct frametree t;
	size_t i;

	frametree_init(&t);
	for (i = 1; i < st->nr_rows; i++)
		if (stack_value(&st->row[i], v))
			add_stack(&t, w->x, &st->row[i],
				  stack_value(&st->row[i], v));
	frametree_sort(&t, node_by_value, NULL);
	put_node(w, &t, 0, t.node[0].value / THRESHOLD + 1);
	frametree_free(&t);
}

static void put_shot(const struct massif *w, size_t n)
{
	const struct shot *s = &w->shot[n];
	enum stack_value v =
		s->kind == PEAK ? STACK_VALUE_peak : STACK_VALUE_live;
	bool tree = s->kind != CURVE && subject_total(w->x, v);

	fprintf(w->f,
		"#-----------\nsnapshot=%zu\n#-----------\ntime=%" PRIu64
		"\nmem_heap_B=%" PRIu64 "\nmem_heap_extra_B=%" PRIu64
		"\nmem_stacks_B=0\nheap_tree=%s\n",
		n, s->ns / 1000000, s->heap, s->extra,
		!tree		? "empty" :
		s->kind == PEAK ? "peak" :
				  "detailed");
	if (tree)
		put_tree(w, v);
}

static void add_shot(struct massif *w, uint64_t ns, uint64_t heap,
		     uint64_t pages, int kind)
{
	uint64_t bytes = pages * w->x->s.stats->page_size;
	struct shot *s = &w->shot[w->nr++];

	s->ns = minus(ns, w->x->s.head.start_monotonic_ns);
	s->heap = heap;
	s->extra = minus(bytes, heap);
	s->kind = kind == PEAK ? PEAK : kind == END ? END : CURVE;
}

static void add_curve(struct massif *w)
{
	const struct snapshot *s = &w->x->s;
	size_t step = s->nr_moments / MAX_CURVE + 1, i;

	for (i = 0; i < s->nr_moments; i += step) {
		const struct kvr_moment *m = &s->moment[i];

		add_shot(w, m->monotonic_ns, m->held_bytes,
			 m->slab_pages + m->large_pages + m->vmalloc_pages,
			 CURVE);
	}
}

static uint64_t tree_or(const struct massif *w, enum stack_value v,
			uint64_t otherwise)
{
	uint64_t sum = subject_total(w->x, v);

	return sum ? sum : otherwise;
}

/* no moment is later than the end */
static uint64_t end_ns(const struct massif *w)
{
	uint64_t end = w->x->m.duration_ns;
	size_t i;

	for (i = 0; i < w->nr; i++)
		if (w->shot[i].ns > end)
			end = w->shot[i].ns;
	return end;
}

static int compare_shots(const void *a, const void *b)
{
	const struct shot *x = a, *y = b;

	if ((x->kind == END) != (y->kind == END))
		return x->kind == END ? 1 : -1;
	return x->ns < y->ns ? -1 : x->ns > y->ns;
}

void export_massif(FILE *f, const struct subject *x, enum stack_value v)
{
	const struct kvr_stats *st = x->s.stats;
	uint64_t start = x->s.head.start_monotonic_ns;
	struct massif w = { .f = f, .x = x };
	char *command = subject_command(x);
	size_t i;

	(void)v;
	add_curve(&w);
	add_shot(&w, st->peak_monotonic_ns,
		 tree_or(&w, STACK_VALUE_peak, st->peak_held_bytes),
		 st->peak_pages, PEAK);
	add_shot(&w, start + end_ns(&w),
		 tree_or(&w, STACK_VALUE_live, x->m.total.live_bytes),
		 x->m.pages, END);
	qsort(w.shot, w.nr, sizeof(w.shot[0]), compare_shots);
	fprintf(f, "desc: kvmalloc %s\ncmd: %s\ntime_unit: ms\n", KV_VERSION,
		command);
	for (i = 0; i < w.nr; i++)
		put_shot(&w, i);
	free(command);
}
