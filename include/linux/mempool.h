/* SPDX-License-Identifier: MIT */
/*
 * mempool.h - allocations that never fail where they may sleep: @min_nr
 * elements are kept for when there is no memory, and whoever finds none waits
 * until one is freed.
 */
#ifndef KV_LINUX_MEMPOOL_H
#define KV_LINUX_MEMPOOL_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

struct kmem_cache;

typedef void *(mempool_alloc_t)(gfp_t gfp, void *pool_data);
typedef void (mempool_free_t)(void *element, void *pool_data);

typedef struct mempool_s {
	spinlock_t lock;
	int min_nr;		/* elements kept */
	int curr_nr;		/* of them here now */
	void **elements;
	void *pool_data;
	mempool_alloc_t *alloc;
	mempool_free_t *free;
	wait_queue_head_t wait;
} mempool_t;

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

mempool_t *mempool_create(int min_nr, mempool_alloc_t *alloc,
			  mempool_free_t *free, void *pool_data);
mempool_t *mempool_create_node(int min_nr, mempool_alloc_t *alloc,
			       mempool_free_t *free, void *pool_data,
			       gfp_t gfp, int nid);
void mempool_destroy(mempool_t *pool);
/* The same for a pool that is part of another object. */
int mempool_init(mempool_t *pool, int min_nr, mempool_alloc_t *alloc,
		 mempool_free_t *free, void *pool_data);
void mempool_exit(mempool_t *pool);
int mempool_resize(mempool_t *pool, int min_nr);
void *mempool_alloc(mempool_t *pool, gfp_t gfp);
/* From what is kept alone; NULL if that is empty. */
void *mempool_alloc_preallocated(mempool_t *pool);
void mempool_free(void *element, mempool_t *pool);

/* @pool_data: a cache; a size; an order. */
void *mempool_alloc_slab(gfp_t gfp, void *pool_data);
void mempool_free_slab(void *element, void *pool_data);
void *mempool_kmalloc(gfp_t gfp, void *pool_data);
void mempool_kfree(void *element, void *pool_data);
void *mempool_alloc_pages(gfp_t gfp, void *pool_data);
void mempool_free_pages(void *element, void *pool_data);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

static inline bool mempool_initialized(const mempool_t *pool)
{
	return pool->elements != NULL;
}

static inline bool mempool_is_saturated(const mempool_t *pool)
{
	return READ_ONCE(pool->curr_nr) >= pool->min_nr;
}

#define mempool_create_slab_pool(min_nr, cache)                           \
	mempool_create(min_nr, mempool_alloc_slab, mempool_free_slab, cache)
#define mempool_create_kmalloc_pool(min_nr, size)                         \
	mempool_create(min_nr, mempool_kmalloc, mempool_kfree,            \
		       (void *)(unsigned long)(size))
#define mempool_create_page_pool(min_nr, order)                           \
	mempool_create(min_nr, mempool_alloc_pages, mempool_free_pages,   \
		       (void *)(unsigned long)(order))
#define mempool_init_slab_pool(pool, min_nr, cache)                       \
	mempool_init(pool, min_nr, mempool_alloc_slab, mempool_free_slab, cache)
#define mempool_init_kmalloc_pool(pool, min_nr, size)                     \
	mempool_init(pool, min_nr, mempool_kmalloc, mempool_kfree,        \
		     (void *)(unsigned long)(size))
#define mempool_init_page_pool(pool, min_nr, order)                       \
	mempool_init(pool, min_nr, mempool_alloc_pages, mempool_free_pages, \
		     (void *)(unsigned long)(order))

#endif
