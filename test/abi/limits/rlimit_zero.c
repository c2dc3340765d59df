/* SPDX-License-Identifier: MIT */
/*
 * RLIMIT_FSIZE 0, and RLIMIT_NOFILE 3 so that nothing can be opened: the
 * program starts and works; no SIGXFSZ, no word on stderr.
 */
#include <sys/resource.h>
#include "../t.h"

int main(int argc, char **argv)
{
	struct rlimit none = { 0, 0 }, three = { 3, 3 };

	if (argc > 1 && !strcmp(argv[1], "nofile")) {
		/* After the start: the loader itself must open libraries. */
		CHECK(!setrlimit(RLIMIT_NOFILE, &three));
		CHECK(open("/dev/null", O_RDONLY) < 0 && errno == EMFILE);
	} else if (t_first_run()) {
		CHECK(!setrlimit(RLIMIT_FSIZE, &none));
		t_exec(argv);
	}
	t_work(1);
	return 0;
}
