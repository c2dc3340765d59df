/* SPDX-License-Identifier: MIT */
/*
 * sched.h - tasks, which are the program's threads.
 *
 * A task that has set another state than running sleeps in schedule() until
 * somebody wakes it up; so a wake-up in between is not lost.
 */
#ifndef KV_LINUX_SCHED_H
#define KV_LINUX_SCHED_H

/* The name is one of the system's, too: what libc includes stays. */
#if __has_include_next(<linux/sched.h>)
#include_next <linux/sched.h>
#endif

#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/preempt.h>
#include <linux/types.h>
#include <sched.h>

#define TASK_RUNNING		0u
#define TASK_INTERRUPTIBLE	1u
#define TASK_UNINTERRUPTIBLE	2u
#define TASK_KILLABLE		(TASK_UNINTERRUPTIBLE | 0x100u)
#define TASK_IDLE		(TASK_UNINTERRUPTIBLE | 0x400u)
#define TASK_COMM_LEN		16
#define MAX_SCHEDULE_TIMEOUT	LONG_MAX
/* A kernel's stack, and what it is aligned to, on x86-64. */
#define THREAD_SIZE		(16ul << 10)
#define THREAD_ALIGN		THREAD_SIZE

struct task_struct {
	pid_t pid;		/* of the thread */
	unsigned int __state;
	char comm[TASK_COMM_LEN];
};

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct task_struct *kv_current(void);
void kv_set_state(unsigned int state);
/* 1 if it slept. */
int wake_up_process(struct task_struct *task);
/* Lets others run; sleeps if the state says so. */
void schedule(void);
/* The same, so many jiffies at most; those that are left. */
long schedule_timeout(long timeout);
/* To the first (emulated) CPU of @mask, or to none if it has all. */
int set_cpus_allowed_ptr(struct task_struct *task, const struct cpumask *mask);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define current			kv_current()
#define set_current_state(s)	kv_set_state(s)
#define __set_current_state(s)	kv_set_state(s)

static inline long schedule_timeout_uninterruptible(long timeout)
{
	kv_set_state(TASK_UNINTERRUPTIBLE);
	return schedule_timeout(timeout);
}
#define schedule_timeout_interruptible(t) schedule_timeout_uninterruptible(t)

/* Nobody sends signals to a task here, and nobody waits for its CPU. */
#define signal_pending(task)		((void)(task), 0)
#define fatal_signal_pending(task)	((void)(task), 0)
#define need_resched()			0

#endif
