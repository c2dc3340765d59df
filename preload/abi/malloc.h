/* SPDX-License-Identifier: MIT */
/* malloc.h - what the files of the malloc family share. */
#ifndef KV_ABI_MALLOC_H
#define KV_ABI_MALLOC_H

#include <malloc.h>
#include <stdlib.h>

#include "lib/bug.h"
#include "mm/sheaf.h"

/* Not in this libc's headers: too old for one, too new for two. */
void cfree(void *p);
void free_sized(void *p, size_t size);
void free_aligned_sized(void *p, size_t align, size_t size);

/*
 * The way of every request the fast paths do not serve: @size bytes aligned
 * to @align (16 or a larger power of two), zeroed if @zero. NULL: out of
 * memory, errno is ENOMEM. @caller: return address into the program.
 */
void *allocate_slow(size_t size, size_t align, bool zero, const void *caller);

/* The same of a request that is to be seen (calls_on). */
void *seen_request(size_t size, size_t align, bool zero, const void *caller);

/* Enters the core, with the housekeeping due. False: not now, or @t is NULL. */
bool slow_enter(struct thread_cache *t);

/* The same for a request. False: *@aside is from the side arena, or NULL. */
bool slow_enter_or_aside(struct thread_cache *t, size_t size, size_t align,
			 void **aside);

/* The way of every free that the fast path does not take. */
void free_slow(void *p, const void *caller);

/* For how much a block of @old bytes that grows to @size is to be made. */
size_t room_to_grow(size_t old, size_t size);

/* What can be used of the live block @p; aborts in the name of @call if there
 * is none. */
size_t usable_size(const void *p, const char *call);

/* What was freed last is still on top of its sheaf: a cheap check. */
static inline void check_live(const void *last, const void *p)
{
	if (unlikely(last == p))
		bug("realloc: double free of %p: it is free already", p);
}

#define CALLER __builtin_return_address(0)

#endif
