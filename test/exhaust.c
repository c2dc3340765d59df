/* SPDX-License-Identifier: MIT */
/*
 * exhaust SIZE - takes blocks of that size until there are none, three times:
 * each time NULL must come with ENOMEM, four fifths of 64 MiB must have been
 * served, and what was freed must serve as much again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static size_t fill(size_t size)
{
	void **last = NULL, **p;
	size_t nr = 0;

	errno = 0;
	while (nr * size < (size_t)1 << 30 && (p = malloc(size))) {
		*p = last;
		last = p;
		nr++;
	}
	if (errno != ENOMEM) {
		fprintf(stderr, "%zu blocks, errno %d\n", nr, errno);
		exit(1);
	}
	while (last) {
		p = *last;
		free(last);
		last = p;
	}
	return nr;
}

int main(int argc, char **argv)
{
	size_t size = argc > 1 ? strtoul(argv[1], NULL, 0) : 100;
	size_t first = fill(size);

	if (first * size < ((size_t)64 << 20) / 5 * 4) {
		fprintf(stderr, "only %zu blocks of %zu\n", first, size);
		return 1;
	}
	for (int i = 0; i < 2; i++) {
		size_t again = fill(size);

		if (again < first - first / 20 - 1) {
			fprintf(stderr, "%zu blocks, then %zu\n", first, again);
			return 1;
		}
	}
	return 0;
}
