/* SPDX-License-Identifier: MIT */
/*
 * The library keeps no descriptor and leaves none to programs it runs: after
 * work, and after 20 times exec, the same ones are open as at the start.
 */
#include "../t.h"

static unsigned int open_fds(void)
{
	unsigned int nr = 0;
	int fd;

	for (fd = 0; fd < 1000; fd++)
		nr += fcntl(fd, F_GETFD) >= 0;
	return nr;
}

int main(int argc, char **argv)
{
	unsigned int depth = (unsigned int)t_arg(argc, argv, 1, 0);
	unsigned int nr = (unsigned int)t_arg(argc, argv, 2, open_fds());
	char a[16], b[16];
	char *args[] = { argv[0], a, b, NULL };

	CHECKF(open_fds() == nr, "%u descriptors, then %u", nr, open_fds());
	t_work(1);
	CHECKF(open_fds() == nr, "%u descriptors, then %u", nr, open_fds());
	snprintf(a, sizeof(a), "%u", depth + 1);
	snprintf(b, sizeof(b), "%u", nr);
	if (depth < 20)
		t_exec(args);
	return 0;
}
