/* SPDX-License-Identifier: MIT */
/*
 * smp.h - the CPU a thread runs on. CPUs are emulated, as many as `cpus=`
 * says: a thread has one, and may find itself on another when it disables
 * preemption (linux/preempt.h). With CONFIG_DEBUG_PREEMPT defined
 * smp_processor_id() reports callers that could be moved.
 *
 * Functions called on other CPUs are called by the calling thread, which is
 * each CPU in turn, in interrupt context, once nobody has preemption disabled
 * there, or who has waits for a lock or for such a call of its own. They are
 * always waited for.
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

struct cpumask;
typedef void (*smp_call_func_t)(void *info);
typedef bool (*smp_cond_func_t)(int cpu, void *info);
/* 0; -ENXIO: no such CPU. */
int smp_call_function_single(int cpu, smp_call_func_t fn, void *info, int wait);
/* On all CPUs of @mask (NULL: of all) but this one. */
void smp_call_function_many(const struct cpumask *mask, smp_call_func_t fn,
			    void *info, bool wait);
/* This one, too; of those that @cond (if any) says. */
void on_each_cpu_cond_mask(smp_cond_func_t cond, smp_call_func_t fn,
			   void *info, bool wait, const struct cpumask *mask);
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

#define smp_call_function(fn, info, wait) \
	smp_call_function_many(NULL, fn, info, wait)
#define on_each_cpu(fn, info, wait) \
	on_each_cpu_cond_mask(NULL, fn, info, wait, NULL)
#define on_each_cpu_mask(mask, fn, info, wait) \
	on_each_cpu_cond_mask(NULL, fn, info, wait, mask)
#define on_each_cpu_cond(cond, fn, info, wait) \
	on_each_cpu_cond_mask(cond, fn, info, wait, NULL)

#endif
