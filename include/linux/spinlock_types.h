/* SPDX-License-Identifier: MIT */
/* spinlock_types.h - locks over pthreads, which checkers of races understand. */
#ifndef KV_LINUX_SPINLOCK_TYPES_H
#define KV_LINUX_SPINLOCK_TYPES_H

#include <linux/types.h>
#include <pthread.h>

typedef struct spinlock {
	pthread_mutex_t mutex;
} spinlock_t;
typedef spinlock_t raw_spinlock_t;
typedef struct rwlock {
	pthread_rwlock_t lock;
} rwlock_t;

/*
 * Knows its owner, so that recursion and foreign unlocks are reported. The
 * public name for that initialiser needs _GNU_SOURCE, which kernel code does
 * not define.
 */
#ifdef PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP
#define __ERRORCHECK_MUTEX_KV	PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP
#else
#define __ERRORCHECK_MUTEX_KV \
	{ { __PTHREAD_MUTEX_INITIALIZER(PTHREAD_MUTEX_ERRORCHECK_NP) } }
#endif
#define __SPIN_LOCK_UNLOCKED(name) { __ERRORCHECK_MUTEX_KV }
#define __RW_LOCK_UNLOCKED(name)   { PTHREAD_RWLOCK_INITIALIZER }
#define __RAW_SPIN_LOCK_UNLOCKED(name) __SPIN_LOCK_UNLOCKED(name)
#define DEFINE_SPINLOCK(x)	spinlock_t x = __SPIN_LOCK_UNLOCKED(x)
#define DEFINE_RAW_SPINLOCK(x)	DEFINE_SPINLOCK(x)
#define DEFINE_RWLOCK(x)	rwlock_t x = __RW_LOCK_UNLOCKED(x)

#endif
