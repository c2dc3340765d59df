/* SPDX-License-Identifier: MIT */
/* quick_exit with handlers that allocate; _exit at any time; abort. */
#include <signal.h>
#include "../t.h"

static void *block;

static void handler(void)
{
	CHECK(t_differs(block, 5000, 1) == 5000);
	free(block);
	t_work(1);
}

static void child(int how)
{
	alarm(10);
	if (how == 0) {
		CHECK(!at_quick_exit(handler));
		quick_exit(0);
	}
	t_work(2);
	if (how == 1)
		_exit(0);
	abort();
}

int main(void)
{
	int status;
	pid_t pid;
	int how;

	block = t_good(malloc(5000));
	t_fill(block, 5000, 1);
	for (how = 0; how < 2; how++) {
		pid = fork();
		if (pid == 0)
			child(how);
		t_reap(pid);
	}
	pid = fork();
	if (pid == 0)
		child(2);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	return 0;
}
