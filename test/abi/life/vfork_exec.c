/* SPDX-License-Identifier: MIT */
/*
 * vfork and clone(CLONE_VM | CLONE_VFORK): the child runs in the parent's
 * memory and thread-local storage under another pid. It may allocate before
 * exec (shells do), so nothing may be reset because the pid changed.
 */
#include <sched.h>
#include <signal.h>
#include "../t.h"

#define STACK (256 * T_KIB)

static void *volatile left;

static int child(void *arg)
{
	void *p = t_good(malloc(3000));

	left = t_good(malloc(200));
	t_fill(left, 200, 8);
	free(t_good(realloc(p, 50000)));
	_exit(arg != NULL);
}

static void check_left(void)
{
	CHECK(t_differs(left, 200, 8) == 200);
	free(left);
	t_work(1);
}

int main(void)
{
	char prog[] = "/bin/true";
	char *args[] = { prog, NULL };
	char *stack = t_good(malloc(STACK));
	pid_t pid;
	int i;

	for (i = 0; i < 100; i++) {
		pid = vfork();
		if (pid == 0)
			child(NULL);
		t_reap(pid);
		check_left();
		pid = vfork();
		if (pid == 0) {
			execv(prog, args);
			_exit(1);
		}
		t_reap(pid);
		pid = clone(child, stack + STACK,
			    CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
		t_reap(pid);
		check_left();
	}
	free(stack);
	return 0;
}
