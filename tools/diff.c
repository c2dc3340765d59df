/* SPDX-License-Identifier: MIT */
/*
 * diff.c - finds each stack of one run in the other. See diff.h.
 *
 * Theory: a stack's hash is made of build ids and offsets, so it is the same
 * in every run of the same objects. Once the program was built again no hash
 * fits, and stacks are the same that name the same functions in the same
 * order: lines move with each edit, functions rarely.
 */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

enum { MAX_PER_FRAME = 16 };

struct key {
	uint64_t key;
	const struct stack_row *row;
	bool in_new;
};

static const struct kvr_module *main_module(const struct stacks *st)
{
	size_t i;

	for (i = 0; i < st->nr_modules; i++)
		if (st->module[i].flags & KVR_MODULE_MAIN)
			return &st->module[i];
	return NULL;
}

static bool same_build(const struct stacks *a, const struct stacks *b)
{
	const struct kvr_module *x = main_module(a), *y = main_module(b);

	return !x || !y ||
	       (x->build_id_size == y->build_id_size &&
		!memcmp(x->build_id, y->build_id, x->build_id_size));
}

static uint64_t mix(uint64_t h, const char *text)
{
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3ull;
	return (h ^ 0xff) * 0x100000001b3ull;
}

static uint64_t name_key(struct symbols *sy, const struct stack_row *r)
{
	struct symbol s[MAX_PER_FRAME];
	uint64_t h = 0xcbf29ce484222325ull;
	size_t n, i;
	uint32_t f;

	for (f = 0; f < r->nr_frames; f++) {
		n = symbols_at(sy, r->frame[f], s, ARRAY_SIZE(s));
		for (i = 0; i < n; i++) {
			h = mix(h, s[i].module);
			if (s[i].function)
				h = mix(h, s[i].function);
			else
				h = (h ^ s[i].offset) * 0x100000001b3ull;
		}
	}
	return h;
}

static size_t add_keys(struct key *keys, const struct profile *p, bool in_new,
		       bool by_name)
{
	size_t nr = 0, i;

	for (i = 1; i < p->stacks.nr_rows; i++) {
		const struct stack_row *r = &p->stacks.row[i];

		if (p->chosen && !p->chosen[i])
			continue;
		keys[nr].row = r;
		keys[nr].in_new = in_new;
		keys[nr].key = by_name && r->nr_frames ?
				       name_key(p->symbols, r) :
				       r->hash;
		nr++;
	}
	return nr;
}

static int compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->in_new != y->in_new)
		return x->in_new ? 1 : -1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static uint64_t distance(const struct change *c)
{
	return c->before < c->after ? c->after - c->before :
				      c->before - c->after;
}

static int compare_changes(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	if (distance(x) != distance(y))
		return distance(x) < distance(y) ? 1 : -1;
	return x->site.sum.hash < y->site.sum.hash ? -1 : 1;
}

static void add(struct change *c, const struct key *k, enum stack_value v)
{
	uint64_t value = stack_value(k->row, v);

	*(k->in_new ? &c->after : &c->before) += value;
	++*(k->in_new ? &c->nr_after : &c->nr_before);
	if (!c->site.heaviest || value > c->site.weight) {
		c->site.heaviest = k->row;
		c->site.weight = value;
		c->site.nr_stacks = 1;
		c->site.sum = *k->row;
		c->in_new = k->in_new;
	}
}

void diff_build(struct diff *d, const struct profile *before,
		const struct profile *after, enum stack_value v)
{
	struct key *keys = xcalloc(
		before->stacks.nr_rows + after->stacks.nr_rows, sizeof(*keys));
	struct change *c = NULL;
	size_t nr, i;

	memset(d, 0, sizeof(*d));
	d->by_name = !same_build(&before->stacks, &after->stacks);
	nr = add_keys(keys, before, false, d->by_name);
	nr += add_keys(keys + nr, after, true, d->by_name);
	d->change = xcalloc(nr, sizeof(*d->change));
	if (nr)
		qsort(keys, nr, sizeof(*keys), compare_keys);
	for (i = 0; i < nr; i++) {
		if (!c || keys[i].key != keys[i - 1].key)
			c = &d->change[d->nr++];
		add(c, &keys[i], v);
	}
	for (i = 0; i < d->nr; i++)
		d->nr_common += d->change[i].nr_before && d->change[i].nr_after;
	if (d->nr)
		qsort(d->change, d->nr, sizeof(*d->change), compare_changes);
	free(keys);
}

void diff_free(struct diff *d)
{
	free(d->change);
	memset(d, 0, sizeof(*d));
}
