/* SPDX-License-Identifier: MIT */
/*
 * context.c - see context.h: counting contexts, and the emulated CPUs.
 *
 * A CPU is a lock. A thread holds it while preemption is disabled or in any
 * context above a task's; taking it tries the thread's own CPU first, then
 * the others, then waits for its own. Nobody is preempted meanwhile by
 * another thread of the same CPU, which is what per-CPU data relies on.
 *
 * Who makes a call on another CPU waits until nobody is there, takes its lock
 * and is that CPU meanwhile, in interrupt context. Two who call each other
 * would wait for ever: so a caller lets others onto its own CPU for as long as
 * it waits, as a kernel's takes interrupts then. Who waits for a lock that
 * spins does the same.
 *
 * The words of the report are those of the kernel's __might_sleep().
 */
#include "kapi/context.h"

#include <linux/preempt.h>
#include <linux/sched/mm.h>

#include "kapi/report.h"
#include "kapi/task.h"
#include "lib/cpu.h"
#include "os/os.h"

_Thread_local struct kapi_task kapi_task;

static struct {
	struct spinlock lock;
	u32 open;		/* its owner lets calls in */
	struct spinlock call;	/* of who was let in */
	char pad[52];
} cpus[MAX_NR_CPUS] __attribute__((aligned(64)));

unsigned int kapi_nr_cpus(void)
{
	return machine.cfg.cpus;
}

unsigned int kapi_this_cpu(void)
{
	if (kapi_task.owns_cpu)
		return kapi_task.cpu;
	if (kapi_task.bound)
		kapi_task.cpu = kapi_task.bound - 1;
	else if (kv_own)
		kapi_task.cpu = kv_own->cpu;
	return kapi_task.cpu;
}

static void take_cpu(struct kapi_task *t)
{
	unsigned int own = kapi_this_cpu(), n = kapi_nr_cpus(), cpu = own;

	if (t->bound)
		n = 1;
	for (unsigned int i = 0; i < n; i++, cpu = (cpu + 1) % n)
		if (spin_trylock(&cpus[cpu].lock))
			goto taken;
	cpu = own;
	spin_lock(&cpus[cpu].lock);
taken:
	t->cpu = cpu;
	kv_cpu = cpu;
	t->owns_cpu = true;
}

static void drop_cpu(struct kapi_task *t)
{
	t->owns_cpu = false;
	spin_unlock(&cpus[t->cpu].lock);
}

/* To be called with each change of what the count or the flag says. */
static void settle(struct kapi_task *t)
{
	bool wanted = t->preempt_count || t->irqs_disabled;

	if (wanted && !t->owns_cpu)
		take_cpu(t);
	else if (!wanted && t->owns_cpu)
		drop_cpu(t);
}

static void enter(unsigned int offset, unsigned int mask)
{
	struct kapi_task *t = &kapi_task;

	if ((t->preempt_count & mask) + offset > mask)
		panic("context nested too deeply: preempt_count %08x",
		      t->preempt_count);
	t->preempt_count += offset;
	settle(t);
}

static void leave(unsigned int offset, unsigned int mask)
{
	struct kapi_task *t = &kapi_task;

	if (KAPI_WARN_ONCE((t->preempt_count & mask) < offset,
			   "DEBUG_LOCKS_WARN_ON(val > preempt_count()): "
			   "a context is left that was not entered"))
		return;
	t->preempt_count -= offset;
	settle(t);
}

/* calls on other CPUs */

/* The lock that was taken; NULL: somebody is there. */
static struct spinlock *try_visit(unsigned int cpu)
{
	if (spin_trylock(&cpus[cpu].lock))
		return &cpus[cpu].lock;
	if (!__atomic_load_n(&cpus[cpu].open, __ATOMIC_ACQUIRE) ||
	    !spin_trylock(&cpus[cpu].call))
		return NULL;
	if (__atomic_load_n(&cpus[cpu].open, __ATOMIC_ACQUIRE))
		return &cpus[cpu].call;
	spin_unlock(&cpus[cpu].call);
	return NULL;
}

static void call_as(unsigned int cpu, void (*fn)(void *info), void *info)
{
	unsigned long flags = kv_irq_save();

	kapi_task.cpu = kv_cpu = cpu;
	kv_enter_irq();
	fn(info);
	kv_exit_irq();
	kv_irq_restore(flags);
}

void kapi_open_cpu(void)
{
	const struct kapi_task *t = &kapi_task;

	if (t->owns_cpu)
		__atomic_store_n(&cpus[t->cpu].open, !t->irqs_disabled,
				 __ATOMIC_RELEASE);
}

void kapi_close_cpu(void)
{
	const struct kapi_task *t = &kapi_task;

	if (!t->owns_cpu)
		return;
	__atomic_store_n(&cpus[t->cpu].open, 0, __ATOMIC_RELEASE);
	spin_lock(&cpus[t->cpu].call); /* who is in goes first */
	spin_unlock(&cpus[t->cpu].call);
}

/* Others come in until the call is done: who is let in waits for nobody. */
static void call_other(unsigned int cpu, unsigned int own,
		       void (*fn)(void *info), void *info)
{
	struct spinlock *lock;

	kapi_open_cpu();
	while (!(lock = try_visit(cpu)))
		os_yield();
	call_as(cpu, fn, info);
	kapi_task.cpu = kv_cpu = own;
	spin_unlock(lock);
	kapi_close_cpu();
}

void kapi_call_on_cpu(unsigned int cpu, void (*fn)(void *info), void *info)
{
	unsigned int own;

	preempt_disable();
	own = kapi_task.cpu;
	if (cpu == own)
		call_as(cpu, fn, info);
	else
		call_other(cpu, own, fn, info);
	preempt_enable();
}

unsigned int preempt_count(void)
{
	return kapi_task.preempt_count;
}

void preempt_disable(void)
{
	enter(PREEMPT_OFFSET, PREEMPT_MASK);
}

void preempt_enable(void)
{
	leave(PREEMPT_OFFSET, PREEMPT_MASK);
}

/* kapi/task.h: for kthread.c */
void kapi_bind_cpu(int cpu)
{
	kapi_task.bound = (unsigned int)(cpu + 1);
}

/* Threads migrate only where they take a CPU: nothing to forbid. */
void migrate_disable(void)
{
}

void migrate_enable(void)
{
}

void local_bh_disable(void)
{
	enter(SOFTIRQ_DISABLE_OFFSET, SOFTIRQ_MASK);
}

void local_bh_enable(void)
{
	leave(SOFTIRQ_DISABLE_OFFSET, SOFTIRQ_MASK);
}

bool irqs_disabled(void)
{
	return kapi_task.irqs_disabled;
}

unsigned long kv_irq_save(void)
{
	unsigned long was = kapi_task.irqs_disabled;

	kapi_task.irqs_disabled = true;
	settle(&kapi_task);
	return was;
}

void kv_irq_restore(unsigned long flags)
{
	kapi_task.irqs_disabled = flags != 0;
	settle(&kapi_task);
}

void kv_enter_atomic(void)
{
	preempt_disable();
}

void kv_exit_atomic(void)
{
	preempt_enable();
}

void kv_enter_softirq(void)
{
	enter(SOFTIRQ_OFFSET, SOFTIRQ_MASK);
}

void kv_exit_softirq(void)
{
	leave(SOFTIRQ_OFFSET, SOFTIRQ_MASK);
}

void kv_enter_irq(void)
{
	enter(HARDIRQ_OFFSET, HARDIRQ_MASK);
}

void kv_exit_irq(void)
{
	leave(HARDIRQ_OFFSET, HARDIRQ_MASK);
}

void kv_enter_nmi(void)
{
	enter(NMI_OFFSET + HARDIRQ_OFFSET, NMI_MASK | HARDIRQ_MASK);
}

void kv_exit_nmi(void)
{
	leave(NMI_OFFSET + HARDIRQ_OFFSET, NMI_MASK | HARDIRQ_MASK);
}

void non_block_start(void)
{
	kapi_task.non_block++;
}

void non_block_end(void)
{
	if (!KAPI_WARN_ONCE(!kapi_task.non_block, "non_block_end() alone"))
		kapi_task.non_block--;
}

bool kapi_in_interrupt(void)
{
	return kapi_task.preempt_count &
	       (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_MASK);
}

bool kapi_in_atomic(void)
{
	const struct kapi_task *t = &kapi_task;

	return t->preempt_count || t->irqs_disabled || t->non_block ||
	       t->rcu_nesting;
}

static void sleeping_report(const char *where, int line)
{
	const struct kapi_task *t = &kapi_task;
	char comm[16];

	os_comm(comm);
	kapi_count_report();
	if (line)
		kapi_pr("BUG: sleeping function called from invalid context at "
			"%s:%d", where, line);
	else
		kapi_pr("BUG: sleeping function called from invalid context at "
			"%s()", where);
	kapi_pr("in_atomic(): %d, irqs_disabled(): %d, non_block: %u, "
		"pid: %d, name: %s", t->preempt_count != 0, t->irqs_disabled,
		t->non_block, os_gettid(), comm);
	kapi_pr("preempt_count: %x, expected: 0", t->preempt_count);
	kapi_pr("RCU nest depth: %u, expected: 0", t->rcu_nesting);
	dump_stack();
}

void kapi_might_sleep(const char *call)
{
	if (unlikely(kapi_in_atomic()))
		sleeping_report(call, 0);
}

/* linux/kernel.h, might_sleep() */
extern EXPORT void kv_might_sleep(const char *file, int line);
void kv_might_sleep(const char *file, int line)
{
	if (unlikely(kapi_in_atomic()))
		sleeping_report(file, line);
}

gfp_t current_gfp_context(gfp_t gfp)
{
	return (gfp & ~kapi_task.gfp_clear) | kapi_task.gfp_set;
}

gfp_t kapi_may_alloc(gfp_t gfp, const char *call)
{
	gfp = current_gfp_context(gfp);
	if (unlikely((gfp & __GFP_DIRECT_RECLAIM) && kapi_in_atomic()))
		sleeping_report(call, 0);
	return gfp;
}

void might_alloc(gfp_t gfp)
{
	(void)kapi_may_alloc(gfp, "might_alloc");
}

static unsigned int scope_enter(gfp_t clear, gfp_t set, unsigned int flag)
{
	struct kapi_task *t = &kapi_task;
	bool was = (t->gfp_clear & clear) == clear && (t->gfp_set & set) == set;

	t->gfp_clear |= clear;
	t->gfp_set |= set;
	return was ? flag : 0;
}

static void scope_leave(gfp_t clear, gfp_t set, unsigned int was)
{
	if (was)
		return;
	kapi_task.gfp_clear &= ~clear;
	kapi_task.gfp_set &= ~set;
}

/*
 * No I/O means no file system either: both bits are taken away, and each is
 * given back only by the scope that took it.
 */
unsigned int memalloc_noio_save(void)
{
	return scope_enter(__GFP_IO, 0, PF_MEMALLOC_NOIO) |
	       scope_enter(__GFP_FS, 0, PF_MEMALLOC_NOFS);
}

void memalloc_noio_restore(unsigned int flags)
{
	scope_leave(__GFP_IO, 0, flags & PF_MEMALLOC_NOIO);
	scope_leave(__GFP_FS, 0, flags & PF_MEMALLOC_NOFS);
}

unsigned int memalloc_nofs_save(void)
{
	return scope_enter(__GFP_FS, 0, PF_MEMALLOC_NOFS);
}

void memalloc_nofs_restore(unsigned int flags)
{
	scope_leave(__GFP_FS, 0, flags & PF_MEMALLOC_NOFS);
}

unsigned int memalloc_noreclaim_save(void)
{
	return scope_enter(0, __GFP_MEMALLOC, PF_MEMALLOC);
}

void memalloc_noreclaim_restore(unsigned int flags)
{
	scope_leave(0, __GFP_MEMALLOC, flags & PF_MEMALLOC);
}
