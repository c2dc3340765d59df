/* SPDX-License-Identifier: MIT */
/*
 * strdup.c - copies of strings and of memory.
 *
 * A constant is what lies in a segment that nobody can write to, of an object
 * that is loaded now: kstrdup_const() and kfree_const() must see it alike.
 */
#include "kapi/slab.h"

#include <errno.h>
#include <link.h>
#include <string.h>

static void *copy(const void *src, size_t len, size_t more, gfp_t gfp,
		  const void *caller)
{
	char *p = kapi_kmalloc(len + more, gfp, NUMA_NO_NODE, caller);

	if (!p)
		return NULL;
	if (!zero_or_null(p))
		memcpy(p, src, len);
	if (more)
		p[len] = 0;
	return p;
}

void *kmemdup(const void *src, size_t len, gfp_t gfp)
{
	return copy(src, len, 0, gfp, CALLER);
}

void *kmemdup_array(const void *src, size_t count, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return copy(src, bytes, 0, gfp, CALLER);
}

char *kmemdup_nul(const char *s, size_t len, gfp_t gfp)
{
	return s ? copy(s, len, 1, gfp, CALLER) : NULL;
}

char *kstrdup(const char *s, gfp_t gfp)
{
	return s ? copy(s, strlen(s), 1, gfp, CALLER) : NULL;
}

char *kstrndup(const char *s, size_t max, gfp_t gfp)
{
	return s ? copy(s, strnlen(s, max), 1, gfp, CALLER) : NULL;
}

void *memdup_user(const void *src, size_t len)
{
	return or_enomem(copy(src, len, 0, GFP_USER | __GFP_NOWARN, CALLER));
}

void *memdup_array_user(const void *src, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return err_ptr(-EOVERFLOW);
	return or_enomem(copy(src, bytes, 0, GFP_USER | __GFP_NOWARN, CALLER));
}

void *memdup_user_nul(const void *src, size_t len)
{
	return or_enomem(copy(src, len, 1, GFP_USER | __GFP_NOWARN, CALLER));
}

char *strndup_user(const char *s, long n)
{
	size_t len = strnlen(s, (size_t)n);

	if (len == (size_t)n)
		return err_ptr(-EINVAL);
	return or_enomem(copy(s, len, 1, GFP_USER | __GFP_NOWARN, CALLER));
}

struct constant {
	size_t addr;
	bool found;
};

static int look_at(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct constant *c = arg;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type == PT_LOAD && !(ph->p_flags & PF_W) &&
		    c->addr - info->dlpi_addr - ph->p_vaddr < ph->p_memsz)
			c->found = true;
	}
	return c->found;
}

static bool is_constant(const void *p)
{
	struct constant c = { .addr = (size_t)p };

	dl_iterate_phdr(look_at, &c);
	return c.found;
}

const char *kstrdup_const(const char *s, gfp_t gfp)
{
	return s && is_constant(s) ? s : kstrdup(s, gfp);
}

void kfree_const(const void *x)
{
	if (x && !is_constant(x))
		kapi_kfree((void *)(size_t)x, CALLER);
}
