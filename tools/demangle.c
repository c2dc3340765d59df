/* SPDX-License-Identifier: MIT */
/*
 * demangle.c - names of C++, Rust and D functions, by libiberty.
 *
 * libiberty is a static archive; its demanglers may be linked into any
 * program (LGPL with that permission). It is optional: the reference is weak,
 * so a command linked without it (-Wl,-u,cplus_demangle -liberty) works and
 * shows mangled names. Arguments are left out: file and line tell overloads
 * apart, and a name is read in a list of callers.
 */
#include <stddef.h>
#include <string.h>

#include "symbols_impl.h"

enum { ANSI = 1 << 1, AUTO = 1 << 8 }; /* DMGL_*: const, by its prefix */

char *cplus_demangle(const char *mangled, int options) __attribute__((weak));

char *demangle(const char *name)
{
	/* _Z, _R, _D; a version or clone suffix is the demangler's to judge */
	if (name[0] != '_' || !name[1] || !strchr("ZRD", name[1]) ||
	    !cplus_demangle)
		return NULL;
	return cplus_demangle(name, ANSI | AUTO);
}
