/* SPDX-License-Identifier: MIT */
/*
 * A library loaded with RTLD_DEEPBIND finds the C library's free before the
 * preloaded one, while the C library itself allocates from the preloaded
 * heap: strdup there and free here must still meet (PHP, sssd, oneTBB).
 */
#include <dlfcn.h>
#include "../t.h"

int main(void)
{
	void (*run)(void);
	void *lib = dlopen("lib_deepbind.so", RTLD_NOW | RTLD_DEEPBIND);

	CHECKF(lib, "%s", dlerror());
	*(void **)&run = dlsym(lib, "deepbind_run");
	CHECK(run);
	run();
	t_work(1);
	return 0;
}
