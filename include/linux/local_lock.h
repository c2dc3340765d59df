/* SPDX-License-Identifier: MIT */
/* local_lock.h - locks of per-CPU data: they stay on the CPU, alone. */
#ifndef KV_LINUX_LOCAL_LOCK_H
#define KV_LINUX_LOCAL_LOCK_H

#include <linux/irqflags.h>
#include <linux/percpu-defs.h>
#include <linux/preempt.h>

typedef struct {
	char none;
} local_lock_t;

#define INIT_LOCAL_LOCK(name)	{ 0 }
#define local_lock_init(lock)	((void)(lock))
#define local_lock(lock)	((void)(lock), preempt_disable())
#define local_unlock(lock)	((void)(lock), preempt_enable())
#define local_lock_irq(lock)	((void)(lock), local_irq_disable())
#define local_unlock_irq(lock)	((void)(lock), local_irq_enable())
#define local_lock_irqsave(lock, flags) \
	((void)(lock), local_irq_save(flags))
#define local_unlock_irqrestore(lock, flags) \
	((void)(lock), local_irq_restore(flags))

#endif
