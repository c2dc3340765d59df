/* SPDX-License-Identifier: MIT */
/*
 * dlopen.c - plug-ins must not bind past us.
 *
 * RTLD_DEEPBIND makes a library find libc's free before ours, while libc
 * itself allocates through ours (strdup, getline): the two heaps mix, and the
 * program dies in libc's free. Interposed mallocs cannot live with the flag,
 * so it is dropped, as the sanitizers do; all else is libc's dlopen. It looks
 * at its return address for the caller's RPATH and name space, which is why
 * this must stay a tail call.
 */
#include <dlfcn.h>

#include "lib/types.h"

typedef void *dlopen_fn(const char *file, int mode);

#ifndef RTLD_DEEPBIND
#define RTLD_DEEPBIND 0
#endif

EXPORT void *dlopen(const char *file, int mode)
{
	static dlopen_fn *libc_dlopen;
	dlopen_fn *fn = __atomic_load_n(&libc_dlopen, __ATOMIC_RELAXED);

	if (unlikely(!fn)) {
		void *sym = dlsym(RTLD_NEXT, "dlopen");

		__builtin_memcpy(&fn, &sym, sizeof(fn));
		if (!fn)
			return NULL;
		__atomic_store_n(&libc_dlopen, fn, __ATOMIC_RELAXED);
	}
	return fn(file, mode & ~RTLD_DEEPBIND);
}
