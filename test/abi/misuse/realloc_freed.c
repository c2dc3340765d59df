/* SPDX-License-Identifier: MIT */
/* realloc_freed SIZE TO - realloc of a block that was freed. */
#include "misuse.h"

int main(int argc, char **argv)
{
	void *p = t_good(malloc(t_arg(argc, argv, 1, 64)));

	free(p);
	t_hide(realloc(wrong(p), t_arg(argc, argv, 2, 5000)));
	return 0;
}
