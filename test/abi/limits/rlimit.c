/* SPDX-License-Identifier: MIT */
/*
 * rlimit as|data MIB - under RLIMIT_AS or RLIMIT_DATA the program starts and
 * works; what goes beyond is NULL and ENOMEM, not death; what was freed can
 * be had again, in other sizes and for thread stacks too. At least half of
 * the limit must be of use: reservations count in RLIMIT_AS.
 */
#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include "../t.h"

#define MAX 1000000

static void *p[MAX];

/* Allocate blocks of n bytes till there is no more; returns how many. */
static size_t exhaust(size_t n)
{
	size_t i;

	for (i = 0; i < MAX; i++) {
		errno = 0;
		p[i] = t_hide(malloc(n));
		if (!p[i])
			break;
		t_fill(p[i], n < 64 ? n : 64, i);
	}
	CHECKF(i < MAX && errno == ENOMEM, "%zu blocks of %zu", i, n);
	return i;
}

static void give_back(size_t n, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		CHECK(t_differs(p[i], n < 64 ? n : 64, i) == (n < 64 ? n : 64));
		free(p[i]);
	}
}

static void *thread(void *arg)
{
	t_work(1);
	return arg;
}

static void check_use(size_t limit, size_t n)
{
	size_t nr = exhaust(n), again;
	pthread_t tid;

	/* However it is divided, a third is there for each kind of use. */
	CHECKF(nr * n >= limit / 3, "%zu of %zu MiB in blocks of %zu",
	       nr * n >> 20, limit >> 20, n);
	errno = 0;
	CHECK(!t_hide(calloc(1, limit)) && errno == ENOMEM);
	CHECK(!t_hide(realloc(p[0], limit)) && errno == ENOMEM);
	CHECK(!t_hide(aligned_alloc(4096, limit)) && errno == ENOMEM);
	give_back(n, nr);
	again = exhaust(n);
	CHECKF(again >= nr - nr / 10, "%zu blocks of %zu, then %zu", nr, n,
	       again);
	give_back(n, again);
	free(t_good(malloc(limit / 8)));
	malloc_trim(0);
	CHECKF(!pthread_create(&tid, NULL, thread, NULL), "stack");
	CHECK(!pthread_join(tid, NULL));
}

int main(int argc, char **argv)
{
	size_t limit = t_arg(argc, argv, 2, 512) * T_MIB;
	struct rlimit rl = { limit, limit };
	int as = argc > 1 && !strcmp(argv[1], "as");

	CHECK(argc == 3);
	if (t_first_run()) {
		CHECK(!setrlimit(as ? RLIMIT_AS : RLIMIT_DATA, &rl));
		t_exec(argv);
	}
	t_work(1);
	check_use(limit, T_MIB);
	check_use(limit, 20000);
	check_use(limit, 1000);
	check_use(limit, 9 * T_MIB);
	check_use(limit, 1000);
	return 0;
}
