/* SPDX-License-Identifier: MIT */
/*
 * After main: exit handlers and destructors allocate and free, blocks of
 * main and their own, and stdio still flushes. The heap is never torn down.
 */
#include "../t.h"

static void *block[2];

static void use(size_t i)
{
	CHECK(t_differs(block[i], 40000, i) == 40000);
	free(block[i]);
	t_work(i);
}

static void with_atexit(void)
{
	use(0);
	printf("buffered until the very end\n");
}

static void with_on_exit(int status, void *arg)
{
	CHECK(status == 0);
	t_work(4);
	free(arg);
}

__attribute__((destructor)) static void destructor(void)
{
	use(1);
}

int main(void)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		block[i] = t_good(malloc(40000));
		t_fill(block[i], 40000, i);
	}
	CHECK(!on_exit(with_on_exit, t_good(malloc(100))));
	for (i = 0; i < 40; i++)
		CHECK(!on_exit(with_on_exit, t_good(malloc(i * 1000))));
	CHECK(!atexit(with_atexit));
	printf("some text\n");
	return 0;
}
