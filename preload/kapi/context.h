/* SPDX-License-Identifier: MIT */
/*
 * context.h - in which context the calling thread runs, for inside files.
 * The same by the kernel's names: linux/preempt.h, linux/interrupt.h.
 *
 * A thread is a task until it says otherwise: contexts are scopes, counted in
 * preempt_count as the kernel does, entered by kv_enter_irq() and the like or
 * by what enters them in a kernel (spin_lock(), get_cpu_var(),
 * local_irq_save()).
 *
 * CPUs are emulated, `cpus=` of them. A thread runs on one of them, and with
 * preemption disabled it is the only one to do so: it holds that CPU's lock.
 * If its CPU is taken it moves to another, as a scheduler would have it.
 */
#ifndef KV_KAPI_CONTEXT_H
#define KV_KAPI_CONTEXT_H

#include "kapi/kapi.h"

struct kapi_task {
	unsigned int preempt_count;	/* bits as in linux/preempt.h */
	unsigned int cpu;
	unsigned int bound;	/* to that CPU - 1; 0: to none */
	bool owns_cpu;		/* holds the lock of its CPU */
	bool irqs_disabled;
	unsigned int bh_disabled;	/* depth */
	unsigned int non_block;	/* depth of non_block_start() */
	unsigned int rcu_nesting;
	gfp_t gfp_clear, gfp_set;	/* memalloc_*_save() scopes */
	int fail_nth;		/* > 0: that call from now on fails */
	int local_maps;		/* depth of kmap_local_page() */
};
extern HIDDEN _Thread_local struct kapi_task kapi_task;

unsigned int kapi_this_cpu(void);
unsigned int kapi_nr_cpus(void);

bool kapi_in_atomic(void);	/* sleeping is forbidden, for any reason */
bool kapi_in_interrupt(void);	/* soft, hard, NMI, or bottom halves off */

/* The kernel's report and a stack if the thread may not sleep here. */
void kapi_might_sleep(const char *call);

/*
 * The might_alloc() check of a request with @gfp: sleeping where that is
 * forbidden is reported. Returns @gfp less what the task's scopes take
 * away (memalloc_noio_save() and so on).
 */
gfp_t kapi_may_alloc(gfp_t gfp, const char *call);

#endif
