/* SPDX-License-Identifier: MIT */
/*
 * cfree left glibc 2.26 for new programs, but old ones still call it: where
 * it can be found, it is free.
 */
#include <dlfcn.h>
#include "../t.h"

int main(void)
{
	void (*old_free)(void *);
	size_t before = 0, i;

	*(void **)&old_free = dlsym(RTLD_DEFAULT, "cfree");
	if (!old_free)
		SKIP("no cfree here");
	errno = 4242;
	old_free(NULL);
	for (i = 0; i < 20000; i++) {
		if (i == 1000)
			before = t_rss(getpid());
		old_free(t_good(calloc(1, 10000)));
		old_free(t_good(malloc(i)));
	}
	CHECK(t_rss(getpid()) < before + 16 * T_MIB);
	CHECK(errno == 4242);
	return 0;
}
