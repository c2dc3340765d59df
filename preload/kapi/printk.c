/* SPDX-License-Identifier: MIT */
/*
 * printk.c - linux/printk.h: libc formats one conversion at a time, the
 * kernel's kinds of %p are done here.
 *
 * A message is put together in a buffer and written at once, so that those of
 * several threads do not mix. Where a level stands is not printed.
 */
#include <linux/printk.h>

#include <ctype.h>
#include <linux/err.h>
#include <linux/sprintf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kapi/report.h"
#include "kapi/symbol.h"
#include "kapi/task.h"

int console_loglevel = 8;

struct out {
	char *buf;
	size_t size, len;	/* len: what it would be */
};

static void put(struct out *o, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++, o->len++)
		if (o->len + 1 < o->size)
			o->buf[o->len] = text[i];
}

/* One conversion: "%", flags, width, precision, length. */
struct spec {
	char text[32];	/* of it, for libc */
	size_t len;
	int longs;	/* of l, or -1, -2 for h */
	bool size;	/* z, t or j: as wide as a long */
	int width, precision;	/* -1: none */
	bool left;	/* what is shorter than the width stands left */
};

/* A width, or behind a point a precision; negative ones have a meaning. */
static void add_number(struct spec *s, int n)
{
	if (s->text[s->len - 1] == '.') {
		if (n < 0) { /* none */
			s->len--;
			return;
		}
		s->precision = n;
	} else {
		s->left |= n < 0;
		s->width = n < 0 ? -n : n;
	}
	s->len += (size_t)snprintf(s->text + s->len, 12, "%d", n);
}

static const char *parse(const char *p, struct spec *s, va_list *ap)
{
	*s = (struct spec){ .text = "%", .len = 1, .width = -1,
			    .precision = -1 };
	for (; *p && s->len < sizeof(s->text) - 16; p++) {
		if (*p == '*') {
			int n = va_arg(*ap, int);

			add_number(s, n);
			continue;
		}
		if (isdigit((unsigned char)*p)) {
			char *end;

			if (*p == '0' && s->text[s->len - 1] != '.') {
				s->text[s->len++] = '0';
				continue;
			}
			add_number(s, (int)strtol(p, &end, 10));
			p = end - 1;
			continue;
		}
		if (*p == '-')
			s->left = true;
		if (*p == 'l')
			s->longs++;
		else if (*p == 'h')
			s->longs--;
		else if (*p == 'z' || *p == 't' || *p == 'j')
			s->size = true;
		else if (!strchr(".-+ #", *p))
			break;
		s->text[s->len++] = *p;
	}
	return p;
}

static void put_padded(struct out *o, const struct spec *s, const char *text,
		       size_t n)
{
	size_t pad = s->width > 0 && (size_t)s->width > n ?
			     (size_t)s->width - n : 0;

	if (s->left)
		put(o, text, n);
	for (; pad; pad--)
		put(o, " ", 1);
	if (!s->left)
		put(o, text, n);
}

static void put_error(struct out *o, const struct spec *s, const void *p)
{
	const char *name = IS_ERR(p) ? strerrorname_np((int)-PTR_ERR(p)) : NULL;
	char text[32];

	if (name)
		snprintf(text, sizeof(text), "-%s", name);
	else
		snprintf(text, sizeof(text), IS_ERR(p) ? "%ld" : "%016lx",
			 (long)p);
	put_padded(o, s, text, strlen(text));
}

static void put_bytes(struct out *o, const unsigned char *p, int n, char sep)
{
	char text[4];

	for (int i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%02x", p[i]);
		if (i && sep)
			put(o, &sep, 1);
		put(o, text, 2);
	}
}

/* A format within a format. */
static void put_format(struct out *o, const struct va_format *vf)
{
	bool full = o->len >= o->size;
	va_list ap;

	va_copy(ap, *vf->va);
	o->len += (size_t)kv_vsnprintk(full ? NULL : o->buf + o->len,
				       full ? 0 : o->size - o->len, vf->fmt,
				       ap);
	va_end(ap);
}

/* Like the kernel's, without hashing: these addresses are the reader's own. */
static const char *put_pointer(struct out *o, const char *p,
			       const struct spec *s, void *arg)
{
	char text[256];

	switch (*p) {
	case 'S':
	case 's':
	case 'B':
		kapi_symbol(text, sizeof(text), arg, *p != 's');
		put_padded(o, s, text, strlen(text));
		return p + 1;
	case 'e':
		put_error(o, s, arg);
		return p + 1;
	case 'h':
		put_bytes(o, arg, s->width < 0 ? 1 : s->width,
			  p[1] == 'N' ? 0 : p[1] == 'C' ? ':' :
			  p[1] == 'D' ? '-' : ' ');
		return p + 1 + (p[1] && strchr("NCD", p[1]) != NULL);
	case 'V':
		put_format(o, arg);
		return p + 1;
	case 'K':
	case 'x':
		p++;
	}
	snprintf(text, sizeof(text), "%016lx", (unsigned long)arg);
	put_padded(o, s, text, strlen(text));
	return p;
}

/* What libc prints for one number. */
#define PUT(o, s, value)                                                  \
	do {                                                              \
		char text_[128];                                          \
		int n_ = snprintf(text_, sizeof(text_), (s)->text, value); \
		put(o, text_, n_ < 0 ? 0 :                                \
			      n_ < (int)sizeof(text_) ? (size_t)n_ :      \
							sizeof(text_) - 1); \
	} while (0)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void put_integer(struct out *o, const struct spec *s, bool is_signed,
			va_list *ap)
{
	if (s->longs >= 2)
		PUT(o, s, va_arg(*ap, long long));
	else if (s->longs == 1 || s->size)
		PUT(o, s, va_arg(*ap, long));
	else if (is_signed)
		PUT(o, s, va_arg(*ap, int));
	else
		PUT(o, s, va_arg(*ap, unsigned int));
}

static void put_string(struct out *o, const struct spec *s, const char *arg)
{
	const char *text = arg ? arg : "(null)";

	put_padded(o, s, text, s->precision < 0 ? strlen(text) :
				strnlen(text, (size_t)s->precision));
}

static const char *convert(struct out *o, const char *p, struct spec *s,
			   va_list *ap)
{
	s->text[s->len++] = *p;
	s->text[s->len] = 0;
	switch (*p) {
	case 'd':
	case 'i':
		put_integer(o, s, true, ap);
		break;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		put_integer(o, s, false, ap);
		break;
	case 'c':
		PUT(o, s, va_arg(*ap, int));
		break;
	case 's':
		put_string(o, s, va_arg(*ap, const char *));
		break;
	case 'p':
		return put_pointer(o, p + 1, s, va_arg(*ap, void *));
	case '%':
		put(o, "%", 1);
		break;
	case 0:
		return p;
	default: /* a float, %n: not in a kernel; as it stands */
		put(o, s->text, s->len);
	}
	return p + 1;
}
#pragma GCC diagnostic pop

int kv_vsnprintk(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { buf, size, 0 };
	struct spec s;
	va_list ap;

	va_copy(ap, args);
	while (*fmt) {
		size_t n = strcspn(fmt, "%");

		put(&o, fmt, n);
		fmt += n;
		if (*fmt)
			fmt = convert(&o, parse(fmt + 1, &s, &ap), &s, &ap);
	}
	va_end(ap);
	if (size)
		buf[o.len < size ? o.len : size - 1] = 0;
	return (int)o.len;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = kv_vsnprintk(buf, size, fmt, ap);
	va_end(ap);
	return !size ? 0 : n < (int)size ? n : (int)size - 1;
}

/* Skips a level, which it returns; -1 if there is none. */
static int skip_level(const char **fmt)
{
	const char *f = *fmt;

	if (f[0] != KERN_SOH[0] || !f[1])
		return -1;
	*fmt = f + 2;
	return f[1] - '0';
}

int vprintk(const char *fmt, va_list args)
{
	char text[1024];
	int level = skip_level(&fmt);
	size_t n;

	kv_vsnprintk(text, sizeof(text) - 1, fmt, args);
	if (level >= 0 && level < 8 && level >= console_loglevel)
		return (int)strlen(text);
	n = strlen(text);
	/* A line ends with its message, as the log of a kernel has it. */
	if (!n || text[n - 1] != '\n')
		text[n++] = '\n';
	kapi_write(text, n);
	return (int)n;
}

int _printk(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vprintk(fmt, ap);
	va_end(ap);
	return n;
}

void kapi_pr(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(fmt, ap);
	va_end(ap);
}

bool kv_printk_ratelimit(unsigned long *state)
{
	enum { BURST = 10, SECONDS = 5 };
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if ((unsigned long)now.tv_sec - state[0] >= SECONDS) {
		state[0] = (unsigned long)now.tv_sec;
		state[1] = 0;
	}
	return state[1]++ < BURST;
}

void print_hex_dump(const char *level, const char *prefix, int prefix_type,
		    int rowsize, int groupsize, const void *buf, size_t len,
		    bool ascii)
{
	const unsigned char *p = buf;
	int per_row = rowsize == 32 ? 32 : 16;

	(void)groupsize;
	for (size_t at = 0; at < len; at += (size_t)per_row) {
		size_t n = len - at < (size_t)per_row ? len - at :
							(size_t)per_row;
		char where[24] = "", text[33];

		for (size_t i = 0; i < n; i++)
			text[i] = isprint(p[at + i]) ? (char)p[at + i] : '.';
		text[n] = 0;
		if (prefix_type == DUMP_PREFIX_ADDRESS)
			snprintf(where, sizeof(where), "%p: ",
				 (const void *)(p + at));
		else if (prefix_type == DUMP_PREFIX_OFFSET)
			snprintf(where, sizeof(where), "%08zx: ", at);
		_printk("%s%s%s%*ph%s%s", level, prefix, where, (int)n, p + at,
			ascii ? "  " : "", ascii ? text : "");
	}
}
