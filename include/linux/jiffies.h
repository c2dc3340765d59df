/* SPDX-License-Identifier: MIT */
/* jiffies.h - time in ticks of 4 ms since the system started. */
#ifndef KV_LINUX_JIFFIES_H
#define KV_LINUX_JIFFIES_H

#include <linux/math64.h>
#include <linux/types.h>
#include <time.h>

#define HZ 250

static inline unsigned long kv_jiffies(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (unsigned long)ts.tv_sec * HZ +
	       (unsigned long)ts.tv_nsec / (1000000000ul / HZ);
}
#define jiffies			kv_jiffies()
#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)
#define time_after_eq(a, b)	((long)((a) - (b)) >= 0)
#define time_before_eq(a, b)	time_after_eq(b, a)
#define msecs_to_jiffies(ms)	(((unsigned long)(ms) * HZ + 999) / 1000)
#define usecs_to_jiffies(us)	(((unsigned long)(us) * HZ + 999999) / 1000000)
#define jiffies_to_msecs(j)	((unsigned int)((j) * (1000 / HZ)))

#endif
