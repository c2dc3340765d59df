/* SPDX-License-Identifier: MIT */
/* const.h - constants for C and assembler. */
#ifndef KV_LINUX_CONST_H
#define KV_LINUX_CONST_H

/* The name is one of the system's, too: what libc includes stays. */
#if __has_include_next(<linux/const.h>)
#include_next <linux/const.h>
#endif

#ifndef UL
#define UL(x)	x##UL
#define ULL(x)	x##ULL
#endif

#endif
