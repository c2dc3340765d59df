/* SPDX-License-Identifier: MIT */
/*
 * printk.h - messages, on standard error, a line at a time.
 * The formats are libc's and the kernel's %pe (an error by its name), %pS and
 * %ps (a symbol), %pK, %px, %ph (bytes in hex), %pV.
 */
#ifndef KV_LINUX_PRINTK_H
#define KV_LINUX_PRINTK_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <stdarg.h>

#define KERN_SOH	"\001"
#define KERN_EMERG	KERN_SOH "0"
#define KERN_ALERT	KERN_SOH "1"
#define KERN_CRIT	KERN_SOH "2"
#define KERN_ERR	KERN_SOH "3"
#define KERN_WARNING	KERN_SOH "4"
#define KERN_NOTICE	KERN_SOH "5"
#define KERN_INFO	KERN_SOH "6"
#define KERN_DEBUG	KERN_SOH "7"
#define KERN_DEFAULT	""
#define KERN_CONT	KERN_SOH "c"

struct va_format {
	const char *fmt;
	va_list *va;
};

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Bytes printed, the level not counted. */
int _printk(const char *fmt, ...);
int vprintk(const char *fmt, va_list args);
void dump_stack(void);
void print_hex_dump(const char *level, const char *prefix, int prefix_type,
		    int rowsize, int groupsize, const void *buf, size_t len,
		    bool ascii);

/* Like snprintf(), vsnprintf(), with the kernel's formats. */
int kv_vsnprintk(char *buf, size_t size, const char *fmt, va_list args);
/* As snprintf(), but the number of bytes that are really in @buf. */
int scnprintf(char *buf, size_t size, const char *fmt, ...);

/* May a message of this caller be printed? Ten in five seconds. */
bool kv_printk_ratelimit(unsigned long *state);
/* Messages below that level (8: all, the default) are not printed. */
extern int console_loglevel;

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

enum { DUMP_PREFIX_NONE, DUMP_PREFIX_ADDRESS, DUMP_PREFIX_OFFSET };

#define printk(fmt, ...)	_printk(fmt, ##__VA_ARGS__)
#ifndef pr_fmt
#define pr_fmt(fmt)		fmt
#endif
#define pr_emerg(fmt, ...)	printk(KERN_EMERG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_alert(fmt, ...)	printk(KERN_ALERT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_crit(fmt, ...)	printk(KERN_CRIT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...)	printk(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	printk(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warning		pr_warn
#define pr_notice(fmt, ...)	printk(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	printk(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
#define pr_cont(fmt, ...)	printk(KERN_CONT fmt, ##__VA_ARGS__)
#define no_printk(fmt, ...)                             \
	__extension__({                                 \
		if (0)                                  \
			_printk(fmt, ##__VA_ARGS__);    \
		0;                                      \
	})
#ifdef DEBUG
#define pr_debug(fmt, ...)	printk(KERN_DEBUG pr_fmt(fmt), ##__VA_ARGS__)
#else
#define pr_debug(fmt, ...)	no_printk(KERN_DEBUG pr_fmt(fmt), ##__VA_ARGS__)
#endif
#define pr_devel		pr_debug

#define printk_once(fmt, ...)                                             \
	do {                                                              \
		static bool printed_;                                     \
		if (!__atomic_exchange_n(&printed_, true,                 \
					 __ATOMIC_RELAXED))               \
			printk(fmt, ##__VA_ARGS__);                       \
	} while (0)
#define pr_err_once(fmt, ...)	printk_once(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn_once(fmt, ...) \
	printk_once(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info_once(fmt, ...) \
	printk_once(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)

#define printk_ratelimited(fmt, ...)                                      \
	do {                                                              \
		static unsigned long state_[2];                           \
		if (kv_printk_ratelimit(state_))                          \
			printk(fmt, ##__VA_ARGS__);                       \
	} while (0)
#define pr_err_ratelimited(fmt, ...) \
	printk_ratelimited(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn_ratelimited(fmt, ...) \
	printk_ratelimited(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info_ratelimited(fmt, ...) \
	printk_ratelimited(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)

#endif
