/* SPDX-License-Identifier: MIT */
/* gfp_text.h - allocation flags by name, as the kernel's "%pGg" prints them. */
#ifndef KV_KAPI_GFP_TEXT_H
#define KV_KAPI_GFP_TEXT_H

#include "kvmalloc/gfp.h"

struct gfp_text {
	char s[320];
};

/* @gfp as "GFP_KERNEL|__GFP_ZERO" in *@buf; returns its text. */
const char *gfp_text(struct gfp_text *buf, gfp_t gfp);

#endif
