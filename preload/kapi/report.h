/* SPDX-License-Identifier: MIT */
/*
 * report.h - messages in the kernel's form, for inside files: printk, WARN,
 * BUG. They go to fd 2, one write a message. linux/bug.h declares what prints
 * them, for all; its macros have other names here, for some of theirs are the
 * core's.
 */
#ifndef KV_KAPI_REPORT_H
#define KV_KAPI_REPORT_H

#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/types.h>

/* A line as printk() prints it; @fmt without the newline. */
void kapi_pr(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Another kind of report was printed (misuse without WARN). */
void kapi_count_report(void);

/* The bad condition's value; prints the first time or each time. */
#define KAPI_WARN(cond, ...)                                              \
	({                                                                \
		bool bad_ = (cond);                                       \
		if (unlikely(bad_))                                       \
			kv_warn_at(__FILE__, __LINE__, __func__,          \
				   __VA_ARGS__);                          \
		bad_;                                                     \
	})
#define KAPI_WARN_ONCE(cond, ...)                                         \
	({                                                                \
		static bool seen_;                                        \
		bool once_ = (cond);                                      \
		if (unlikely(once_) && !__atomic_exchange_n(              \
				&seen_, true, __ATOMIC_RELAXED))          \
			kv_warn_at(__FILE__, __LINE__, __func__,          \
				   __VA_ARGS__);                          \
		once_;                                                    \
	})
#define KAPI_BUG_ON(cond)                                                 \
	do {                                                              \
		if (unlikely(cond))                                       \
			kv_bug_at(__FILE__, __LINE__, __func__);          \
	} while (0)

#endif
