/* SPDX-License-Identifier: MIT */
/*
 * flame.c - draws a flame graph. See flame.h.
 *
 * Stacks that begin alike share rectangles as wide as what they have together;
 * callers are below what they call. Frames are told apart by what they are
 * called, so that a function is one rectangle however many of its lines call.
 * Siblings are in the order of their names, which keeps two graphs of one
 * program comparable.
 *
 * The picture is complete without its script: any SVG viewer shows it. The
 * script (flame.c.js) adds search and zoom; nothing is loaded from elsewhere.
 * Frames narrower than MIN_WIDTH are left out, and the sum line says so.
 */
#include "flame.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "embed.h"
#include "frametree.h"
#include "table.h"

EMBED(flame_style, __FILE__ ".css");
EMBED(flame_script, __FILE__ ".js");

enum {
	WIDTH = 1200,
	MARGIN = 10,
	ROW = 18,
	TOP = 70, /* title, facts, buttons */
	BOTTOM = 34,
	MIN_TEXT = 24, /* narrower frames have no text */
};

#define MIN_WIDTH  0.3
#define TEXT_WIDTH 6.6 /* of the 11px monospaced font */

struct flame {
	FILE *f;
	const struct subject *x;
	const struct flame_options *o;
	struct frametree tree;
	const char **label; /* [key] */
	uint32_t *key_of;   /* [line] */
	size_t nr_labels;
	uint32_t depth; /* of the deepest frame that is drawn */
	uint64_t hidden;
};

static const char *const marks[] = {
	"[stacks that found no room]",
	"[no stack]",
	"[truncated]",
};

static int compare_lines(const void *a, const void *b, void *data)
{
	const struct line *line = data;
	uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;

	return strcmp(line[i].label, line[k].label);
}

/* equal labels get equal keys, and keys are in the order of the labels */
static void number_labels(struct flame *w)
{
	const struct subject *x = w->x;
	uint32_t *order = xcalloc(x->nr_lines, sizeof(*order));
	size_t i;

	for (i = 0; i < x->nr_lines; i++)
		order[i] = (uint32_t)i;
	if (x->nr_lines)
		qsort_r(order, x->nr_lines, sizeof(*order), compare_lines,
			x->line);
	w->label = xcalloc(x->nr_lines + ARRAY_SIZE(marks), sizeof(*w->label));
	w->key_of = xcalloc(x->nr_lines, sizeof(*w->key_of));
	for (i = 0; i < ARRAY_SIZE(marks); i++)
		w->label[w->nr_labels++] = marks[i];
	for (i = 0; i < x->nr_lines; i++) {
		const char *label = x->line[order[i]].label;

		if (!i || strcmp(label, w->label[w->nr_labels - 1]))
			w->label[w->nr_labels++] = label;
		w->key_of[order[i]] = (uint32_t)(w->nr_labels - 1);
	}
	free(order);
}

static uint32_t mark_key(const char *mark)
{
	uint32_t i = 0;

	while (strcmp(mark, marks[i]))
		i++;
	return i;
}

static void add_stack(struct flame *w, const struct stack_row *r)
{
	uint64_t n = stack_value(r, w->o->value);
	size_t nr = 0, room = 1, i;
	uint32_t *key, f, k;

	if (!n)
		return;
	for (f = 0; f < r->nr_frames; f++)
		room += subject_place(w->x, r, f)->nr;
	key = xcalloc(room, sizeof(*key));
	for (f = 0; f < r->nr_frames; f++) {
		const struct place *p = subject_place(w->x, r, f);

		for (k = 0; k < p->nr; k++)
			key[nr++] = w->key_of[p->first + k];
	}
	if (row_mark(r))
		key[nr++] = mark_key(row_mark(r));
	for (i = 0; !w->o->invert && i < nr / 2; i++) {
		uint32_t swap = key[i];

		key[i] = key[nr - 1 - i];
		key[nr - 1 - i] = swap;
	}
	frametree_add(&w->tree, key, nr, n);
	free(key);
}

static int by_key(const struct node *a, const struct node *b, const void *data)
{
	(void)data;
	return a->key < b->key ? -1 : a->key > b->key;
}

static double scale(const struct flame *w)
{
	uint64_t all = w->tree.node[0].value;

	return all ? (WIDTH - 2 * MARGIN) / (double)all : 0;
}

static bool is_drawn(const struct flame *w, const struct node *n)
{
	return (double)n->value * scale(w) >= MIN_WIDTH;
}

static void measure(struct flame *w)
{
	size_t i;

	for (i = 1; i < w->tree.nr; i++) {
		const struct node *n = &w->tree.node[i];

		if (!is_drawn(w, n))
			w->hidden++;
		else if (n->depth > w->depth)
			w->depth = n->depth;
	}
}

/* text between tags, or in an attribute */
static void put_text(FILE *f, const char *text)
{
	for (; *text; text++) {
		if (strchr("<>&\"'", *text))
			fprintf(f, "&#%d;", *text);
		else
			fputc(*text, f);
	}
}

/* U+FFFE and U+FFFF are no characters of XML; the rest of a clean text is */
static char *xml_text(const char *text)
{
	char *copy = xasprintf("%s", text), *p;

	for (p = copy; (p = strstr(p, "\xef\xbf")); p += 2)
		if ((unsigned char)p[2] >= 0xbe)
			memset(p, '?', 3);
	return copy;
}

static struct text amount(const struct flame *w, uint64_t n)
{
	const struct value_info *v = &value_info[w->o->value];

	if (!strcmp(v->unit, "bytes"))
		return fmt_bytes(n);
	return fmt_things(
		n, w->o->value == STACK_VALUE_leaks ? "block" : "request",
		w->o->value == STACK_VALUE_leaks ? "blocks" : "requests");
}

/* a colour that belongs to a name: warm, or grey for what is no function */
static void put_colour(const struct flame *w, uint32_t key)
{
	const char *label = w->label[key];
	uint32_t h = 2166136261u;

	/* "module+0x12" */
	if (key < ARRAY_SIZE(marks) || strstr(label, "+0x")) {
		fputs("hsl(220,8%,72%)", w->f);
		return;
	}
	for (; *label; label++)
		h = (h ^ (unsigned char)*label) * 16777619u;
	fprintf(w->f, "hsl(%u,%u%%,%u%%)", 8 + h % 42, 68 + (h >> 8) % 22,
		60 + (h >> 16) % 12);
}

static double row_y(const struct flame *w, uint32_t depth)
{
	return TOP + (double)(w->depth - depth) * ROW;
}

static void put_frame(const struct flame *w, const struct node *n, double left)
{
	double width = (double)n->value * scale(w), y = row_y(w, n->depth);
	char *text = xml_text(n->depth ? w->label[n->key] : "all");

	fputs("<g class=\"f\"><title>", w->f);
	put_text(w->f, text);
	fprintf(w->f, " (%s, ", amount(w, n->value).s);
	/* "< 0.1 %" */
	put_text(w->f, fmt_percent(n->value, w->tree.node[0].value).s);
	fprintf(w->f,
		")</title><rect x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" "
		"height=\"%d\" fill=\"",
		MARGIN + left, y, width, ROW - 1);
	put_colour(w, n->depth ? n->key : 0);
	fprintf(w->f, "\"/><text x=\"%.2f\" y=\"%.0f\">", MARGIN + left + 3,
		y + ROW - 6);
	text_cut(text,
		 width < MIN_TEXT ? 0 : (size_t)((width - 6) / TEXT_WIDTH));
	put_text(w->f, text);
	fputs("</text></g>\n", w->f);
	free(text);
}

/* a frame and what stands on it */
static void put_subtree(const struct flame *w, uint32_t n, double left)
{
	const struct node *node = &w->tree.node[n];
	uint32_t c;

	put_frame(w, node, left);
	for (c = node->child; c; c = w->tree.node[c].next) {
		if (is_drawn(w, &w->tree.node[c]))
			put_subtree(w, c, left);
		left += (double)w->tree.node[c].value * scale(w);
	}
}

static char *sum_line(const struct flame *w)
{
	const struct value_info *v = &value_info[w->o->value];
	const struct kvr_stats *st = w->x->s.stats;
	char *hidden = xasprintf("%s", "");
	char *text;

	if (w->hidden) {
		free(hidden);
		hidden = xasprintf(
			"; %s too narrow to be shown",
			fmt_things(w->hidden, "frame is", "frames are").s);
	}
	text = xasprintf(
		"%s: %s, %s in all%s%s%s", v->name, v->help,
		amount(w, w->tree.node[0].value).s,
		st->stack_mode == KVR_STACKS_SAMPLED ? "; sampled" : "",
		w->o->invert ? "; inverted: what allocates is at the bottom" :
			       "",
		hidden);
	free(hidden);
	return text;
}

static void put_line_of_text(const struct flame *w, const char *class, double y,
			     const char *words)
{
	char *text = xml_text(words);

	/* a title is larger */
	text_cut(text, *class == 't' ? 120 : 175);
	fprintf(w->f, "<text class=\"%s\" x=\"%d\" y=\"%.0f\">", class, MARGIN,
		y);
	put_text(w->f, text);
	fputs("</text>\n", w->f);
	free(text);
}

static void put_buttons(const struct flame *w, int height)
{
	fprintf(w->f,
		"<text class=\"b\" id=\"reset\" x=\"%d\" y=\"60\" "
		"visibility=\"hidden\">[reset zoom]</text>\n"
		"<text class=\"b\" id=\"search\" x=\"%d\" y=\"60\" "
		"text-anchor=\"end\" visibility=\"hidden\">[search]</text>\n"
		"<text class=\"s\" id=\"about\" x=\"%d\" y=\"%d\"> </text>\n"
		"<text class=\"s\" id=\"found\" x=\"%d\" y=\"%d\" "
		"text-anchor=\"end\"> </text>\n",
		MARGIN, WIDTH - MARGIN, MARGIN, height - 12, WIDTH - MARGIN,
		height - 12);
}

static void put_svg(const struct flame *w)
{
	int height = TOP + (int)(w->depth + 1) * ROW + BOTTOM;
	char *command = subject_command(w->x);
	char *sum = sum_line(w);

	fprintf(w->f,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" "
		"width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n"
		"<style>\n%s</style>\n"
		"<rect class=\"bg\" width=\"100%%\" height=\"100%%\"/>\n",
		WIDTH, height, WIDTH, height, flame_style);
	put_line_of_text(w, "t", 24, w->o->title ? w->o->title : command);
	put_line_of_text(w, "s", 42, sum);
	put_buttons(w, height);
	fputs("<g id=\"frames\">\n", w->f);
	if (w->tree.node[0].value)
		put_subtree(w, 0, 0);
	else
		put_line_of_text(w, "t", TOP + ROW - 4,
				 "Nothing of this value in any stack.");
	fprintf(w->f, "</g>\n<script><![CDATA[\n%s]]></script>\n</svg>\n",
		flame_script);
	free(command);
	free(sum);
}

void flame_svg(FILE *f, const struct subject *x, const struct flame_options *o)
{
	struct flame w = { .f = f, .x = x, .o = o };
	size_t i;

	number_labels(&w);
	frametree_init(&w.tree);
	for (i = 1; i < x->st->nr_rows; i++)
		add_stack(&w, &x->st->row[i]);
	frametree_sort(&w.tree, by_key, NULL);
	measure(&w);
	put_svg(&w);
	frametree_free(&w.tree);
	free(w.label);
	free(w.key_of);
}
