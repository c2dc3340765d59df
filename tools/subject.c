/* SPDX-License-Identifier: MIT */
/*
 * subject.c - loads a report file for a picture or another tool's format.
 * See subject.h.
 *
 * Theory: stacks share frames, and symbols are looked up once for each
 * distinct one. Frames are found in a table with open addressing, never more
 * than half full.
 */
#include "subject.h"

#include <stdlib.h>
#include <string.h>

const struct value_info value_info[NR_STACK_VALUES] = {
#define X(name, unit, help) { #name, unit, help },
	STACK_VALUES(X)
#undef X
};

static int value_parse(const char *word, enum stack_value *v)
{
#define X(name, unit, help) ", " #name
	static const char words[] = STACK_VALUES(X);
#undef X
	size_t i;

	for (i = 0; i < NR_STACK_VALUES; i++) {
		if (!strcmp(word, value_info[i].name)) {
			*v = (enum stack_value)i;
			return 1;
		}
	}
	usage_error("--value=%s: expected one of %s", word, words + 2);
	return -1;
}

int subject_option(struct subject_options *o, int key, const char *arg)
{
	switch (key) {
	case 'o':
		o->output = arg;
		return 1;
	case KEY_FORCE:
		o->force = true;
		return 1;
	case KEY_VALUE:
		return value_parse(arg, &o->value);
	}
	return profile_option(&o->profile, key, arg);
}

static const char *clean_copy(const char *text)
{
	size_t n;
	char *copy;

	if (!text)
		return NULL;
	n = strlen(text) + 1;
	copy = xrealloc(NULL, n, 1);
	memcpy(copy, text, n);
	text_clean(copy, n);
	return copy;
}

static void set_line(struct line *l, const struct symbol *s)
{
	char buf[512];

	*l = (struct line){
		.function = clean_copy(s->function),
		.file = clean_copy(s->file),
		.module = clean_copy(s->module ? s->module : ""),
		.offset = s->offset,
		.line = s->line,
	};
	if (l->function && *l->function) {
		l->label = l->function;
		return;
	}
	symbol_format(s, buf, sizeof(buf));
	l->label = clean_copy(buf);
}

static void free_line(struct line *l)
{
	union {
		const char *c;
		char *p;
	} text[] = { { l->function == l->label ? NULL : l->label },
		     { l->function },
		     { l->file },
		     { l->module } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(text); i++)
		free(text[i].p);
}

static void name_place(struct subject *x, struct place *p)
{
	enum { MAX_INLINED = 32 };
	struct symbol found[MAX_INLINED];
	size_t nr = symbols_at(x->profile.symbols, p->frame, found,
			       MAX_INLINED),
	       i;

	p->first = (uint32_t)x->nr_lines;
	p->nr = (uint32_t)nr;
	x->line = xrealloc(x->line, x->nr_lines + nr, sizeof(*x->line));
	for (i = 0; i < nr; i++)
		set_line(&x->line[x->nr_lines++], &found[i]);
}

static size_t slot_of(uint64_t frame, size_t mask)
{
	frame *= 0x9e3779b97f4a7c15u;
	return (size_t)(frame >> 32) & mask;
}

/* numbers the distinct frames */
static void find_places(struct subject *x)
{
	size_t nr = x->s.nr_frames, room = 64, mask, i, h;
	uint32_t *slot;

	while (room < 2 * nr)
		room *= 2;
	mask = room - 1;
	slot = xcalloc(room, sizeof(*slot));
	x->place_of = xcalloc(nr, sizeof(*x->place_of));
	x->place = xcalloc(nr, sizeof(*x->place));
	for (i = 0; i < nr; i++) {
		uint64_t frame = x->s.frame[i];

		h = slot_of(frame, mask);
		while (slot[h] && x->place[slot[h] - 1].frame != frame)
			h = (h + 1) & mask;
		if (!slot[h]) {
			x->place[x->nr_places++].frame = frame;
			slot[h] = (uint32_t)x->nr_places;
		}
		x->place_of[i] = slot[h] - 1;
	}
	free(slot);
}

/* only what was chosen; and no damaged file makes us write for ever */
static void tame_rows(struct subject *x)
{
	enum { MAX_FRAMES = 512 };
	struct stacks *st = &x->profile.stacks;
	size_t i;

	for (i = 1; i < st->nr_rows; i++) {
		if (x->profile.chosen && !x->profile.chosen[i])
			memset(&st->row[i], 0, sizeof(st->row[i]));
		if (st->row[i].nr_frames <= MAX_FRAMES)
			continue;
		st->row[i].nr_frames = MAX_FRAMES;
		st->row[i].flags |= KVR_STACK_TRUNCATED;
	}
}

bool subject_load(struct subject *x, const char *target,
		  const struct subject_options *o)
{
	size_t i;

	memset(x, 0, sizeof(*x));
	x->st = &x->profile.stacks;
	if (!find_target(&x->s, target))
		return false;
	x->life = life_beside_others(&x->s.head, x->s.path);
	model_build(&x->m, &x->s, x->life == LIFE_RUNNING ? monotonic_ns() : 0);
	switch (profile_open(&x->profile, &x->s, &o->profile)) {
	case -1:
		snapshot_free(&x->s);
		return false;
	case 1:
		tame_rows(x);
		find_places(x);
		for (i = 0; i < x->nr_places; i++)
			name_place(x, &x->place[i]);
	}
	return true;
}

void subject_free(struct subject *x)
{
	size_t i;

	for (i = 0; i < x->nr_lines; i++)
		free_line(&x->line[i]);
	free(x->line);
	free(x->place);
	free(x->place_of);
	profile_close(&x->profile);
	snapshot_free(&x->s);
}

bool subject_needs_stacks(const struct subject *x)
{
	if (x->st->nr_rows)
		return true;
	complain("%s: has no call stacks; record them with 'kvmalloc run "
		 "--stacks' or KVMALLOC=\"report stacks\"",
		 x->s.path);
	return false;
}

const struct place *subject_place(const struct subject *x,
				  const struct stack_row *r, uint32_t frame)
{
	return &x->place[x->place_of[r->frame - x->s.frame + frame]];
}

bool row_used(const struct stack_row *r)
{
	return r->allocs || r->frees || r->live_blocks || r->peak_bytes;
}

uint64_t subject_total(const struct subject *x, enum stack_value v)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 1; i < x->st->nr_rows; i++)
		sum += stack_value(&x->st->row[i], v);
	return sum;
}

const char *row_mark(const struct stack_row *r)
{
	if (r->flags & KVR_STACK_LOST)
		return "[stacks that found no room]";
	if (!r->nr_frames)
		return "[no stack]";
	return r->flags & KVR_STACK_TRUNCATED ? "[truncated]" : NULL;
}

char *subject_command(const struct subject *x)
{
	char *text = text_command(x->s.head.cmdline, x->s.cmdline_len);

	if (*text)
		return text;
	free(text);
	return xasprintf("%s", x->s.head.comm);
}
