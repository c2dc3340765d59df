/* SPDX-License-Identifier: MIT */
/*
 * An IFUNC resolver of the program allocates. It runs while the program is
 * relocated: all libraries are, but thread-local variables do not have their
 * initial values yet, and get them afterwards.
 */
#include "../t.h"

static void *block;

static int answer(void)
{
	return 42;
}

__attribute__((used)) static int (*resolve(void))(void)
{
	int i;

	for (i = 1; i < 5000; i += 100) {
		block = malloc((size_t)i);
		if (!block)
			return NULL;
		memset(block, i, (size_t)i);
		if (i < 4900)
			free(block);
	}
	return answer;
}

int chosen(void) __attribute__((ifunc("resolve")));

int main(void)
{
	CHECK(chosen() == 42);
	t_good(block);
	free(block);
	t_work(1);
	return 0;
}
