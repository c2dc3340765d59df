/* SPDX-License-Identifier: MIT */
/*
 * Descriptors 0, 1 and 2 are closed before the start: the files the program
 * opens get these numbers, and the library must not write into them.
 */
#include <malloc.h>
#include <sys/mman.h>
#include "../t.h"

int main(int argc, char **argv)
{
	int fd, i;

	(void)argc;
	if (t_first_run()) {
		for (i = 0; i < 3; i++)
			close(i);
		t_exec(argv);
	}
	for (i = 0; i < 3; i++) {
		fd = memfd_create("data", 0);
		if (fd != i)
			return 2;
	}
	t_work(1);
	malloc_trim(0);
	errno = 0;
	if (t_hide(malloc(t_hide_size(SIZE_MAX))) || errno != ENOMEM)
		return 3;
	for (i = 0; i < 3; i++)
		if (lseek(i, 0, SEEK_END) != 0)
			return 4;
	return 0;
}
