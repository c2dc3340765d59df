/* SPDX-License-Identifier: MIT */
/* prefetch.h - hints to the CPU. */
#ifndef KV_LINUX_PREFETCH_H
#define KV_LINUX_PREFETCH_H

#define prefetch(x)	__builtin_prefetch(x)
#define prefetchw(x)	__builtin_prefetch(x, 1)

#endif
