/* SPDX-License-Identifier: MIT */
/*
 * slab_sysfs.c - a cache's attributes, as /sys/kernel/slab/<cache>/ has them.
 *
 * Objects that sheaves keep count as in use, as in the kernel: per-node counts
 * are "total N0=total".
 */
#include "kapi/slab.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kapi/slab_stat.h"
#include "kapi/symbol.h"
#include "lib/print.h"
#include "mm/slab_merge.h"
#include "mm/slub_debug.h"

struct text {
	char *buf;
	size_t size;
};

typedef size_t (*show_fn)(const struct kmem_cache *s, struct text *t);

static size_t number(struct text *t, unsigned long v)
{
	return kv_snprintf(t->buf, t->size, "%lu\n", v);
}

static size_t per_node(struct text *t, unsigned long v)
{
	return v ? kv_snprintf(t->buf, t->size, "%lu N0=%lu\n", v, v) :
		   number(t, 0);
}

/* clang-format off */
/* attribute, what it shows */
#define NUMBERS(X)                                                         \
	X(object_size,     s->object_size)                                 \
	X(slab_size,       s->size)                                        \
	X(align,           s->align)                                       \
	X(objs_per_slab,   s->objects)                                     \
	X(order,           s->order)                                       \
	X(min_partial,     s->min_partial)                                 \
	X(cpu_partial,     0)                                              \
	X(sheaf_capacity,  s->sheaf_capacity)                              \
	X(usersize,        s->usersize)                                    \
	X(aliases,         s->refcount ? s->refcount - 1 : 0)              \
	X(reclaim_account, !!(s->flags & SLAB_RECLAIM_ACCOUNT))            \
	X(hwcache_align,   !!(s->flags & SLAB_HWCACHE_ALIGN))              \
	X(cache_dma,       !!(s->flags & SLAB_CACHE_DMA))                  \
	X(destroy_by_rcu,  !!(s->flags & SLAB_TYPESAFE_BY_RCU))            \
	X(sanity_checks,   !!(s->flags & SLAB_CONSISTENCY_CHECKS))         \
	X(red_zone,        !!(s->flags & SLAB_RED_ZONE))                   \
	X(poison,          !!(s->flags & SLAB_POISON))                     \
	X(store_user,      !!(s->flags & SLAB_STORE_USER))                 \
	X(trace,           !!(s->flags & SLAB_TRACE))                      \
	X(failslab,        !!(s->flags & SLAB_FAILSLAB))
#define NODE_COUNTS(X)                                                     \
	X(objects,         s->nr_objs - s->nr_free)                        \
	X(total_objects,   s->nr_objs)                                     \
	X(slabs,           s->nr_slabs)                                    \
	X(partial,         s->nr_partial)                                  \
	X(objects_partial, partial_objects(s))                             \
	X(cpu_slabs,       0)
/* clang-format on */

/* In use in slabs that have free ones: those that aren't full. */
static unsigned long partial_objects(const struct kmem_cache *s)
{
	unsigned long full = s->nr_slabs - s->nr_partial;

	return s->nr_objs - s->nr_free - full * s->objects;
}

#define X(attr, value)                                                        \
	static size_t show_##attr(const struct kmem_cache *s, struct text *t) \
	{                                                                     \
		(void)s;                                                      \
		return number(t, (unsigned long)(value));                     \
	}
NUMBERS(X)
#undef X
#define X(attr, value)                                                        \
	static size_t show_##attr(const struct kmem_cache *s, struct text *t) \
	{                                                                     \
		(void)s;                                                      \
		return per_node(t, (unsigned long)(value));                   \
	}
NODE_COUNTS(X)
#undef X

static size_t show_slabs_cpu_partial(const struct kmem_cache *s, struct text *t)
{
	(void)s; /* there are none since 7.0 */
	return kv_snprintf(t->buf, t->size, "0(0)\n");
}

static size_t show_ctor(const struct kmem_cache *s, struct text *t)
{
	char name[128] = "";
	void *fn;

	if (!s->ctor)
		return kv_snprintf(t->buf, t->size, "%s", "");
	memcpy(&fn, &s->ctor, sizeof(fn));
	kapi_symbol(name, sizeof(name), fn, true);
	return kv_snprintf(t->buf, t->size, "%s\n", name);
}

static size_t show_alloc_traces(const struct kmem_cache *s, struct text *t)
{
	return slub_debug_traces(&caches[s->index], true, t->buf, t->size);
}

static size_t show_free_traces(const struct kmem_cache *s, struct text *t)
{
	return slub_debug_traces(&caches[s->index], false, t->buf, t->size);
}

static const struct attr {
	const char *name;
	show_fn show;
} attrs[] = {
#define X(attr, value) { #attr, show_##attr },
	NUMBERS(X) NODE_COUNTS(X)
#undef X
		{ "slabs_cpu_partial", show_slabs_cpu_partial },
	{ "ctor", show_ctor },
	{ "alloc_traces", show_alloc_traces },
	{ "free_traces", show_free_traces },
};

ssize_t kv_slab_read(const struct kmem_cache *s, const char *attr, char *buf,
		     size_t size)
{
	struct text t = { .buf = buf, .size = size };

	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++)
		if (!strcmp(attrs[i].name, attr))
			return (ssize_t)attrs[i].show(s, &t);
	return slab_stat_read(s, attr, buf, size);
}

int kv_slab_write(struct kmem_cache *s, const char *attr, const char *value)
{
	bool on = value[0] == '1';

	if (!strcmp(attr, "shrink"))
		return on ? kmem_cache_shrink(s), 0 : -EINVAL;
	if (!strcmp(attr, "validate")) {
		if (!on || !cache_is_debug(s))
			return -EINVAL;
		slub_validate_cache(s);
		return 0;
	}
	if (!strcmp(attr, "failslab")) {
		if (s->refcount > 1)
			return -EINVAL;
		s->flags &= ~(slab_flags_t)SLAB_FAILSLAB;
		s->flags |= on ? (slab_flags_t)SLAB_FAILSLAB : 0;
		return 0;
	}
	return strcmp(value, "0") ? -EINVAL : slab_stat_clear(s, attr);
}

struct kmem_cache *kv_slab_find(const char *name)
{
	char alias[KVR_NAME];

	for (unsigned int i = 1; i < nr_caches; i++) {
		if (!cache_is_live(&caches[i]))
			continue;
		if (!strcmp(caches[i].name, name))
			return &caches[i];
		slab_alias_name(&caches[i], alias, sizeof(alias));
		if (!slab_unmergeable(&caches[i]) && !strcmp(alias, name))
			return &caches[i];
	}
	return NULL;
}
