/* SPDX-License-Identifier: MIT */
/*
 * cfi.h - how one gets from a frame to its caller's, as .eh_frame says.
 *
 * Only the plain cases, which are nearly all: the caller's stack pointer is
 * this one's, or rbp, and an offset; the return address lies below it; rbp is
 * what it was or lies at an offset. The rest is left to libunwind.
 */
#ifndef KV_PROF_CFI_H
#define KV_PROF_CFI_H

#include "lib/types.h"

enum cfi_kind {
	CFI_UNKNOWN,	/* not looked up yet */
	CFI_STEP,
	CFI_END,	/* nobody called it: the stack's outermost */
	CFI_HARD,	/* not plain, or not described */
};

struct cfi_rule {
	enum cfi_kind kind;
	bool by_rbp;	/* else the stack pointer after the call's return */
	bool saves_rbp;
	u32 cfa;	/* bytes from that up to the caller's stack pointer */
	u32 rbp;	/* bytes from there down to rbp as it was */
};

/* For the return address @ra, in the code it returns to. Takes modules.lock
 * when it is of a module not seen before. */
struct cfi_rule cfi_find(u64 ra);

#endif
