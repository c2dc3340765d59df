/* SPDX-License-Identifier: MIT */
/*
 * workqueue.h - functions to be called later by another thread.
 *
 * A queue has threads of its own (linux/kthread.h), made when work is queued
 * and none of them is idle: up to max_active, 32 at most, one if it is
 * ordered. They wait for more until the queue is destroyed. What is queued
 * without WQ_UNBOUND runs on the (emulated) CPU it was queued on. A work item
 * is pending until its function begins, may be queued again from then on, and
 * never runs twice at a time. Delayed work waits for one thread that all
 * queues share.
 */
#ifndef KV_LINUX_WORKQUEUE_H
#define KV_LINUX_WORKQUEUE_H

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/smp.h>
#include <linux/types.h>

struct work_struct;
struct workqueue_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	struct list_head entry;	/* of its queue, or of what waits for time */
	work_func_t func;
	struct workqueue_struct *wq;
	unsigned long number;	/* of this queueing */
	int cpu;		/* -1: any */
	unsigned int canceling;	/* can't be queued */
	bool pending;
};

struct delayed_work {
	struct work_struct work;
	unsigned long deadline;	/* in jiffies */
};

#define __WORK_INITIALIZER(n, f) \
	{ LIST_HEAD_INIT((n).entry), f, NULL, 0, -1, 0, false }
#define __DELAYED_WORK_INITIALIZER(n, f) \
	{ __WORK_INITIALIZER((n).work, f), 0 }
#define DECLARE_WORK(n, f)	struct work_struct n = __WORK_INITIALIZER(n, f)
#define DECLARE_DELAYED_WORK(n, f) \
	struct delayed_work n = __DELAYED_WORK_INITIALIZER(n, f)

enum {
	WQ_UNBOUND = 1 << 1,
	WQ_FREEZABLE = 1 << 2,		/* these have no effect */
	WQ_MEM_RECLAIM = 1 << 3,
	WQ_HIGHPRI = 1 << 4,
	WQ_CPU_INTENSIVE = 1 << 5,
	WQ_SYSFS = 1 << 6,
	WQ_POWER_EFFICIENT = 1 << 7,
	WQ_PERCPU = 1 << 8,
	__WQ_ORDERED = 1 << 17,
	WORK_CPU_UNBOUND = NR_CPUS,
	WORK_BUSY_PENDING = 1 << 0,
	WORK_BUSY_RUNNING = 1 << 1,
};

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* @max_active 0: the default. NULL: no memory. */
struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags,
					 int max_active, ...)
	__attribute__((format(printf, 1, 4)));
/* After all that is queued, or queued by that, has run. */
void destroy_workqueue(struct workqueue_struct *wq);
/* Waits for what was queued before; drain: and for what that queues. */
void flush_workqueue(struct workqueue_struct *wq);
void drain_workqueue(struct workqueue_struct *wq);

/* False: it is pending already. */
bool queue_work_on(int cpu, struct workqueue_struct *wq,
		   struct work_struct *work);
bool queue_delayed_work_on(int cpu, struct workqueue_struct *wq,
			   struct delayed_work *dwork, unsigned long delay);
/* A new delay; true if it was pending. */
bool mod_delayed_work_on(int cpu, struct workqueue_struct *wq,
			 struct delayed_work *dwork, unsigned long delay);

/* Waits until its last queueing is done; false: it was idle. Of delayed work:
 * at once. */
bool flush_work(struct work_struct *work);
bool flush_delayed_work(struct delayed_work *dwork);
/* True if it was pending. sync: and waits if it runs. */
bool cancel_work(struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);
/* WORK_BUSY_* of the moment. */
unsigned int work_busy(struct work_struct *work);
/* What the calling thread runs, or NULL. */
struct work_struct *current_work(void);

extern struct workqueue_struct *const system_wq;
extern struct workqueue_struct *const system_unbound_wq;

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define system_percpu_wq		system_wq
#define system_highpri_wq		system_wq
#define system_long_wq			system_wq
#define system_freezable_wq		system_wq
#define system_power_efficient_wq	system_wq
#define system_dfl_wq			system_unbound_wq

#define alloc_ordered_workqueue(fmt, flags, ...)                        \
	alloc_workqueue(fmt, WQ_UNBOUND | __WQ_ORDERED | (flags), 1,    \
			##__VA_ARGS__)
#define create_workqueue(name)	alloc_workqueue("%s", WQ_MEM_RECLAIM, 1, name)
#define create_singlethread_workqueue(name) \
	alloc_ordered_workqueue("%s", WQ_MEM_RECLAIM, name)

static inline void kv_init_work(struct work_struct *work, work_func_t func)
{
	INIT_LIST_HEAD(&work->entry);
	work->func = func;
	work->wq = NULL;
	work->number = 0;
	work->cpu = -1;
	work->canceling = 0;
	work->pending = false;
}

#define INIT_WORK(w, f)			kv_init_work(w, f)
#define INIT_WORK_ONSTACK(w, f)		kv_init_work(w, f)
#define INIT_DELAYED_WORK(d, f)		kv_init_work(&(d)->work, f)
#define INIT_DELAYED_WORK_ONSTACK(d, f)	kv_init_work(&(d)->work, f)
#define INIT_DEFERRABLE_WORK(d, f)	kv_init_work(&(d)->work, f)
#define destroy_work_on_stack(w)	((void)(w))
#define destroy_delayed_work_on_stack(d) ((void)(d))

static inline struct delayed_work *to_delayed_work(struct work_struct *work)
{
	return container_of(work, struct delayed_work, work);
}

static inline bool work_pending(struct work_struct *work)
{
	return __atomic_load_n(&work->pending, __ATOMIC_ACQUIRE);
}
#define delayed_work_pending(d)		work_pending(&(d)->work)

static inline bool queue_work(struct workqueue_struct *wq,
			      struct work_struct *work)
{
	return queue_work_on(WORK_CPU_UNBOUND, wq, work);
}

static inline bool queue_delayed_work(struct workqueue_struct *wq,
				      struct delayed_work *dwork,
				      unsigned long delay)
{
	return queue_delayed_work_on(WORK_CPU_UNBOUND, wq, dwork, delay);
}

static inline bool mod_delayed_work(struct workqueue_struct *wq,
				    struct delayed_work *dwork,
				    unsigned long delay)
{
	return mod_delayed_work_on(WORK_CPU_UNBOUND, wq, dwork, delay);
}

#define schedule_work(w)		queue_work(system_wq, w)
#define schedule_work_on(cpu, w)	queue_work_on(cpu, system_wq, w)
#define schedule_delayed_work(d, delay)	queue_delayed_work(system_wq, d, delay)
#define schedule_delayed_work_on(cpu, d, delay) \
	queue_delayed_work_on(cpu, system_wq, d, delay)
#define flush_scheduled_work()		flush_workqueue(system_wq)
#define cancel_delayed_work(d)		cancel_work(&(d)->work)
#define cancel_delayed_work_sync(d)	cancel_work_sync(&(d)->work)

#endif
