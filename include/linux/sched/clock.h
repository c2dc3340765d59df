/* SPDX-License-Identifier: MIT */
/* clock.h - nanoseconds since the system started. */
#ifndef KV_LINUX_SCHED_CLOCK_H
#define KV_LINUX_SCHED_CLOCK_H

#include <linux/ktime.h>

#define sched_clock()	ktime_get_ns()
#define local_clock()	ktime_get_ns()

#endif
