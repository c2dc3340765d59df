/* SPDX-License-Identifier: MIT */
/*
 * A program with its own malloc, free, calloc and realloc keeps it: the
 * preloaded library is inert and never calls them itself. Its arena is
 * static, blocks carry their size, nothing is reused.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include "../t.h"

#define ARENA	   (32 * T_MIB)
#define NR_CALLERS 1024

static _Alignas(16) unsigned char arena[ARENA];
static atomic_size_t used;
static void *callers[NR_CALLERS];
static atomic_uint nr_callers;

static void *from_arena(size_t n)
{
	size_t at = atomic_fetch_add(&used, (n + 31) & ~(size_t)15);

	if (at + n + 16 > ARENA)
		return NULL;
	memcpy(arena + at, &n, sizeof(n));
	return arena + at + 16;
}

static void note(void *caller)
{
	unsigned int i = atomic_fetch_add(&nr_callers, 1);

	if (i < NR_CALLERS)
		callers[i] = caller;
}

static void check_ours(const void *p)
{
	uintptr_t off = (uintptr_t)p - (uintptr_t)arena;

	CHECKF(!p || off < ARENA, "%p is not from this program's heap", p);
}

void *malloc(size_t n)
{
	note(__builtin_return_address(0));
	return from_arena(n);
}

void free(void *p)
{
	note(__builtin_return_address(0));
	check_ours(p);
}

void *calloc(size_t nr, size_t n)
{
	note(__builtin_return_address(0));
	return from_arena(nr * n);
}

void *realloc(void *p, size_t n)
{
	void *new = from_arena(n);
	size_t old;

	note(__builtin_return_address(0));
	check_ours(p);
	if (p && new) {
		memcpy(&old, (unsigned char *)p - 16, sizeof(old));
		memcpy(new, p, old < n ? old : n);
	}
	return new;
}

static void *thread(void *arg)
{
	free(strdup("text"));
	return arg;
}

int main(void)
{
	const char *preload = getenv("LD_PRELOAD");
	unsigned int i, nr;
	pthread_t tid;
	Dl_info info;
	FILE *f;

	CHECK(!pthread_create(&tid, NULL, thread, NULL));
	CHECK(!pthread_join(tid, NULL));
	f = fopen("/dev/null", "w");
	CHECK(f && fprintf(f, "%100000d", 1) == 100000 && !fclose(f));
	CHECK(dlopen("libm.so.6", RTLD_NOW));
	nr = atomic_load(&nr_callers);
	for (i = 0; i < nr && i < NR_CALLERS && preload; i++)
		CHECKF(!dladdr(callers[i], &info) || !info.dli_fname ||
			       strcmp(info.dli_fname, preload),
		       "the library calls malloc");
	CHECK(nr > 3);
	return 0;
}
