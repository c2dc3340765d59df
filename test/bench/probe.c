/* SPDX-License-Identifier: MIT */
/*
 * probe.c - prints which file serves malloc() in this process.
 *
 * The dynamic linker ignores what it cannot preload, and a benchmark would then
 * compare the C library with itself. The harness asks here first.
 */
#include <dlfcn.h>

#include "bench.h"

int main(void)
{
	Dl_info info;
	void *entry = dlsym(RTLD_DEFAULT, "malloc");

	free(must(malloc(1)));
	if (!entry || !dladdr(entry, &info))
		wrong("malloc has no address");
	puts(info.dli_fname);
	return 0;
}
