/* SPDX-License-Identifier: MIT */
/* kthread.h - threads of kernel code, each a thread of the program. */
#ifndef KV_LINUX_KTHREAD_H
#define KV_LINUX_KTHREAD_H

#include <linux/err.h>
#include <linux/sched.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* It sleeps until wake_up_process(). ERR_PTR() if there can be none. */
struct task_struct *kthread_create_on_node(int (*fn)(void *data), void *data,
					   int node, const char *name, ...)
	__attribute__((format(printf, 4, 5)));
/*
 * Tells the thread, waits for its end and returns what its function did;
 * -EINTR if that never began. The thread must not have been stopped before;
 * one that returned by itself still is to be.
 */
int kthread_stop(struct task_struct *task);
bool kthread_should_stop(void);
/* To an emulated CPU, before it runs. */
void kthread_bind(struct task_struct *task, unsigned int cpu);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define kthread_create(fn, data, name, ...) \
	kthread_create_on_node(fn, data, NUMA_NO_NODE, name, ##__VA_ARGS__)
#define kthread_run(fn, data, name, ...)                                  \
	__extension__({                                                   \
		struct task_struct *task_ =                               \
			kthread_create(fn, data, name, ##__VA_ARGS__);    \
		if (!IS_ERR(task_))                                       \
			wake_up_process(task_);                           \
		task_;                                                    \
	})

#endif
