/* SPDX-License-Identifier: MIT */
/*
 * memory.c - see memory.h.
 *
 * Tables: pieces are cut off a chunk; what is larger than a share of one is a
 * mapping of its own. Arrays: a chunk, aligned to its size, has arrays of one
 * size; it is on the list of its size while it has room, and on that of free
 * ones when all of it is free.
 * Lock: memory.lock, innermost.
 */
#include "prof/memory.h"

#include <string.h>

#include "lib/list.h"
#include "lib/spinlock.h"
#include "os/os.h"

enum {
	PIECES = 256 << 10,	/* bytes of a chunk that is cut up */
	SHARE = PIECES / 8,
	CHUNK = 64 << 10,	/* of arrays */
	RUN = 16,		/* chunks mapped together */
};

struct chunk {
	struct list_head list;
	u32 units;	/* of each array */
	u32 used;	/* arrays handed out */
	u32 cut;	/* bytes of the chunk cut into arrays so far */
	void *free;	/* arrays, linked by their first word */
};
static_assert(sizeof(struct chunk) <= PROF_UNIT, "arrays follow");

static SPARSE_BSS struct {
	struct spinlock lock;
	char *next;	/* pieces */
	size_t left;
	char *next_chunk;
	u32 chunks_left;
	bool ready;
	struct list_head with_room[PROF_MAX_UNITS + 1];
	struct list_head free;
} memory;

static void *map(size_t size, size_t align)
{
	void *p = os_reserve(size, align);

	if (p && os_commit(p, size)) {
		os_release(p, size);
		return NULL;
	}
	return p;
}

void *prof_memory(size_t size)
{
	void *p = NULL;

	size = ALIGN_UP(size, (size_t)PROF_UNIT);
	if (size > SHARE)
		return map(ALIGN_UP(size, os_page_size()), os_page_size());
	spin_lock(&memory.lock);
	if (memory.left < size) {
		memory.next = map(PIECES, os_page_size());
		memory.left = memory.next ? PIECES : 0;
	}
	if (memory.left >= size) {
		p = memory.next;
		memory.next += size;
		memory.left -= size;
	}
	spin_unlock(&memory.lock);
	return p;
}

size_t prof_space(size_t wish)
{
	u64 limit = os_limit(OS_LIMIT_AS);

	return limit == ~0ull ? wish : min_ul(wish, limit / 128);
}

/* arrays; lock held */

static void get_ready(void)
{
	for (size_t i = 0; i <= PROF_MAX_UNITS; i++)
		list_init(&memory.with_room[i]);
	list_init(&memory.free);
	memory.ready = true;
}

static struct chunk *any_chunk(void)
{
	struct chunk *c;

	if (!list_empty(&memory.free)) {
		c = container_of(memory.free.next, struct chunk, list);
		list_del(&c->list);
		return c;
	}
	if (!memory.chunks_left) {
		memory.next_chunk = map((size_t)RUN * CHUNK, CHUNK);
		memory.chunks_left = memory.next_chunk ? RUN : 0;
	}
	if (!memory.chunks_left)
		return NULL;
	c = (struct chunk *)(void *)memory.next_chunk;
	memory.next_chunk += CHUNK;
	memory.chunks_left--;
	return c;
}

static struct chunk *chunk_for(unsigned int units)
{
	struct list_head *list = &memory.with_room[units];
	struct chunk *c;

	if (!list_empty(list))
		return container_of(list->next, struct chunk, list);
	c = any_chunk();
	if (!c)
		return NULL;
	*c = (struct chunk){ .units = units, .cut = PROF_UNIT };
	list_add(&c->list, list);
	return c;
}

static bool has_room(const struct chunk *c)
{
	return c->free || c->cut + c->units * PROF_UNIT <= CHUNK;
}

static void *take(struct chunk *c)
{
	void *p = c->free;

	if (p) {
		memcpy(&c->free, p, sizeof(c->free));
	} else {
		p = (char *)c + c->cut;
		c->cut += c->units * PROF_UNIT;
	}
	c->used++;
	if (!has_room(c))
		list_del(&c->list);
	return p;
}

void *prof_array(unsigned int units)
{
	struct chunk *c;
	void *p = NULL;

	spin_lock(&memory.lock);
	if (!memory.ready)
		get_ready();
	c = chunk_for(units);
	if (c)
		p = take(c);
	spin_unlock(&memory.lock);
	return p ? memset(p, 0, (size_t)units * PROF_UNIT) : NULL;
}

void prof_array_free(void *p)
{
	struct chunk *c = (struct chunk *)ALIGN_DOWN((size_t)p, (size_t)CHUNK);

	spin_lock(&memory.lock);
	if (!has_room(c))
		list_add(&c->list, &memory.with_room[c->units]);
	memcpy(p, &c->free, sizeof(c->free));
	c->free = p;
	if (!--c->used) {
		list_del(&c->list);
		list_add(&c->list, &memory.free);
	}
	spin_unlock(&memory.lock);
}

void prof_memory_fork_child(void)
{
	spin_lock_init(&memory.lock);
}
