/* SPDX-License-Identifier: MIT */
/*
 * kthread.c - linux/kthread.h and sched.h: tasks over the program's threads.
 *
 * A task that is none of kthread_create()'s has its struct in the thread's
 * own storage. Those of kthread_create() begin asleep, as in a kernel: an
 * ordinary thread that waits in schedule() before it calls its function.
 *
 * Locks: a task's mutex guards its state, stop and started.
 */
#include <linux/kthread.h>

#include <linux/container_of.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "kapi/sleep.h"
#include "kapi/task.h"

struct thread {
	struct task_struct task;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	pthread_t id;
	int (*fn)(void *data);
	void *data;
	int result;
	int cpu; /* bound to; -1: none */
	bool stop;
};

static _Thread_local struct thread own_thread = {
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.cond = PTHREAD_COND_INITIALIZER,
};
static _Thread_local struct thread *this_thread;

static struct thread *self(void)
{
	if (!this_thread) {
		own_thread.task.pid = kapi_pid();
		kapi_comm(own_thread.task.comm);
		this_thread = &own_thread;
	}
	return this_thread;
}

struct task_struct *kv_current(void)
{
	return &self()->task;
}

static void set_state(struct thread *t, unsigned int state)
{
	pthread_mutex_lock(&t->mutex);
	t->task.__state = state;
	pthread_mutex_unlock(&t->mutex);
}

void kv_set_state(unsigned int state)
{
	set_state(self(), state);
}

int wake_up_process(struct task_struct *task)
{
	struct thread *t = container_of(task, struct thread, task);
	bool slept;

	pthread_mutex_lock(&t->mutex);
	slept = t->task.__state != TASK_RUNNING;
	t->task.__state = TASK_RUNNING;
	pthread_cond_signal(&t->cond);
	pthread_mutex_unlock(&t->mutex);
	return slept;
}

/* @deadline in jiffies, 0: none. */
static void sleep_until(struct thread *t, unsigned long deadline)
{
	int err = 0;

	pthread_mutex_lock(&t->mutex);
	while (t->task.__state != TASK_RUNNING && !err)
		err = sleep_on(&t->cond, &t->mutex, deadline);
	t->task.__state = TASK_RUNNING;
	pthread_mutex_unlock(&t->mutex);
}

void schedule(void)
{
	might_sleep();
	sched_yield();
	sleep_until(self(), 0);
}

long schedule_timeout(long timeout)
{
	unsigned long now = jiffies, end = now + (unsigned long)timeout;

	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		schedule();
		return timeout;
	}
	might_sleep();
	sleep_until(self(), end);
	now = jiffies;
	return time_before(now, end) ? (long)(end - now) : 0;
}

static int first_of(const struct cpumask *mask)
{
	return cpumask_weight(mask) >= nr_cpu_ids ? -1 :
						    (int)cpumask_first(mask);
}

int set_cpus_allowed_ptr(struct task_struct *task, const struct cpumask *mask)
{
	struct thread *t = container_of(task, struct thread, task);
	int cpu = first_of(mask);

	if (cpu >= (int)nr_cpu_ids)
		return -EINVAL;
	t->cpu = cpu;
	if (t == self())
		kapi_bind_cpu(cpu);
	else if (WARN_ONCE(task->__state == TASK_RUNNING,
			   "a running task can be bound by itself alone"))
		return -EINVAL;
	return 0;
}

void kthread_bind(struct task_struct *task, unsigned int cpu)
{
	set_cpus_allowed_ptr(task, cpumask_of(cpu));
}

static void *run(void *arg)
{
	struct thread *t = arg;

	this_thread = t;
	t->task.pid = kapi_pid();
	pthread_setname_np(pthread_self(), t->task.comm);
	sleep_until(t, 0);
	kapi_bind_cpu(t->cpu);
	if (t->fn && !kthread_should_stop())
		t->result = t->fn(t->data);
	return NULL;
}

static struct task_struct *create(int (*fn)(void *data), void *data,
				  const char *name, va_list ap)
{
	struct thread *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return ERR_PTR(-ENOMEM);
	t->fn = fn;
	t->data = data;
	t->result = -EINTR;
	t->cpu = -1;
	t->task.__state = TASK_UNINTERRUPTIBLE;
	kv_vsnprintk(t->task.comm, sizeof(t->task.comm), name, ap);
	pthread_mutex_init(&t->mutex, NULL);
	pthread_cond_init(&t->cond, NULL);
	err = pthread_create(&t->id, NULL, run, t);
	if (!err)
		return &t->task;
	free(t);
	return ERR_PTR(-err);
}

struct task_struct *kthread_create_on_node(int (*fn)(void *data), void *data,
					   int node, const char *name, ...)
{
	struct task_struct *task;
	va_list ap;

	(void)node;
	might_sleep();
	va_start(ap, name);
	task = create(fn, data, name, ap);
	va_end(ap);
	return task;
}

struct task_struct *kapi_kthread(int (*fn)(void *data), void *data,
				 const char *name, ...)
{
	struct task_struct *task;
	va_list ap;

	va_start(ap, name);
	task = create(fn, data, name, ap);
	va_end(ap);
	return task;
}

bool kthread_should_stop(void)
{
	struct thread *t = self();
	bool stop;

	pthread_mutex_lock(&t->mutex);
	stop = t->stop;
	pthread_mutex_unlock(&t->mutex);
	return stop;
}

int kthread_stop(struct task_struct *task)
{
	struct thread *t = container_of(task, struct thread, task);
	int result;

	might_sleep();
	pthread_mutex_lock(&t->mutex);
	t->stop = true;
	pthread_mutex_unlock(&t->mutex);
	wake_up_process(task);
	pthread_join(t->id, NULL);
	result = t->result;
	pthread_mutex_destroy(&t->mutex);
	pthread_cond_destroy(&t->cond);
	free(t);
	return result;
}
