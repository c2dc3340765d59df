/* SPDX-License-Identifier: MIT */
/*
 * table.c - human numbers and aligned columns. See table.h.
 *
 * Theory: cells are kept as text until the table is printed, so that each
 * column is as wide as its widest cell and no wider. Sizes are powers of 1024
 * with one decimal; the unit is chosen so that at most four digits stand
 * before the point.
 */
#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util.h"

enum {
	MAX_COLUMNS = 16,
	COLUMN_GAP = 2,
	MIN_CUT = 8,
	GOOD_TEXT = 20, /* rather fewer columns than texts or paths that are */
	GOOD_PATH = 36, /* shorter than so */
};

struct table {
	int nr_cols;
	char align[MAX_COLUMNS];
	bool spare[MAX_COLUMNS], hidden[MAX_COLUMNS];
	size_t gap;
	const char *head[MAX_COLUMNS];
	char **cell;
	size_t nr_cells, room;
	char *title, *hint;
};

int color_parse(const char *word, enum color_when *when)
{
	static const char *const words[] = { "auto", "always", "never" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(word, words[i])) {
			*when = (enum color_when)i;
			return 0;
		}
	}
	return -1;
}

static int end_of_stdout = -1;

void out_on_terminal(int fd)
{
	end_of_stdout = fd;
}

int terminal_columns(int fd)
{
	struct winsize ws;

	return isatty(fd) && !ioctl(fd, TIOCGWINSZ, &ws) ? ws.ws_col : 0;
}

static int width_at(int fd)
{
	int n = terminal_columns(fd);

	if (!n || n > LINE_WIDTH)
		return LINE_WIDTH;
	return n < LEAST_WIDTH ? LEAST_WIDTH : n;
}

void out_init(struct out *o, FILE *f, enum color_when when)
{
	int fd = f == stdout && end_of_stdout >= 0 ? end_of_stdout : fileno(f);
	bool terminal = isatty(fd);
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	o->f = f;
	o->width = width_at(fd);
	o->color = when == COLOR_ALWAYS;
	if (when == COLOR_AUTO)
		o->color = terminal && !(no_color && *no_color) &&
			   !(term && !strcmp(term, "dumb"));
}

static const char *ink_start(const struct out *o, enum ink ink)
{
	static const char *const sgr[] = {
		[INK_PLAIN] = "",
		[INK_TITLE] = "\033[1m",
		[INK_NOTE] = "\033[2m",
		[INK_ALERT] = "\033[1;31m",
	};

	return o->color ? sgr[ink] : "";
}

static const char *ink_end(const struct out *o, enum ink ink)
{
	return o->color && ink != INK_PLAIN ? "\033[0m" : "";
}

void out_ink(struct out *o, enum ink ink, const char *fmt, ...)
{
	va_list ap;

	fputs(ink_start(o, ink), o->f);
	va_start(ap, fmt);
	vfprintf(o->f, fmt, ap);
	va_end(ap);
	fputs(ink_end(o, ink), o->f);
}

void out_title(struct out *o, const char *title, const char *hint)
{
	int left = (int)text_width(title) + 1;
	int right = (int)text_width(hint);

	fputc('\n', o->f);
	out_ink(o, INK_TITLE, " %s", title);
	if (right && left + right < o->width) {
		fprintf(o->f, "%*s", o->width - left - right, "");
		out_ink(o, INK_NOTE, "%s", hint);
	}
	fputc('\n', o->f);
}

void out_wrap(struct out *o, const char *first, const char *indent,
	      const char *words)
{
	size_t column = text_width(first);
	bool fresh = true;

	fputs(first, o->f);
	while (*words) {
		size_t len = strcspn(words, " ");
		char *word = xasprintf("%.*s", (int)len, words);
		size_t width = text_width(word);

		if (!fresh && column + 1 + width > (size_t)o->width) {
			fprintf(o->f, "\n%s", indent);
			column = text_width(indent);
			fresh = true;
		}
		fprintf(o->f, "%s%s", fresh ? "" : " ", word);
		column += width + !fresh;
		fresh = false;
		free(word);
		words += len;
		words += strspn(words, " ");
	}
	fputc('\n', o->f);
}

bool out_flush(struct out *o, const char *name)
{
	int error = finish_writing(o->f);

	if (error)
		complain("cannot write to %s: %s", name, strerror(error));
	return !error;
}

struct text fmt_bytes(uint64_t bytes)
{
	static const char unit[] = "KMGTPE";
	double v = (double)bytes / 1024;
	size_t u = 0;
	struct text t;

	if (bytes < 1024) {
		snprintf(t.s, sizeof(t.s), "%u B", (unsigned int)bytes);
		return t;
	}
	while (v >= 1023.95 && u + 1 < sizeof(unit) - 1) {
		v /= 1024;
		u++;
	}
	snprintf(t.s, sizeof(t.s), "%.1f %ciB", v, unit[u]);
	return t;
}

struct text fmt_count(uint64_t n)
{
	char digits[24];
	struct text t;
	size_t len, i, o = 0;

	len = (size_t)snprintf(digits, sizeof(digits), "%llu",
			       (unsigned long long)n);
	for (i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			t.s[o++] = ' ';
		t.s[o++] = digits[i];
	}
	t.s[o] = '\0';
	return t;
}

struct text fmt_short(double n)
{
	static const char unit[] = " kMGTPE";
	size_t u = 0;
	struct text t;

	while (n >= 999.95 && u + 1 < sizeof(unit) - 1) {
		n /= 1000;
		u++;
	}
	if (u)
		snprintf(t.s, sizeof(t.s), "%.1f %c", n, unit[u]);
	else
		snprintf(t.s, sizeof(t.s), "%.0f", n);
	return t;
}

struct text fmt_percent(uint64_t part, uint64_t whole)
{
	struct text t = { "-" };
	double v;

	if (!whole)
		return t;
	v = 100.0 * (double)part / (double)whole;
	/* "none" and "all" only when it is so */
	if (part && v < 0.05)
		snprintf(t.s, sizeof(t.s), "< 0.1 %%");
	else if (part < whole && v >= 99.95)
		snprintf(t.s, sizeof(t.s), "> 99.9 %%");
	else
		snprintf(t.s, sizeof(t.s), "%.1f %%", v);
	return t;
}

struct text fmt_ratio(uint64_t part, uint64_t whole)
{
	struct text t = { "-" };

	if (whole)
		snprintf(t.s, sizeof(t.s), "%.2fx",
			 (double)part / (double)whole);
	return t;
}

struct text fmt_seconds(uint64_t ns)
{
	unsigned long long s = ns / 1000000000ull;
	struct text t;

	if (ns < 10000000)
		snprintf(t.s, sizeof(t.s), "%.1f ms", (double)ns / 1e6);
	else if (s < 60)
		snprintf(t.s, sizeof(t.s), "%.2f s", (double)ns / 1e9);
	else if (s < 3600)
		snprintf(t.s, sizeof(t.s), "%llu min %02llu s", s / 60, s % 60);
	else
		snprintf(t.s, sizeof(t.s), "%llu h %02llu min", s / 3600,
			 s / 60 % 60);
	return t;
}

struct text fmt_things(uint64_t n, const char *one, const char *many)
{
	struct text t = fmt_count(n);
	size_t len = strlen(t.s);

	snprintf(t.s + len, sizeof(t.s) - len, " %s", n == 1 ? one : many);
	return t;
}

struct table *table_new(void)
{
	struct table *t = xcalloc(1, sizeof(*t));

	t->gap = COLUMN_GAP;
	return t;
}

void table_col(struct table *t, char align, const char *head)
{
	if (t->nr_cols == MAX_COLUMNS)
		return;
	t->align[t->nr_cols] = align;
	t->head[t->nr_cols++] = head;
}

void table_spare(struct table *t)
{
	t->spare[t->nr_cols - 1] = true;
}

void table_title(struct table *t, const char *title, const char *hint)
{
	t->title = xasprintf("%s", title);
	t->hint = xasprintf("%s", hint);
}

void table_cell(struct table *t, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	if (t->nr_cells == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->cell = xrealloc(t->cell, t->room, sizeof(*t->cell));
	}
	t->cell[t->nr_cells++] = s ? s : xasprintf("?");
}

static void measure(const struct table *t, size_t *width)
{
	size_t i;
	int c;

	for (c = 0; c < t->nr_cols; c++)
		width[c] = text_width(t->head[c]);
	for (i = 0; i < t->nr_cells; i++) {
		size_t w = text_width(t->cell[i]);

		c = (int)(i % (size_t)t->nr_cols);
		if (w > width[c])
			width[c] = w;
	}
}

/* what is beyond the line */
static size_t excess(const struct table *t, const size_t *width, size_t indent,
		     size_t line)
{
	size_t total = indent;
	int c;

	for (c = 0; c < t->nr_cols; c++)
		if (!t->hidden[c])
			total += width[c] + (c ? t->gap : 0);
	return total > line ? total - line : 0;
}

/* takes it from the widest left-aligned column, as far as that stays good */
static void shorten(const struct table *t, size_t *width, size_t more,
		    bool good)
{
	int c, widest = -1;
	size_t least = MIN_CUT;

	for (c = 0; c < t->nr_cols; c++)
		if ((t->align[c] == '<' || t->align[c] == 'p') &&
		    (widest < 0 || width[c] > width[widest]))
			widest = c;
	if (widest >= 0 && good)
		least = t->align[widest] == 'p' ? GOOD_PATH : GOOD_TEXT;
	if (!more || widest < 0 || width[widest] <= least)
		return;
	width[widest] = width[widest] > least + more ? width[widest] - more :
						       least;
}

static bool leave_one_out(struct table *t)
{
	int c;

	for (c = t->nr_cols; c-- > 0;) {
		if (t->spare[c] && !t->hidden[c]) {
			t->hidden[c] = true;
			return true;
		}
	}
	return false;
}

static void fit(struct table *t, size_t *width, size_t indent, size_t line)
{
	shorten(t, width, excess(t, width, indent, line), true);
	if (excess(t, width, indent, line))
		t->gap = 1;
	while (excess(t, width, indent, line) && leave_one_out(t))
		;
	shorten(t, width, excess(t, width, indent, line), false);
}

static void print_row(struct out *o, const struct table *t, const size_t *width,
		      int indent, char *const *cell)
{
	/* blanks are owed until something follows: no blank ends a line */
	size_t owed = (size_t)indent;
	int c;

	for (c = 0; c < t->nr_cols; c++) {
		size_t w = text_width(cell[c]);
		size_t pad = width[c] > w ? width[c] - w : 0;

		if (t->hidden[c])
			continue;
		if (t->align[c] == '>' || !w)
			owed += pad;
		if (w) {
			fprintf(o->f, "%*s%s", (int)owed, "", cell[c]);
			owed = t->align[c] == '>' ? 0 : pad;
		}
		owed += t->gap;
	}
	fputc('\n', o->f);
}

static void print_head(struct out *o, const struct table *t,
		       const size_t *width, int indent)
{
	char *head[MAX_COLUMNS];
	int c;

	if (t->title)
		out_title(o, t->title, t->hint);
	for (c = 0; c < t->nr_cols; c++)
		head[c] = xasprintf("%s", t->head[c]);
	fputs(ink_start(o, INK_TITLE), o->f);
	print_row(o, t, width, indent, head);
	fputs(ink_end(o, INK_TITLE), o->f);
	for (c = 0; c < t->nr_cols; c++)
		free(head[c]);
}

static void table_free(struct table *t)
{
	size_t i;

	for (i = 0; i < t->nr_cells; i++)
		free(t->cell[i]);
	free(t->cell);
	free(t->title);
	free(t->hint);
	free(t);
}

void table_print(struct table *t, struct out *o, int indent)
{
	size_t width[MAX_COLUMNS];
	size_t i;

	measure(t, width);
	fit(t, width, (size_t)indent, (size_t)o->width);
	if (t->nr_cells)
		print_head(o, t, width, indent);
	for (i = 0; i < t->nr_cells; i++) {
		size_t c = i % (size_t)t->nr_cols;

		if (t->align[c] == '<')
			text_cut(t->cell[i], width[c]);
		if (t->align[c] == 'p')
			text_cut_path(t->cell[i], width[c]);
		if (c + 1 == (size_t)t->nr_cols)
			print_row(o, t, width, indent, &t->cell[i - c]);
	}
	table_free(t);
}
