/* SPDX-License-Identifier: MIT */
/* task.h - what outside files ask of the inside: no header of the core. */
#ifndef KV_KAPI_TASK_H
#define KV_KAPI_TASK_H

#include <linux/compiler.h>
#include <linux/types.h>

int kapi_cpu(void);
void kapi_bind_cpu(int cpu); /* the calling thread; -1: to none */
/* In between the thread waits, with preemption disabled or not: calls on its
 * CPU are let in, unless it has interrupts disabled. */
void kapi_open_cpu(void);
void kapi_close_cpu(void);
/* Calls @fn as an interrupt of @cpu, and waits for it. */
void kapi_call_on_cpu(unsigned int cpu, void (*fn)(void *info), void *info);
/* kthread_create() in any context. kthread.c */
struct task_struct;
struct task_struct *kapi_kthread(int (*fn)(void *data), void *data,
				 const char *name, ...)
	__attribute__((format(printf, 3, 4)));
int kapi_pid(void);	/* of the thread */
void kapi_comm(char name[16]);
void kapi_write(const char *text, size_t n);	/* to fd 2 */
bool kapi_panic_on_warn(void);
unsigned long kapi_slab_reports(void);	/* of slub_debug */
unsigned int *kapi_rcu_nesting(void);	/* of the thread */
int *kapi_fail_nth(void);		/* of the thread */
/* Callers of the interface, innermost first; how many. report.c */
unsigned int kapi_capture_stack(const void **frames, unsigned int max);
/* Is the request to fail? fault.c */
bool kapi_fault_slab(size_t object_size, bool marked, unsigned int gfp);
bool kapi_fault_pages(unsigned int gfp, unsigned int order);
/* What the options say, "" for nothing. */
void kapi_fault_setup(char *failslab, char *fail_page_alloc);
/* Called when memory is short, by a request that may sleep. */
void kapi_on_pressure(unsigned long (*fn)(void));

#endif
