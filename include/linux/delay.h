/* SPDX-License-Identifier: MIT */
/* delay.h - waiting: busy by the kernel's rules, asleep in fact where allowed. */
#ifndef KV_LINUX_DELAY_H
#define KV_LINUX_DELAY_H

#include <linux/kernel.h>
#include <unistd.h>

#define udelay(us)		((void)usleep(us))
#define mdelay(ms)		((void)usleep((ms) * 1000))
#define ndelay(ns)		((void)0)
#define msleep(ms)		do { might_sleep(); usleep((ms) * 1000); } while (0)
#define usleep_range(lo, hi)	do { might_sleep(); usleep(lo); } while (0)

#endif
