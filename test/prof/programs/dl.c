/* SPDX-License-Identifier: MIT */
/*
 * dl - libraries are opened, called and closed in turn, so that without care
 * one comes to lie where another was. Stacks through them must stay whole.
 */
#include <dlfcn.h>
#include <iconv.h>

#include "p.h"

enum { ROUNDS = 50, DEPTH = 5 };

MARK(made) static void *made(void)
{
	void *p = malloc(77);

	P_FRAME;
	return p;
}

MARK(first) static void through_first(void *(*way)(int, void *(*)(void)))
{
	free(way(DEPTH, made));
	P_FRAME;
}

MARK(second) static void through_second(void *(*way)(int, void *(*)(void)))
{
	free(way(DEPTH, made));
	P_FRAME;
}

static void use(const char *lib,
		void (*through)(void *(*way)(int, void *(*)(void))))
{
	void *handle = dlopen(lib, RTLD_NOW);
	void *(*way)(int, void *(*)(void));

	if (!handle) {
		fprintf(stderr, "dl: %s\n", dlerror());
		_exit(1);
	}
	*(void **)&way = dlsym(handle, "library_way");
	P_CHECK(way);
	through(way);
	P_CHECK(!dlclose(handle));
}

/* libc loads and unloads converters for itself, by name: nobody asks us */
static void convert(const char *to)
{
	char in[] = "text", out[64], *i = in, *o = out;
	size_t ni = 4, no = sizeof(out);
	iconv_t cd = iconv_open(to, "UTF-8");

	if (cd == (iconv_t)-1)
		return;
	iconv(cd, &i, &ni, &o, &no);
	P_CHECK(!iconv_close(cd));
}

int main(void)
{
	static const char *const codes[] = { "UTF-16", "UTF-7", "ISO-2022-JP",
					     "IBM037", "UTF-32", "GB18030" };

	p_about_me(0);
	for (int i = 0; i < ROUNDS; i++) {
		use("lib_first.so", through_first);
		use("lib_second.so", through_second);
		convert(codes[i % 6]);
	}
	p_expect(made, "allocs=%d frees=%d live=0 stacks=2 complete=2",
		 2 * ROUNDS, 2 * ROUNDS);
	p_expect(first, "allocs=%d stacks=1 complete=1", ROUNDS);
	p_expect(second, "allocs=%d stacks=1 complete=1", ROUNDS);
	return 0;
}
