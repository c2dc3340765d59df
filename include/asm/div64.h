/* SPDX-License-Identifier: MIT */
/* div64.h - see linux/math64.h. */
#ifndef KV_ASM_DIV64_H
#define KV_ASM_DIV64_H

#include <linux/math64.h>

#endif
