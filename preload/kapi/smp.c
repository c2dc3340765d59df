/* SPDX-License-Identifier: MIT */
/*
 * smp.c - linux/smp.h: calls on other CPUs. context.c says how one CPU is
 * called; here is which ones.
 */
#include <linux/smp.h>

#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/errno.h>

#include "kapi/task.h"

/* Two with interrupts off that call each other would wait for ever. */
static void check_context(void)
{
	WARN_ON_ONCE(irqs_disabled());
	WARN_ON_ONCE(!in_task());
}

int smp_call_function_single(int cpu, smp_call_func_t fn, void *info, int wait)
{
	(void)wait;
	check_context();
	if (cpu < 0 || (unsigned int)cpu >= nr_cpu_ids)
		return -ENXIO;
	kapi_call_on_cpu((unsigned int)cpu, fn, info);
	return 0;
}

void smp_call_function_many(const struct cpumask *mask, smp_call_func_t fn,
			    void *info, bool wait)
{
	unsigned int own, cpu;

	(void)wait;
	check_context();
	own = (unsigned int)get_cpu();
	for_each_cpu (cpu, mask ? mask : cpu_online_mask)
		if (cpu != own)
			kapi_call_on_cpu(cpu, fn, info);
	put_cpu();
}

void on_each_cpu_cond_mask(smp_cond_func_t cond, smp_call_func_t fn,
			   void *info, bool wait, const struct cpumask *mask)
{
	unsigned int cpu;

	(void)wait;
	check_context();
	preempt_disable();
	for_each_cpu (cpu, mask ? mask : cpu_online_mask)
		if (!cond || cond((int)cpu, info))
			kapi_call_on_cpu(cpu, fn, info);
	preempt_enable();
}
