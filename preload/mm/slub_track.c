/* SPDX-License-Identifier: MIT */
/*
 * slub_track.c - see slub_track.h.
 *
 * Each stack is kept once: in an array that only grows, found by hashing, so
 * that a track needs four bytes for it. When the array is full, or there is no
 * memory for it, tracks keep the caller alone.
 * Lock: depot.lock, inside the cache's; entries never change once named.
 */
#include "mm/slub_track.h"

#include <string.h>

#include "lib/cpu.h"
#include "os/os.h"

enum {
	MAX_STACKS = 1 << 16,
	NR_BUCKETS = 1 << 14,
};

struct stack {
	u32 next; /* in its bucket */
	u32 n;
	const void *frames[TRACK_FRAMES];
};

static SPARSE_BSS struct {
	struct spinlock lock;
	u32 nr; /* in use; 0 stands for none */
	bool failed;
	struct stack *stacks;
	u32 bucket[NR_BUCKETS];
} depot;

unsigned int (*slub_capture_stack)(const void **frames, unsigned int max);

u64 track_now(void)
{
	return os_coarse_ns() / 1000000 + 1;
}

static u32 hash_of(const void *const *frames, unsigned int n)
{
	u64 h = n;

	for (unsigned int i = 0; i < n; i++)
		h = (h ^ (u64)frames[i]) * 0x9e3779b97f4a7c15ull;
	return (u32)(h >> 32) % NR_BUCKETS;
}

/* Address space is reserved whole, memory comes as it is touched. */
static bool have_room(void)
{
	size_t bytes =
		ALIGN_UP(MAX_STACKS * sizeof(struct stack), os_page_size());

	if (!depot.stacks && !depot.failed) {
		depot.stacks = os_reserve(bytes, os_page_size());
		depot.failed =
			!depot.stacks || os_commit(depot.stacks, bytes) < 0;
		depot.nr = 1;
	}
	return !depot.failed && depot.nr < MAX_STACKS;
}

static u32 depot_save(const void *const *frames, unsigned int n)
{
	u32 *head = &depot.bucket[hash_of(frames, n)], i;

	spin_lock(&depot.lock);
	for (i = *head; i; i = depot.stacks[i].next)
		if (depot.stacks[i].n == n &&
		    !memcmp(depot.stacks[i].frames, frames,
			    n * sizeof(*frames)))
			break;
	if (!i && have_room()) {
		i = depot.nr++;
		depot.stacks[i].n = n;
		memcpy(depot.stacks[i].frames, frames, n * sizeof(*frames));
		depot.stacks[i].next = *head;
		*head = i;
	}
	spin_unlock(&depot.lock);
	return i;
}

const void *const *track_stack(u32 stack, unsigned int *n)
{
	*n = stack && stack < depot.nr ? depot.stacks[stack].n : 0;
	return *n ? depot.stacks[stack].frames : NULL;
}

struct who track_who(const struct kmem_cache *s, const void *caller)
{
	const void *frames[TRACK_FRAMES];
	unsigned int n = 0;

	if (slub_capture_stack && (s->flags & SLAB_STORE_USER))
		n = slub_capture_stack(frames, TRACK_FRAMES);
	return (struct who){
		.caller = n && !caller ? frames[0] : caller,
		.stack = n ? depot_save(frames, n) : 0,
	};
}

void track_set(const struct kmem_cache *s, void *p, enum track_item which,
	       const struct who *who)
{
	if (!(s->flags & SLAB_STORE_USER))
		return;
	*track_of(s, p, which) = (struct track){
		.caller = who->caller,
		.stack = who->stack,
		.cpu = (int)this_cpu(),
		.pid = os_gettid(),
		.when = track_now(),
	};
}

void track_clear(const struct kmem_cache *s, void *p)
{
	if (s->flags & SLAB_STORE_USER)
		memset(track_of(s, p, TRACK_ALLOC), 0,
		       NR_TRACKS * sizeof(struct track));
}

void slub_track_fork_child(void)
{
	spin_lock_init(&depot.lock);
}
