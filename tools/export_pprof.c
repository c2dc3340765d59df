/* SPDX-License-Identifier: MIT */
/*
 * export_pprof.c - profile.proto of pprof, written by hand.
 *
 * The encoding is protocol buffers': a message is a run of fields, a field a
 * varint tag (number << 3 | type) and either a varint or a length and bytes.
 * Nested messages need their length first, so each is made in memory. A field
 * that is zero is left out. Ids count from 1, string 0 is "".
 *
 * Go's and tcmalloc's heap profiles have four values, alloc and inuse, objects
 * and space; ours follow behind them. "space" is bytes served, as there.
 */
#include <stdlib.h>
#include <string.h>

#include "export.h"

struct buf {
	unsigned char *p;
	size_t n, room;
};

static void put_bytes(struct buf *b, const void *p, size_t n)
{
	if (b->room - b->n < n) {
		b->room = 2 * b->room + n + 64;
		b->p = xrealloc(b->p, b->room, 1);
	}
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static void put_varint(struct buf *b, uint64_t v)
{
	unsigned char bytes[10];
	size_t n = 0;

	while (v >= 0x80) {
		bytes[n++] = (unsigned char)(v | 0x80);
		v >>= 7;
	}
	bytes[n++] = (unsigned char)v;
	put_bytes(b, bytes, n);
}

static void put_number(struct buf *b, uint32_t field, uint64_t v)
{
	if (!v)
		return;
	put_varint(b, field << 3);
	put_varint(b, v);
}

static void put_block(struct buf *b, uint32_t field, const void *p, size_t n)
{
	put_varint(b, field << 3 | 2);
	put_varint(b, n);
	put_bytes(b, p, n);
}

/* a message is done: it becomes a field of the outer one */
static void put_message(struct buf *b, uint32_t field, struct buf *inner)
{
	put_block(b, field, inner->p, inner->n);
	inner->n = 0;
}

/* field numbers of profile.proto */
enum {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE,
	PROFILE_MAPPING,
	PROFILE_LOCATION,
	PROFILE_FUNCTION,
	PROFILE_STRING_TABLE,
	PROFILE_TIME_NANOS = 9,
	PROFILE_DURATION_NANOS,
	PROFILE_PERIOD_TYPE,
	PROFILE_PERIOD,
	PROFILE_COMMENT,
	PROFILE_DEFAULT_SAMPLE_TYPE,

	TYPE_TYPE = 1,
	TYPE_UNIT,

	SAMPLE_LOCATION_ID = 1,
	SAMPLE_VALUE,
	SAMPLE_LABEL,
	LABEL_KEY = 1,
	LABEL_STR,
	LABEL_NUM,
	LABEL_NUM_UNIT,

	MAPPING_ID = 1,
	MAPPING_START,
	MAPPING_LIMIT,
	MAPPING_OFFSET,
	MAPPING_FILENAME,
	MAPPING_BUILD_ID,
	MAPPING_HAS_FUNCTIONS,
	MAPPING_HAS_FILENAMES,
	MAPPING_HAS_LINES,
	MAPPING_HAS_INLINES,

	LOCATION_ID = 1,
	LOCATION_MAPPING_ID,
	LOCATION_ADDRESS,
	LOCATION_LINE,
	LINE_FUNCTION_ID = 1,
	LINE_LINE,

	FUNCTION_ID = 1,
	FUNCTION_NAME,
	FUNCTION_SYSTEM_NAME,
	FUNCTION_FILENAME,
};

/* what a sample counts: a value of ours by its pprof name */
static const struct sample_type {
	const char *type, *unit;
	enum { ALLOC_OBJECTS, PEAK_OBJECTS, ASKED, VALUE } what;
	enum stack_value value; /* that --value means it by */
} sample_types[] = {
	{ "alloc_objects", "count", ALLOC_OBJECTS, STACK_VALUE_count },
	{ "alloc_space", "bytes", VALUE, STACK_VALUE_total },
	{ "inuse_objects", "count", VALUE, STACK_VALUE_leaks },
	{ "inuse_space", "bytes", VALUE, STACK_VALUE_live },
	{ "peak_space", "bytes", VALUE, STACK_VALUE_peak },
	{ "peak_objects", "count", PEAK_OBJECTS, NR_STACK_VALUES },
	{ "asked_space", "bytes", ASKED, NR_STACK_VALUES },
	{ "waste_space", "bytes", VALUE, STACK_VALUE_waste },
	{ "fallbacks", "count", VALUE, STACK_VALUE_fallback },
	{ "pinned_space", "bytes", VALUE, STACK_VALUE_pinned },
};

static uint64_t sample_value(const struct stack_row *r,
			     const struct sample_type *t)
{
	switch (t->what) {
	case ALLOC_OBJECTS:
		return r->allocs;
	case PEAK_OBJECTS:
		return r->peak_blocks;
	case ASKED:
		return r->asked;
	case VALUE:
		break;
	}
	return stack_value(r, t->value);
}

/* strings and functions, each once: open addressing, at most half full */
struct interned {
	const char *text, *file; /* file: of a function */
};

struct pprof {
	const struct subject *x;
	struct buf out, a, b;
	struct buf functions, strings;
	uint32_t *slot[2]; /* of strings, of functions */
	struct interned *entry[2];
	size_t nr[2], mask[2];
};

enum { STRINGS, FUNCTIONS };

static size_t hash_text(const char *text, size_t h)
{
	for (; text && *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3u;
	return h;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* number from 0; *fresh: it is new */
static uint64_t intern(struct pprof *p, int kind, const char *text,
		       const char *file, bool *fresh)
{
	size_t h = hash_text(file, hash_text(text, 0xcbf29ce484222325u));
	struct interned *e = p->entry[kind];
	uint32_t *slot = p->slot[kind];

	h = (h ^ h >> 29) & p->mask[kind];
	for (; slot[h]; h = (h + 1) & p->mask[kind])
		if (same(e[slot[h] - 1].text, text) &&
		    same(e[slot[h] - 1].file, file))
			break;
	*fresh = !slot[h];
	if (*fresh) {
		e[p->nr[kind]++] = (struct interned){ text, file };
		slot[h] = (uint32_t)p->nr[kind];
	}
	return slot[h] - 1;
}

/* the text must live as long as the profile is written */
static uint64_t string(struct pprof *p, const char *text)
{
	bool fresh;
	uint64_t id = intern(p, STRINGS, text, NULL, &fresh);

	if (fresh)
		put_block(&p->strings, PROFILE_STRING_TABLE, text,
			  strlen(text));
	return id;
}

static uint64_t function(struct pprof *p, const char *name, const char *file)
{
	bool fresh;
	uint64_t id = intern(p, FUNCTIONS, name, file, &fresh) + 1;

	if (!fresh)
		return id;
	put_number(&p->a, FUNCTION_ID, id);
	put_number(&p->a, FUNCTION_NAME, string(p, name));
	put_number(&p->a, FUNCTION_SYSTEM_NAME, string(p, name));
	if (file)
		put_number(&p->a, FUNCTION_FILENAME, string(p, file));
	put_message(&p->functions, PROFILE_FUNCTION, &p->a);
	return id;
}

static void put_type(struct pprof *p, uint32_t field, const char *type,
		     const char *unit)
{
	put_number(&p->a, TYPE_TYPE, string(p, type));
	put_number(&p->a, TYPE_UNIT, string(p, unit));
	put_message(&p->out, field, &p->a);
}

/* places are locations 1.., the marks of row_mark() come behind them */
static uint64_t mark_id(const struct pprof *p, const char *mark)
{
	uint64_t id = p->x->nr_places + 1;

	return !strcmp(mark, "[truncated]") ? id :
	       !strcmp(mark, "[no stack]")  ? id + 1 :
					      id + 2;
}

static void put_marks(struct pprof *p)
{
	static const char *const marks[] = { "[truncated]", "[no stack]",
					     "[stacks that found no room]" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(marks); i++) {
		uint64_t id = function(p, marks[i], NULL);

		put_number(&p->b, LINE_FUNCTION_ID, id);
		put_number(&p->a, LOCATION_ID, mark_id(p, marks[i]));
		put_message(&p->a, LOCATION_LINE, &p->b);
		put_message(&p->out, PROFILE_LOCATION, &p->a);
	}
}

static void put_location(struct pprof *p, size_t n)
{
	const struct place *place = &p->x->place[n];
	uint32_t m = KVR_FRAME_MODULE(place->frame);
	uint64_t id[32];
	uint32_t k, nr = place->nr < 32 ? place->nr : 32;

	/* functions share the scratch buffers: they are made first */
	for (k = 0; k < nr; k++) {
		const struct line *l = &p->x->line[place->first + k];

		id[k] = l->function ? function(p, l->label, l->file) : 0;
	}
	put_number(&p->a, LOCATION_ID, n + 1);
	if (m < p->x->s.nr_modules)
		put_number(&p->a, LOCATION_MAPPING_ID, m + 1);
	put_number(&p->a, LOCATION_ADDRESS, place_address(p->x, place));
	for (k = 0; k < nr; k++) {
		if (!id[k])
			continue;
		put_number(&p->b, LINE_FUNCTION_ID, id[k]);
		put_number(&p->b, LINE_LINE, p->x->line[place->first + k].line);
		put_message(&p->a, LOCATION_LINE, &p->b);
	}
	put_message(&p->out, PROFILE_LOCATION, &p->a);
}

/* which modules have at least one frame with a function */
static bool *named_modules(const struct subject *x)
{
	bool *named = xcalloc(x->s.nr_modules, sizeof(*named));
	size_t i;

	for (i = 0; i < x->nr_places; i++) {
		uint32_t m = KVR_FRAME_MODULE(x->place[i].frame);

		if (m < x->s.nr_modules && x->line[x->place[i].first].function)
			named[m] = true;
	}
	return named;
}

static void put_mapping(struct pprof *p, size_t n, char *build_id, bool named)
{
	const struct kvr_module *m = &p->x->s.module[n];
	uint32_t i;

	for (i = 0; i < m->build_id_size; i++)
		snprintf(build_id + 2 * i, 3, "%02x", m->build_id[i]);
	put_number(&p->a, MAPPING_ID, n + 1);
	put_number(&p->a, MAPPING_START, m->start);
	put_number(&p->a, MAPPING_LIMIT, m->end);
	put_number(&p->a, MAPPING_OFFSET, minus(m->start, m->bias));
	put_number(&p->a, MAPPING_FILENAME, string(p, m->path));
	put_number(&p->a, MAPPING_BUILD_ID, string(p, build_id));
	put_number(&p->a, MAPPING_HAS_FUNCTIONS, named);
	put_number(&p->a, MAPPING_HAS_FILENAMES, named);
	put_number(&p->a, MAPPING_HAS_LINES, named);
	put_number(&p->a, MAPPING_HAS_INLINES, named);
	put_message(&p->out, PROFILE_MAPPING, &p->a);
}

static void put_label(struct pprof *p, const char *key, const char *text,
		      uint64_t num, const char *unit)
{
	put_number(&p->b, LABEL_KEY, string(p, key));
	put_number(&p->b, LABEL_STR, text ? string(p, text) : 0);
	put_number(&p->b, LABEL_NUM, num);
	put_number(&p->b, LABEL_NUM_UNIT, unit ? string(p, unit) : 0);
	put_message(&p->a, SAMPLE_LABEL, &p->b);
}

static void put_sample(struct pprof *p, const struct stack_row *r, char *hash)
{
	const char *mark = row_mark(r);
	uint32_t i;
	size_t t;

	for (i = 0; i < r->nr_frames; i++)
		put_varint(&p->b,
			   (uint64_t)(subject_place(p->x, r, i) - p->x->place) +
				   1);
	if (mark)
		put_varint(&p->b, mark_id(p, mark));
	put_message(&p->a, SAMPLE_LOCATION_ID, &p->b);
	for (t = 0; t < ARRAY_SIZE(sample_types); t++)
		put_varint(&p->b, sample_value(r, &sample_types[t]));
	put_message(&p->a, SAMPLE_VALUE, &p->b);
	put_label(p, "stack", hash, 0, NULL);
	if (r->largest)
		put_label(p, "largest", NULL, r->largest, "bytes");
	put_message(&p->out, PROFILE_SAMPLE, &p->a);
}

static void
put_tables(struct pprof *p, char (*hash)[17],
	   char (*build_id)[2 * sizeof(((struct kvr_module *)0)->build_id) + 1])
{
	bool *named = named_modules(p->x);
	size_t i;

	for (i = 1; i < p->x->st->nr_rows; i++) {
		const struct stack_row *r = &p->x->st->row[i];

		if (!row_used(r))
			continue;
		snprintf(hash[i], sizeof(hash[i]), "%016llx",
			 (unsigned long long)r->hash);
		put_sample(p, r, hash[i]);
	}
	for (i = 0; i < p->x->s.nr_modules; i++)
		put_mapping(p, i, build_id[i], named[i]);
	for (i = 0; i < p->x->nr_places; i++)
		put_location(p, i);
	put_marks(p);
	free(named);
}

static void put_head(struct pprof *p, enum stack_value v, const char *command)
{
	const struct subject *x = p->x;
	const struct kvr_stats *st = x->s.stats;
	uint64_t shown = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sample_types); i++) {
		put_type(p, PROFILE_SAMPLE_TYPE, sample_types[i].type,
			 sample_types[i].unit);
		if (sample_types[i].value == v)
			shown = string(p, sample_types[i].type);
	}
	put_type(p, PROFILE_PERIOD_TYPE, "space", "bytes");
	put_number(&p->out, PROFILE_PERIOD,
		   st->sample_interval ? st->sample_interval : 1);
	put_number(&p->out, PROFILE_TIME_NANOS, x->s.head.start_realtime_ns);
	put_number(&p->out, PROFILE_DURATION_NANOS, x->m.duration_ns);
	put_number(&p->out, PROFILE_COMMENT, string(p, command));
	put_number(&p->out, PROFILE_DEFAULT_SAMPLE_TYPE, shown);
}

static void make_room(struct pprof *p, int kind, size_t most)
{
	size_t room = 64;

	while (room < 2 * most)
		room *= 2;
	p->mask[kind] = room - 1;
	p->slot[kind] = xcalloc(room, sizeof(*p->slot[kind]));
	p->entry[kind] = xcalloc(most, sizeof(*p->entry[kind]));
}

void export_pprof(FILE *f, const struct subject *x, enum stack_value v)
{
	struct pprof p = { .x = x };
	char *command = subject_command(x);
	char(*hash)[17] = xcalloc(x->st->nr_rows, sizeof(*hash));
	char(*build_id)[2 * sizeof(x->s.module->build_id) + 1] =
		xcalloc(x->s.nr_modules, sizeof(*build_id));
	int k;

	/* a name and a file a line, a name a stack, two a module, our own */
	make_room(&p, STRINGS,
		  2 * x->nr_lines + x->st->nr_rows + 2 * x->s.nr_modules + 64);
	make_room(&p, FUNCTIONS, x->nr_lines + 8);
	string(&p, "");
	put_head(&p, v, command);
	put_tables(&p, hash, build_id);
	fwrite(p.out.p, 1, p.out.n, f);
	fwrite(p.functions.p, 1, p.functions.n, f);
	fwrite(p.strings.p, 1, p.strings.n, f);
	free(p.out.p);
	free(p.a.p);
	free(p.b.p);
	free(p.functions.p);
	free(p.strings.p);
	for (k = STRINGS; k <= FUNCTIONS; k++) {
		free(p.slot[k]);
		free(p.entry[k]);
	}
	free(hash);
	free(build_id);
	free(command);
}
