/* SPDX-License-Identifier: MIT */
/* sleep.h - sleeping on a condition until a time in jiffies, outside files. */
#ifndef KV_KAPI_SLEEP_H
#define KV_KAPI_SLEEP_H

#include <linux/jiffies.h>
#include <pthread.h>

/* Jiffies are CLOCK_MONOTONIC. @deadline 0: none. Not 0 if it has passed. */
static inline int sleep_on(pthread_cond_t *cond, pthread_mutex_t *mutex,
			   unsigned long deadline)
{
	struct timespec end = {
		.tv_sec = (time_t)(deadline / HZ),
		.tv_nsec = (long)(deadline % HZ * (1000000000 / HZ)),
	};

	return deadline ? pthread_cond_clockwait(cond, mutex, CLOCK_MONOTONIC,
						 &end) :
			  pthread_cond_wait(cond, mutex);
}

#endif
