/* SPDX-License-Identifier: MIT */
/*
 * report.h - messages in the kernel's form, for inside files: printk, WARN,
 * BUG. They go to fd 2, one write a message. WARN goes on, BUG aborts;
 * panic_on_warn=1 makes both abort.
 */
#ifndef KV_KAPI_REPORT_H
#define KV_KAPI_REPORT_H

#include <linux/compiler.h>
#include <linux/types.h>

/* A line as printk() prints it; @fmt without the newline. */
void kapi_pr(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * "cut here", where, the text if @fmt is not NULL, the stack, "end trace".
 * Counts as a report; aborts if panic_on_warn is set.
 */
void kapi_warn_at(const char *file, int line, const char *func,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* "kernel BUG at file:line!", the stack, and aborts. */
void kapi_bug_at(const char *file, int line, const char *func)
	__attribute__((noreturn));

/* Prints @what as a kernel would and aborts: "Kernel panic - not syncing". */
void kapi_panic(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* The calls that led here, as a kernel prints them. */
void kapi_dump_stack(void);

/* Another kind of report was printed (misuse without WARN). */
void kapi_count_report(void);
/* WARNs and other reports so far. */
unsigned long kapi_nr_reports(void);

/* The bad condition's value; prints the first time or each time. */
#define KAPI_WARN(cond, ...)                                              \
	({                                                                \
		bool bad_ = (cond);                                       \
		if (unlikely(bad_))                                       \
			kapi_warn_at(__FILE__, __LINE__, __func__,        \
				     __VA_ARGS__);                        \
		bad_;                                                     \
	})
#define KAPI_WARN_ONCE(cond, ...)                                         \
	({                                                                \
		static bool seen_;                                        \
		bool once_ = (cond);                                      \
		if (unlikely(once_) && !__atomic_exchange_n(              \
				&seen_, true, __ATOMIC_RELAXED))          \
			kapi_warn_at(__FILE__, __LINE__, __func__,        \
				     __VA_ARGS__);                        \
		once_;                                                    \
	})
#define KAPI_BUG_ON(cond)                                                 \
	do {                                                              \
		if (unlikely(cond))                                       \
			kapi_bug_at(__FILE__, __LINE__, __func__);        \
	} while (0)

#endif
