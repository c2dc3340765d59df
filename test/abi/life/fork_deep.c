/* SPDX-License-Identifier: MIT */
/*
 * A chain of forks: each child works, forks the next and exits; the memory
 * of all generations is private, so each finds its own pattern, not that of
 * its child.
 */
#include "../t.h"

static void generation(unsigned int nr, void *p)
{
	pid_t pid;

	CHECK(t_differs(p, 100000, nr) == 100000);
	if (nr == 30)
		return;
	pid = fork();
	if (pid == 0) {
		alarm(20);
		t_fill(p, 100000, nr + 1);
		free(t_good(malloc(3 * T_MIB)));
		generation(nr + 1, p);
		exit(0);
	}
	t_reap(pid);
	CHECK(t_differs(p, 100000, nr) == 100000);
	p = t_good(realloc(p, 200000));
	CHECK(t_differs(p, 100000, nr) == 100000);
	free(p);
	t_work(nr);
}

int main(void)
{
	void *p = t_good(malloc(100000));

	t_fill(p, 100000, 0);
	generation(0, p);
	return 0;
}
