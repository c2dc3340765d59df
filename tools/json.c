/* SPDX-License-Identifier: MIT */
/*
 * json.c - writes JSON. See json.h.
 */
#include "json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static void put_text(FILE *f, const char *text)
{
	size_t n = strlen(text) + 1;
	char *clean = xrealloc(NULL, n, 1);
	const char *p;

	memcpy(clean, text, n);
	/* a line feed is the one control character that our own texts have */
	for (p = text; *p; p++)
		if (*p == '\n')
			clean[p - text] = ' ';
	text_clean(clean, n);
	fputc('"', f);
	for (p = clean; *p; p++) {
		if (text[p - clean] == '\n')
			fputs("\\n", f);
		else if (*p == '"' || *p == '\\')
			fprintf(f, "\\%c", *p);
		else if (strchr("<>&", *p))
			fprintf(f, "\\u%04x", (unsigned int)*p);
		/* U+2028 and U+2029 end lines in older JavaScript */
		else if (!strncmp(p, "\xe2\x80\xa8", 3) ||
			 !strncmp(p, "\xe2\x80\xa9", 3)) {
			fprintf(f, "\\u202%d", p[2] == '\xa8' ? 8 : 9);
			p += 2;
		} else {
			fputc(*p, f);
		}
	}
	fputc('"', f);
	free(clean);
}

static void line_feed(struct json *j)
{
	int i;

	if (!j->depth || j->depth > j->deep)
		return;
	fputc('\n', j->f);
	for (i = 0; i < j->depth; i++)
		fputc(' ', j->f);
}

static void start(struct json *j, const char *key)
{
	if (j->some)
		fputc(',', j->f);
	line_feed(j);
	if (key) {
		put_text(j->f, key);
		fputc(':', j->f);
	}
	j->some = true;
}

void json_open(struct json *j, const char *key, char bracket)
{
	start(j, key);
	fputc(bracket, j->f);
	j->depth++;
	j->some = false;
}

void json_close(struct json *j, char bracket)
{
	j->depth--;
	if (j->some && j->depth < j->deep) {
		if (!j->depth)
			fputc('\n', j->f);
		line_feed(j);
	}
	fputc(bracket, j->f);
	j->some = true;
	if (!j->depth)
		fputc('\n', j->f);
}

void json_u64(struct json *j, const char *key, uint64_t n)
{
	start(j, key);
	fprintf(j->f, "%" PRIu64, n);
}

void json_i64(struct json *j, const char *key, int64_t n)
{
	start(j, key);
	fprintf(j->f, "%" PRId64, n);
}

void json_bool(struct json *j, const char *key, bool b)
{
	start(j, key);
	fputs(b ? "true" : "false", j->f);
}

void json_text(struct json *j, const char *key, const char *text)
{
	start(j, key);
	if (text)
		put_text(j->f, text);
	else
		fputs("null", j->f);
}

void json_format(struct json *j, const char *key, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	json_text(j, key, text);
	free(text);
}
