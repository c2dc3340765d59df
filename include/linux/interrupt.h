/* SPDX-License-Identifier: MIT */
/* interrupt.h - contexts; handlers are called by the program, in their scope. */
#ifndef KV_LINUX_INTERRUPT_H
#define KV_LINUX_INTERRUPT_H

#include <linux/hardirq.h>
#include <linux/irqflags.h>

typedef enum { IRQ_NONE, IRQ_HANDLED, IRQ_WAKE_THREAD } irqreturn_t;
typedef irqreturn_t (*irq_handler_t)(int irq, void *dev);

#endif
