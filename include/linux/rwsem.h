/* SPDX-License-Identifier: MIT */
/* rwsem.h - locks that sleep, for many readers or one writer. */
#ifndef KV_LINUX_RWSEM_H
#define KV_LINUX_RWSEM_H

#include <linux/kernel.h>
#include <linux/spinlock_types.h>

struct rw_semaphore {
	pthread_rwlock_t lock;
};
#define __RWSEM_INITIALIZER(name) { PTHREAD_RWLOCK_INITIALIZER }
#define DECLARE_RWSEM(name) struct rw_semaphore name = __RWSEM_INITIALIZER(name)

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

void init_rwsem(struct rw_semaphore *sem);
void down_read(struct rw_semaphore *sem);
int down_read_trylock(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
int down_write_trylock(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
