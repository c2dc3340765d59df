/* SPDX-License-Identifier: MIT */
/*
 * init.h - start-up: at the first call of any function of the family,
 * whenever that is. No constructor is needed for allocating: ld.so, other
 * libraries' constructors and IFUNC resolvers call before ours would run.
 */
#ifndef KV_INIT_H
#define KV_INIT_H

#include "lib/types.h"

/* True when the core can be used; false: no memory for it, or it is being
 * started by this very thread. */
bool init_once(void);

u64 init_seed(void);

/* Where brk(2) stood at the first call: what lies above is libc's own heap,
 * used by who bypasses us. */
const char *init_brk(void);

/* Were there options? If not nothing is reported, recorded or watched. */
bool init_asked(void);

/* Value of environment variable @name, NULL if unset. Works before libc is
 * initialised. */
const char *init_getenv(const char *name);

/* oom=: what to do when a request of @size bytes cannot be served. Returns
 * only if malloc shall return NULL. */
void out_of_memory(size_t size);

/* Gives back what can be given back; pages returned to the system. */
unsigned long trim_all(void);

#endif
