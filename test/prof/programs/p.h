/* SPDX-License-Identifier: MIT */
/*
 * p.h - for programs whose allocations are known: marks and expectations.
 *
 * A function that is MARK(name)ed lies in a section of its own; what a report
 * says of stacks that go through it must be what the program then states by
 * p_expect(). The lines on stdout are for check.c, which says what they mean.
 */
#ifndef TEST_PROF_P_H
#define TEST_PROF_P_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MARK(name)                                                         \
	extern const char __start_mark_##name[], __stop_mark_##name[];     \
	__attribute__((noinline, section("mark_" #name)))

#define p_expect(name, ...)                                                \
	p_print(#name, __start_mark_##name, __stop_mark_##name, __VA_ARGS__)

extern const char __executable_start[];

__attribute__((format(printf, 4, 5))) static inline void
p_print(const char *name, const char *start, const char *stop, const char *fmt,
	...)
{
	char line[512];
	va_list ap;
	int n = snprintf(line, sizeof(line), "expect %s %lx %lx ", name,
			 (unsigned long)(start - __executable_start),
			 (unsigned long)(stop - __executable_start));

	va_start(ap, fmt);
	n += vsnprintf(line + n, sizeof(line) - (size_t)n - 2, fmt, ap);
	va_end(ap);
	line[n++] = '\n';
	/* whole, whoever else writes; no stdio, whose buffer is a block */
	if (write(1, line, (size_t)n) != n)
		_exit(1);
}

/* What follows is about this process; @exec: its reports so far. */
static inline void p_about_me(int exec)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "pid %d %d\n", (int)getpid(),
			 exec);

	if (write(1, line, (size_t)n) != n)
		_exit(1);
}

#define P_CHECK(cond)                                                      \
	do {                                                               \
		if (!(cond)) {                                             \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
				#cond);                                    \
			_exit(1);                                          \
		}                                                          \
	} while (0)

/* Against tail calls, which leave no frame. */
#define P_FRAME __asm__ volatile("" ::: "memory")

#endif
