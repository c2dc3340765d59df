/* SPDX-License-Identifier: MIT */
/*
 * free_wild ADDRESS - free of a number: near zero, in the middle of nowhere,
 * above user space, not canonical, all ones.
 */
#include "misuse.h"

int main(int argc, char **argv)
{
	uintptr_t address = t_arg(argc, argv, 1, 16);

	free(t_good(malloc(10)));
	free(wrong((void *)address));
	return 0;
}
