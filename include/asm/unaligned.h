/* SPDX-License-Identifier: MIT */
/* unaligned.h - see linux/unaligned.h. */
#ifndef KV_ASM_UNALIGNED_H
#define KV_ASM_UNALIGNED_H

#include <linux/unaligned.h>

#endif
