/* SPDX-License-Identifier: MIT */
/* hardirq.h - see preempt.h. */
#ifndef KV_LINUX_HARDIRQ_H
#define KV_LINUX_HARDIRQ_H

#include <linux/irqflags.h>
#include <linux/preempt.h>

#define irq_enter()	kv_enter_irq()
#define irq_exit()	kv_exit_irq()
#define nmi_enter()	kv_enter_nmi()
#define nmi_exit()	kv_exit_nmi()

#endif
