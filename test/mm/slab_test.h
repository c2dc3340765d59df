/* SPDX-License-Identifier: MIT */
/* slab_test.h - what the tests of slabs, sheaves and kmalloc share. */
#ifndef KV_SLAB_TEST_H
#define KV_SLAB_TEST_H

#include <string.h>

#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "mm/states.h"
#include "mm/stats.h"
#include "suite.h"

static inline void boot_small(void)
{
	machine_start(64 * MIB, 700);
}

/* Every test ends with all of it in order. */
static inline void validate_slabs(void)
{
	ck_assert_uint_eq(slab_validate(), 0);
	ck_assert_uint_eq(page_alloc_validate(), 0);
}

static inline struct kmem_cache *make_cache(u32 size, unsigned int min_partial)
{
	struct kmem_cache *s = cache_create(&(struct cache_args){
		.name = "test",
		.object_size = size,
		.min_partial = (u16)min_partial,
		.malloc_class = true,
	});

	ck_assert_ptr_nonnull(s);
	return s;
}

static inline struct kmem_cache *make_run_cache(u32 pages)
{
	struct kmem_cache *s = cache_create(&(struct cache_args){
		.name = "run",
		.run_pages = pages,
		.malloc_class = true,
	});

	ck_assert_ptr_nonnull(s);
	return s;
}

static inline u64 counted(enum kv_counter c)
{
	return stats.counter[c];
}

static inline bool all_bytes(const void *p, size_t n, int byte)
{
	const unsigned char *c = p;

	return !n || (c[0] == (unsigned char)byte && !memcmp(c, c + 1, n - 1));
}

/* A small generator of its own, so that runs repeat. */
static inline u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
