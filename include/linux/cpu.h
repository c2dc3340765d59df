/* SPDX-License-Identifier: MIT */
/* cpu.h - CPUs do not come and go here. */
#ifndef KV_LINUX_CPU_H
#define KV_LINUX_CPU_H

#include <linux/cpumask.h>
#include <linux/smp.h>

static inline void cpus_read_lock(void)
{
}

static inline void cpus_read_unlock(void)
{
}

#define get_online_cpus()	cpus_read_lock()
#define put_online_cpus()	cpus_read_unlock()

/* Nothing is ever called: no CPU goes. */
#define cpuhp_setup_state_nocalls(state, name, startup, teardown) \
	((void)(startup), (void)(teardown), 0)

#endif
