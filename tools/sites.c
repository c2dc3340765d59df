/* SPDX-License-Identifier: MIT */
/*
 * sites.c - puts stacks together into call sites. See sites.h.
 *
 * Theory: stacks form a tree with the allocating function at its root. Near
 * the root everything is one ("malloc was called"), at the leaves everything
 * is small: thousands of stacks of a thousandth each. Between them lie the
 * heavy hitters: the nodes that weigh at least a fraction of the whole when
 * what has already been taken out below them is left out. Those are the
 * sites; each stack is in one of them or, with others too light, in none.
 *
 * A stack counts here to a few frames beyond its allocator-like functions:
 * the same chain of callers reached from different places is one site.
 *
 * The tree is never built: rows sorted by their frames make every node a
 * range.
 */
#include "sites.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

enum {
	MAX_ALLOCATORS = 24, /* frames that allocate for others */
	KEEP = 6,	     /* frames beyond those */
	FRACTIONS = 8,	     /* a site is heavier than 1 / (8 x rows) */
	DEFAULT_ROWS = 100,  /* when all are shown */
	ROUNDS = 6,	     /* each with a limit so much easier: */
	EASIER = 4,
	REST = 20,	    /* when less than 1/20 is left there are enough */
	MAX_PER_FRAME = 16, /* symbols looked at */
};

uint64_t site_value(const struct stack_row *r, int arg)
{
	return stack_value(r, (enum stack_value)arg);
}

void row_add(struct stack_row *to, const struct stack_row *r)
{
	int i;

	to->allocs += r->allocs;
	to->frees += r->frees;
	to->asked += r->asked;
	to->served += r->served;
	to->freed += r->freed;
	to->kernel_served += r->kernel_served;
	to->fallbacks += r->fallbacks;
	to->live_blocks += r->live_blocks;
	to->live_bytes += r->live_bytes;
	to->peak_blocks += r->peak_blocks;
	to->peak_bytes += r->peak_bytes;
	to->inherited_blocks += r->inherited_blocks;
	to->inherited_bytes += r->inherited_bytes;
	to->pinned_bytes += r->pinned_bytes;
	to->pinned_objects += r->pinned_objects;
	for (i = 0; i < KVR_LIFETIMES; i++)
		to->lifetime[i] += r->lifetime[i];
	if (r->largest > to->largest)
		to->largest = r->largest;
}

/* ---- ranges of sorted rows -------------------------------------------- */

struct item {
	const struct stack_row *row;
	uint32_t depth; /* frames that count */
	bool taken;	/* is in a site */
	uint64_t weight;
};

struct builder {
	struct sites *sites;
	size_t room;
	struct item *item;
	size_t nr;
	uint64_t least; /* weight of a site */
};

static uint32_t depth_of(struct symbols *sy, const struct stack_row *r)
{
	uint32_t n = site_callers(sy, r);

	return n + KEEP < r->nr_frames ? n + KEEP : r->nr_frames;
}

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	uint32_t i;

	for (i = 0; i < x->depth && i < y->depth; i++)
		if (x->row->frame[i] != y->row->frame[i])
			return x->row->frame[i] < y->row->frame[i] ? -1 : 1;
	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	/* a fixed order, so that the output is the same each time */
	return x->row < y->row ? -1 : x->row > y->row;
}

static struct site *new_site(struct builder *b)
{
	struct sites *s = b->sites;

	if (s->nr == b->room) {
		b->room = b->room ? 2 * b->room : 64;
		s->site = xrealloc(s->site, b->room, sizeof(*s->site));
	}
	memset(&s->site[s->nr], 0, sizeof(*s->site));
	return &s->site[s->nr++];
}

/* the items of a range that are in no site yet become one */
static void take(struct builder *b, size_t low, size_t high, uint32_t depth)
{
	struct site *site = new_site(b);
	uint64_t most = 0;
	size_t i;

	for (i = low; i < high; i++) {
		struct item *it = &b->item[i];

		if (it->taken)
			continue;
		it->taken = true;
		row_add(&site->sum, it->row);
		site->weight += it->weight;
		site->nr_stacks++;
		if (!site->heaviest || it->weight > most) {
			site->heaviest = it->row;
			most = it->weight;
		}
	}
	site->sum.hash = site->heaviest->hash;
	site->sum.flags = site->heaviest->flags;
	site->sum.frame = site->heaviest->frame;
	/* one stack is shown whole */
	if (site->nr_stacks == 1 || depth > site->heaviest->nr_frames)
		depth = site->heaviest->nr_frames;
	site->sum.nr_frames = depth;
}

/* how many frames the items of a range share, being sorted */
static uint32_t shared(const struct builder *b, size_t low, size_t high,
		       uint32_t depth)
{
	const struct item *x = &b->item[low], *y = &b->item[high - 1];

	while (depth < x->depth && depth < y->depth &&
	       x->row->frame[depth] == y->row->frame[depth])
		depth++;
	return depth;
}

/* the end of the items that go on with the same frame as the one at low */
static size_t same_next(const struct builder *b, size_t low, size_t high,
			uint32_t depth)
{
	size_t i = low + 1;

	if (b->item[low].depth == depth) {
		while (i < high && b->item[i].depth == depth)
			i++;
		return i;
	}
	while (i < high &&
	       b->item[i].row->frame[depth] == b->item[low].row->frame[depth])
		i++;
	return i;
}

/* returns the weight of the range that no site has taken */
static uint64_t divide(struct builder *b, size_t low, size_t high,
		       uint32_t depth)
{
	uint64_t left = 0;
	size_t i, next;
	bool root = !depth;

	depth = shared(b, low, high, depth);
	if (b->item[high - 1].depth <= depth) {
		/* all end here: the shorter of two is the first */
		for (i = low; i < high; i++)
			left += b->item[i].weight;
	} else {
		for (i = low; i < high; i = next) {
			next = same_next(b, i, high, depth);
			left += divide(b, i, next, depth + 1);
		}
	}
	/* what shares nothing at all is no site */
	if (left < b->least || (root && !depth && high - low > 1))
		return left;
	take(b, low, high, depth);
	return 0;
}

static int compare_sites(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return x->heaviest < y->heaviest ? -1 : x->heaviest > y->heaviest;
}

static bool is_used(const struct stack_row *r)
{
	return r->allocs || r->frees || r->live_blocks || r->peak_blocks;
}

static void gather(struct builder *b, const struct stacks *st,
		   struct symbols *sy, const struct site_options *o)
{
	size_t i;

	b->item = xcalloc(st->nr_rows, sizeof(*b->item));
	for (i = 1; i < st->nr_rows; i++) {
		const struct stack_row *r = &st->row[i];
		struct item *it = &b->item[b->nr];

		if (!is_used(r) || (o->chosen && !o->chosen[i]))
			continue;
		row_add(&b->sites->total, r);
		b->sites->nr_stacks++;
		it->weight = o->weight(r, o->arg);
		b->sites->weight += it->weight;
		if (!it->weight)
			continue;
		it->row = r;
		it->depth =
			o->by == SITE_BY_SITE ? depth_of(sy, r) : r->nr_frames;
		b->nr++;
	}
}

/* drops what is in a site; the rest stays in order */
static void drop_taken(struct builder *b)
{
	size_t nr = 0, i;

	for (i = 0; i < b->nr; i++)
		if (!b->item[i].taken)
			b->item[nr++] = b->item[i];
	b->nr = nr;
}

/* where nothing is heavy less will do, until there are enough to show */
static void find_sites(struct builder *b, size_t rows)
{
	uint64_t left = b->sites->weight;
	int round;

	qsort(b->item, b->nr, sizeof(*b->item), compare_items);
	b->least = b->sites->weight / FRACTIONS / rows + 1;
	for (round = 0; round < ROUNDS && b->nr && b->sites->nr < rows &&
			left > b->sites->weight / REST;
	     round++) {
		left = divide(b, 0, b->nr, 0);
		drop_taken(b);
		b->least = b->least / EASIER + 1;
	}
}

void sites_build(struct sites *sites, const struct stacks *st,
		 struct symbols *sy, const struct site_options *o)
{
	struct builder b = { .sites = sites };
	size_t rows = o->rows ? o->rows : DEFAULT_ROWS;
	size_t i;

	memset(sites, 0, sizeof(*sites));
	sites->by = o->by;
	gather(&b, st, sy, o);
	if (o->by == SITE_BY_STACK) {
		for (i = 0; i < b.nr; i++)
			take(&b, i, i + 1, 0);
	} else if (b.nr) {
		find_sites(&b, rows);
	}
	free(b.item);
	if (sites->nr)
		qsort(sites->site, sites->nr, sizeof(*sites->site),
		      compare_sites);
}

static uint32_t common_frames(const struct stack_row *a,
			      const struct stack_row *b)
{
	uint32_t n = 0;

	while (n < a->nr_frames && n < b->nr_frames &&
	       a->frame[n] == b->frame[n])
		n++;
	return n;
}

static void merge(struct site *to, struct site *s)
{
	row_add(&to->sum, &s->sum);
	to->sum.nr_frames = common_frames(&to->sum, &s->sum);
	to->nr_stacks += s->nr_stacks;
	to->weight += s->weight;
	free(s->path);
}

static int compare_paths(const void *a, const void *b)
{
	const struct site *x = a, *y = b;
	int diff = strcmp(x->path, y->path);

	return diff ? diff : compare_sites(a, b);
}

/* sites low to high look the same: what they share is left out */
static void tell_apart(struct sites *sites, struct symbols *sy, size_t width,
		       size_t low, size_t high)
{
	const struct stack_row *first = &sites->site[low].sum;
	uint32_t common = first->nr_frames, n;
	size_t i;

	for (i = low + 1; i < high; i++) {
		n = common_frames(first, &sites->site[i].sum);
		common = n < common ? n : common;
	}
	for (i = low; i < high; i++) {
		struct site *s = &sites->site[i];

		/* one that ends there has nothing else to show */
		if (!common || s->sum.nr_frames == common)
			continue;
		free(s->path);
		s->path = site_path_from(sy, s, width, common);
	}
}

static size_t same_path(const struct sites *sites, size_t low)
{
	size_t i = low + 1;

	while (i < sites->nr &&
	       !strcmp(sites->site[i].path, sites->site[low].path))
		i++;
	return i;
}

static void sort_paths(struct sites *sites)
{
	qsort(sites->site, sites->nr, sizeof(*sites->site), compare_paths);
}

void sites_name(struct sites *sites, struct symbols *sy, size_t width)
{
	size_t nr = 0, i, j, next;

	for (i = 0; i < sites->nr; i++)
		sites->site[i].path = site_path(sy, &sites->site[i], width);
	if (!sites->nr)
		return;
	sort_paths(sites);
	for (i = 0; i < sites->nr; i = next) {
		next = same_path(sites, i);
		if (next > i + 1)
			tell_apart(sites, sy, width, i, next);
	}
	sort_paths(sites);
	for (i = 0; sites->by == SITE_BY_SITE && i < sites->nr; i = next) {
		next = same_path(sites, i);
		sites->site[nr] = sites->site[i];
		for (j = i + 1; j < next; j++)
			merge(&sites->site[nr], &sites->site[j]);
		nr++;
	}
	if (sites->by == SITE_BY_SITE)
		sites->nr = nr;
	qsort(sites->site, sites->nr, sizeof(*sites->site), compare_sites);
}

void sites_free(struct sites *sites)
{
	size_t i;

	for (i = 0; i < sites->nr; i++)
		free(sites->site[i].path);
	free(sites->site);
	memset(sites, 0, sizeof(*sites));
}

/* ---- focus and ignore ------------------------------------------------- */

struct chooser {
	struct symbols *sy;
	bool has_focus, has_ignore;
	regex_t focus, ignore;
	/* frames already judged, sorted */
	struct verdict {
		uint64_t frame;
		bool focus, ignore;
	} * verdict;
	size_t nr;
};

static bool compile(regex_t *re, const char *text, const char *option)
{
	char why[128];
	int err = regcomp(re, text, REG_EXTENDED | REG_NOSUB);

	if (!err)
		return true;
	regerror(err, re, why, sizeof(why));
	complain("%s=%s: expected an extended regular expression: %s", option,
		 text, why);
	return false;
}

/* a function, its file, its object; without a name "object+0x12" */
static bool matches(const regex_t *re, const struct symbol *s, size_t nr)
{
	char text[512];
	size_t i;

	for (i = 0; i < nr; i++) {
		if (s[i].function)
			snprintf(text, sizeof(text), "%s", s[i].function);
		else
			symbol_format(&s[i], text, sizeof(text));
		if (!regexec(re, text, 0, NULL, 0) ||
		    (s[i].file && !regexec(re, s[i].file, 0, NULL, 0)) ||
		    !regexec(re, s[i].module, 0, NULL, 0))
			return true;
	}
	return false;
}

static int compare_frames(const void *a, const void *b)
{
	const struct verdict *x = a, *y = b;

	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

/* each distinct frame is judged once */
static void judge_frames(struct chooser *c, const struct stacks *st)
{
	size_t room = 0, nr = 0, i, f;

	for (i = 1; i < st->nr_rows; i++)
		room += st->row[i].nr_frames;
	c->verdict = xcalloc(room, sizeof(*c->verdict));
	for (i = 1; i < st->nr_rows; i++)
		for (f = 0; f < st->row[i].nr_frames; f++)
			c->verdict[nr++].frame = st->row[i].frame[f];
	if (nr)
		qsort(c->verdict, nr, sizeof(*c->verdict), compare_frames);
	for (i = 0; i < nr; i++) {
		struct symbol s[MAX_PER_FRAME];
		size_t n;

		if (c->nr && c->verdict[c->nr - 1].frame == c->verdict[i].frame)
			continue;
		c->verdict[c->nr] = c->verdict[i];
		n = symbols_at(c->sy, c->verdict[i].frame, s, ARRAY_SIZE(s));
		c->verdict[c->nr].focus =
			c->has_focus && matches(&c->focus, s, n);
		c->verdict[c->nr].ignore =
			c->has_ignore && matches(&c->ignore, s, n);
		c->nr++;
	}
}

static bool passes(const struct chooser *c, const struct stack_row *r)
{
	bool focus = !c->has_focus;
	uint32_t f;

	for (f = 0; f < r->nr_frames; f++) {
		struct verdict key = { .frame = r->frame[f] };
		const struct verdict *v = bsearch(&key, c->verdict, c->nr,
						  sizeof(key), compare_frames);

		if (v && v->ignore)
			return false;
		focus = focus || (v && v->focus);
	}
	return focus;
}

bool *sites_choose(const struct stacks *st, struct symbols *sy,
		   const char *focus, const char *ignore)
{
	struct chooser c = { .sy = sy };
	bool *chosen = NULL;
	size_t i;

	c.has_focus = focus && compile(&c.focus, focus, "--focus");
	c.has_ignore = ignore && compile(&c.ignore, ignore, "--ignore");
	if (c.has_focus == (focus != NULL) &&
	    c.has_ignore == (ignore != NULL)) {
		judge_frames(&c, st);
		chosen = xcalloc(st->nr_rows, sizeof(*chosen));
		for (i = 1; i < st->nr_rows; i++)
			chosen[i] = passes(&c, &st->row[i]);
		free(c.verdict);
	}
	if (c.has_focus)
		regfree(&c.focus);
	if (c.has_ignore)
		regfree(&c.ignore);
	return chosen;
}
