/* SPDX-License-Identifier: MIT */
/*
 * Large memory that was freed is given back or used again: 40 times 94 MiB,
 * one after the other and in several sizes, never need 200 MiB.
 */
#include <sys/resource.h>
#include "../t.h"

static void cycle(size_t n)
{
	unsigned char *p = t_good(malloc(n));
	size_t i;

	for (i = 0; i < n; i += 4096)
		p[i] = 1;
	free(p);
}

int main(void)
{
	struct rusage ru;
	int i;

	for (i = 0; i < 40; i++) {
		cycle(94 * T_MIB - (size_t)i * 1234567);
		cycle(5 * T_MIB + (size_t)i * 300000);
	}
	CHECK(!getrusage(RUSAGE_SELF, &ru));
	CHECKF(ru.ru_maxrss < 200 * 1024, "peak %ld MiB", ru.ru_maxrss >> 10);
	CHECKF(t_rss(getpid()) < 110 * T_MIB, "%zu MiB still resident",
	       t_rss(getpid()) >> 20);
	return 0;
}
