/* SPDX-License-Identifier: MIT */
/* stddef.h - members and their offsets. */
#ifndef KV_LINUX_STDDEF_H
#define KV_LINUX_STDDEF_H

/* The name is one of the system's, too: what libc includes stays. */
#if __has_include_next(<linux/stddef.h>)
#include_next <linux/stddef.h>
#endif

#include <stddef.h>

#define sizeof_field(type, member)	sizeof(((type *)0)->member)
#define offsetofend(type, member) \
	(offsetof(type, member) + sizeof_field(type, member))

#endif
