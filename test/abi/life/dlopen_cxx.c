/* SPDX-License-Identifier: MIT */
/*
 * A C program loads a C++ library: the C++ runtime comes in by dlopen, makes
 * its own allocations, throws, and goes away.
 */
#include <dlfcn.h>
#include "../t.h"

int main(void)
{
	int (*run)(void);
	void *lib;
	int i;

	for (i = 0; i < 20; i++) {
		lib = dlopen("lib_cxx.so", RTLD_NOW);
		CHECKF(lib, "%s", dlerror());
		*(void **)&run = dlsym(lib, "cxx_run");
		CHECK(run && run() == 1001);
		CHECK(!dlclose(lib));
	}
	return 0;
}
