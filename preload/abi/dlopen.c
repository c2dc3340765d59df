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
 *
 * While call stacks are recorded, what was opened stays: dlclose() then only
 * counts, as it always does with musl, and destructors run at exit. Another
 * library at the same addresses would be taken for the first by the unwinder,
 * whose knowledge of addresses can't be withdrawn. dlmopen() is left alone,
 * for there are only 16 name spaces, and what lives in one does not call us.
 */
#include <dlfcn.h>

#include "abi/init.h"
#include "lib/types.h"
#include "prof/prof.h"

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
	mode &= ~RTLD_DEEPBIND;
	if (init_once() && prof_wanted)
		mode |= RTLD_NODELETE;
	return fn(file, mode);
}
