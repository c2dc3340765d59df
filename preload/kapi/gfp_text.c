/* SPDX-License-Identifier: MIT */
/*
 * gfp_text.c - flags by name, as the kernel prints them: the largest named
 * sets first, then single flags, then what has no name in hex.
 */
#include "kapi/gfp_text.h"

#include <linux/gfp_types.h>

#include "lib/print.h"

static const struct name {
	gfp_t bits;
	const char *name;
} names[] = { { GFP_TRANSHUGE, "GFP_TRANSHUGE" },
	      { GFP_TRANSHUGE_LIGHT, "GFP_TRANSHUGE_LIGHT" },
	      { GFP_HIGHUSER_MOVABLE, "GFP_HIGHUSER_MOVABLE" },
	      { GFP_HIGHUSER, "GFP_HIGHUSER" },
	      { GFP_USER, "GFP_USER" },
	      { GFP_KERNEL_ACCOUNT, "GFP_KERNEL_ACCOUNT" },
	      { GFP_KERNEL, "GFP_KERNEL" },
	      { GFP_NOFS, "GFP_NOFS" },
	      { GFP_ATOMIC, "GFP_ATOMIC" },
	      { GFP_NOIO, "GFP_NOIO" },
	      { GFP_NOWAIT, "GFP_NOWAIT" },
	      { GFP_DMA, "GFP_DMA" },
	      { GFP_DMA32, "GFP_DMA32" },
#define X(name, value, help) { (gfp_t)(value), "__GFP_" #name },
	      GFP_FLAGS(X)
#undef X
};

const char *gfp_text(struct gfp_text *buf, gfp_t gfp)
{
	size_t n = 0, size = sizeof(buf->s);

	if (!gfp)
		return "none";
	for (size_t i = 0; i < ARRAY_SIZE(names) && gfp; i++) {
		if ((gfp & names[i].bits) != names[i].bits)
			continue;
		n += kv_snprintf(buf->s + n, size - n, "%s%s", n ? "|" : "",
				 names[i].name);
		n = min_ul(n, size - 1);
		gfp &= ~names[i].bits;
	}
	if (gfp)
		kv_snprintf(buf->s + n, size - n, "%s0x%x", n ? "|" : "", gfp);
	return buf->s;
}
