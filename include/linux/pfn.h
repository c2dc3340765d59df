/* SPDX-License-Identifier: MIT */
/* pfn.h - frame numbers: all of them in linux/mm.h. */
#ifndef KV_LINUX_PFN_H
#define KV_LINUX_PFN_H

#include <linux/mm.h>

#endif
