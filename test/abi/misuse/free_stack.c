/* SPDX-License-Identifier: MIT */
/* free of a pointer to the stack. */
#include "misuse.h"

int main(void)
{
	_Alignas(16) char array[64];

	free(t_good(malloc(10)));
	free(wrong(array));
	return 0;
}
