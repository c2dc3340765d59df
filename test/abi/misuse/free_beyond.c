/* SPDX-License-Identifier: MIT */
/*
 * free_beyond OFFSET - free of an address that far from a live block: within
 * what the allocator reserved, or not, but of no block.
 */
#include "misuse.h"

int main(int argc, char **argv)
{
	unsigned char *p = t_good(malloc(100));

	free(wrong((void *)((uintptr_t)p + t_arg(argc, argv, 1, 1 << 20))));
	return 0;
}
