/* SPDX-License-Identifier: MIT */
/* semaphore.h - a number of holders at once. */
#ifndef KV_LINUX_SEMAPHORE_H
#define KV_LINUX_SEMAPHORE_H

#include <linux/wait.h>

struct semaphore {
	unsigned int count;
	wait_queue_head_t wait;
};

#define __SEMAPHORE_INITIALIZER(name, n) \
	{ (n), __WAIT_QUEUE_HEAD_INITIALIZER((name).wait) }
#define DEFINE_SEMAPHORE(name, n) \
	struct semaphore name = __SEMAPHORE_INITIALIZER(name, n)

static inline void sema_init(struct semaphore *sem, int val)
{
	sem->count = (unsigned int)val;
	init_waitqueue_head(&sem->wait);
}

/* 0 if it was taken. */
static inline int down_trylock(struct semaphore *sem)
{
	unsigned int n = __atomic_load_n(&sem->count, __ATOMIC_RELAXED);

	while (n && !__atomic_compare_exchange_n(&sem->count, &n, n - 1, true,
						 __ATOMIC_ACQUIRE,
						 __ATOMIC_RELAXED))
		;
	return !n;
}

static inline void down(struct semaphore *sem)
{
	wait_event(sem->wait, !down_trylock(sem));
}

/* -ETIME if it was not to be had. */
static inline int down_timeout(struct semaphore *sem, long timeout)
{
	return wait_event_timeout(sem->wait, !down_trylock(sem),
				  (unsigned long)timeout) ? 0 : -ETIME;
}

static inline void up(struct semaphore *sem)
{
	__atomic_add_fetch(&sem->count, 1, __ATOMIC_RELEASE);
	wake_up(&sem->wait);
}

#define down_interruptible(sem)	(down(sem), 0)
#define down_killable(sem)	(down(sem), 0)

#endif
