/* SPDX-License-Identifier: MIT */
/*
 * bug.h - what must not be. WARN reports and goes on, BUG reports and aborts;
 * with panic_on_warn=1 in KVMALLOC both abort.
 */
#ifndef KV_LINUX_BUG_H
#define KV_LINUX_BUG_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/printk.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * "cut here", where, the text if @fmt is not NULL, the stack, "end trace".
 * Counts as a report; aborts if panic_on_warn is set.
 */
void kv_warn_at(const char *file, int line, const char *func, const char *fmt,
		...) __attribute__((format(printf, 4, 5)));
/* "kernel BUG at file:line!", the stack, and aborts. */
void kv_bug_at(const char *file, int line, const char *func)
	__attribute__((noreturn));
/* "Kernel panic - not syncing: ", the stack, and aborts. */
void panic(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
/* WARNs and reports of misuse so far, of all threads: for tests. */
unsigned long kv_nr_reports(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#ifndef KV_KAPI_INSIDE /* the core has some of these names */

#define BUG()	kv_bug_at(__FILE__, __LINE__, __func__)
#define BUG_ON(cond)                      \
	do {                              \
		if (unlikely(cond))       \
			BUG();            \
	} while (0)

#define __WARN_KV(once, cond, ...)                                        \
	__extension__({                                                   \
		static bool warned_;                                      \
		bool bad_ = !!(cond);                                     \
		if (unlikely(bad_) &&                                     \
		    !((once) && __atomic_exchange_n(&warned_, true,       \
						    __ATOMIC_RELAXED)))   \
			kv_warn_at(__FILE__, __LINE__, __func__,          \
				   __VA_ARGS__);                          \
		(void)warned_;                                            \
		unlikely(bad_);                                           \
	})
#define WARN_ON(cond)		__WARN_KV(0, cond, NULL)
#define WARN_ON_ONCE(cond)	__WARN_KV(1, cond, NULL)
#define WARN(cond, ...)		__WARN_KV(0, cond, __VA_ARGS__)
#define WARN_ONCE(cond, ...)	__WARN_KV(1, cond, __VA_ARGS__)

#ifdef CONFIG_DEBUG_VM
#define VM_BUG_ON(cond)			BUG_ON(cond)
#define VM_WARN_ON(cond)		((void)WARN_ON(cond))
#define VM_WARN_ON_ONCE(cond)		((void)WARN_ON_ONCE(cond))
#else
#define VM_BUG_ON(cond)			((void)sizeof(!!(cond)))
#define VM_WARN_ON(cond)		((void)sizeof(!!(cond)))
#define VM_WARN_ON_ONCE(cond)		((void)sizeof(!!(cond)))
#endif
#define VM_BUG_ON_PAGE(cond, page)	VM_BUG_ON(cond)

#endif /* KV_KAPI_INSIDE */
#endif
