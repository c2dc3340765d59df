/* SPDX-License-Identifier: MIT */
/* rwlock.h - see spinlock.h. */
#ifndef KV_LINUX_RWLOCK_H
#define KV_LINUX_RWLOCK_H

#include <linux/spinlock.h>

#endif
