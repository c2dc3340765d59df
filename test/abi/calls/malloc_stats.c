/* SPDX-License-Identifier: MIT */
/* malloc_stats prints something, on stderr, and nothing on stdout. */
#include <malloc.h>
#include <sys/mman.h>
#include "../t.h"

int main(void)
{
	int out = memfd_create("out", MFD_CLOEXEC);
	int err = memfd_create("err", MFD_CLOEXEC);
	int old_err = dup(2);
	void *p = t_good(malloc(1000));

	CHECK(out >= 0 && err >= 0 && old_err >= 0);
	CHECK(dup2(out, 1) == 1 && dup2(err, 2) == 2);
	malloc_stats();
	fflush(NULL);
	CHECK(dup2(old_err, 2) == 2);
	CHECK(lseek(out, 0, SEEK_END) == 0);
	CHECK(lseek(err, 0, SEEK_END) > 10);
	free(p);
	return 0;
}
