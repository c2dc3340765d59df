/* SPDX-License-Identifier: MIT */
/*
 * handler_exit [TIMES [CLEAN]] - a handler calls exit() wherever it interrupts
 * the program, and exit handlers allocate and free. Not allowed by POSIX, done
 * by half of all daemons: it must not hang on a lock of the allocator, and if
 * CLEAN is 1 it must exit as if nothing was interrupted (glibc aborts, once in
 * a hundred times).
 */
#include <signal.h>
#include <sys/time.h>
#include "../t.h"

static void at_end(void)
{
	size_t i;

	for (i = 1; i < 100000; i *= 3)
		free(t_good(malloc(i)));
}

static void on_signal(int sig)
{
	(void)sig;
	exit(0);
}

__attribute__((noreturn)) static void child(uint64_t seed)
{
	struct itimerval soon = { { 0, 0 }, { 0, 0 } };
	struct sigaction act = { .sa_handler = on_signal };
	void *p[64] = { NULL };

	soon.it_value.tv_usec = (suseconds_t)(500 + t_rand(&seed) % 3000);
	alarm(5);
	atexit(at_end);
	CHECK(!sigaction(SIGPROF, &act, NULL));
	CHECK(!setitimer(ITIMER_PROF, &soon, NULL));
	for (;;) {
		size_t i = t_rand(&seed) % 64;

		free(p[i]);
		p[i] = t_good(malloc(t_rand_size(&seed, 14)));
	}
}

int main(int argc, char **argv)
{
	unsigned long times = t_arg(argc, argv, 1, 150), i;
	unsigned long clean = t_arg(argc, argv, 2, 0);
	int status;
	pid_t pid;

	for (i = 0; i < times; i++) {
		pid = fork();
		if (pid == 0)
			child(i);
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECKF(!WIFSIGNALED(status) || WTERMSIG(status) != SIGALRM,
		       "hangs in exit, child %lu", i);
		CHECKF(!clean || status == 0, "wait status %#x, child %lu",
		       (unsigned int)status, i);
	}
	return 0;
}
