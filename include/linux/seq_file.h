/* SPDX-License-Identifier: MIT */
/*
 * seq_file.h - text into a buffer, for code that describes itself. There are
 * no files: the program gives the buffer and reads it.
 */
#ifndef KV_LINUX_SEQ_FILE_H
#define KV_LINUX_SEQ_FILE_H

#include <linux/types.h>
#include <stdarg.h>

struct seq_file {
	char *buf;
	size_t size;
	size_t count;	/* bytes in it; @size: it overflowed */
#ifndef __cplusplus
	void *private;	/* the owner's */
#else
	void *private_;
#endif
};

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What does not fit whole is left out, and the buffer counts as full. */
void seq_printf(struct seq_file *m, const char *fmt, ...);
void seq_vprintf(struct seq_file *m, const char *fmt, va_list args);
void seq_puts(struct seq_file *m, const char *s);
void seq_putc(struct seq_file *m, char c);
int seq_write(struct seq_file *m, const void *data, size_t len);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

static inline bool seq_has_overflowed(const struct seq_file *m)
{
	return m->count == m->size;
}

#endif
