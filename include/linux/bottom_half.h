/* SPDX-License-Identifier: MIT */
/* bottom_half.h - see preempt.h. */
#ifndef KV_LINUX_BOTTOM_HALF_H
#define KV_LINUX_BOTTOM_HALF_H

#include <linux/preempt.h>

#endif
