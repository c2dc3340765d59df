/* SPDX-License-Identifier: MIT */
/*
 * dlopen_loop [TIMES] - one thread loads and unloads a library, others
 * allocate, create threads, and allocate inside dl_iterate_phdr, which holds
 * a lock of the loader. malloc must not need the loader's locks.
 */
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include "../t.h"

static atomic_bool stop;

static void *allocator(void *arg)
{
	uint64_t seed = (uintptr_t)arg;

	while (!stop)
		free(t_good(malloc(t_rand_size(&seed, 18))));
	return NULL;
}

static int on_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	free(t_good(malloc(100 + strlen(info->dlpi_name) * 100)));
	return 0;
}

static void *iterator(void *arg)
{
	while (!stop)
		dl_iterate_phdr(on_object, NULL);
	return arg;
}

static void *short_thread(void *arg)
{
	free(t_good(malloc(1000)));
	return arg;
}

static void *creator(void *arg)
{
	pthread_t tid;

	while (!stop) {
		CHECK(!pthread_create(&tid, NULL, short_thread, NULL));
		CHECK(!pthread_join(tid, NULL));
	}
	return arg;
}

int main(int argc, char **argv)
{
	static void *(*const role[])(void *) = { allocator, iterator, creator };
	unsigned long times = t_arg(argc, argv, 1, 1000), i;
	void *(*block)(void);
	pthread_t tid[3];
	void *lib;

	for (i = 0; i < 3; i++)
		CHECK(!pthread_create(&tid[i], NULL, role[i], (void *)i));
	for (i = 0; i < times; i++) {
		lib = dlopen("lib_plugin.so", RTLD_NOW);
		CHECKF(lib, "%s", dlerror());
		*(void **)&block = dlsym(lib, "plugin_block");
		CHECK(block && t_differs(block(), 2000, 6) == 2000);
		CHECK(!dlsym(lib, "no_such_symbol") && dlerror());
		CHECK(!dlclose(lib));
		CHECK(!dlopen("no_such_library.so", RTLD_NOW) && dlerror());
	}
	stop = 1;
	for (i = 0; i < 3; i++)
		CHECK(!pthread_join(tid[i], NULL));
	return 0;
}
