/* SPDX-License-Identifier: MIT */
/*
 * /proc and /sys are empty: what they tell is a hint, not a condition. Needs
 * the right to mount in a namespace of its own.
 */
#include <sched.h>
#include <sys/mount.h>
#include "../t.h"

int main(int argc, char **argv)
{
	(void)argc;
	if (t_first_run()) {
		if (unshare(CLONE_NEWNS))
			SKIP("no mount namespace here");
		if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("none", "/proc", "tmpfs", 0, NULL) ||
		    mount("none", "/sys", "tmpfs", 0, NULL))
			SKIP("cannot mount");
		t_exec(argv);
	}
	CHECK(access("/proc/self/maps", F_OK) < 0);
	t_work(1);
	free(t_good(malloc(100 * T_MIB)));
	return 0;
}
