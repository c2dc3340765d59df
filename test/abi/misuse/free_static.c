/* SPDX-License-Identifier: MIT */
/* free of a pointer to a static object, as the first call of all. */
#include "misuse.h"

static _Alignas(4096) char array[8192];

int main(void)
{
	free(wrong(array));
	return 0;
}
