/* SPDX-License-Identifier: MIT */
/* ends HOW - 2000 blocks are made, then the process ends in the named way. */
#include <signal.h>

#include "p.h"

static void *volatile held[2000];

MARK(make) static void *make(size_t n)
{
	void *p = malloc(n);

	P_FRAME;
	return p;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	p_about_me(0);
	for (int i = 0; i < 2000; i++)
		held[i] = make(100);
	p_expect(make, "allocs=2000 asked=200000 live=2000");
	if (!strcmp(how, "kill"))
		raise(SIGKILL);
	if (!strcmp(how, "abort"))
		abort();
	if (!strcmp(how, "segv"))
		raise(SIGSEGV);
	if (!strcmp(how, "_exit"))
		_exit(0);
	if (!strcmp(how, "quick_exit"))
		quick_exit(0);
	P_CHECK(!strcmp(how, "exit"));
	return 0;
}
