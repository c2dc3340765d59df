/* SPDX-License-Identifier: MIT */
/* timex.h - see linux/ktime.h. */
#ifndef KV_ASM_TIMEX_H
#define KV_ASM_TIMEX_H

#include <linux/ktime.h>

#endif
