/* SPDX-License-Identifier: MIT */
/* kernel.h - what kernel code takes for granted. */
#ifndef KV_LINUX_KERNEL_H
#define KV_LINUX_KERNEL_H

/* The name is one of the system's, too: what libc includes stays. */
#if __has_include_next(<linux/kernel.h>)
#include_next <linux/kernel.h>
#endif

#include <asm/byteorder.h>
#include <linux/align.h>
#include <linux/array_size.h>
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/err.h>
#ifndef __cplusplus /* whose library has parameters of the name __init */
#include <linux/init.h>
#endif
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sprintf.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <linux/wordpart.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Reports if the thread may not sleep here, as a sleeping call would. */
void kv_might_sleep(const char *file, int line);

/* Its value; -1 if it is none. And @count bytes of them. */
int hex_to_bin(unsigned char ch);
int hex2bin(u8 *dst, const char *src, size_t count);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

/* Hexadecimal digits of a byte. */
#define hex_asc_lo(x)	("0123456789abcdef"[(x) & 15])
#define hex_asc_hi(x)	("0123456789abcdef"[(x) >> 4 & 15])

static inline char *hex_byte_pack(char *buf, u8 byte)
{
	*buf++ = hex_asc_hi(byte);
	*buf++ = hex_asc_lo(byte);
	return buf;
}

#define might_sleep()		kv_might_sleep(__FILE__, __LINE__)
#define might_sleep_if(cond)                  \
	do {                                  \
		if (cond)                     \
			might_sleep();        \
	} while (0)
#define might_fault()		might_sleep()
#define cant_sleep()		((void)0)
#define cond_resched()		__extension__({ might_sleep(); 0; })

#endif
