/* SPDX-License-Identifier: MIT */
/* page.h - see linux/mm.h. */
#ifndef KV_ASM_PAGE_H
#define KV_ASM_PAGE_H

#include <linux/mm.h>

#endif
