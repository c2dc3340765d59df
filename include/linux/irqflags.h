/* SPDX-License-Identifier: MIT */
/*
 * irqflags.h - interrupts of this CPU off and on: nobody interrupts a thread
 * here, but it may not sleep then, and has its CPU for itself.
 */
#ifndef KV_LINUX_IRQFLAGS_H
#define KV_LINUX_IRQFLAGS_H

#include <linux/preempt.h>

#define local_irq_save(flags)		((flags) = kv_irq_save())
#define local_irq_restore(flags)	kv_irq_restore(flags)
#define local_irq_disable()		((void)kv_irq_save())
#define local_irq_enable()		kv_irq_restore(0)
#define local_save_flags(flags)		((flags) = irqs_disabled())
#define irqs_disabled_flags(flags)	((flags) != 0)

#endif
