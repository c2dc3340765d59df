/* SPDX-License-Identifier: MIT */
/* kstrtox.c - linux/kstrtox.h over libc's strtoull and strtoll. */
#include <linux/kstrtox.h>

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

int kstrtouint(const char *s, unsigned int base, unsigned int *res)
{
	unsigned long long v;
	int err = kstrtoull(s, base, &v);

	if (!err && v > UINT_MAX)
		err = -ERANGE;
	if (!err)
		*res = (unsigned int)v;
	return err;
}

int kstrtoint(const char *s, unsigned int base, int *res)
{
	long long v;
	int err = kstrtoll(s, base, &v);

	if (!err && (v > INT_MAX || v < INT_MIN))
		err = -ERANGE;
	if (!err)
		*res = (int)v;
	return err;
}

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
