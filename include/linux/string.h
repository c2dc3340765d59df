/* SPDX-License-Identifier: MIT */
/* string.h - libc's, and the kernel's own. */
#ifndef KV_LINUX_STRING_H
#define KV_LINUX_STRING_H

/* The name is one of the system's, too: what libc includes stays. */
#if __has_include_next(<linux/string.h>)
#include_next <linux/string.h>
#endif

#include <ctype.h>
#include <linux/errno.h>
#include <linux/types.h>
#include <string.h>
#include <strings.h>

/* Terminates always; -E2BIG if @src did not fit. */
static inline ssize_t __strscpy_kv(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(src, size);

	if (!size)
		return -E2BIG;
	if (len == size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = 0;
		return -E2BIG;
	}
	memcpy(dst, src, len + 1);
	return (ssize_t)len;
}
#define __strscpy2_kv(dst, src)		__strscpy_kv(dst, src, sizeof(dst))
#define __strscpy3_kv(dst, src, size)	__strscpy_kv(dst, src, size)
#define __strscpy_n_kv(a, b, c, name, ...) name
#define strscpy(...) \
	__strscpy_n_kv(__VA_ARGS__, __strscpy3_kv, __strscpy2_kv, )(__VA_ARGS__)

/* Not optimised away. */
static inline void memzero_explicit(void *s, size_t count)
{
	memset(s, 0, count);
	__asm__ volatile("" : : "r"(s) : "memory");
}

static inline void *memset16(u16 *s, u16 v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s[i] = v;
	return s;
}

/* The first @c among the first @count characters. */
static inline char *strnchr(const char *s, size_t count, int c)
{
	for (; count--; s++) {
		if (*s == (char)c)
			return (char *)(unsigned long)s;
		if (!*s)
			break;
	}
	return NULL;
}

/* strscpy(), and zeroes up to @size. */
static inline ssize_t strscpy_pad(char *dst, const char *src, size_t size)
{
	ssize_t n = __strscpy_kv(dst, src, size);

	if (n >= 0)
		memset(dst + n, 0, size - (size_t)n);
	return n;
}

/* The index of @string in @array, whose end is @n or NULL; or -EINVAL. */
static inline int match_string(const char *const *array, size_t n,
			       const char *string)
{
	for (size_t i = 0; i < n && array[i]; i++)
		if (!strcmp(array[i], string))
			return (int)i;
	return -EINVAL;
}

static inline void *memset64(u64 *s, u64 v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s[i] = v;
	return s;
}

static inline void *memset32(u32 *s, u32 v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s[i] = v;
	return s;
}

/* First byte that is not @c, or NULL. */
static inline void *memchr_inv(const void *start, int c, size_t bytes)
{
	const u8 *p = (const u8 *)start;

	for (; bytes; p++, bytes--)
		if (*p != (u8)c)
			return (void *)(unsigned long)p;
	return NULL;
}

static inline char *skip_spaces(const char *str)
{
	while (isspace((unsigned char)*str))
		str++;
	return (char *)(unsigned long)str;
}

static inline char *strim(char *s)
{
	size_t len = strlen(s);

	while (len && isspace((unsigned char)s[len - 1]))
		s[--len] = 0;
	return skip_spaces(s);
}

static inline bool sysfs_streq(const char *a, const char *b)
{
	size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");

	return n == m && !memcmp(a, b, n);
}

/* Of the string itself, as the file system shows paths: its last part. */
static inline const char *kbasename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

#define str_has_prefix(str, prefix) \
	(strncmp(str, prefix, strlen(prefix)) ? 0 : strlen(prefix))

/* With an allocation. */
#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
char *kstrdup(const char *s, gfp_t gfp);
/* @s itself if it is a constant: to be freed by kfree_const(). */
const char *kstrdup_const(const char *s, gfp_t gfp);
void kfree_const(const void *x);
char *kstrndup(const char *s, size_t max, gfp_t gfp);
void *kmemdup(const void *src, size_t len, gfp_t gfp);
void *kmemdup_array(const void *src, size_t count, size_t size, gfp_t gfp);
char *kmemdup_nul(const char *s, size_t len, gfp_t gfp);
/* From user space, which is the same here: ERR_PTR(-ENOMEM), or -EOVERFLOW if
 * an array has no size; what the v ones return is for kvfree(). */
void *memdup_user(const void *src, size_t len);
void *vmemdup_user(const void *src, size_t len);
void *memdup_array_user(const void *src, size_t n, size_t size);
void *vmemdup_array_user(const void *src, size_t n, size_t size);
/* With a NUL behind it. */
void *memdup_user_nul(const void *src, size_t len);
/* At most @n bytes, the NUL counted; ERR_PTR(-EINVAL) if it has more. */
char *strndup_user(const char *s, long n);
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
