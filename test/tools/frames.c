/* SPDX-License-Identifier: MIT */
/*
 * frames.c - calls where() from functions of all kinds; each call prints the
 * object and the offset in it that it returns to. The lines of the calls are
 * in what the tests expect.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

__attribute__((noinline)) int where(void)
{
	void *p = __builtin_return_address(0);
	Dl_info info;

	if (dladdr(p, &info))
		printf("%s %lx\n", info.dli_fname,
		       (unsigned long)((char *)p - (char *)info.dli_fbase));
	return 0;
}

static inline __attribute__((always_inline)) int inner(int a)
{
	return where() + a;
}

static inline __attribute__((always_inline)) int middle(int a)
{
	return inner(a + 1) * 3;
}

static __attribute__((noinline)) int hidden(int a)
{
	return middle(a) + 1;
}

__attribute__((noinline)) int exported(int a)
{
	return where() + a;
}

#ifdef PLUGIN
int plugin(void)
{
	return hidden(1) + exported(2);
}
#else
int main(int argc, char **argv)
{
	int (*fn)(void);
	void *lib = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
	int sum = hidden(argc) + exported(argc);

	*(void **)&fn = lib ? dlsym(lib, "plugin") : NULL;
	if (fn)
		sum += fn();
	fflush(stdout);
	return sum == 12345;
}
#endif
