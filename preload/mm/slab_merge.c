/* SPDX-License-Identifier: MIT */
/*
 * slab_merge.c - see slab_merge.h. What forbids merging is what sets a cache's
 * objects apart: made by a constructor, watched, copied to users, or asked to
 * stay apart. kmalloc's own caches are not shared, as in kernels that account
 * memory to groups.
 */
#include "mm/slab_merge.h"

#include "lib/print.h"
#include "mm/slub_debug.h"

static const slab_flags_t never =
	SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE |
	SLAB_TYPESAFE_BY_RCU | SLAB_NOLEAKTRACE | SLAB_FAILSLAB | SLAB_NO_MERGE;
/* Have to be equal. */
static const slab_flags_t same =
	SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_ACCOUNT;

static bool nomerge;

void slab_set_nomerge(bool on)
{
	nomerge = on;
}

bool slab_unmergeable(const struct kmem_cache *s)
{
	return nomerge || (s->flags & never) || s->ctor || s->usersize ||
	       s->malloc_class;
}

static bool serves(const struct kmem_cache *s, slab_flags_t flags, u32 size,
		   u32 align)
{
	return cache_is_live(s) && !slab_unmergeable(s) && size <= s->size &&
	       (s->flags & same) == (flags & same) && s->size % align == 0 &&
	       s->size - size < sizeof(void *);
}

struct kmem_cache *find_mergeable(const struct cache_args *args)
{
	slab_flags_t flags = slub_debug_flags(args->flags, args->name);
	u32 size = ALIGN_UP(args->object_size, (u32)sizeof(void *));
	u32 align = calculate_alignment(flags, args->align, size);

	if (nomerge || (flags & never) || args->ctor || args->usersize)
		return NULL;
	size = ALIGN_UP(size, align);
	for (unsigned int i = 1; i < nr_caches; i++)
		if (serves(&caches[i], flags, size, align))
			return &caches[i];
	return NULL;
}

struct kmem_cache *slab_merge(const struct cache_args *args)
{
	struct kmem_cache *s = find_mergeable(args);
	u32 inuse = ALIGN_UP(args->object_size, (u32)sizeof(void *));

	if (!s)
		return NULL;
	s->refcount++;
	if (args->object_size > s->object_size)
		s->object_size = args->object_size;
	if (inuse > s->inuse)
		s->inuse = inuse;
	return s;
}

void slab_alias_name(const struct kmem_cache *s, char *name, size_t size)
{
	static const struct {
		slab_flags_t flag;
		char letter;
	} letters[] = {
		{ SLAB_CACHE_DMA, 'd' },       { SLAB_CACHE_DMA32, 'D' },
		{ SLAB_RECLAIM_ACCOUNT, 'a' }, { SLAB_CONSISTENCY_CHECKS, 'F' },
		{ SLAB_ACCOUNT, 'A' },
	};
	char text[ARRAY_SIZE(letters) + 1];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		if (s->flags & letters[i].flag)
			text[n++] = letters[i].letter;
	text[n] = 0;
	kv_snprintf(name, size, ":%s%s%07u", text, n ? "-" : "", s->size);
}
