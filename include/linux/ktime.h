/* SPDX-License-Identifier: MIT */
/* ktime.h - time in nanoseconds. */
#ifndef KV_LINUX_KTIME_H
#define KV_LINUX_KTIME_H

#include <linux/jiffies.h>

typedef s64 ktime_t;

static inline ktime_t ktime_get(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (s64)ts.tv_sec * 1000000000 + ts.tv_nsec;
}
/* A counter that is cheap to read. */
typedef unsigned long long cycles_t;
#define get_cycles()		((cycles_t)ktime_get())

#define ktime_get_ns()		((u64)ktime_get())
#define ktime_sub(a, b)		((a) - (b))
#define ktime_add(a, b)		((a) + (b))
#define ktime_to_ns(t)		(t)
#define ktime_to_us(t)		((t) / 1000)
#define ktime_to_ms(t)		((t) / 1000000)
#define ktime_us_delta(a, b)	ktime_to_us((a) - (b))

#endif
