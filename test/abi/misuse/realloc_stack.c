/* SPDX-License-Identifier: MIT */
/* realloc of a pointer to the stack. */
#include "misuse.h"

int main(void)
{
	_Alignas(16) char array[64];

	t_hide(realloc(wrong(array), 100));
	return 0;
}
