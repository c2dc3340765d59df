/* SPDX-License-Identifier: MIT */
/* usable_wild ADDRESS - malloc_usable_size of a number. */
#include <malloc.h>
#include "misuse.h"

int main(int argc, char **argv)
{
	uintptr_t address = t_arg(argc, argv, 1, 16);

	free(t_good(malloc(10)));
	t_hide_size(malloc_usable_size(wrong((void *)address)));
	return 0;
}
