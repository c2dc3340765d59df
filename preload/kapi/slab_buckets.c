/* SPDX-License-Identifier: MIT */
/*
 * slab_buckets.c - sets of caches beside kmalloc()'s, for objects whose size
 * somebody outside decides: who overflows one finds none of the kernel's own
 * behind it.
 *
 * There are as many sets as there are caches left; a kernel without
 * CONFIG_SLAB_BUCKETS has none, and its calls then are kmalloc()'s.
 */
#include "kapi/slab.h"

#include <string.h>

#include "kvmalloc/kmalloc_sizes.h"
#include "lib/print.h"

enum {
#define X(size, name, old) +1
	NR_SIZES = KMALLOC_SIZES(X)
#undef X
};

struct kv_buckets {
	struct kmem_cache *cache[NR_SIZES + 1];	/* by class; [0] unused */
};

struct kmem_cache *kapi_bucket(const kmem_buckets *b, unsigned int class)
{
	return b->cache[class];
}

/* What of the window an object of @size bytes has. */
static unsigned int window(unsigned int size, unsigned int offset,
			   unsigned int bytes)
{
	return offset < size ? (unsigned int)min_ul(bytes, size - offset) : 0;
}

static struct kmem_cache *make(const char *name, unsigned int class,
			       slab_flags_t flags, unsigned int offset,
			       unsigned int bytes, void (*ctor)(void *))
{
	unsigned int size = kmalloc_info.size[class];
	unsigned int usersize = window(size, offset, bytes);
	char full[KVR_NAME];

	kv_snprintf(full, sizeof(full), "%s-%s", name,
		    caches[class].name + strlen("kmalloc-"));
	return kmem_cache_create_usercopy(full, size, 0,
					  flags | (slab_flags_t)SLAB_NO_MERGE,
					  usersize ? offset : 0, usersize,
					  ctor);
}

kmem_buckets *kmem_buckets_create(const char *name, slab_flags_t flags,
				  unsigned int useroffset,
				  unsigned int usersize, void (*ctor)(void *))
{
	kmem_buckets *b = kzalloc(sizeof(*b), GFP_KERNEL);

	for (unsigned int c = 1; b && c < kmalloc_info.nr_slab_classes; c++) {
		b->cache[c] = make(name, c, flags, useroffset, usersize, ctor);
		if (b->cache[c])
			continue;
		while (--c)
			kmem_cache_destroy(b->cache[c]);
		kfree(b);
		return NULL;
	}
	return b;
}

void *kv_buckets_alloc(const kmem_buckets *b, size_t size, gfp_t flags,
		       int node, unsigned long caller)
{
	return kapi_kmalloc_in(b, size, flags, node,
			       caller ? (const void *)caller : CALLER);
}
