/* SPDX-License-Identifier: MIT */
/* align.h - rounding to powers of two. */
#ifndef KV_LINUX_ALIGN_H
#define KV_LINUX_ALIGN_H

#ifndef ALIGN
#define __ALIGN_KV(x, mask)	(((x) + (mask)) & ~(mask))
#define ALIGN(x, a)		__ALIGN_KV(x, (__typeof__(x))(a) - 1)
#define ALIGN_DOWN(x, a)	((x) & ~((__typeof__(x))(a) - 1))
#define IS_ALIGNED(x, a)	(((x) & ((__typeof__(x))(a) - 1)) == 0)
#define PTR_ALIGN(p, a) \
	((__typeof__(p))ALIGN((unsigned long)(p), (unsigned long)(a)))
#define PTR_IS_ALIGNED(p, a)	IS_ALIGNED((unsigned long)(p), a)
#endif

#endif
