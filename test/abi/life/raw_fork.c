/* SPDX-License-Identifier: MIT */
/*
 * fork without handlers: _Fork() and the bare system call in a program of
 * one thread. The child allocates, frees the parent's blocks, forks in the
 * normal way and exits with all exit work.
 */
#include <signal.h>
#include <sys/syscall.h>
#include "../t.h"

static pid_t bare_clone(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void child(void *p)
{
	pid_t pid;

	alarm(10);
	CHECK(t_differs(p, 9000, 1) == 9000);
	free(p);
	t_work(2);
	pid = fork();
	if (pid == 0) {
		t_work(3);
		exit(0);
	}
	t_reap(pid);
	exit(0);
}

int main(void)
{
	void *p = t_good(malloc(9000));
	pid_t pid;
	int i;

	t_fill(p, 9000, 1);
	for (i = 0; i < 40; i++) {
		pid = i % 2 ? _Fork() : bare_clone();
		if (pid == 0)
			child(p);
		t_reap(pid);
		t_work((uint64_t)i);
	}
	CHECK(t_differs(p, 9000, 1) == 9000);
	return 0;
}
