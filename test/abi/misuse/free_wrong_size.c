/* SPDX-License-Identifier: MIT */
/*
 * free_wrong_size SIZE SAID [ALIGN] - free_sized, or free_aligned_sized if
 * an alignment is given, with a size of another class.
 */
#include <dlfcn.h>
#include "misuse.h"

int main(int argc, char **argv)
{
	size_t n = t_arg(argc, argv, 1, 64), said = t_arg(argc, argv, 2, 1024);
	size_t align = t_arg(argc, argv, 3, 0);
	void (*sized)(void *, size_t);
	void (*aligned)(void *, size_t, size_t);

	*(void **)&sized = dlsym(RTLD_DEFAULT, "free_sized");
	*(void **)&aligned = dlsym(RTLD_DEFAULT, "free_aligned_sized");
	CHECK(sized && aligned);
	if (align)
		aligned(wrong(t_good(aligned_alloc(align, n))), align, said);
	else
		sized(wrong(t_good(malloc(n))), said);
	return 0;
}
