/* SPDX-License-Identifier: MIT */
/* page_ref.h - counts of a page's users: all of them in linux/mm.h. */
#ifndef KV_LINUX_PAGE_REF_H
#define KV_LINUX_PAGE_REF_H

#include <linux/mm.h>

#endif
