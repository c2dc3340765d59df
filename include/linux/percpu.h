/* SPDX-License-Identifier: MIT */
/*
 * percpu.h - memory of which each CPU has its own, allocated at run time.
 *
 * What is returned is good for the accessors of percpu-defs.h only. It reads
 * as zero for each CPU. At most 32 KiB, aligned to a page at most.
 */
#ifndef KV_LINUX_PERCPU_H
#define KV_LINUX_PERCPU_H

#include <linux/types.h>
#ifndef KV_KAPI_INSIDE
#include <linux/cpumask.h>
#include <linux/gfp_types.h>
#include <linux/percpu-defs.h>
#include <linux/smp.h>
#endif

#define PCPU_MIN_UNIT_SIZE	(32 << 10)
#define PCPU_MIN_ALLOC_SHIFT	2
#define PCPU_MIN_ALLOC_SIZE	(1 << PCPU_MIN_ALLOC_SHIFT)

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
void *__alloc_percpu(size_t size, size_t align);
void *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp);
void *__alloc_reserved_percpu(size_t size, size_t align);
void free_percpu(void *ptr);
size_t pcpu_alloc_size(void *ptr);
/* Pages of all CPUs. */
unsigned long pcpu_nr_pages(void);
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define alloc_percpu(type) \
	((__typeof__(type) *)__alloc_percpu(sizeof(type), __alignof__(type)))
#define alloc_percpu_gfp(type, gfp)                                    \
	((__typeof__(type) *)__alloc_percpu_gfp(sizeof(type),          \
						__alignof__(type), gfp))

#endif
