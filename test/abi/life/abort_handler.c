/* SPDX-License-Identifier: MIT */
/*
 * A crash handler for SIGABRT allocates (most crash reporters do) after an
 * assertion failed somewhere: abort() comes from the program, so the heap is
 * sound and no lock is held.
 */
#include <signal.h>
#include "../t.h"

static void on_abort(int sig)
{
	CHECK(sig == SIGABRT);
	t_work(1);
	_exit(0);
}

int main(void)
{
	struct sigaction act = { .sa_handler = on_abort };

	CHECK(!sigaction(SIGABRT, &act, NULL));
	alarm(10);
	t_work(2);
	abort();
}
