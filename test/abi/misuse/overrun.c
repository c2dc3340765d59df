/* SPDX-License-Identifier: MIT */
/*
 * overrun SIZE - write past the end of a large area, one byte after all that
 * is usable: the guard page is there.
 */
#include <malloc.h>
#include "misuse.h"

int main(int argc, char **argv)
{
	unsigned char *p = t_good(malloc(t_arg(argc, argv, 1, 16 * T_MIB)));
	size_t usable = malloc_usable_size(p);

	p[usable - 1] = 1;
	*(volatile unsigned char *)wrong(p + usable) = 1;
	return 0;
}
