/* SPDX-License-Identifier: MIT */
/* free_interior SIZE OFFSET - free of a pointer into a live block. */
#include "misuse.h"

int main(int argc, char **argv)
{
	unsigned char *p = t_good(malloc(t_arg(argc, argv, 1, 64)));

	free(wrong(p + t_arg(argc, argv, 2, 16)));
	return 0;
}
