/* SPDX-License-Identifier: MIT */
/* wordpart.h - halves of words. */
#ifndef KV_LINUX_WORDPART_H
#define KV_LINUX_WORDPART_H

#define upper_32_bits(n)	((u32)(((u64)(n)) >> 32))
#define lower_32_bits(n)	((u32)((n) & 0xffffffff))

#endif
