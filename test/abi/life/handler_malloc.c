/* SPDX-License-Identifier: MIT */
/*
 * A handler that interrupts malloc calls malloc and free itself (loggers
 * do). Undefined by POSIX and a hang or a broken heap with glibc; here the
 * nested call must get through, and contents stay.
 */
#include <signal.h>
#include <sys/time.h>
#include "../t.h"

static volatile sig_atomic_t ticks;

static void on_tick(int sig)
{
	static const size_t sizes[] = { 30, 700, 5000, 60000 };
	size_t n = sizes[ticks % 4];
	void *p = t_good(malloc(n));

	t_fill(p, n < 200 ? n : 200, (uint64_t)sig);
	CHECK(t_differs(p, n < 200 ? n : 200, (uint64_t)sig) ==
	      (n < 200 ? n : 200));
	free(p);
	ticks = ticks + 1;
}

int main(void)
{
	struct itimerval often = { { 0, 200 }, { 0, 200 } };
	struct sigaction act = { .sa_handler = on_tick };
	static void *p[256];
	static size_t n[256];
	uint64_t seed = 1;
	long until = t_now() + 1500;
	size_t i;

	CHECK(!sigaction(SIGALRM, &act, NULL));
	CHECK(!setitimer(ITIMER_REAL, &often, NULL));
	while (t_now() < until) {
		i = t_rand(&seed) % T_NR(p);
		CHECK(t_differs(p[i], n[i], i) == n[i]);
		free(p[i]);
		n[i] = t_rand_size(&seed, 13);
		p[i] = t_good(malloc(n[i]));
		t_fill(p[i], n[i], i);
	}
	CHECKF(ticks > 100, "only %d signals came", (int)ticks);
	return 0;
}
