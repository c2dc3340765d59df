/* SPDX-License-Identifier: MIT */
/* double_free SIZE - free twice, back to back. */
#include "misuse.h"

int main(int argc, char **argv)
{
	void *p = t_good(malloc(t_arg(argc, argv, 1, 64)));

	free(p);
	free(wrong(p));
	return 0;
}
