/* SPDX-License-Identifier: MIT */
/* realloc_interior SIZE OFFSET - realloc of a pointer into a live block. */
#include "misuse.h"

int main(int argc, char **argv)
{
	unsigned char *p = t_good(malloc(t_arg(argc, argv, 1, 64)));

	t_hide(realloc(wrong(p + t_arg(argc, argv, 2, 16)), 1000));
	return 0;
}
