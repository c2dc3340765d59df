/* SPDX-License-Identifier: MIT */
/*
 * mempool.c - linux/mempool.h.
 *
 * Theory: a request tries the allocator first, without reserves, without
 * sleeping, and silently; then the elements that are kept; then, if it may
 * sleep, waits for one to be freed and tries again. What is freed fills up
 * the kept ones first. So as long as users free what they hold, everybody who
 * may sleep gets an element.
 *
 * Locks: pool->lock guards elements[] and the two numbers; nothing is
 * allocated or freed under it.
 */
#include <linux/mempool.h>

#include <linux/slab.h>

/* The waiter looks again by itself: memory may be back without a free. */
enum { RETRY_JIFFIES = 5 * HZ };

static bool keep(mempool_t *pool, void *element)
{
	unsigned long flags;
	bool kept;

	spin_lock_irqsave(&pool->lock, flags);
	kept = pool->curr_nr < pool->min_nr;
	if (kept)
		pool->elements[pool->curr_nr++] = element;
	spin_unlock_irqrestore(&pool->lock, flags);
	return kept;
}

static void *take(mempool_t *pool)
{
	unsigned long flags;
	void *element = NULL;

	spin_lock_irqsave(&pool->lock, flags);
	if (pool->curr_nr)
		element = pool->elements[--pool->curr_nr];
	spin_unlock_irqrestore(&pool->lock, flags);
	return element;
}

static int fill(mempool_t *pool, gfp_t gfp)
{
	while (pool->curr_nr < pool->min_nr) {
		void *element = pool->alloc(gfp, pool->pool_data);

		if (!element)
			return -ENOMEM;
		if (!keep(pool, element))
			pool->free(element, pool->pool_data);
	}
	return 0;
}

static int init(mempool_t *pool, int min_nr, mempool_alloc_t *alloc,
		mempool_free_t *free, void *pool_data, gfp_t gfp, int nid)
{
	*pool = (mempool_t){ .min_nr = min_nr,
			     .pool_data = pool_data,
			     .alloc = alloc,
			     .free = free };
	spin_lock_init(&pool->lock);
	init_waitqueue_head(&pool->wait);
	/* one more, so that a pool of none is no ZERO_SIZE_PTR */
	pool->elements =
		kcalloc_node((size_t)min_nr + 1, sizeof(void *), gfp, nid);
	if (!pool->elements)
		return -ENOMEM;
	if (fill(pool, gfp)) {
		mempool_exit(pool);
		return -ENOMEM;
	}
	return 0;
}

int mempool_init(mempool_t *pool, int min_nr, mempool_alloc_t *alloc,
		 mempool_free_t *free, void *pool_data)
{
	return init(pool, min_nr, alloc, free, pool_data, GFP_KERNEL,
		    NUMA_NO_NODE);
}

void mempool_exit(mempool_t *pool)
{
	while (pool->curr_nr)
		pool->free(take(pool), pool->pool_data);
	kfree(pool->elements);
	pool->elements = NULL;
}

mempool_t *mempool_create_node(int min_nr, mempool_alloc_t *alloc,
			       mempool_free_t *free, void *pool_data, gfp_t gfp,
			       int nid)
{
	mempool_t *pool = kmalloc_node(sizeof(*pool), gfp, nid);

	if (pool && init(pool, min_nr, alloc, free, pool_data, gfp, nid)) {
		kfree(pool);
		return NULL;
	}
	return pool;
}

mempool_t *mempool_create(int min_nr, mempool_alloc_t *alloc,
			  mempool_free_t *free, void *pool_data)
{
	return mempool_create_node(min_nr, alloc, free, pool_data, GFP_KERNEL,
				   NUMA_NO_NODE);
}

void mempool_destroy(mempool_t *pool)
{
	if (!pool)
		return;
	mempool_exit(pool);
	kfree(pool);
}

int mempool_resize(mempool_t *pool, int min_nr)
{
	unsigned long flags;
	void **elements, **old;

	might_sleep();
	/* fewer: what is too much goes one by one, the array stays */
	spin_lock_irqsave(&pool->lock, flags);
	if (min_nr <= pool->min_nr)
		pool->min_nr = min_nr;
	spin_unlock_irqrestore(&pool->lock, flags);
	while (pool->curr_nr > min_nr)
		pool->free(take(pool), pool->pool_data);
	if (pool->min_nr == min_nr)
		return 0;

	elements = kcalloc((size_t)min_nr + 1, sizeof(void *), GFP_KERNEL);
	if (!elements)
		return -ENOMEM;
	spin_lock_irqsave(&pool->lock, flags);
	memcpy(elements, pool->elements,
	       (size_t)pool->curr_nr * sizeof(void *));
	old = pool->elements;
	pool->elements = elements;
	pool->min_nr = min_nr;
	spin_unlock_irqrestore(&pool->lock, flags);
	kfree(old);
	fill(pool, GFP_KERNEL); /* as far as it goes, as in the kernel */
	return 0;
}

void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	const gfp_t easy = (gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_IO)) |
			   __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN;
	gfp_t now = easy;

	WARN_ON_ONCE(gfp & __GFP_ZERO); /* a kept element is not zeroed */
	might_sleep_if(gfp & __GFP_DIRECT_RECLAIM);
	for (;;) {
		unsigned int seen = kv_wait_count(&pool->wait);
		void *element = pool->alloc(now, pool->pool_data);

		if (!element)
			element = take(pool);
		if (element || !(gfp & __GFP_DIRECT_RECLAIM))
			return element;
		if (now == easy)
			now = easy | (gfp & (__GFP_DIRECT_RECLAIM | __GFP_IO));
		else
			kv_wait(&pool->wait, seen, jiffies + RETRY_JIFFIES);
	}
}

void *mempool_alloc_preallocated(mempool_t *pool)
{
	return take(pool);
}

void mempool_free(void *element, mempool_t *pool)
{
	if (!element)
		return;
	if (keep(pool, element))
		wake_up(&pool->wait);
	else
		pool->free(element, pool->pool_data);
}

void *mempool_alloc_slab(gfp_t gfp, void *pool_data)
{
	return kmem_cache_alloc((struct kmem_cache *)pool_data, gfp);
}

void mempool_free_slab(void *element, void *pool_data)
{
	kmem_cache_free((struct kmem_cache *)pool_data, element);
}

void *mempool_kmalloc(gfp_t gfp, void *pool_data)
{
	return kmalloc((size_t)pool_data, gfp);
}

void mempool_kfree(void *element, void *pool_data)
{
	(void)pool_data;
	kfree(element);
}

void *mempool_alloc_pages(gfp_t gfp, void *pool_data)
{
	return alloc_pages(gfp, (unsigned int)(size_t)pool_data);
}

void mempool_free_pages(void *element, void *pool_data)
{
	__free_pages((struct page *)element, (unsigned int)(size_t)pool_data);
}
