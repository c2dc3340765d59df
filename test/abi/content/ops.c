/* SPDX-License-Identifier: MIT */
/*
 * ops THREADS SEED OPS - random operations with every byte checked.
 *
 * Idea: slots hold blocks; each step takes a slot, checks that its block
 * still has the pattern only this block has, and frees, reallocates or fills
 * it anew by any of the entry points. Slots are shared, so with 4 threads
 * three of four blocks are freed by a thread that did not allocate them.
 * Sizes: powers of two equally likely, up to 64 KiB, one in 16 up to 8 MiB.
 * Locks: slot.busy, try only; a busy slot is somebody else's, take another.
 */
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include "../t.h"

#define NR_SLOTS 2048

/* How a block may be freed by its size. */
enum kind { PLAIN, SIZED, ALIGNED };

struct slot {
	atomic_flag busy; /* held while a thread works on the slot */
	enum kind kind;
	unsigned char *p;    /* the block, NULL if the slot is empty */
	size_t asked, align; /* arguments of the allocation */
	size_t n;	     /* bytes filled: asked, or all usable ones */
	uint64_t key;	     /* of the pattern in it */
};

static struct slot slots[NR_SLOTS];
static unsigned long nr_ops;
static uint64_t first_seed;
static void (*sized)(void *, size_t);
static void (*aligned_sized)(void *, size_t, size_t);

static size_t pick_size(uint64_t *seed)
{
	return t_rand_size(seed, t_rand(seed) % 16 ? 16 : 23);
}

static void verify(const struct slot *s, size_t n)
{
	size_t bad = t_differs(s->p, n, s->key);

	CHECKF(bad == n, "byte %zu of %zu at %p (asked %zu, align %zu)", bad, n,
	       (void *)s->p, s->asked, s->align);
}

/* Fill what was asked for, every fourth time all that is usable. */
static void fill(struct slot *s, uint64_t *seed)
{
	size_t usable = malloc_usable_size(s->p);

	CHECKF(((uintptr_t)s->p & (s->align - 1)) == 0, "%p, align %zu",
	       (void *)s->p, s->align);
	CHECKF(usable >= s->asked, "%zu for %zu", usable, s->asked);
	s->key = t_rand(seed);
	s->n = s->key % 4 ? s->asked : usable;
	t_fill(s->p, s->n, s->key);
}

static void *by_posix_memalign(size_t align, size_t n)
{
	void *p;

	return posix_memalign(&p, align, n) ? NULL : p;
}

static void *allocate(struct slot *s, unsigned int how)
{
	size_t n = s->asked, page = (size_t)sysconf(_SC_PAGESIZE);

	switch (how) {
	case 0:
		s->kind = ALIGNED;
		return aligned_alloc(s->align, n);
	case 1:
		return memalign(s->align, n);
	case 2:
		return by_posix_memalign(s->align, n);
	case 3:
		s->align = page;
		return n & 1 ? valloc(n) : pvalloc(n);
	}
	s->kind = SIZED;
	s->align = 1;
	if (how == 4)
		return realloc(NULL, n);
	if (how == 5)
		return reallocarray(NULL, 1, n);
	return how & 1 ? malloc(n) : calloc(n, 1);
}

static void fill_slot(struct slot *s, uint64_t *seed)
{
	unsigned int how = t_rand(seed) % 24;

	s->kind = PLAIN;
	s->asked = pick_size(seed);
	s->align = (size_t)16 << (t_rand(seed) % (s->asked % 64 ? 9 : 17));
	s->p = t_hide(allocate(s, how));
	CHECKF(s->p, "%zu bytes, align %zu", s->asked, s->align);
	if (how > 5 && how % 2 == 0)
		CHECKF(t_not_zero(s->p, s->asked) == s->asked, "calloc of %zu",
		       s->asked);
	fill(s, seed);
}

static void resize_slot(struct slot *s, uint64_t *seed)
{
	size_t n = pick_size(seed) + 1;
	size_t kept = n < s->n ? n : s->n;

	s->p = t_hide(n & 1 ? realloc(s->p, n) : reallocarray(s->p, n / 2, 2));
	CHECKF(s->p, "realloc to %zu", n);
	s->kind = SIZED;
	s->align = 1;
	s->asked = n;
	verify(s, kept);
	fill(s, seed);
}

static void empty_slot(struct slot *s)
{
	verify(s, s->n);
	if (s->kind == SIZED && s->key % 8 == 1 && sized)
		sized(s->p, s->asked);
	else if (s->kind == ALIGNED && s->key % 2 && aligned_sized)
		aligned_sized(s->p, s->align, s->asked);
	else
		free(s->p);
	s->p = NULL;
}

static void *worker(void *arg)
{
	uint64_t seed = first_seed * 1000003 + (uintptr_t)arg;
	unsigned long i;

	for (i = 0; i < nr_ops; i++) {
		struct slot *s = &slots[t_rand(&seed) % NR_SLOTS];

		if (atomic_flag_test_and_set(&s->busy))
			continue;
		if (!s->p)
			fill_slot(s, &seed);
		else if (t_rand(&seed) % 4)
			empty_slot(s);
		else
			resize_slot(s, &seed);
		atomic_flag_clear(&s->busy);
		if (t_rand(&seed) % 65536 == 0)
			malloc_trim(0);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long nr = t_arg(argc, argv, 1, 1), i;
	pthread_t tid[64];

	CHECK(nr >= 1 && nr <= 64);
	first_seed = t_arg(argc, argv, 2, 1);
	nr_ops = t_arg(argc, argv, 3, 200000) / nr;
	*(void **)&sized = dlsym(RTLD_DEFAULT, "free_sized");
	*(void **)&aligned_sized = dlsym(RTLD_DEFAULT, "free_aligned_sized");
	for (i = 1; i < nr; i++)
		CHECK(!pthread_create(&tid[i], NULL, worker, (void *)i));
	worker(NULL);
	for (i = 1; i < nr; i++)
		CHECK(!pthread_join(tid[i], NULL));
	for (i = 0; i < NR_SLOTS; i++)
		if (slots[i].p)
			empty_slot(&slots[i]);
	return 0;
}
