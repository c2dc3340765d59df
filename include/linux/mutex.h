/* SPDX-License-Identifier: MIT */
/* mutex.h - locks that sleep. */
#ifndef KV_LINUX_MUTEX_H
#define KV_LINUX_MUTEX_H

#include <linux/kernel.h>
#include <linux/spinlock_types.h>

struct mutex {
	pthread_mutex_t mutex;
};
#define __MUTEX_INITIALIZER(name) { __ERRORCHECK_MUTEX_KV }
#define DEFINE_MUTEX(name)	struct mutex name = __MUTEX_INITIALIZER(name)

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

void mutex_init(struct mutex *lock);
void mutex_destroy(struct mutex *lock);
void mutex_lock(struct mutex *lock);
int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
bool mutex_is_locked(struct mutex *lock);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

/* Nobody kills a thread here: never interrupted. */
#define mutex_lock_interruptible(l)	(mutex_lock(l), 0)
#define mutex_lock_killable(l)		(mutex_lock(l), 0)
#define mutex_lock_nested(l, subclass)	mutex_lock(l)

#endif
