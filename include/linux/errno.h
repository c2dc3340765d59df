/* SPDX-License-Identifier: MIT */
/* errno.h - error numbers, as libc has them, and the kernel's own few. */
#ifndef KV_LINUX_ERRNO_H
#define KV_LINUX_ERRNO_H

/* The name is one of the system's, too: what libc includes stays. */
#if __has_include_next(<linux/errno.h>)
#include_next <linux/errno.h>
#endif

#define ERESTARTSYS	512
#define ERESTARTNOINTR	513
#define ERESTARTNOHAND	514
#define ENOIOCTLCMD	515
#define EPROBE_DEFER	517
#define ENOTSUPP	524

#endif
