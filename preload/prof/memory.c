/* SPDX-License-Identifier: MIT */
/*
 * memory.c - see memory.h. Pieces are cut off a chunk; what is larger than a
 * share of one is a mapping of its own. Lock: memory.lock, innermost.
 */
#include "prof/memory.h"

#include "lib/spinlock.h"
#include "os/os.h"

enum { CHUNK = 256 << 10, SHARE = CHUNK / 8, ALIGN = 64 };

static struct {
	struct spinlock lock;
	char *next;
	size_t left;
} memory;

static void *map(size_t size)
{
	void *p = os_reserve(size, os_page_size());

	if (p && os_commit(p, size)) {
		os_release(p, size);
		return NULL;
	}
	return p;
}

void *prof_memory(size_t size)
{
	void *p = NULL;

	size = ALIGN_UP(size, (size_t)ALIGN);
	if (size > SHARE)
		return map(ALIGN_UP(size, os_page_size()));
	spin_lock(&memory.lock);
	if (memory.left < size) {
		memory.next = map(CHUNK);
		memory.left = memory.next ? CHUNK : 0;
	}
	if (memory.left >= size) {
		p = memory.next;
		memory.next += size;
		memory.left -= size;
	}
	spin_unlock(&memory.lock);
	return p;
}

void prof_memory_fork_child(void)
{
	spin_lock_init(&memory.lock);
}
