/* SPDX-License-Identifier: MIT */
/* free of memory the program mapped itself. */
#include <sys/mman.h>
#include "misuse.h"

int main(void)
{
	void *p = mmap(NULL, T_MIB, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	free(t_good(malloc(10)));
	free(wrong(p));
	return 0;
}
