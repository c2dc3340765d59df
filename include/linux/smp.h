/* SPDX-License-Identifier: MIT */
/*
 * smp.h - the CPU a thread runs on. CPUs are emulated, as many as `cpus=`
 * says: a thread has one, and may find itself on another when it disables
 * preemption (linux/preempt.h). With CONFIG_DEBUG_PREEMPT defined
 * smp_processor_id() reports callers that could be moved.
 */
#ifndef KV_LINUX_SMP_H
#define KV_LINUX_SMP_H

#include <linux/preempt.h>
#include <linux/threads.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
int kv_smp_processor_id(void);
/* The same, and reports @what if preemption is enabled. */
int kv_smp_processor_id_checked(const char *what, const char *prefix);
unsigned int kv_nr_cpu_ids(void);
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define raw_smp_processor_id()	kv_smp_processor_id()
#ifdef CONFIG_DEBUG_PREEMPT
#define smp_processor_id() \
	kv_smp_processor_id_checked("smp_processor_id", "")
#else
#define smp_processor_id()	raw_smp_processor_id()
#endif
#define __smp_processor_id()	raw_smp_processor_id()

#define nr_cpu_ids		kv_nr_cpu_ids()

/* Stays on this CPU until put_cpu(). */
#define get_cpu()                            \
	__extension__({                      \
		preempt_disable();           \
		raw_smp_processor_id();      \
	})
#define put_cpu()		preempt_enable()

#endif
