/* SPDX-License-Identifier: MIT */
/*
 * misuse.h - what the misuse tests share.
 *
 * Idea: each program breaks one rule of malloc. It first prints the pointer
 * concerned on stdout; the runner then expects it to die by SIGABRT, after
 * one message on stderr that names the kind of misuse and this pointer. A
 * program that comes to its end was not caught.
 */
#ifndef MISUSE_H
#define MISUSE_H

#include "../t.h"

/* Announce p as the wrong pointer, and hide it from the compiler. */
static inline void *wrong(void *p)
{
	char buf[32];
	int n = snprintf(buf, sizeof(buf), "%p\n", p);

	t_write(1, buf, (size_t)n);
	return t_hide(p);
}

#endif /* MISUSE_H */
