/* SPDX-License-Identifier: MIT */
/* bug.c - see bug.h. */
#include "lib/bug.h"

#include "lib/print.h"
#include "os/os.h"

struct last_bug last_bug;

/* One write per message, so that threads' messages do not mix. */
static void say(const char *fmt, va_list ap)
{
	char text[sizeof(last_bug.text)];
	size_t n = kv_snprintf(text, sizeof(text), "kvmalloc: ");

	n += kv_vsnprintf(text + n, sizeof(text) - n - 1, fmt, ap);
	if (n > sizeof(text) - 2)
		n = sizeof(text) - 2;
	text[n++] = '\n';
	text[n] = 0;
	__builtin_memcpy(last_bug.text, text, n + 1);
	os_write(2, text, n);
}

void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void bug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	os_abort();
}
