/* SPDX-License-Identifier: MIT */
/*
 * pages.h - pages of the interface, for inside files.
 *
 *	pages.c		allocation and freeing
 *	page_info.c	what a page is, and its users
 *	bad_page.c	reports about pages, and of failed requests
 *	zone_info.c	totals, nodes and zones as numbers
 *	zone_view.c	the same as struct zone (an outside file)
 */
#ifndef KV_KAPI_PAGES_H
#define KV_KAPI_PAGES_H

#include "kapi/kapi.h"

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/page-flags.h>

#include "mm/page_alloc.h"
#include "mm/page_ref.h"

/*
 * A block by the interface's rules: order, context, the task's scopes,
 * init_on_alloc=. Inside the core already: @t, else NULL.
 */
struct page *kapi_alloc_block(int nid, gfp_t gfp, unsigned int order);

#endif
