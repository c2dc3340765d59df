/* SPDX-License-Identifier: MIT */
/*
 * mlockall(MCL_CURRENT | MCL_FUTURE) populates every writable mapping: a
 * process that asked for 64 MiB must not grow to the size of what was only
 * reserved. The parent watches and kills, before the machine suffers.
 */
#include <sys/mman.h>
#include "../t.h"

#define LIMIT (512 * T_MIB)

static void child(void)
{
	void *p[64];
	size_t i, n;

	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		_exit(errno == EPERM || errno == ENOMEM ? 77 : 1);
	for (i = 0; i < 64; i++)
		p[i] = t_good(malloc(i % 2 ? 2 * T_MIB - 5000 : 5000));
	t_work(1);
	for (i = 0; i < 64; i++)
		free(p[i]);
	for (n = 1; n < 64 * T_MIB; n *= 2)
		free(t_good(malloc(n)));
	_exit(0);
}

int main(void)
{
	size_t rss, most = 0;
	int status;
	pid_t pid;

	t_work(1);
	pid = fork();
	if (pid == 0)
		child();
	while (waitpid(pid, &status, WNOHANG) == 0) {
		rss = t_rss(pid);
		if (rss > most)
			most = rss;
		if (rss > 2 * LIMIT)
			kill(pid, 9);
		usleep(500);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		SKIP("mlockall not permitted");
	CHECKF(most < LIMIT, "%zu MiB resident", most >> 20);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return 0;
}
