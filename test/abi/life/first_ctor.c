/* SPDX-License-Identifier: MIT */
/*
 * Constructors allocate: the program's own and that of a library which is
 * initialised before the preloaded one, since nothing depends on that. What
 * they got is good in main, and main's is good in destructors.
 */
#include "../t.h"

void *early_block(void);

static void *mine, *late;

__attribute__((constructor)) static void before_main(void)
{
	mine = t_good(malloc(5000));
	t_fill(mine, 5000, 2);
	free(t_good(malloc(300000)));
}

__attribute__((destructor)) static void after_main(void)
{
	CHECK(t_differs(late, 70000, 3) == 70000);
	free(late);
	free(t_good(malloc(300000)));
}

int main(void)
{
	void *early = early_block();

	CHECK(t_differs(early, 1000, 1) == 1000);
	CHECK(t_differs(mine, 5000, 2) == 5000);
	early = t_good(realloc(early, 2000));
	CHECK(t_differs(early, 1000, 1) == 1000);
	free(early);
	free(mine);
	late = t_good(malloc(70000));
	t_fill(late, 70000, 3);
	t_work(1);
	return 0;
}
