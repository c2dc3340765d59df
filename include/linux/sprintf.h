/* SPDX-License-Identifier: MIT */
/* sprintf.h - text into buffers; see printk.h. */
#ifndef KV_LINUX_SPRINTF_H
#define KV_LINUX_SPRINTF_H

#include <linux/types.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

int scnprintf(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The text in memory of kmalloc(). NULL: out of memory. */
char *kasprintf(gfp_t gfp, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
char *kvasprintf(gfp_t gfp, const char *fmt, va_list args);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
