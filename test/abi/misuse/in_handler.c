/* SPDX-License-Identifier: MIT */
/*
 * After the message comes SIGABRT, with no lock held: a crash reporter in
 * its handler may allocate, also from a thread, and ends by the signal's
 * default action.
 */
#include <pthread.h>
#include <signal.h>
#include "misuse.h"

static void *thread(void *arg)
{
	t_work(1);
	return arg;
}

static void on_abort(int sig)
{
	pthread_t tid;

	t_work(1);
	CHECK(!pthread_create(&tid, NULL, thread, NULL));
	CHECK(!pthread_join(tid, NULL));
	signal(sig, SIG_DFL);
	raise(sig);
}

int main(void)
{
	struct sigaction act = { .sa_handler = on_abort };
	void *p = t_good(malloc(100));

	CHECK(!sigaction(SIGABRT, &act, NULL));
	alarm(5);
	free(p);
	free(wrong(p));
	return 0;
}
