/* SPDX-License-Identifier: MIT */
/*
 * util.h - what every command of the tool needs: messages, exit statuses,
 * memory that cannot fail, and text that is safe to print.
 *
 * Text of a report file was chosen by other programs (command lines, thread
 * names) or by nobody (a damaged file): text_clean() runs over all of it
 * before a terminal sees it.
 */
#ifndef TOOLS_UTIL_H
#define TOOLS_UTIL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	STATUS_OK = 0,
	STATUS_FAIL = 1,  /* bad input, or output that failed */
	STATUS_USAGE = 2, /* wrong option or argument */
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* the name in front of messages: "kvmalloc" or "kvmalloc NAME" */
void complain_as(const char *command);
const char *complain_name(void);

/* one line on stderr; the program goes on */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* the same and where to read more; returns STATUS_USAGE */
int usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Out of memory is a message and exit status 1. libiberty has functions of
 * its own by these names: for the linker ours are called otherwise.
 */
void *xrealloc(void *p, size_t nr, size_t size) __asm__("kv_xrealloc");
void *xcalloc(size_t nr, size_t size) __asm__("kv_xcalloc");
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Makes n bytes printable in place: control characters, bytes that are not
 * UTF-8 and the C1 controls become '?'. The last byte becomes NUL.
 */
void text_clean(char *text, size_t n);

/* columns a clean text takes, one for each character */
size_t text_width(const char *text);

/* NUL-separated arguments as a shell would read them; to be freed */
char *text_command(const char *args, size_t n);

/* cuts a text to `width` columns, the last two ".." when it was longer */
void text_cut(char *text, size_t width);

/* the same of "a < b < c": cut between two of these, if there is room for one */
void text_cut_path(char *text, size_t width);

/*
 * Writes out what is buffered: 0, or the errno of a failure, now or before. A
 * stream does not keep the errno of a write in between: one byte more, of an
 * output that is cut off already, asks for it again.
 */
int finish_writing(FILE *f);

/* CLOCK_MONOTONIC */
uint64_t monotonic_ns(void);

/* decimal digits only, no sign, no overflow: 0, or -1 */
int parse_u64(const char *text, uint64_t *value);

#endif
