/* SPDX-License-Identifier: MIT */
/* task.h - see linux/sched.h. */
#ifndef KV_LINUX_SCHED_TASK_H
#define KV_LINUX_SCHED_TASK_H

#include <linux/sched.h>

#endif
