/* SPDX-License-Identifier: MIT */
/* kasprintf.c - text in memory of kmalloc(). */
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/printk.h>

char *kvasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	int n = kv_vsnprintk(NULL, 0, fmt, args);
	char *text = kmalloc((size_t)n + 1, gfp);

	if (text)
		kv_vsnprintk(text, (size_t)n + 1, fmt, args);
	return text;
}

char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = kvasprintf(gfp, fmt, ap);
	va_end(ap);
	return text;
}
