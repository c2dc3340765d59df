/* SPDX-License-Identifier: MIT */
/*
 * spinlock.c - linux/spinlock.h, mutex.h and rwsem.h over pthreads.
 *
 * The mutexes check errors, so that what a kernel's lock debugging reports is
 * reported here: recursion, and unlocking what one does not hold.
 */
#include "kapi/report.h"

#include <errno.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <string.h>

#include "kapi/task.h"

static void init(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(mutex, &attr);
	pthread_mutexattr_destroy(&attr);
}

/* A thread that waits for itself waits for ever: say so instead. */
static void lock(pthread_mutex_t *mutex, const char *what)
{
	int err;

	if (likely(pthread_mutex_trylock(mutex) == 0))
		return;
	kapi_open_cpu();
	err = pthread_mutex_lock(mutex);
	kapi_close_cpu();
	if (err)
		panic("%s recursion on CPU#%d, lock %p: %s", what,
		      kapi_cpu(), (void *)mutex,
		      strerror(err));
}

static void unlock(pthread_mutex_t *mutex, const char *what)
{
	KAPI_WARN(pthread_mutex_unlock(mutex) != 0,
		  "%s wrong owner on CPU#%d, lock %p", what,
		  kapi_cpu(), (void *)mutex);
}

static bool is_locked(pthread_mutex_t *mutex)
{
	if (pthread_mutex_trylock(mutex))
		return true;
	pthread_mutex_unlock(mutex);
	return false;
}

void spin_lock_init(spinlock_t *l)
{
	init(&l->mutex);
}

void spin_lock(spinlock_t *l)
{
	preempt_disable();
	lock(&l->mutex, "spinlock");
}

int spin_trylock(spinlock_t *l)
{
	preempt_disable();
	if (pthread_mutex_trylock(&l->mutex) == 0)
		return 1;
	preempt_enable();
	return 0;
}

void spin_unlock(spinlock_t *l)
{
	unlock(&l->mutex, "spinlock");
	preempt_enable();
}

int spin_is_locked(spinlock_t *l)
{
	return is_locked(&l->mutex);
}

void rwlock_init(rwlock_t *l)
{
	pthread_rwlock_init(&l->lock, NULL);
}

static void take(pthread_rwlock_t *l, int (*how)(pthread_rwlock_t *),
		 const char *what)
{
	int err;

	kapi_open_cpu();
	err = how(l);
	kapi_close_cpu();
	if (err)
		panic("%s %p: %s", what, (void *)l, strerror(err));
}

void read_lock(rwlock_t *l)
{
	preempt_disable();
	take(&l->lock, pthread_rwlock_rdlock, "rwlock");
}

void write_lock(rwlock_t *l)
{
	preempt_disable();
	take(&l->lock, pthread_rwlock_wrlock, "rwlock");
}

static int try_rw(pthread_rwlock_t *l, int (*how)(pthread_rwlock_t *))
{
	preempt_disable();
	if (how(l) == 0)
		return 1;
	preempt_enable();
	return 0;
}

int read_trylock(rwlock_t *l)
{
	return try_rw(&l->lock, pthread_rwlock_tryrdlock);
}

int write_trylock(rwlock_t *l)
{
	return try_rw(&l->lock, pthread_rwlock_trywrlock);
}

void read_unlock(rwlock_t *l)
{
	pthread_rwlock_unlock(&l->lock);
	preempt_enable();
}

void write_unlock(rwlock_t *l)
{
	pthread_rwlock_unlock(&l->lock);
	preempt_enable();
}

void mutex_init(struct mutex *l)
{
	init(&l->mutex);
}

void mutex_destroy(struct mutex *l)
{
	KAPI_WARN(pthread_mutex_destroy(&l->mutex) != 0,
		  "mutex %p destroyed while locked", (void *)l);
}

void mutex_lock(struct mutex *l)
{
	might_sleep();
	lock(&l->mutex, "mutex");
}

int mutex_trylock(struct mutex *l)
{
	return pthread_mutex_trylock(&l->mutex) == 0;
}

void mutex_unlock(struct mutex *l)
{
	unlock(&l->mutex, "mutex");
}

bool mutex_is_locked(struct mutex *l)
{
	return is_locked(&l->mutex);
}

void init_rwsem(struct rw_semaphore *sem)
{
	pthread_rwlock_init(&sem->lock, NULL);
}

void down_read(struct rw_semaphore *sem)
{
	might_sleep();
	take(&sem->lock, pthread_rwlock_rdlock, "rwsem");
}

int down_read_trylock(struct rw_semaphore *sem)
{
	return pthread_rwlock_tryrdlock(&sem->lock) == 0;
}

void up_read(struct rw_semaphore *sem)
{
	pthread_rwlock_unlock(&sem->lock);
}

void down_write(struct rw_semaphore *sem)
{
	might_sleep();
	take(&sem->lock, pthread_rwlock_wrlock, "rwsem");
}

int down_write_trylock(struct rw_semaphore *sem)
{
	return pthread_rwlock_trywrlock(&sem->lock) == 0;
}

void up_write(struct rw_semaphore *sem)
{
	pthread_rwlock_unlock(&sem->lock);
}
