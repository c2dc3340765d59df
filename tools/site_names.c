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

/* "sqlite3+0xc686b"; only "+0xc686b" behind another of that module */
static char *element(const struct symbol *s, const struct symbol *before,
		     bool place)
{
	const char *base;
	char *name, *text;

	if (!s->function) {
		bool same = before && !before->function &&
			    !strcmp(before->module, s->module);

		return xasprintf("%s+0x%llx",
				 same	    ? "" :
				 *s->module ? s->module :
					      "[jit]",
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

/* the symbols of a stack, leaf first, inlined ones too */
static size_t expand(struct symbols *sy, const struct stack_row *r,
		     struct symbol *out)
{
	struct symbol s[MAX_PER_FRAME];
	size_t nr = 0, n, i, f;

	for (f = 0; f < r->nr_frames; f++) {
		n = symbols_at(sy, r->frame[f], s, ARRAY_SIZE(s));
		for (i = 0; i < n; i++) {
			if (nr == MAX_SYMBOLS)
				return nr;
			out[nr++] = s[i];
		}
	}
	return nr;
}

static bool same_function(const struct symbol *a, const struct symbol *b)
{
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
};

static bool append(struct line *l, const char *text, bool last)
{
	size_t tail = last ? 0 : strlen(" < ..");
	char *longer =
		xasprintf("%s%s%s", l->text, *l->text ? " < " : "", text);

	/* a first word that is too long is cut later */
	if (*l->text && text_width(longer) + tail > l->width) {
		free(longer);
		return false;
	}
	free(l->text);
	l->text = longer;
	return true;
}

static char *whole_line(struct symbols *sy, const struct site *site,
			struct line *l)
{
	struct symbol s[MAX_SYMBOLS];
	size_t nr = expand(sy, &site->sum, s), first = 0, i, n;
	bool cut = site->nr_stacks > 1 ||
		   (site->sum.flags & KVR_STACK_TRUNCATED) || nr == MAX_SYMBOLS;

	while (first < nr && s[first].function &&
	       is_allocator(s[first].function))
		first++;
	for (i = first ? first - 1 : 0; i < nr; i += n) {
		char *name = element(&s[i], i ? &s[i - 1] : NULL, i == first);
		bool fits;

		n = repeated(s, nr, i);
		if (n > 1) {
			char *times = xasprintf("%s x%zu", name, n);

			free(name);
			name = times;
		}
		fits = append(l, name, i + n == nr && !cut);
		free(name);
		if (!fits)
			break;
	}
	cut = cut || i < nr;
	return xasprintf("%s%s", l->text, cut ? " < .." : "");
}

char *site_path(struct symbols *sy, const struct site *site, size_t width)
{
	struct line l = { xasprintf("%s", ""), width };
	char *text;

	if (site->sum.flags & KVR_STACK_LOST)
		text = xasprintf("(stacks that found no room)");
	else if (!site->sum.nr_frames && site->nr_stacks > 1)
		text = xasprintf("(%zu other stacks)", site->nr_stacks);
	else if (!site->sum.nr_frames)
		text = xasprintf("(no stack)");
	else
		text = whole_line(sy, site, &l);
	free(l.text);
	text_cut(text, width);
	return text;
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
