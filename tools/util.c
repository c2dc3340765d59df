/* SPDX-License-Identifier: MIT */
/*
 * util.c - messages, checked memory, clean text. See util.h.
 *
 * Theory of text_clean(): a byte below 0x80 is kept when printable; a longer
 * sequence is kept when it is well-formed UTF-8 above U+009F, since U+0080 to
 * U+009F are control characters that some terminals obey.
 */
#include "util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *command_name;

void complain_as(const char *command)
{
	command_name = command;
}

const char *complain_name(void)
{
	return command_name;
}

static void complain_va(const char *fmt, va_list ap)
	__attribute__((format(printf, 1, 0)));

static void complain_va(const char *fmt, va_list ap)
{
	fflush(stdout);
	fputs("kvmalloc", stderr);
	if (command_name)
		fprintf(stderr, " %s", command_name);
	fputs(": ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain_va(fmt, ap);
	va_end(ap);
}

int usage_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain_va(fmt, ap);
	va_end(ap);
	fprintf(stderr, "Try 'kvmalloc help%s%s'.\n", command_name ? " " : "",
		command_name ? command_name : "");
	return STATUS_USAGE;
}

static void out_of_memory(void)
{
	complain("out of memory");
	exit(STATUS_FAIL);
}

void *xrealloc(void *p, size_t nr, size_t size)
{
	void *q = reallocarray(p, nr ? nr : 1, size ? size : 1);

	if (!q)
		out_of_memory();
	return q;
}

void *xcalloc(size_t nr, size_t size)
{
	void *p = calloc(nr ? nr : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();
	return s;
}

/* length of the printable character at s, 0 if there is none */
static size_t printable_length(const unsigned char *s, size_t left)
{
	static const uint32_t smallest[] = { 0, 0, 0xa0, 0x800, 0x10000 };
	uint32_t code;
	size_t n, i;

	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;
	n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 0;
	if (!n || n > left || s[0] >= 0xf8)
		return 0;
	code = s[0] & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3fu);
	}
	if (code < smallest[n] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return n;
}

void text_clean(char *text, size_t n)
{
	size_t i = 0;

	if (!n)
		return;
	text[n - 1] = '\0';
	while (text[i]) {
		unsigned char *s = (unsigned char *)text + i;
		size_t len = printable_length(s, n - 1 - i);

		if (!len)
			text[i] = '?';
		i += len ? len : 1;
	}
}

size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

void text_cut(char *text, size_t width)
{
	size_t columns = 0;
	char *p = text;

	if (text_width(text) <= width)
		return;
	/* the cut only ever shortens: ".." replaces at least two characters */
	while (*p && columns + 2 < width) {
		p++;
		while (((unsigned char)*p & 0xc0) == 0x80)
			p++;
		columns++;
	}
	strcpy(p, width >= 2 ? ".." : "");
}

void text_cut_path(char *text, size_t width)
{
	static const char between[] = " < ", end[] = " < ..";
	char *last = NULL, *p;

	if (text_width(text) <= width)
		return;
	for (p = strstr(text, between); p; p = strstr(p + 1, between)) {
		char first = *p;
		size_t columns;

		*p = '\0';
		columns = text_width(text);
		*p = first;
		if (columns + strlen(end) > width)
			break;
		last = p;
	}
	/* what is cut off is no shorter: the text was too long */
	if (last)
		strcpy(last, end);
	else
		text_cut(text, width);
}

static bool needs_quotes(const char *arg)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-+=.,:/@%^";

	return !*arg || arg[strspn(arg, plain)];
}

char *text_command(const char *args, size_t n)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	const char *end = args + n;
	const char *p;

	if (!f)
		out_of_memory();
	while (args < end) {
		size_t len = strnlen(args, (size_t)(end - args));
		char *arg = strndup(args, len);

		if (!arg)
			out_of_memory();
		if (!needs_quotes(arg)) {
			fputs(arg, f);
		} else {
			fputc('\'', f);
			for (p = arg; *p; p++)
				fputs(*p == '\'' ? "'\\''" :
						   (char[]){ *p, '\0' },
				      f);
			fputc('\'', f);
		}
		free(arg);
		args += len + 1;
		if (args < end)
			fputc(' ', f);
	}
	if (fclose(f))
		out_of_memory();
	text_clean(text, size + 1);
	return text;
}

int finish_writing(FILE *f)
{
	bool failed = ferror(f);

	errno = 0;
	if (!failed && !fflush(f))
		return 0;
	if (!errno && fputc('\n', f) != EOF)
		fflush(f);
	return errno ? errno : EIO;
}

uint64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

int parse_u64(const char *text, uint64_t *value)
{
	unsigned long long v;
	char *end;

	if (!*text || text[strspn(text, "0123456789")])
		return -1;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || *end)
		return -1;
	*value = v;
	return 0;
}
