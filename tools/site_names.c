/* SPDX-License-Identifier: MIT */
/*
 * site_names.c - how a call site is written. See sites.h.
 *
 * Theory: what a reader wants of a stack is who asked, and by which way; that
 * fits one line if three things go: template arguments, repetition (a
 * recursion counts), and the functions that allocate for others. Those are
 * told by their names, from the leaf outwards: xmalloc, operator new, what is
 * inside the C++ and Rust libraries. The outermost stays, as the first word.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "sites.h"
#include "util.h"

enum {
	MAX_SYMBOLS = 96, /* of a stack, looked at for one line */
	MAX_PER_FRAME = 16,
	MAX_ALLOCATORS = 24, /* frames looked at for allocators */
	MAX_NAMELESS = 2,    /* between two allocators */
	MIN_WORD = 10,	     /* a name is shortened to no less */
	FIRST_WORD = 42,     /* per cent of a line for an allocator */
};

static bool ends_with(const char *text, size_t n, const char *end)
{
	size_t m = strlen(end);

	return n >= m && !strncmp(text + n - m, end, m);
}

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* past the bracket that closes the one at p */
static const char *skip_bracket(const char *p, char open, char close)
{
	int depth = 0;

	for (; *p; p++) {
		if (*p == open)
			depth++;
		/* the > of -> closes nothing */
		if (*p == close && !(close == '>' && p[-1] == '-') && !--depth)
			return p + 1;
	}
	return p;
}

/* <...> behind a name, or Rust's ::<...>: arguments. At the start: no */
static bool is_argument(const char *out, size_t n)
{
	if (!n || ends_with(out, n, "operator") ||
	    ends_with(out, n, "operator<") || ends_with(out, n, "operator-"))
		return false;
	return isalnum((unsigned char)out[n - 1]) || out[n - 1] == '_' ||
	       out[n - 1] == ':' || out[n - 1] == ']';
}

char *short_name(const char *function)
{
	char *out = xasprintf("%s", function);
	const char *p = function;
	size_t n = 0;

	while (*p) {
		if (*p == '<' && is_argument(out, n)) {
			while (n && out[n - 1] == ':')
				n--;
			p = skip_bracket(p, '<', '>');
		} else if (*p == '(' && !ends_with(out, n, "operator")) {
			p = skip_bracket(p, '(', ')');
			if (!strncmp(p, " const", 6))
				p += 6;
			if (!n && !strncmp(p, "::", 2))
				p += 2;
			else if (ends_with(out, n, "::") &&
				 !strncmp(p, "::", 2))
				n -= 2;
		} else if (!strncmp(p, "__cxx11::", 9)) {
			p += 9;
		} else {
			out[n++] = *p++;
		}
	}
	out[n] = '\0';
	return out;
}

/* inside the libraries of C++ and Rust */
static bool in_library(const char *name)
{
	static const char *const prefix[] = {
		"std::",  "__gnu_cxx::", "alloc::", "core::",
		"<alloc", "<core",	 "__rust",  "hashbrown::",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prefix); i++)
		if (starts_with(name, prefix[i]))
			return true;
	return false;
}

static bool allocates(const char *word)
{
	static const char *const part[] = { "malloc", "calloc", "realloc",
					    "memalign" };
	static const char *const end[] = { "alloc",  "allocate", "alloc0",
					   "allocz", "alloc_n",	 "zalloc",
					   "strdup", "strndup",	 "memdup" };
	static const char *const start[] = {
		"_PyObject_GC_", "PyObject_GC_", "_PyObject_New", "g_slice_",
		"g_strdup",	 "g_memdup",	 "_obstack_",	  "obstack_",
	};
	char lower[128];
	size_t n, i;

	for (n = 0; word[n] && n + 1 < sizeof(lower); n++)
		lower[n] = (char)tolower((unsigned char)word[n]);
	lower[n] = '\0';
	for (i = 0; i < ARRAY_SIZE(part); i++)
		if (strstr(lower, part[i]))
			return true;
	for (i = 0; i < ARRAY_SIZE(end); i++)
		if (ends_with(lower, n, end[i]))
			return true;
	for (i = 0; i < ARRAY_SIZE(start); i++)
		if (starts_with(word, start[i]))
			return true;
	return starts_with(lower, "operator new");
}

bool is_allocator(const char *function)
{
	char *name = short_name(function), *word = name, *next;
	bool yes;

	while ((next = strstr(word, "::")))
		word = next + 2;
	yes = in_library(name) || allocates(word);
	free(name);
	return yes;
}

/* libz of libz.so.1, _json of _json.cpython-311-x86_64-linux-gnu.so */
static size_t short_module(const char *module)
{
	static const char *const tails[] = { ".cpython-", ".so" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tails); i++) {
		const char *tail = strstr(module, tails[i]);

		if (tail && tail > module)
			return (size_t)(tail - module);
	}
	return strlen(module);
}

/* "libz+0x12f0" of libz.so.1; only "+0x12f0" behind another of that object;
   code of no object has no place that would say anything */
static char *element(const struct symbol *s, const struct symbol *before,
		     bool place)
{
	const char *base;
	char *name, *text;

	if (!s->function) {
		bool same = before && !before->function &&
			    !strcmp(before->module, s->module);
		int n = (int)short_module(s->module);

		if (!n)
			return xasprintf("[jit]");
		return xasprintf("%.*s+0x%llx", same ? 0 : n, s->module,
				 (unsigned long long)s->offset);
	}
	name = short_name(s->function);
	if (!place || !s->file || !s->line)
		return name;
	base = strrchr(s->file, '/');
	text = xasprintf("%s (%s:%u)", name, base ? base + 1 : s->file,
			 s->line);
	free(name);
	return text;
}

/* a stack as symbols, leaf first, inlined ones too */
struct flat {
	struct symbol s[MAX_SYMBOLS];
	uint32_t frame[MAX_SYMBOLS]; /* which one each is of */
	size_t nr;
	size_t caller; /* the first that is no allocator */
};

/*
 * The run of allocators at the leaf. What has no name belongs to it when one
 * with a name follows at once: a function of the same file, most likely.
 */
static size_t find_caller(const struct flat *x)
{
	size_t caller = 0, i;

	for (i = 0; i < x->nr && i < caller + MAX_NAMELESS + 1; i++) {
		if (!x->s[i].function)
			continue;
		if (!is_allocator(x->s[i].function))
			break;
		caller = i + 1;
	}
	return caller;
}

static void flatten(struct flat *x, struct symbols *sy,
		    const struct stack_row *r)
{
	struct symbol s[MAX_PER_FRAME];
	size_t n, i;
	uint32_t f;

	x->nr = 0;
	for (f = 0; f < r->nr_frames; f++) {
		n = symbols_at(sy, r->frame[f], s, ARRAY_SIZE(s));
		for (i = 0; i < n && x->nr < MAX_SYMBOLS; i++) {
			x->frame[x->nr] = f;
			x->s[x->nr++] = s[i];
		}
	}
	x->caller = find_caller(x);
}

/* what starts programs and threads is the same in all stacks */
static bool is_start(const struct symbol *s)
{
	static const char *const names[] = { "__libc_start_call_main",
					     "__libc_start_main",
					     "_start",
					     "start_thread",
					     "clone",
					     "clone3" };
	size_t i;

	for (i = 0; s->function && i < ARRAY_SIZE(names); i++)
		if (starts_with(s->function, names[i]))
			return true;
	return false;
}

/* true if there was one: then the stack ends there */
static bool cut_start(struct flat *x)
{
	size_t nr = x->nr, i;

	for (i = 1; i < x->nr; i++)
		if (is_start(&x->s[i]))
			x->nr = i;
	return x->nr < nr;
}

uint32_t site_callers(struct symbols *sy, const struct stack_row *r)
{
	struct stack_row leaf = *r;
	struct flat x;

	if (leaf.nr_frames > MAX_ALLOCATORS)
		leaf.nr_frames = MAX_ALLOCATORS;
	flatten(&x, sy, &leaf);
	return x.caller < x.nr ? x.frame[x.caller] : leaf.nr_frames;
}

/* code without name or object is all one */
static bool same_function(const struct symbol *a, const struct symbol *b)
{
	if (!a->function && !b->function)
		return !*a->module && !*b->module;
	return a->function && b->function && !strcmp(a->function, b->function);
}

/* how many of them from i on are the same function */
static size_t repeated(const struct symbol *s, size_t nr, size_t i)
{
	size_t n = 1;

	while (i + n < nr && same_function(&s[i], &s[i + n]))
		n++;
	return n;
}

/* a line that grows as long as it fits */
struct line {
	char *text;
	size_t width; /* at most */
	size_t words; /* so far; two of them there always are */
	bool broken;  /* frames were left out before what comes */
	bool places;  /* file and line of the caller, if there is room */
};

static const char between[] = " < ", left_out[] = "..";

static size_t room_for(const struct line *l, bool last)
{
	size_t used = text_width(l->text) + (*l->text ? strlen(between) : 0);

	if (!last)
		used += strlen(between) + strlen(left_out);
	return used < l->width ? l->width - used : 0;
}

/* the first word always goes in; one that is needed does, shortened */
static bool append(struct line *l, char *name, bool last, bool needed)
{
	size_t room = room_for(l, last);
	bool must = !*l->text || (needed && room >= MIN_WORD);
	char *longer;

	if (text_width(name) > room && !must)
		return false;
	if (*l->text)
		text_cut(name, room);
	longer = xasprintf("%s%s%s", l->text, *l->text ? between : "", name);
	free(l->text);
	l->text = longer;
	l->words++;
	return true;
}

/* how symbol i is written, shorter where that is needed to get it in */
static char *word(const struct line *l, const struct flat *x, size_t i,
		  size_t n, bool last)
{
	const struct symbol *before = i && !l->broken ? &x->s[i - 1] : NULL;
	bool caller = i == x->caller;
	char *name = element(&x->s[i], before, caller && l->places), *times;

	if (caller && text_width(name) > room_for(l, last)) {
		free(name);
		name = element(&x->s[i], before, false);
	}
	if (n > 1) {
		times = xasprintf("%s x%zu", name, n);
		free(name);
		name = times;
	}
	/* who calls matters more than what is called */
	if (i < x->caller && x->caller < x->nr)
		text_cut(name, l->width * FIRST_WORD / 100);
	return name;
}

/* symbol i of a stack and those like it; how many, 0: no room */
static size_t append_one(struct line *l, const struct flat *x, size_t i,
			 bool last)
{
	size_t n = repeated(x->s, x->nr, i);
	char *name;
	bool fits;

	last = last && i + n == x->nr;
	name = word(l, x, i, n, last);
	fits = append(l, name, last, l->broken || l->words < 2);
	l->broken = false;
	free(name);
	return fits ? n : 0;
}

/* only if something can follow */
static void append_gap(struct line *l)
{
	char gap[] = "..";

	if (room_for(l, false) >= strlen(between) + MIN_WORD)
		append(l, gap, false, false);
}

/* frames before `skip` are left out, but for the first function */
static char *whole_line(struct symbols *sy, const struct site *site,
			size_t width, uint32_t skip)
{
	struct line l = {
		.text = xasprintf("%s", ""),
		.width = width,
		.broken = true,
		.places = !skip,
	};
	struct flat x;
	size_t i, n = 1;
	bool more;
	char *text;

	flatten(&x, sy, &site->sum);
	more = !cut_start(&x) && (site->nr_stacks > 1 || x.nr == MAX_SYMBOLS ||
				  (site->sum.flags & KVR_STACK_TRUNCATED));
	for (i = x.caller ? x.caller - 1 : 0; i < x.nr && n; i += n) {
		n = append_one(&l, &x, i, !more);
		if (!n || x.frame[i] >= skip)
			continue;
		/* on to the first frame that is not left out */
		while (i + n < x.nr && x.frame[i + n] < skip) {
			l.broken = true;
			n++;
		}
		if (l.broken && i + n < x.nr)
			append_gap(&l);
	}
	more = more || i < x.nr;
	text = xasprintf("%s%s%s", l.text, more ? between : "",
			 more ? left_out : "");
	free(l.text);
	return text;
}

char *site_path_from(struct symbols *sy, const struct site *site, size_t width,
		     uint32_t skip)
{
	char *text;

	if (site->sum.flags & KVR_STACK_LOST)
		text = xasprintf("(stacks that found no room)");
	else if (!site->sum.nr_frames && site->nr_stacks > 1)
		text = xasprintf("(%zu other stacks)", site->nr_stacks);
	else if (!site->sum.nr_frames)
		text = xasprintf("(no stack)");
	else
		text = whole_line(sy, site, width, skip);
	text_cut(text, width);
	return text;
}

char *site_path(struct symbols *sy, const struct site *site, size_t width)
{
	return site_path_from(sy, site, width, 0);
}

void stack_print(struct out *out, struct symbols *sy, const struct stack_row *r,
		 int indent)
{
	struct symbol s[MAX_PER_FRAME];
	char text[512];
	size_t f, i, n;

	for (f = 0; f < r->nr_frames; f++) {
		n = symbols_at(sy, r->frame[f], s, ARRAY_SIZE(s));
		for (i = 0; i < n; i++) {
			symbol_format(&s[i], text, sizeof(text));
			text_clean(text, sizeof(text));
			fprintf(out->f, "%*s%s%s\n", indent, "", text,
				i + 1 < n ? " [inlined]" : "");
		}
	}
	if (r->flags & KVR_STACK_TRUNCATED)
		fprintf(out->f, "%*s.. (deeper than was recorded)\n", indent,
			"");
	if (r->flags & KVR_STACK_LOST)
		fprintf(out->f, "%*s(all stacks that found no room)\n", indent,
			"");
	else if (!r->nr_frames)
		fprintf(out->f, "%*s(no stack)\n", indent, "");
}
