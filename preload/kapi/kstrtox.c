/* SPDX-License-Identifier: MIT */
/* kstrtox.c - linux/kstrtox.h over libc's strtoull and strtoll. */
#include <linux/kernel.h>

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* A number may end with a newline, as what is written to a file does. */
static int end_of(const char *s, const char *end)
{
	if (end == s)
		return -EINVAL;
	if (*end == '\n')
		end++;
	return *end ? -EINVAL : 0;
}

int kstrtoull(const char *s, unsigned int base, unsigned long long *res)
{
	unsigned long long v;
	char *end;

	if (isspace((unsigned char)*s) || *s == '-')
		return -EINVAL;
	errno = 0;
	v = strtoull(s, &end, (int)base);
	if (errno == ERANGE)
		return -ERANGE;
	if (end_of(s, end))
		return -EINVAL;
	*res = v;
	return 0;
}

int kstrtoll(const char *s, unsigned int base, long long *res)
{
	long long v;
	char *end;

	if (isspace((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	v = strtoll(s, &end, (int)base);
	if (errno == ERANGE)
		return -ERANGE;
	if (end_of(s, end))
		return -EINVAL;
	*res = v;
	return 0;
}

int kstrtoul(const char *s, unsigned int base, unsigned long *res)
{
	unsigned long long v;
	int err = kstrtoull(s, base, &v);

	if (!err)
		*res = v;
	return err;
}

int kstrtol(const char *s, unsigned int base, long *res)
{
	long long v;
	int err = kstrtoll(s, base, &v);

	if (!err)
		*res = v;
	return err;
}

/* The narrower types: what does not fit is out of range. */
#define NARROW_UNSIGNED(name, type, most)                                 \
	int name(const char *s, unsigned int base, type *res)             \
	{                                                                 \
		unsigned long long v;                                     \
		int err = kstrtoull(s, base, &v);                         \
                                                                          \
		if (!err && v > (most))                                   \
			err = -ERANGE;                                    \
		if (!err)                                                 \
			*res = (type)v;                                   \
		return err;                                               \
	}
#define NARROW_SIGNED(name, type, least, most)                            \
	int name(const char *s, unsigned int base, type *res)             \
	{                                                                 \
		long long v;                                              \
		int err = kstrtoll(s, base, &v);                          \
                                                                          \
		if (!err && (v > (most) || v < (least)))                  \
			err = -ERANGE;                                    \
		if (!err)                                                 \
			*res = (type)v;                                   \
		return err;                                               \
	}
NARROW_UNSIGNED(kstrtouint, unsigned int, UINT_MAX)
NARROW_UNSIGNED(kstrtou16, u16, UINT16_MAX)
NARROW_UNSIGNED(kstrtou8, u8, UINT8_MAX)
NARROW_SIGNED(kstrtoint, int, INT_MIN, INT_MAX)
NARROW_SIGNED(kstrtos16, s16, INT16_MIN, INT16_MAX)
NARROW_SIGNED(kstrtos8, s8, INT8_MIN, INT8_MAX)

int kstrtobool(const char *s, bool *res)
{
	if (!s)
		return -EINVAL;
	if (strchr("yYtT1", s[0]) && s[0])
		*res = true;
	else if (strchr("nNfF0", s[0]) && s[0])
		*res = false;
	else if ((s[0] == 'o' || s[0] == 'O') &&
		 (s[1] == 'n' || s[1] == 'N'))
		*res = true;
	else if ((s[0] == 'o' || s[0] == 'O') &&
		 (s[1] == 'f' || s[1] == 'F'))
		*res = false;
	else
		return -EINVAL;
	return 0;
}

int hex_to_bin(unsigned char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

int hex2bin(u8 *dst, const char *src, size_t count)
{
	for (; count--; src += 2) {
		int hi = hex_to_bin((unsigned char)src[0]);
		int lo = hi < 0 ? -1 : hex_to_bin((unsigned char)src[1]);

		if (lo < 0)
			return -EINVAL;
		*dst++ = (u8)(hi << 4 | lo);
	}
	return 0;
}

unsigned long long memparse(const char *s, char **end)
{
	static const char units[] = "kmgtpe";
	char *stop;
	unsigned long long v = strtoull(s, &stop, 0);
	const char *u = *stop ? strchr(units, *stop | 0x20) : NULL;

	if (u) {
		v <<= 10 * (u - units + 1);
		stop++;
	}
	if (end)
		*end = stop;
	return v;
}
