/* SPDX-License-Identifier: MIT */
/*
 * workqueue.c - linux/workqueue.h over the library's kthreads.
 *
 * Theory: all queues share a lock and a condition that says "something has
 * changed". A queueing has a number, the next one of all; who flushes waits
 * until no queueing up to the number of now is left, pending or running. What
 * runs is known by its worker alone: a function may free its own work item, so
 * nothing looks into that once the function has begun.
 *
 * Delayed work is a list by deadline, which a thread of its own watches; the
 * thread is made with the first of it.
 *
 * In the child of a fork the workers are gone, with what they ran; what was
 * pending is run there, too, once work is queued or waited for.
 *
 * Lock: pool.lock, for all; no function of the program is called with it.
 */
#include <linux/workqueue.h>

#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <pthread.h>
#include <stdlib.h>

#include "kapi/sleep.h"
#include "kapi/task.h"

enum { MAX_WORKERS = 32, NAME = 24 };

struct worker {
	struct list_head of_queue;
	struct workqueue_struct *wq;
	struct task_struct *task;
	struct work_struct *current_work; /* its address only */
	unsigned long number;
};

struct workqueue_struct {
	struct list_head all;	/* queues that workers were made for */
	struct list_head pending, workers;
	unsigned int flags, max_workers, nr_workers;
	unsigned int nr_idle;	/* those that begin are */
	bool ends;
	char name[NAME];
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct list_head queues, delayed;
	unsigned long number;
	pthread_cond_t sooner;	/* the first of delayed is another one */
	struct task_struct *timer;
} pool = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
	.sooner = PTHREAD_COND_INITIALIZER,
	.queues = LIST_HEAD_INIT(pool.queues),
	.delayed = LIST_HEAD_INIT(pool.delayed),
};

static _Thread_local struct worker *this_worker;

#define SYSTEM_QUEUE(q, f, n)                                             \
	{                                                                 \
		.all = LIST_HEAD_INIT((q).all),                           \
		.pending = LIST_HEAD_INIT((q).pending),                   \
		.workers = LIST_HEAD_INIT((q).workers), .flags = (f),     \
		.max_workers = MAX_WORKERS, .name = (n),                  \
	}
static struct workqueue_struct events = SYSTEM_QUEUE(events, 0, "events");
static struct workqueue_struct unbound =
	SYSTEM_QUEUE(unbound, WQ_UNBOUND, "events_unbound");
struct workqueue_struct *const system_wq = &events;
struct workqueue_struct *const system_unbound_wq = &unbound;

/* All below with the lock held, unless they take it. */

static void lock(void)
{
	pthread_mutex_lock(&pool.lock);
}

static void unlock(void)
{
	pthread_mutex_unlock(&pool.lock);
}

static void changed(void)
{
	pthread_cond_broadcast(&pool.changed);
}

static void wait_for_change(void)
{
	pthread_cond_wait(&pool.changed, &pool.lock);
}

static void set_pending(struct work_struct *work, bool pending)
{
	__atomic_store_n(&work->pending, pending, __ATOMIC_RELEASE);
}

/* workers */

/* The worker of @wq that runs @work; NULL: none does. */
static struct worker *runner_of(const struct workqueue_struct *wq,
				const struct work_struct *work)
{
	struct worker *w;

	list_for_each_entry (w, &wq->workers, of_queue)
		if (w->current_work == work)
			return w;
	return NULL;
}

/* The first that does not run already. */
static struct work_struct *next_work(const struct workqueue_struct *wq)
{
	struct work_struct *work;

	list_for_each_entry (work, &wq->pending, entry)
		if (!runner_of(wq, work))
			return work;
	return NULL;
}

static int work_for(void *arg);

/* For what is pending, if nobody is free. */
static void need_worker(struct workqueue_struct *wq)
{
	struct worker *w;

	if (wq->nr_idle || wq->nr_workers >= wq->max_workers ||
	    !next_work(wq))
		return;
	w = calloc(1, sizeof(*w));
	if (!w)
		return;
	w->wq = wq;
	w->task = kapi_kthread(work_for, w, "kworker/%s", wq->name);
	if (IS_ERR(w->task)) {
		WARN_ONCE(!wq->nr_workers, "workqueue %s: no thread", wq->name);
		free(w);
		return;
	}
	list_add_tail(&w->of_queue, &wq->workers);
	wq->nr_workers++;
	wq->nr_idle++;
	if (list_empty(&wq->all))
		list_add(&wq->all, &pool.queues);
	wake_up_process(w->task);
}

static void run(struct worker *w, struct work_struct *work)
{
	work_func_t func = work->func;
	int cpu = work->cpu;

	list_del_init(&work->entry);
	w->current_work = work;
	w->number = work->number;
	set_pending(work, false);
	need_worker(w->wq); /* this one is not free any more */
	unlock();
	kapi_bind_cpu(cpu);
	func(work);
	WARN_ONCE(in_atomic() || irqs_disabled(),
		  "workqueue: %ps left the thread in another context", func);
	lock();
	w->current_work = NULL;
	changed();
}

static int work_for(void *arg)
{
	struct worker *w = arg;
	struct workqueue_struct *wq = w->wq;
	struct work_struct *work;

	this_worker = w;
	lock();
	wq->nr_idle--;
	while ((work = next_work(wq)) || !wq->ends) {
		if (work) {
			run(w, work);
			continue;
		}
		wq->nr_idle++;
		wait_for_change();
		wq->nr_idle--;
	}
	unlock();
	return 0;
}

/* queueing */

static void insert(struct work_struct *work)
{
	list_add_tail(&work->entry, &work->wq->pending);
	need_worker(work->wq);
	changed();
}

/* Pending from now on, by the caller's wish for @cpu. */
static void claim(int cpu, struct workqueue_struct *wq,
		  struct work_struct *work)
{
	set_pending(work, true);
	work->wq = wq;
	work->number = ++pool.number;
	if (cpu >= (int)nr_cpu_ids)
		cpu = wq->flags & WQ_UNBOUND ? -1 : raw_smp_processor_id();
	work->cpu = cpu;
}

static bool can_queue(const struct work_struct *work)
{
	return !work->pending && !work->canceling;
}

bool queue_work_on(int cpu, struct workqueue_struct *wq,
		   struct work_struct *work)
{
	bool queued;

	lock();
	queued = can_queue(work);
	if (queued) {
		claim(cpu, wq, work);
		insert(work);
	}
	unlock();
	return queued;
}

/* time */

static struct delayed_work *first_delayed(void)
{
	return list_first_entry(&pool.delayed, struct delayed_work,
				work.entry);
}

static int watch_time(void *arg)
{
	(void)arg;
	lock();
	for (;;) {
		struct delayed_work *d;

		if (list_empty(&pool.delayed)) {
			sleep_on(&pool.sooner, &pool.lock, 0);
			continue;
		}
		d = first_delayed();
		if (time_before(jiffies, d->deadline)) {
			sleep_on(&pool.sooner, &pool.lock, d->deadline);
			continue;
		}
		list_del_init(&d->work.entry);
		insert(&d->work);
	}
	return 0;
}

static void need_timer(void)
{
	if (pool.timer || list_empty(&pool.delayed))
		return;
	pool.timer = kapi_kthread(watch_time, NULL, "kworker/timer");
	if (WARN_ONCE(IS_ERR(pool.timer), "no thread for delayed work"))
		pool.timer = NULL;
	else
		wake_up_process(pool.timer);
}

static void insert_delayed(struct delayed_work *dwork, unsigned long delay)
{
	struct delayed_work *d;
	struct list_head *before = &pool.delayed;

	if (!delay) {
		insert(&dwork->work);
		return;
	}
	dwork->deadline = jiffies + delay;
	list_for_each_entry (d, &pool.delayed, work.entry) {
		if (time_after(d->deadline, dwork->deadline)) {
			before = &d->work.entry;
			break;
		}
	}
	list_add_tail(&dwork->work.entry, before);
	need_timer();
	pthread_cond_signal(&pool.sooner);
}

bool queue_delayed_work_on(int cpu, struct workqueue_struct *wq,
			   struct delayed_work *dwork, unsigned long delay)
{
	bool queued;

	lock();
	queued = can_queue(&dwork->work);
	if (queued) {
		claim(cpu, wq, &dwork->work);
		insert_delayed(dwork, delay);
	}
	unlock();
	return queued;
}

/* False: it was not pending. */
static bool take_back(struct work_struct *work)
{
	if (!work->pending)
		return false;
	list_del_init(&work->entry);
	set_pending(work, false);
	changed();
	return true;
}

bool mod_delayed_work_on(int cpu, struct workqueue_struct *wq,
			 struct delayed_work *dwork, unsigned long delay)
{
	bool was;

	lock();
	was = take_back(&dwork->work);
	if (!dwork->work.canceling) {
		claim(cpu, wq, &dwork->work);
		insert_delayed(dwork, delay);
	}
	unlock();
	return was;
}

/* waiting */

/* Is a queueing of @work (NULL: of any) up to @number not done? */
static bool is_busy(const struct workqueue_struct *wq,
		    const struct work_struct *work, unsigned long number)
{
	const struct work_struct *p;
	const struct worker *w;

	list_for_each_entry (p, &wq->pending, entry)
		if ((!work || p == work) && p->number <= number)
			return true;
	list_for_each_entry (w, &wq->workers, of_queue)
		if (w->current_work && (!work || w->current_work == work) &&
		    w->number <= number)
			return true;
	return false;
}

static bool wait_until_done(struct workqueue_struct *wq,
			    const struct work_struct *work,
			    unsigned long number)
{
	bool waited = false;

	need_worker(wq); /* after a fork there is none */
	for (; is_busy(wq, work, number); waited = true)
		wait_for_change();
	return waited;
}

bool flush_work(struct work_struct *work)
{
	bool waited;

	might_sleep();
	lock();
	waited = work->wq && wait_until_done(work->wq, work, pool.number);
	unlock();
	return waited;
}

static bool is_delayed(const struct work_struct *work)
{
	const struct delayed_work *d;

	list_for_each_entry (d, &pool.delayed, work.entry)
		if (&d->work == work)
			return true;
	return false;
}

bool flush_delayed_work(struct delayed_work *dwork)
{
	lock();
	if (is_delayed(&dwork->work)) {
		list_del_init(&dwork->work.entry);
		insert(&dwork->work);
	}
	unlock();
	return flush_work(&dwork->work);
}

bool cancel_work(struct work_struct *work)
{
	bool was;

	lock();
	was = take_back(work);
	unlock();
	return was;
}

bool cancel_work_sync(struct work_struct *work)
{
	bool was;

	might_sleep();
	lock();
	was = take_back(work);
	work->canceling++;
	if (work->wq)
		wait_until_done(work->wq, work, pool.number);
	work->canceling--;
	unlock();
	return was;
}

void flush_workqueue(struct workqueue_struct *wq)
{
	might_sleep();
	lock();
	wait_until_done(wq, NULL, pool.number);
	unlock();
}

void drain_workqueue(struct workqueue_struct *wq)
{
	might_sleep();
	lock();
	wait_until_done(wq, NULL, ~0ul);
	unlock();
}

unsigned int work_busy(struct work_struct *work)
{
	unsigned int busy;

	lock();
	busy = (work->pending ? WORK_BUSY_PENDING : 0) |
	       (work->wq && runner_of(work->wq, work) ? WORK_BUSY_RUNNING : 0);
	unlock();
	return busy;
}

struct work_struct *current_work(void)
{
	return this_worker ? this_worker->current_work : NULL;
}

/* queues */

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags,
					 int max_active, ...)
{
	struct workqueue_struct *wq;
	va_list ap;

	might_sleep();
	wq = calloc(1, sizeof(*wq));
	if (!wq)
		return NULL;
	INIT_LIST_HEAD(&wq->all);
	INIT_LIST_HEAD(&wq->pending);
	INIT_LIST_HEAD(&wq->workers);
	wq->flags = flags;
	wq->max_workers = max_active > 0 && max_active < MAX_WORKERS ?
				  (unsigned int)max_active :
				  MAX_WORKERS;
	if (!(flags & __WQ_ORDERED) && max_active == 1) /* one a CPU */
		wq->max_workers = min(nr_cpu_ids, (unsigned int)MAX_WORKERS);
	va_start(ap, max_active);
	kv_vsnprintk(wq->name, sizeof(wq->name), fmt, ap);
	va_end(ap);
	return wq;
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	struct worker *w, *next;

	drain_workqueue(wq);
	lock();
	wq->ends = true;
	list_del(&wq->all);
	changed();
	unlock();
	list_for_each_entry_safe (w, next, &wq->workers, of_queue) {
		kthread_stop(w->task);
		free(w);
	}
	free(wq);
}

/* fork */

static void in_child(void)
{
	struct workqueue_struct *wq;
	struct worker *w, *next;

	list_for_each_entry (wq, &pool.queues, all) {
		list_for_each_entry_safe (w, next, &wq->workers, of_queue)
			if (w != this_worker) {
				list_del(&w->of_queue);
				wq->nr_workers--;
			}
		wq->nr_idle = 0;
	}
	pool.timer = NULL;
	pthread_cond_init(&pool.changed, NULL);
	pthread_cond_init(&pool.sooner, NULL);
	need_timer();
	unlock();
}

static void __attribute__((constructor(102))) at_load(void)
{
	pthread_atfork(lock, unlock, in_child);
}
