/* SPDX-License-Identifier: MIT */
/* emergency.c - see emergency.h. */
#include "abi/emergency.h"

#include <string.h>

#include "lib/bug.h"
#include "mm/stats.h"
#include "os/os.h"

enum { ARENA = 16 << 20 };

struct header {		/* just below each block */
	size_t size;
	size_t live;	/* guards against a second free */
};
static_assert(sizeof(struct header) == 16, "blocks stay aligned");

static char *arena;
static u64 state;	/* live blocks << 32 | bytes used */
static void *deferred;

static char *get_arena(void)
{
	char *a = __atomic_load_n(&arena, __ATOMIC_ACQUIRE), *none = NULL;

	if (a)
		return a;
	a = os_reserve(ARENA, os_page_size());
	if (!a)
		return NULL;
	if (os_commit(a, ARENA) ||
	    !__atomic_compare_exchange_n(&arena, &none, a, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		os_release(a, ARENA);
		return none;
	}
	return a;
}

void *emergency_alloc(size_t size, size_t align)
{
	char *a = get_arena();
	u64 old = __atomic_load_n(&state, __ATOMIC_RELAXED), start;
	struct header *h;

	if (!a || size > ARENA / 2 || align > ARENA / 2)
		return NULL;
	align = align < 16 ? 16 : align;
	do {
		start = ALIGN_UP((size_t)a + (u32)old + sizeof(*h), align) -
			(size_t)a;
		if (start + size > ARENA)
			return NULL;
	} while (!__atomic_compare_exchange_n(
		&state, &old, ((old >> 32) + 1) << 32 | (start + size), true,
		__ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	h = (struct header *)(void *)(a + start) - 1;
	h->size = size;
	h->live = 1;
	count_event(KV_emergency_alloc);
	return memset(h + 1, 0, size);
}

bool is_emergency(const void *p)
{
	const char *a = __atomic_load_n(&arena, __ATOMIC_RELAXED);

	return a && (size_t)((const char *)p - a) < ARENA;
}

static struct header *header_of(const void *p)
{
	return (struct header *)(void *)((char *)(size_t)p -
					 sizeof(struct header));
}

void emergency_free(void *p)
{
	struct header *h = header_of(p);
	u64 old, new;

	if ((size_t)p % 16 || __atomic_exchange_n(&h->live, 0,
						  __ATOMIC_ACQ_REL) != 1)
		bug("free: double free or invalid pointer %p (side arena)", p);
	old = __atomic_load_n(&state, __ATOMIC_RELAXED);
	do
		new = old >> 32 == 1 ? 0 : old - (1ull << 32);
	while (!__atomic_compare_exchange_n(&state, &old, new, true,
					    __ATOMIC_ACQ_REL,
					    __ATOMIC_RELAXED));
}

size_t emergency_usable(const void *p)
{
	return header_of(p)->size;
}

void defer_free(void *p)
{
	void *head = __atomic_load_n(&deferred, __ATOMIC_RELAXED);

	do
		memcpy(p, &head, sizeof(head));
	while (!__atomic_compare_exchange_n(&deferred, &head, p, true,
					    __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED));
}

void *deferred_take(void)
{
	if (likely(!__atomic_load_n(&deferred, __ATOMIC_RELAXED)))
		return NULL;
	return __atomic_exchange_n(&deferred, NULL, __ATOMIC_ACQUIRE);
}
