/* SPDX-License-Identifier: MIT */
/*
 * modules.h - the objects that code on our stacks comes from.
 *
 * A table that only grows: what was mapped when recording began, and what
 * turns up on stacks later, which is found by libc's lock-free look-up of
 * addresses. ld.so's own list is never walked while the program runs: its
 * lock may be held by somebody who waits for us, and in the child of a fork
 * for ever.
 */
#ifndef KV_PROF_MODULES_H
#define KV_PROF_MODULES_H

#include <link.h>

#include "kvmalloc/kvr.h"
#include "lib/types.h"

struct module {
	struct kvr_module m;	/* as it goes to the file */
	u64 key;		/* hash of what identifies it in every run */
	const ElfW(Phdr) *phdr;	/* a copy */
	u16 phnum;
	bool unwindable;	/* has a table of frame descriptions */
};

/* Fills the table, once; outside of malloc. False: nothing can be found
 * out. */
bool modules_start(void);

/*
 * The module that has @addr, or NULL; @index its number. May add it. The
 * address of code that is running: of a frame, or the next to be looked at.
 */
const struct module *module_of(const void *addr, u32 *index);

/*
 * What dl_iterate_phdr() does, for the unwinder, without its lock. The first
 * word of its @data is the address it looks for; should that change with its
 * version, things that were loaded late are not found.
 */
int modules_iterate(int (*fn)(struct dl_phdr_info *info, size_t size,
			      void *data),
		    void *data);

/* How often a module was found where another one had been: what was learnt
 * about addresses before is void. */
u32 modules_generation(void);

/* Brings the file's section up to date. */
void modules_write(void);

void modules_fork_child(void);

#endif
