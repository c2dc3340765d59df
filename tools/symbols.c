/* SPDX-License-Identifier: MIT */
/*
 * symbols.c - names of frames: a cache in front of object files. See
 * symbols.h; symbols_object.c, symbols_dwarf.c and symbols_elf.c look up.
 *
 * Theory: a report has some thousand distinct frames in hundreds of thousands
 * of stack entries, so each frame is looked up once and kept. Objects are
 * opened when a frame of theirs is first wanted. Texts come from object files
 * that may be anybody's: they are cleaned and cut when they are kept.
 */
#include "symbols.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jit_map.h"
#include "symbols_impl.h"
#include "util.h"

enum {
	MAX_AT = 32,	   /* symbols of one frame */
	MAX_TEXT = 1000,   /* bytes of a name */
	FIRST_ROOM = 1024, /* power of two */
	SLOW_MS = 400,	   /* then progress is shown */
};

struct entry { /* of the cache; nr 0: free */
	uint64_t frame;
	size_t first; /* in found */
	size_t nr;
};

struct symbols {
	const struct stacks *st;
	struct symbols_options opts;
	struct jit_process process;
	struct jit_map *jit; /* NULL: not wanted yet */
	struct object **object; /* by module, NULL: not opened yet */
	struct entry *entry;
	size_t room, used;
	struct symbol *found;
	size_t nr_found, room_found;
	char **text; /* set of kept texts */
	size_t room_text, nr_text;
	uint64_t start_ns; /* 0: no look-up yet */
	char *trouble;
};

struct symbols *symbols_new(const struct stacks *st,
			    const struct symbols_options *o)
{
	struct symbols *sy = xcalloc(1, sizeof(*sy));

	/* libdwfl would ask the network for debug files */
	unsetenv("DEBUGINFOD_URLS");
	sy->st = st;
	sy->opts = *o;
	if (st->from)
		sy->process = (struct jit_process){
			.pid = st->from->head.pid,
			.start_ns = st->from->head.start_realtime_ns,
			.report = xasprintf("%s", st->from->path),
		};
	sy->object = xcalloc(st->nr_modules, sizeof(struct object *));
	return sy;
}

void symbols_free(struct symbols *sy)
{
	size_t i;

	if (!sy)
		return;
	for (i = 0; i < sy->st->nr_modules; i++)
		object_close(sy->object[i]);
	for (i = 0; i < sy->room_text; i++)
		free(sy->text[i]);
	jit_map_free(sy->jit);
	free(sy->process.report);
	free(sy->object);
	free(sy->entry);
	free(sy->found);
	free(sy->text);
	free(sy->trouble);
	free(sy);
}

/* ---- texts ------------------------------------------------------------ */

static uint64_t hash_text(const char *s)
{
	uint64_t h = 0xcbf29ce484222325ull; /* FNV-1a */

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ull;
	return h ^ h >> 32;
}

/* where a text is, or would be */
static char **text_slot(char **set, size_t room, const char *text)
{
	size_t i = hash_text(text) & (room - 1);

	while (set[i] && strcmp(set[i], text))
		i = (i + 1) & (room - 1);
	return &set[i];
}

static void grow_texts(struct symbols *sy)
{
	size_t room = sy->room_text ? 2 * sy->room_text : FIRST_ROOM;
	char **set = xcalloc(room, sizeof(*set));
	size_t i;

	for (i = 0; i < sy->room_text; i++)
		if (sy->text[i])
			*text_slot(set, room, sy->text[i]) = sy->text[i];
	free(sy->text);
	sy->text = set;
	sy->room_text = room;
}

const char *symbols_intern(struct symbols *sy, const char *text)
{
	char clean[MAX_TEXT];
	char **slot;

	snprintf(clean, sizeof(clean), "%s", text);
	text_clean(clean, sizeof(clean));
	if (2 * (sy->nr_text + 1) > sy->room_text)
		grow_texts(sy);
	slot = text_slot(sy->text, sy->room_text, clean);
	if (!*slot) {
		*slot = xasprintf("%s", clean);
		sy->nr_text++;
	}
	return *slot;
}

const char *symbols_name(struct symbols *sy, const char *name)
{
	char *plain = demangle(name);
	const char *text = symbols_intern(sy, plain ? plain : name);

	free(plain);
	return text;
}

/* ---- look-ups --------------------------------------------------------- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *module_name(const struct kvr_module *m)
{
	if (m->flags & KVR_MODULE_VDSO)
		return "[vdso]";
	return *m->path ? base_name(m->path) : "?";
}

/* what takes long says so, where somebody sees it */
static bool show_progress(struct symbols *sy, const char *name)
{
	uint64_t now = monotonic_ns();

	if (!sy->opts.progress || !isatty(STDERR_FILENO))
		return false;
	if (!sy->start_ns)
		sy->start_ns = now;
	if (now - sy->start_ns < SLOW_MS * 1000000ull)
		return false;
	fprintf(stderr, "\rkvmalloc: reading symbols of %.50s\033[K", name);
	return true;
}

static struct object *open_object(struct symbols *sy, uint32_t m)
{
	const struct kvr_module *module = &sy->st->module[m];

	if (!sy->object[m])
		sy->object[m] = object_open(module, &sy->opts);
	return sy->object[m];
}

/* code of no object: its name, if the program told */
static void look_up_jit(struct symbols *sy, uint64_t addr, struct symbol *out)
{
	const char *name;

	if (!sy->jit)
		sy->jit = jit_map_new(&sy->process, &sy->opts);
	name = jit_map_at(sy->jit, addr ? addr - 1 : 0);
	if (name)
		out->function = symbols_intern(sy, name);
}

static size_t look_up(struct symbols *sy, uint64_t frame, struct symbol *out)
{
	uint32_t m = KVR_FRAME_MODULE(frame);
	uint64_t offset = KVR_FRAME_OFFSET(frame);
	struct symbol whole = { .module = "", .offset = offset };
	bool shown;
	size_t nr, i;

	memset(out, 0, MAX_AT * sizeof(*out));
	out[0] = whole;
	if (m >= sy->st->nr_modules) {
		if (m != KVR_FRAME_ANY)
			look_up_jit(sy, offset, out);
		return 1;
	}
	whole.module = module_name(&sy->st->module[m]);
	shown = show_progress(sy, whole.module);
	/* a call may be the last instruction of its function */
	nr = object_at(open_object(sy, m), offset ? offset - 1 : 0, sy, out,
		       MAX_AT);
	if (shown)
		fputs("\r\033[K", stderr);
	if (!nr)
		nr = 1;
	for (i = 0; i < nr; i++) {
		out[i].module = whole.module;
		out[i].offset = offset;
	}
	return nr;
}

static struct entry *entry_slot(struct entry *set, size_t room, uint64_t frame)
{
	size_t i = (frame * 0x9e3779b97f4a7c15ull >> 20) & (room - 1);

	while (set[i].nr && set[i].frame != frame)
		i = (i + 1) & (room - 1);
	return &set[i];
}

static void grow_entries(struct symbols *sy)
{
	size_t room = sy->room ? 2 * sy->room : FIRST_ROOM;
	struct entry *set = xcalloc(room, sizeof(*set));
	size_t i;

	for (i = 0; i < sy->room; i++)
		if (sy->entry[i].nr)
			*entry_slot(set, room, sy->entry[i].frame) =
				sy->entry[i];
	free(sy->entry);
	sy->entry = set;
	sy->room = room;
}

static const struct entry *cached(struct symbols *sy, uint64_t frame)
{
	struct symbol now[MAX_AT];
	struct entry *e;
	size_t nr;

	if (2 * (sy->used + 1) > sy->room)
		grow_entries(sy);
	e = entry_slot(sy->entry, sy->room, frame);
	if (e->nr)
		return e;
	nr = look_up(sy, frame, now);
	if (sy->nr_found + nr > sy->room_found) {
		sy->room_found = 2 * sy->room_found + MAX_AT;
		sy->found =
			xrealloc(sy->found, sy->room_found, sizeof(*sy->found));
	}
	memcpy(sy->found + sy->nr_found, now, nr * sizeof(*now));
	*e = (struct entry){ frame, sy->nr_found, nr };
	sy->nr_found += nr;
	sy->used++;
	return e;
}

size_t symbols_at(struct symbols *sy, uint64_t frame, struct symbol *out,
		  size_t max)
{
	const struct entry *e = cached(sy, frame);
	size_t nr = e->nr < max ? e->nr : max;

	memcpy(out, sy->found + e->first, nr * sizeof(*out));
	return nr;
}

size_t symbol_format(const struct symbol *s, char *buf, size_t size)
{
	int n;

	if (s->function && s->file && s->line)
		n = snprintf(buf, size, "%s (%s:%u)", s->function,
			     base_name(s->file), s->line);
	else if (s->function && s->start && s->offset >= s->start)
		n = snprintf(buf, size, "%s+0x%llx (%s)", s->function,
			     (unsigned long long)(s->offset - s->start),
			     s->module);
	else if (s->function)
		n = snprintf(buf, size, "%s (%s)", s->function,
			     *s->module ? s->module : "[jit]");
	else if (*s->module)
		n = snprintf(buf, size, "%s+0x%llx", s->module,
			     (unsigned long long)s->offset);
	else
		n = snprintf(buf, size, "[jit]+0x%llx",
			     (unsigned long long)s->offset & ~0xfffull);
	return (size_t)n;
}

/* ---- what was not found ----------------------------------------------- */

const char *symbols_trouble(struct symbols *sy)
{
	static const char *const what[] = {
		[OBJECT_MISSING] = "not found",
		[OBJECT_CHANGED] = "changed since",
	};
	size_t size = 0, i;
	char *text = NULL;
	FILE *f;

	free(sy->trouble);
	sy->trouble = NULL;
	f = open_memstream(&text, &size);
	for (i = 0; f && i < sy->st->nr_modules; i++) {
		enum object_state state;

		if (!sy->object[i])
			continue;
		state = object_state(sy->object[i]);
		if (state == OBJECT_MISSING || state == OBJECT_CHANGED)
			fprintf(f, "%s%s %s", ftell(f) ? ", " : "",
				sy->st->module[i].path, what[state]);
	}
	if (f && !fclose(f) && size)
		sy->trouble = text;
	else
		free(text);
	return sy->trouble;
}
