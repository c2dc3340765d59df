/* SPDX-License-Identifier: MIT */
/*
 * stacks.c - adds up what thread slots did by each call stack. See stacks.h.
 *
 * Theory: a slot's entry may be "negative", since a thread frees what another
 * allocated. Numbers are added modulo 2^64, which is right whatever the order
 * and the signs, and a sum that is negative in the end (a live file, a damaged
 * one) becomes 0.
 *
 * The peak: an entry keeps what was live when its numbers first changed after
 * the process's peak number peak_seq. If it has seen the last peak, that is
 * what counts; if not, nothing of it has changed since: what is live now was
 * live then.
 */
#include "stacks.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

static uint64_t not_negative(uint64_t n)
{
	return n >> 63 ? 0 : n;
}

static void add_stat(struct stack_row *r, const struct kvr_stack_stat *t,
		     uint64_t peak_seq)
{
	uint64_t live_blocks = t->inherited_blocks + t->allocs - t->frees;
	uint64_t live_bytes = t->inherited_bytes + t->served - t->freed;
	bool saw_peak = t->peak_seq >= peak_seq;
	int i;

	r->allocs += t->allocs;
	r->frees += t->frees;
	r->asked += t->asked;
	r->served += t->served;
	r->freed += t->freed;
	r->kernel_served += t->kernel_served;
	r->fallbacks += t->fallbacks;
	r->inherited_blocks += t->inherited_blocks;
	r->inherited_bytes += t->inherited_bytes;
	r->live_blocks += live_blocks;
	r->live_bytes += live_bytes;
	r->peak_blocks += saw_peak ? t->at_peak_blocks : live_blocks;
	r->peak_bytes += saw_peak ? t->at_peak_bytes : live_bytes;
	if (t->largest > r->largest)
		r->largest = t->largest;
	for (i = 0; i < KVR_LIFETIMES; i++)
		r->lifetime[i] += t->lifetimes[i];
}

static void finish_row(struct stack_row *r)
{
	r->live_blocks = not_negative(r->live_blocks);
	r->live_bytes = not_negative(r->live_bytes);
	r->peak_blocks = not_negative(r->peak_blocks);
	r->peak_bytes = not_negative(r->peak_bytes);
}

/* a stack's frames, as far as the file has them; *left: not yet in a stack */
static void set_frames(struct stack_row *r, const struct kvr_stack *k,
		       const struct snapshot *s, size_t *left)
{
	size_t nr = k->first_frame < s->nr_frames ?
			    s->nr_frames - k->first_frame :
			    0;

	if (nr > k->nr_frames)
		nr = k->nr_frames;
	if (nr > *left)
		nr = *left;
	*left -= nr;
	r->hash = k->hash;
	r->flags = k->flags;
	r->nr_frames = (uint32_t)nr;
	r->frame = nr ? s->frame + k->first_frame : NULL;
}

static void add_stats(struct stacks *st, const struct snapshot *s,
		      const bool *slots)
{
	size_t i;

	for (i = 0; i < st->nr_stats; i++) {
		const struct kvr_stack_stat *t = &st->stat[i];

		if (!t->stack || t->stack >= st->nr_rows)
			continue;
		if (!slots || (t->slot < s->nr_threads && slots[t->slot]))
			add_stat(&st->row[t->stack], t, s->stats->peak_seq);
	}
	for (i = 1; i < st->nr_rows; i++)
		finish_row(&st->row[i]);
}

/* of the last round that is complete */
static void add_pins(struct stacks *st, const struct snapshot *s)
{
	size_t half = s->nr_pins / 2, i;
	const struct kvr_pin *p = s->pin;

	if (!s->stats->pin_round)
		return;
	if (s->stats->pin_round % 2)
		p += half;
	for (i = 0; i < half; i++) {
		struct stack_row *r;

		if (!p[i].stack || p[i].stack >= st->nr_rows)
			continue;
		r = &st->row[p[i].stack];
		r->pinned_bytes = not_negative(p[i].bytes);
		r->pinned_objects = p[i].objects;
	}
}

bool stacks_load(struct stacks *st, struct snapshot *s)
{
	size_t left = s->nr_frames, i;

	memset(st, 0, sizeof(*st));
	st->from = s;
	st->nr_rows = s->nr_stacks ? s->nr_stacks : 1;
	/* a row is some 12 times as large as an entry of the file */
	st->row = calloc(st->nr_rows, sizeof(*st->row));
	if (!st->row) {
		snprintf(s->why, sizeof(s->why),
			 "not enough memory for its %zu stacks", s->nr_stacks);
		return false;
	}
	st->module = s->module;
	st->nr_modules = s->nr_modules;
	st->moment = s->moment;
	st->nr_moments = s->nr_moments;
	st->stat = s->stack_stat;
	st->nr_stats = s->nr_stack_stats;
	for (i = 1; i < s->nr_stacks; i++)
		set_frames(&st->row[i], &s->stack[i], s, &left);
	add_stats(st, s, NULL);
	add_pins(st, s);
	return true;
}

void stacks_of_slots(struct stacks *st, const struct snapshot *s,
		     const bool *slots)
{
	size_t i;

	for (i = 1; i < st->nr_rows; i++) {
		struct stack_row *r = &st->row[i];

		*r = (struct stack_row){
			.hash = r->hash,
			.frame = r->frame,
			.nr_frames = r->nr_frames,
			.flags = r->flags,
			.pinned_bytes = r->pinned_bytes,
			.pinned_objects = r->pinned_objects,
		};
	}
	add_stats(st, s, slots);
}

void stacks_free(struct stacks *st)
{
	free(st->row);
	memset(st, 0, sizeof(*st));
}

uint64_t stack_value(const struct stack_row *r, enum stack_value v)
{
	switch (v) {
	case STACK_VALUE_live:
		return r->live_bytes;
	case STACK_VALUE_leaks:
		return r->live_blocks;
	case STACK_VALUE_peak:
		return r->peak_bytes;
	case STACK_VALUE_total:
		return r->served;
	case STACK_VALUE_count:
		return r->allocs;
	case STACK_VALUE_waste:
		return r->served > r->asked ? r->served - r->asked : 0;
	case STACK_VALUE_fallback:
		return r->fallbacks;
	case STACK_VALUE_pinned:
		return r->pinned_bytes;
	case NR_STACK_VALUES:
		break;
	}
	return 0;
}
