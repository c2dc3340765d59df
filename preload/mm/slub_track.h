/* SPDX-License-Identifier: MIT */
/* slub_track.h - who allocated and freed an object. */
#ifndef KV_SLUB_TRACK_H
#define KV_SLUB_TRACK_H

#include "mm/slub_layout.h"

enum { TRACK_FRAMES = 16 }; /* of a stack, at most */

/* Who calls: found out before the cache's lock is taken. */
struct who {
	const void *caller; /* NULL: not known */
	u32 stack;	    /* 0: not known */
};

/*
 * Return addresses of the calls that lead here, the program's own ones, into
 * @frames, up to @max; how many. NULL: tracks have the caller only.
 */
extern HIDDEN unsigned int (*slub_capture_stack)(const void **frames,
						 unsigned int max);

/* What is to be known of the caller for @s. Without locks. */
struct who track_who(const struct kmem_cache *s, const void *caller);

/* Jiffies: ms on a clock that only goes forward, never 0. */
u64 track_now(void);

/* Notes that @who did @which now. Cache's lock held. */
void track_set(const struct kmem_cache *s, void *p, enum track_item which,
	       const struct who *who);
/* Forgets both. */
void track_clear(const struct kmem_cache *s, void *p);

/* Frames of the stack a track names. */
const void *const *track_stack(u32 stack, unsigned int *n);

void slub_track_fork_child(void);

#endif
