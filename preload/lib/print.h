/* SPDX-License-Identifier: MIT */
/*
 * print.h - formatted text into a caller's buffer, without libc's stdio,
 * which may allocate and lock. Understood: %s %c %d %i %u %x %p %% with
 * 0, -, width, and the lengths l, ll, z; %.*s too.
 */
#ifndef KV_PRINT_H
#define KV_PRINT_H

#include <stdarg.h>

#include "lib/types.h"

/* Like vsnprintf: always terminated, returns the length it would have. */
size_t kv_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
size_t kv_snprintf(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* An errno value in words, as ": no space left on the device"; "" if it is
 * none of those that files may end with. */
const char *kv_error_words(int err);

#endif
