/* SPDX-License-Identifier: MIT */
/*
 * preempt.h - the context a thread runs in.
 *
 * A thread is a task that may sleep until it enters another context. Spinlocks,
 * get_cpu_var(), local_irq_save() and the like do so by themselves; scopes for
 * tests of what an interrupt handler would do are kv_enter_atomic(),
 * kv_enter_softirq(), kv_enter_irq() and kv_enter_nmi(), each undone by its
 * kv_exit_*(), nested as one likes.
 *
 * With preemption disabled a thread is the only one on its (emulated) CPU.
 */
#ifndef KV_LINUX_PREEMPT_H
#define KV_LINUX_PREEMPT_H

#include <linux/compiler.h>
#include <linux/types.h>

#define PREEMPT_OFFSET		0x000001u
#define SOFTIRQ_OFFSET		0x000100u
#define SOFTIRQ_DISABLE_OFFSET	(2 * SOFTIRQ_OFFSET)
#define HARDIRQ_OFFSET		0x010000u
#define NMI_OFFSET		0x100000u
#define PREEMPT_MASK		0x0000ffu
#define SOFTIRQ_MASK		0x00ff00u
#define HARDIRQ_MASK		0x0f0000u
#define NMI_MASK		0xf00000u

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

unsigned int preempt_count(void);
void preempt_disable(void);
void preempt_enable(void);
void migrate_disable(void);
void migrate_enable(void);
void local_bh_disable(void);
void local_bh_enable(void);
bool irqs_disabled(void);
unsigned long kv_irq_save(void);
void kv_irq_restore(unsigned long flags);

void kv_enter_atomic(void);
void kv_exit_atomic(void);
void kv_enter_softirq(void);
void kv_exit_softirq(void);
void kv_enter_irq(void);
void kv_exit_irq(void);
void kv_enter_nmi(void);
void kv_exit_nmi(void);

/* Sleeping is forbidden in between although the thread is a task. */
void non_block_start(void);
void non_block_end(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define preempt_disable_notrace()	preempt_disable()
#define preempt_enable_notrace()	preempt_enable()
#define preempt_enable_no_resched()	preempt_enable()
#define nmi_count()		(preempt_count() & NMI_MASK)
#define hardirq_count()		(preempt_count() & HARDIRQ_MASK)
#define softirq_count()		(preempt_count() & SOFTIRQ_MASK)
#define irq_count()		(nmi_count() | hardirq_count() | softirq_count())
#define in_nmi()		(nmi_count() != 0)
#define in_hardirq()		(hardirq_count() != 0)
#define in_irq()		in_hardirq()
#define in_softirq()		(softirq_count() != 0)
#define in_serving_softirq()	((softirq_count() & SOFTIRQ_OFFSET) != 0)
#define in_interrupt()		(irq_count() != 0)
#define in_task() \
	(!(preempt_count() & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET)))
#define in_atomic()		(preempt_count() != 0)
#define preemptible()		(preempt_count() == 0 && !irqs_disabled())

#endif
