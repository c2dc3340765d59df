/* SPDX-License-Identifier: MIT */
/*
 * export_heaptrack.c - heaptrack's interpreted text format, version 2.
 *
 * heaptrack keeps events, a report keeps sums; so a history is made up that
 * has the same sums: first every block that was gone before the peak comes
 * and goes, then what was live at the peak is allocated, then what died later
 * is freed and what is live at the end remains. Totals of calls and bytes,
 * the peak, and leaks are right for each stack; what lies between is not.
 *
 * All numbers are hexadecimal, ids count from 1 in the order of their lines:
 *   s TEXT    i IP MODULE [FUNCTION FILE LINE]..    t IP PARENT
 *   a SIZE TRACE    + ALLOC    - ALLOC    c MILLISECONDS
 *
 * A long run would be a long file: above MAX_EVENTS a made-up block stands
 * for several, as large as they together.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "frametree.h"

enum { MAX_EVENTS = 1 << 21 };

struct heaptrack {
	FILE *f;
	const struct subject *x;
	struct frametree traces; /* keys: places, root first */
	uint32_t *trace;	 /* [stack]: node */
	uint64_t nr_strings, nr_ips, nr_infos;
	uint64_t scale;	     /* blocks that a passing one stands for */
	uint64_t stay_scale; /* .. and one that is held */
	uint64_t lagging;    /* alloc info not freed yet, + 1; 0 = none */
	uint64_t peak_ms;
};

static uint64_t put_string(struct heaptrack *w, const char *text)
{
	fprintf(w->f, "s %s\n", text);
	return ++w->nr_strings;
}

/* module and functions of a place, as an instruction pointer */
static void put_ip(struct heaptrack *w, const struct place *p)
{
	const struct subject *x = w->x;
	uint64_t module = put_string(w, x->line[p->first].module);
	char *text = NULL;
	size_t size = 0;
	FILE *rest = open_memstream(&text, &size);
	uint32_t k;

	for (k = 0; rest && k < p->nr; k++) {
		const struct line *l = &x->line[p->first + k];

		if (!l->function)
			break;
		fprintf(rest, " %" PRIx64, put_string(w, l->label));
		fprintf(rest, " %" PRIx64 " %" PRIx32,
			l->file ? put_string(w, l->file) : 0, l->line);
	}
	if (rest)
		fclose(rest);
	fprintf(w->f, "i %" PRIx64 " %" PRIx64 "%s\n", place_address(x, p),
		module, text ? text : "");
	w->nr_ips++;
	free(text);
}

static void put_ips(struct heaptrack *w)
{
	uint64_t name;
	size_t i;

	for (i = 0; i < w->x->nr_places; i++)
		put_ip(w, &w->x->place[i]);
	name = put_string(w, "[no further callers recorded]");
	fprintf(w->f, "i 0 0 %" PRIx64 " 0 0\n", name);
}

static void add_traces(struct heaptrack *w)
{
	const struct subject *x = w->x;
	size_t i, n;

	for (i = 1; i < x->st->nr_rows; i++) {
		const struct stack_row *r = &x->st->row[i];
		uint32_t *key = xcalloc(r->nr_frames + 1u, sizeof(*key));
		uint32_t f;

		n = 0;
		if (row_mark(r))
			key[n++] = (uint32_t)x->nr_places;
		for (f = r->nr_frames; f-- > 0;)
			key[n++] =
				(uint32_t)(subject_place(x, r, f) - x->place);
		w->trace[i] = frametree_add(&w->traces, key, n, 1);
		free(key);
	}
}

/* a node is made after its parent, so its number is its id */
static void put_traces(struct heaptrack *w)
{
	size_t i;

	for (i = 1; i < w->traces.nr; i++)
		fprintf(w->f, "t %" PRIx32 " %" PRIx32 "\n",
			w->traces.node[i].key + 1, w->traces.node[i].parent);
}

static uint64_t new_info(struct heaptrack *w, uint64_t size, size_t stack)
{
	fprintf(w->f, "a %" PRIx64 " %" PRIx32 "\n", size, w->trace[stack]);
	return w->nr_infos++;
}

static void put_events(struct heaptrack *w, char sign, uint64_t info,
		       uint64_t nr)
{
	for (; nr; nr--)
		fprintf(w->f, "%c %" PRIx64 "\n", sign, info);
}

/*
 * nr blocks that come and go. Each is freed only after another one came, made
 * by another line of the file: heaptrack calls a block temporary when the
 * next event frees it, and that nobody knows here.
 */
static void pass_by(struct heaptrack *w, size_t stack, uint64_t nr,
		    uint64_t size)
{
	uint64_t info[2], i;

	if (!nr)
		return;
	info[0] = new_info(w, size, stack);
	info[1] = nr > 1 ? new_info(w, size, stack) : 0;
	for (i = 0; i < nr; i++) {
		put_events(w, '+', info[i & 1], 1);
		if (w->lagging)
			put_events(w, '-', w->lagging - 1, 1);
		w->lagging = info[i & 1] + 1;
	}
}

/*
 * nr blocks of `bytes` together, in at most two sizes, so that the sum is
 * exact: nr - 1 of the average and one with the rest.
 */
struct blocks {
	uint64_t info[2], nr[2];
};

static void put_blocks(struct heaptrack *w, char sign, const struct blocks *b)
{
	put_events(w, sign, b->info[0], b->nr[0]);
	put_events(w, sign, b->info[1], b->nr[1]);
}

static struct blocks make_blocks(struct heaptrack *w, size_t stack, uint64_t nr,
				 uint64_t bytes)
{
	struct blocks b = { { 0, 0 }, { 0, 0 } };
	uint64_t each;

	if (!nr)
		return b;
	each = bytes / nr;
	b.nr[1] = bytes % nr ? 1 : 0;
	b.nr[0] = nr - b.nr[1];
	if (b.nr[0])
		b.info[0] = new_info(w, each, stack);
	if (b.nr[1])
		b.info[1] = new_info(w, each + bytes % nr, stack);
	return b;
}

/* a stack's blocks by their fate, and the bytes of them together */
struct fates {
	uint64_t kept, kept_bytes; /* live at the peak and at the end */
	uint64_t died, died_bytes; /* live at the peak only */
	uint64_t late, late_bytes; /* live at the end only */
	uint64_t gone, gone_bytes; /* at neither */
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static struct fates fates_of(const struct stack_row *r)
{
	struct fates n;

	n.kept = smaller(r->peak_blocks, r->live_blocks);
	n.kept_bytes = smaller(r->peak_bytes, r->live_bytes);
	n.died = r->peak_blocks - n.kept;
	n.died_bytes = r->peak_bytes - n.kept_bytes;
	n.late = r->live_blocks - n.kept;
	n.late_bytes = r->live_bytes - n.kept_bytes;
	/* as many blocks of other sizes: bytes matter more than numbers */
	if (n.died_bytes && !n.died)
		n.died = 1;
	if (n.late_bytes && !n.late)
		n.late = 1;
	n.gone = minus(r->allocs + r->inherited_blocks,
		       n.kept + n.died + n.late);
	n.gone_bytes = minus(r->served + r->inherited_bytes,
			     n.kept_bytes + n.died_bytes + n.late_bytes);
	return n;
}

/* all of the average size, but one that makes the sum exact */
static void put_gone(struct heaptrack *w, size_t stack, uint64_t nr,
		     uint64_t bytes)
{
	uint64_t rest;

	if (!nr)
		return;
	rest = bytes % nr;
	pass_by(w, stack, nr - (rest != 0), bytes / nr);
	pass_by(w, stack, rest != 0, bytes / nr + rest);
}

static uint64_t scaled(uint64_t nr, uint64_t scale)
{
	return nr / scale + (nr % scale != 0);
}

/* every block of every stack, in the order of the phases */
static void put_history(struct heaptrack *w)
{
	size_t nr = w->x->st->nr_rows, i;
	struct blocks *died = xcalloc(nr, sizeof(*died));
	struct fates *n = xcalloc(nr, sizeof(*n));
	struct blocks b;

	for (i = 1; i < nr; i++) {
		n[i] = fates_of(&w->x->st->row[i]);
		put_gone(w, i, scaled(n[i].gone, w->scale), n[i].gone_bytes);
	}
	if (w->lagging)
		put_events(w, '-', w->lagging - 1, 1);
	for (i = 1; i < nr; i++) {
		b = make_blocks(w, i, scaled(n[i].kept, w->stay_scale),
				n[i].kept_bytes);
		put_blocks(w, '+', &b);
		died[i] = make_blocks(w, i, scaled(n[i].died, w->stay_scale),
				      n[i].died_bytes);
		put_blocks(w, '+', &died[i]);
	}
	fprintf(w->f, "c %" PRIx64 "\n", w->peak_ms);
	for (i = 1; i < nr; i++)
		put_blocks(w, '-', &died[i]);
	for (i = 1; i < nr; i++) {
		b = make_blocks(w, i, scaled(n[i].late, w->stay_scale),
				n[i].late_bytes);
		put_blocks(w, '+', &b);
	}
	free(died);
	free(n);
}

static void choose_scales(struct heaptrack *w)
{
	uint64_t gone = 0, stay = 0;
	size_t i;

	for (i = 1; i < w->x->st->nr_rows; i++) {
		struct fates n = fates_of(&w->x->st->row[i]);

		gone += n.gone;
		stay += n.kept + n.died + n.late;
	}
	w->scale = gone / MAX_EVENTS + 1;
	w->stay_scale = stay / MAX_EVENTS + 1;
	if (w->scale > 1)
		complain("heaptrack has no sums, so this file has events: one "
			 "stands for %" PRIu64 " short-lived blocks",
			 w->scale);
	if (w->stay_scale > 1)
		complain("one event stands for %" PRIu64 " held blocks",
			 w->stay_scale);
}

void export_heaptrack(FILE *f, const struct subject *x, enum stack_value v)
{
	const struct kvr_stats *st = x->s.stats;
	struct heaptrack w = { .f = f, .x = x };
	char *command = subject_command(x);

	(void)v;
	w.peak_ms = minus(st->peak_monotonic_ns, x->s.head.start_monotonic_ns) /
		    1000000;
	w.trace = xcalloc(x->st->nr_rows, sizeof(*w.trace));
	frametree_init(&w.traces);
	choose_scales(&w);
	fprintf(f, "v 10400 2\nX %s\nI %" PRIx64 " %" PRIx64 "\n", command,
		st->page_size, st->total_pages);
	put_ips(&w);
	add_traces(&w);
	put_traces(&w);
	fputs("c 0\n", f);
	put_history(&w);
	fprintf(f, "c %" PRIx64 "\n", x->m.duration_ns / 1000000);
	frametree_free(&w.traces);
	free(w.trace);
	free(command);
}
