/* SPDX-License-Identifier: MIT */
/* print.c - see print.h. */
#include "lib/print.h"

#include <errno.h>

struct out {
	char *buf;
	size_t size, len;
};

struct spec {
	bool zero, left;
	unsigned int width, longs;
	size_t precision;	/* of a string */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void pad(struct out *o, char c, unsigned int width, size_t used)
{
	for (; used < width; used++)
		put(o, c);
}

static void put_string(struct out *o, const char *s, const struct spec *sp)
{
	size_t n = 0;

	if (!s)
		s = "(null)";
	while (n < sp->precision && s[n])
		n++;
	if (!sp->left)
		pad(o, ' ', sp->width, n);
	for (size_t i = 0; i < n; i++)
		put(o, s[i]);
	if (sp->left)
		pad(o, ' ', sp->width, n);
}

static void put_number(struct out *o, unsigned long long v, unsigned int base,
		       bool negative, const char *prefix, const struct spec *sp)
{
	char digits[24];
	size_t n = 0, used;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	used = n + negative + (prefix[0] ? 2 : 0);
	if (!sp->zero && !sp->left)
		pad(o, ' ', sp->width, used);
	if (negative)
		put(o, '-');
	for (; *prefix; prefix++)
		put(o, *prefix);
	if (sp->zero && !sp->left)
		pad(o, '0', sp->width, used);
	while (n)
		put(o, digits[--n]);
	if (sp->left)
		pad(o, ' ', sp->width, used);
}

/* %.*s: the caller reads the precision from the arguments. */
static const char *parse_spec(const char *f, struct spec *sp, bool *star)
{
	*sp = (struct spec){ .precision = (size_t)-1 };
	for (; *f == '0' || *f == '-'; f++) {
		if (*f == '0')
			sp->zero = true;
		else
			sp->left = true;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		sp->width = sp->width * 10 + (unsigned int)(*f - '0');
	*star = f[0] == '.' && f[1] == '*';
	f += *star ? 2 : 0;
	for (; *f == 'l' || *f == 'z'; f++)
		sp->longs++;
	return f;
}

/* All of long, long long and size_t are 64 bits on the targets. */
static_assert(sizeof(long) == 8 && sizeof(size_t) == 8, "LP64");

size_t kv_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { .buf = buf, .size = size };
	struct spec sp;
	bool star;

	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_spec(fmt + 1, &sp, &star);
		if (star)
			sp.precision = (size_t)va_arg(ap, int);
		switch (*fmt) {
		case 's':
			put_string(&o, va_arg(ap, const char *), &sp);
			break;
		case 'c':
			put(&o, (char)va_arg(ap, int));
			break;
		case 'd':
		case 'i': {
			long v = sp.longs ? va_arg(ap, long) : va_arg(ap, int);

			put_number(&o,
				   v < 0 ? 0ull - (unsigned long long)v :
					   (unsigned long long)v,
				   10, v < 0, "", &sp);
			break;
		}
		case 'u':
		case 'x':
			put_number(&o,
				   sp.longs ? va_arg(ap, unsigned long) :
					      va_arg(ap, unsigned int),
				   *fmt == 'u' ? 10 : 16, false, "", &sp);
			break;
		case 'p':
			put_number(&o, (size_t)va_arg(ap, void *), 16, false,
				   "0x", &sp);
			break;
		case '%':
			put(&o, '%');
			break;
		default: /* a format we don't know: show it, stop there */
			put(&o, '?');
			goto out;
		}
	}
out:
	if (size)
		buf[o.len < size ? o.len : size - 1] = 0;
	return o.len;
}

size_t kv_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = kv_vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

const char *kv_error_words(int err)
{
	/* clang-format off */
	static const struct {
		int err;
		char words[36]; /* no pointers: nothing to relocate */
	} known[] = {
		{ EPERM,        ": not permitted" },
		{ ENOENT,       ": no such file or directory" },
		{ EIO,          ": input/output error" },
		{ ENOMEM,       ": out of memory" },
		{ EACCES,       ": permission denied" },
		{ EEXIST,       ": all its names are taken" },
		{ ENOTDIR,      ": not a directory" },
		{ ENFILE,       ": too many open files in the system" },
		{ EMFILE,       ": too many open files" },
		{ EFBIG,        ": above the limit of a file's size" },
		{ ENOSPC,       ": no space left on the device" },
		{ EROFS,        ": read-only file system" },
		{ ENAMETOOLONG, ": name too long" },
		{ ESTALE,       ": it is another file now" },
		{ EDQUOT,       ": above the disk quota" },
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].err == err)
			return known[i].words;
	return "";
}
