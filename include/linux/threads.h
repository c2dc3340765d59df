/* SPDX-License-Identifier: MIT */
/* threads.h - the most CPUs a machine can have (cpus=). */
#ifndef KV_LINUX_THREADS_H
#define KV_LINUX_THREADS_H

#define CONFIG_NR_CPUS	128
#define NR_CPUS		CONFIG_NR_CPUS

#endif
