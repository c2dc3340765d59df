/* SPDX-License-Identifier: MIT */
/* wait.c - linux/wait.h and completion.h over a mutex and a condition. */
#include <linux/completion.h>

#include <linux/limits.h>

#include "kapi/sleep.h"

void init_waitqueue_head(wait_queue_head_t *wq)
{
	pthread_mutex_init(&wq->mutex, NULL);
	pthread_cond_init(&wq->cond, NULL);
	wq->nr_wakeups = 0;
}

unsigned int kv_wait_count(wait_queue_head_t *wq)
{
	unsigned int n;

	pthread_mutex_lock(&wq->mutex);
	n = wq->nr_wakeups;
	pthread_mutex_unlock(&wq->mutex);
	return n;
}

void kv_wait(wait_queue_head_t *wq, unsigned int seen, unsigned long deadline)
{
	int err = 0;

	pthread_mutex_lock(&wq->mutex);
	while (wq->nr_wakeups == seen && !err)
		err = sleep_on(&wq->cond, &wq->mutex, deadline);
	pthread_mutex_unlock(&wq->mutex);
}

void wake_up(wait_queue_head_t *wq)
{
	pthread_mutex_lock(&wq->mutex);
	wq->nr_wakeups++;
	pthread_cond_broadcast(&wq->cond);
	pthread_mutex_unlock(&wq->mutex);
}

void init_completion(struct completion *x)
{
	x->done = 0;
	init_waitqueue_head(&x->wait);
}

/* @x may be gone as soon as its waiter runs: all under its mutex. */
static void add(struct completion *x, bool all)
{
	pthread_mutex_lock(&x->wait.mutex);
	if (all)
		x->done = UINT_MAX;
	else if (x->done != UINT_MAX)
		x->done++;
	x->wait.nr_wakeups++;
	pthread_cond_broadcast(&x->wait.cond);
	pthread_mutex_unlock(&x->wait.mutex);
}

void complete(struct completion *x)
{
	add(x, false);
}

void complete_all(struct completion *x)
{
	add(x, true);
}

bool try_wait_for_completion(struct completion *x)
{
	bool done;

	pthread_mutex_lock(&x->wait.mutex);
	done = x->done > 0;
	if (done && x->done != UINT_MAX)
		x->done--;
	pthread_mutex_unlock(&x->wait.mutex);
	return done;
}

bool completion_done(struct completion *x)
{
	bool done;

	pthread_mutex_lock(&x->wait.mutex);
	done = x->done > 0;
	pthread_mutex_unlock(&x->wait.mutex);
	return done;
}

void wait_for_completion(struct completion *x)
{
	wait_event(x->wait, try_wait_for_completion(x));
}

unsigned long wait_for_completion_timeout(struct completion *x,
					  unsigned long timeout)
{
	return (unsigned long)wait_event_timeout(
		x->wait, try_wait_for_completion(x), timeout);
}
