/* SPDX-License-Identifier: MIT */
/* bug.h - see linux/bug.h. */
#ifndef KV_ASM_BUG_H
#define KV_ASM_BUG_H

#include <linux/bug.h>

#endif
