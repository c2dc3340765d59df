/* SPDX-License-Identifier: MIT */
/* init.h - sections of code, which are one here, and what runs at start. */
#ifndef KV_LINUX_INIT_H
#define KV_LINUX_INIT_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <stdlib.h> /* has a field of the name __init */

#define __init
#define __initdata
#define __initconst
#define __exit
#define __exitdata
#define __refdata
#define __devinit

typedef int (*initcall_t)(void);
typedef void (*exitcall_t)(void);

/* Each runs when its object is loaded. */
#define __initcall_kv(fn)                                                 \
	static void __attribute__((constructor(1000))) fn##_at_load(void) \
	{                                                                 \
		(void)fn();                                               \
	}                                                                 \
	extern int fn##_is_an_initcall
#define core_initcall(fn)	__initcall_kv(fn)
#define postcore_initcall(fn)	__initcall_kv(fn)
#define arch_initcall(fn)	__initcall_kv(fn)
#define subsys_initcall(fn)	__initcall_kv(fn)
#define fs_initcall(fn)		__initcall_kv(fn)
#define device_initcall(fn)	__initcall_kv(fn)
#define late_initcall(fn)	__initcall_kv(fn)

#endif
