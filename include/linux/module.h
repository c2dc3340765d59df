/* SPDX-License-Identifier: MIT */
/*
 * module.h - a module is a file of a program. module_init() gives its function
 * the name init_module, which the program calls, as the kernel's loader would;
 * with KV_MODULE_AUTOINIT defined it runs before main(), and its exit at exit.
 */
#ifndef KV_LINUX_MODULE_H
#define KV_LINUX_MODULE_H

/* The name is one of the system's, too: what libc includes stays. */
#if __has_include_next(<linux/module.h>)
#include_next <linux/module.h>
#endif

#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/stringify.h>
#include <linux/types.h>

struct module {
	char name[56];
};
#define THIS_MODULE	((struct module *)0)
#ifndef KBUILD_MODNAME
#define KBUILD_MODNAME	"kvkernel"
#endif

#ifdef KV_MODULE_AUTOINIT
#define module_init(fn)	__initcall_kv(fn)
#define module_exit(fn)                                                   \
	static void __attribute__((destructor(1000))) fn##_at_exit(void)  \
	{                                                                 \
		fn();                                                     \
	}                                                                 \
	extern int fn##_is_an_exitcall
#else
/* Some users leave out the semicolon. */
#define module_init(fn)	int init_module(void) __attribute__((alias(#fn)));
#define module_exit(fn)	void cleanup_module(void) __attribute__((alias(#fn)));
#endif
#ifdef __cplusplus
extern "C" {
#endif
int init_module(void);
void cleanup_module(void);
#ifdef __cplusplus
}
#endif

#define __MODULE_INFO_KV(tag, line, text)                       \
	static const char __module_##tag##line[]                \
		__attribute__((unused, section(".modinfo"))) = text
#define __MODULE_INFO_KV2(tag, line, text) __MODULE_INFO_KV(tag, line, text)
#define MODULE_INFO(tag, text) \
	__MODULE_INFO_KV2(tag, __LINE__, #tag "=" text)
#define MODULE_LICENSE(text)		MODULE_INFO(license, text)
#define MODULE_AUTHOR(text)		MODULE_INFO(author, text)
#define MODULE_DESCRIPTION(text)	MODULE_INFO(description, text)
#define MODULE_VERSION(text)		MODULE_INFO(version, text)
#define MODULE_ALIAS(text)		MODULE_INFO(alias, text)
#define MODULE_SOFTDEP(text)		MODULE_INFO(softdep, text)
#define MODULE_IMPORT_NS(ns)		MODULE_INFO(import_ns, #ns)
#define MODULE_DEVICE_TABLE(type, name)	extern int name##_is_a_table

static inline bool try_module_get(struct module *module)
{
	(void)module;
	return true;
}

static inline void module_put(struct module *module)
{
	(void)module;
}

#endif
