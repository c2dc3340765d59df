/* SPDX-License-Identifier: MIT */
/* The working directory is gone, the environment is almost empty. */
#include "../t.h"

int main(int argc, char **argv)
{
	char dir[] = "/tmp/abi-cwd-XXXXXX", again[] = "T_AGAIN=1";
	char preload[4096];
	char *env[] = { again, preload, NULL };

	(void)argc;
	if (t_first_run()) {
		snprintf(preload, sizeof(preload), "LD_PRELOAD=%s",
			 getenv("LD_PRELOAD") ? getenv("LD_PRELOAD") : "");
		CHECK(mkdtemp(dir) && !chdir(dir) && !rmdir(dir));
		execve(argv[0], argv, env);
		CHECKF(0, "cannot run %s again", argv[0]);
	}
	CHECK(!getcwd(NULL, 0));
	t_work(1);
	return 0;
}
