/* SPDX-License-Identifier: MIT */
/*
 * percpu.h - what the two files of per-CPU memory share (inside files only).
 */
#ifndef KV_KAPI_PERCPU_H
#define KV_KAPI_PERCPU_H

#include "kapi/kapi.h"

#include <linux/percpu.h>

#include "mm/vmalloc.h"

/* As in linux/percpu-defs.h, linux/smp.h. */
#pragma GCC visibility push(default)
void kv_percpu_register(const char *start, const char *end);
void kv_percpu_unregister(const char *start);
void *kv_per_cpu_ptr(const volatile void *p, unsigned int cpu);
void *kv_this_cpu_ptr(const volatile void *p);
void kv_this_cpu_check(const char *op);
int kv_smp_processor_id(void);
int kv_smp_processor_id_checked(const char *what, const char *prefix);
unsigned int kv_nr_cpu_ids(void);
#pragma GCC visibility pop

/* CPU @cpu's copy of what a pointer of alloc_percpu() stands for. */
void *percpu_unit_address(const char *p, unsigned int cpu);

/* In kapi/fork.c: locks taken before a fork, dropped after it. */
void percpu_lock(void);
void percpu_unlock(void);

#endif
