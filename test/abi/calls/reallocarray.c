/* SPDX-License-Identifier: MIT */
/*
 * reallocarray: contents kept, product overflow refused with ENOMEM and the
 * block left as it was (glibc, POSIX 2024).
 */
#include "../t.h"

int main(void)
{
	void *p = NULL;
	size_t n, had = 0;

	for (n = 1; n <= 100000; n = n * 3 + 1) {
		p = t_good(reallocarray(p, n, 24));
		CHECK(t_differs(p, had, 5) == had);
		had = n * 24;
		t_fill(p, had, 5);
		errno = 0;
		CHECK(!t_hide(reallocarray(t_hide(p), SIZE_MAX / 2, n + 2)));
		CHECK(errno == ENOMEM);
		CHECK(t_differs(p, had, 5) == had);
	}
	free(p);
	return 0;
}
