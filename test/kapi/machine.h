/* SPDX-License-Identifier: MIT */
/*
 * machine.h - for suites whose numbers need a machine of a certain size: it
 * boots when the library is loaded, so the program starts itself again.
 */
#ifndef KV_TEST_MACHINE_H
#define KV_TEST_MACHINE_H

#include <stdlib.h>
#include <unistd.h>

/* First in main(): with the environment's KVMALLOC, if that is set. */
static inline void machine(const char *options, char **argv)
{
	if (getenv("KVMALLOC"))
		return;
	setenv("KVMALLOC", options, 1);
	execv("/proc/self/exe", argv);
	_exit(127);
}

#endif
