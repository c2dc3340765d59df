/* SPDX-License-Identifier: MIT */
/*
 * first CALL - the named call is the first the program makes, from
 * .preinit_array, where no constructor of any library has run yet.
 */
#include <malloc.h>
#include "../t.h"

static const char *done;

static void call(const char *name)
{
	void *p = NULL;

	if (!strcmp(name, "malloc"))
		p = t_good(malloc(100));
	else if (!strcmp(name, "free"))
		free(NULL);
	else if (!strcmp(name, "calloc"))
		p = t_good(calloc(10, 10));
	else if (!strcmp(name, "realloc"))
		p = t_good(realloc(NULL, 100));
	else if (!strcmp(name, "usable"))
		CHECK(malloc_usable_size(NULL) == 0);
	else if (!strcmp(name, "aligned"))
		p = t_good(aligned_alloc(4096, 100));
	else if (!strcmp(name, "posix"))
		CHECK(posix_memalign(&p, 64, 100) == 0);
	else if (!strcmp(name, "valloc"))
		p = t_good(valloc(100));
	else if (!strcmp(name, "big"))
		p = t_good(malloc(20 * T_MIB));
	else if (!strcmp(name, "trim"))
		malloc_trim(0);
	else if (!strcmp(name, "opt"))
		mallopt(M_MMAP_THRESHOLD, 100000);
	else if (!strcmp(name, "info"))
		mallinfo2();
	else
		CHECKF(0, "unknown call %s", name);
	if (p)
		memset(p, 1, 100);
	free(p);
	done = name;
}

static void first(int argc, char **argv, char **envp)
{
	(void)envp;
	if (argc > 1)
		call(argv[1]);
}

T_PREINIT(first);

int main(int argc, char **argv)
{
	CHECK(argc > 1 && done == argv[1]);
	t_work(1);
	return 0;
}
