/* SPDX-License-Identifier: MIT */
/*
 * cpu.h - which of the machine's CPUs this thread counts as.
 *
 * The machine has as many CPUs as `cpus=` says, whatever the host has. A
 * thread gets one, round robin, when it gets its cache and keeps it: what is
 * per CPU here spreads lock contention and shapes the kernel's numbers, it
 * does not need to follow the scheduler.
 */
#ifndef KV_CPU_H
#define KV_CPU_H

#include "lib/types.h"

extern _Thread_local u32 kv_cpu;

static inline u32 this_cpu(void)
{
	return kv_cpu;
}

#endif
