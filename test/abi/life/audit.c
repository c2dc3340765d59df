/* SPDX-License-Identifier: MIT */
/*
 * Under an auditing library (LD_AUDIT) less static thread-local storage is
 * left for the preloaded one: the program must start, with both loaded. The
 * auditor shows that it is there by a byte in the pipe given as fd 9.
 */
#include "../t.h"

int main(int argc, char **argv)
{
	char path[4096], *slash, byte;
	int fds[2];

	(void)argc;
	if (t_first_run()) {
		snprintf(path, sizeof(path), "%s", argv[0]);
		slash = strrchr(path, '/');
		CHECK(slash && slash - path < 4000);
		strcpy(slash, "/lib_audit.so");
		CHECK(setenv("LD_AUDIT", path, 1) == 0);
		CHECK(pipe(fds) == 0);
		CHECK(dup2(fds[0], 8) == 8 && dup2(fds[1], 9) == 9);
		t_exec(argv);
	}
	CHECK(fcntl(8, F_SETFL, O_NONBLOCK) == 0);
	CHECKF(read(8, &byte, 1) == 1, "the auditor was not loaded");
	t_work(1);
	return 0;
}
