/* SPDX-License-Identifier: MIT */
/*
 * A library's constructor starts a thread and waits for it, inside dlopen,
 * which holds the loader's lock. The thread's first malloc and its end must
 * not want that lock (registering a thread destructor does, in glibc).
 */
#include <dlfcn.h>
#include "../t.h"

int main(void)
{
	void *lib;
	int i;

	for (i = 0; i < 20; i++) {
		lib = dlopen("lib_thread.so", RTLD_NOW);
		CHECKF(lib, "%s", dlerror());
		CHECK(!dlclose(lib));
	}
	return 0;
}
