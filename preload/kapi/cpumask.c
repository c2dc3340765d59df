/* SPDX-License-Identifier: MIT */
/* cpumask.c - the constant sets of linux/cpumask.h. An outside file. */
#include <linux/cpumask.h>

static struct cpumask all, single[NR_CPUS];

/* Filled in by whoever is first, with the same bits if two are. */
const struct cpumask *kv_cpu_all_mask(void)
{
	for (unsigned int cpu = nr_cpu_ids;
	     cpu-- && !cpumask_test_cpu((int)cpu, &all);)
		cpumask_set_cpu(cpu, &all);
	return &all;
}

const struct cpumask *cpumask_of(unsigned int cpu)
{
	if (!cpumask_test_cpu((int)cpu, &single[cpu]))
		cpumask_set_cpu(cpu, &single[cpu]);
	return &single[cpu];
}
