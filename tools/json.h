/* SPDX-License-Identifier: MIT */
/*
 * json.h - writes JSON: commas, indentation and escapes.
 *
 * What is written can stand inside a <script> of an HTML page as it is: <, >
 * and & are escaped. Text that is not UTF-8 becomes '?' where it is not.
 */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *f;
	int depth;
	int deep;  /* what is nested deeper stands on one line */
	bool some; /* the object or array has a member already */
};

/* key NULL: an element of an array, or the whole; bracket: '{' or '[' */
void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket); /* '}' or ']' */

void json_u64(struct json *j, const char *key, uint64_t n);
void json_i64(struct json *j, const char *key, int64_t n);
void json_bool(struct json *j, const char *key, bool b);
/* NULL is null */
void json_text(struct json *j, const char *key, const char *text);
void json_format(struct json *j, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
