/* SPDX-License-Identifier: MIT */
/* seq_file.c - see linux/seq_file.h. */
#include <linux/seq_file.h>

#include <linux/printk.h>
#include <string.h>

void seq_vprintf(struct seq_file *m, const char *fmt, va_list args)
{
	size_t left = m->size - m->count;
	int n;

	if (!left)
		return;
	n = kv_vsnprintk(m->buf + m->count, left, fmt, args);
	m->count = (size_t)n < left ? m->count + (size_t)n : m->size;
}

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	seq_vprintf(m, fmt, ap);
	va_end(ap);
}

int seq_write(struct seq_file *m, const void *data, size_t len)
{
	if (len >= m->size - m->count) {
		m->count = m->size;
		return -1;
	}
	memcpy(m->buf + m->count, data, len);
	m->count += len;
	return 0;
}

void seq_puts(struct seq_file *m, const char *s)
{
	seq_write(m, s, strlen(s));
}

void seq_putc(struct seq_file *m, char c)
{
	seq_write(m, &c, 1);
}
