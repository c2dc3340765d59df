/* SPDX-License-Identifier: MIT */
/*
 * meminit.h - init_on_alloc= and init_on_free=: is memory to be cleared when it
 * is handed out, or when it is freed?
 */
#ifndef KV_KAPI_MEMINIT_H
#define KV_KAPI_MEMINIT_H

#include "abi/options.h"
#include "mm/machine.h"

static inline bool kapi_init_on_alloc(void)
{
	return options[KV_OPT_init_on_alloc].number;
}

static inline bool kapi_init_on_free(void)
{
	return options[KV_OPT_init_on_free].number;
}

/* Flags of a request for pages. */
static inline gfp_t kapi_init_gfp(gfp_t gfp)
{
	return kapi_init_on_alloc() ? gfp | __GFP_ZERO : gfp;
}

/* The block of @order at @page loses a reference: the last one clears it, if
 * that is asked for. */
void kapi_clear_before_free(struct page *page, unsigned int order);

#endif
