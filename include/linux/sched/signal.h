/* SPDX-License-Identifier: MIT */
/* signal.h - see linux/sched.h. */
#ifndef KV_LINUX_SCHED_SIGNAL_H
#define KV_LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>

#endif
