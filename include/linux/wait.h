/* SPDX-License-Identifier: MIT */
/*
 * wait.h - sleeping until a condition holds.
 *
 * A queue counts its wake-ups: who waits reads the count, looks at the
 * condition and sleeps only if the count has not moved since, so no wake-up
 * is lost. wake_up() wakes all: each looks again for itself.
 */
#ifndef KV_LINUX_WAIT_H
#define KV_LINUX_WAIT_H

/* The system's of that name is left out: it can't be with <sys/wait.h>. */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <pthread.h>

struct wait_queue_head {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	unsigned int nr_wakeups;
};
typedef struct wait_queue_head wait_queue_head_t;

#define __WAIT_QUEUE_HEAD_INITIALIZER(name) \
	{ PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 }
#define DECLARE_WAIT_QUEUE_HEAD(name) \
	wait_queue_head_t name = __WAIT_QUEUE_HEAD_INITIALIZER(name)
#define DECLARE_WAIT_QUEUE_HEAD_ONSTACK(name) DECLARE_WAIT_QUEUE_HEAD(name)

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

void init_waitqueue_head(wait_queue_head_t *wq);
unsigned int kv_wait_count(wait_queue_head_t *wq);
/* Sleeps until the count is not @seen or @deadline (jiffies; 0: none). */
void kv_wait(wait_queue_head_t *wq, unsigned int seen, unsigned long deadline);
void wake_up(wait_queue_head_t *wq);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define wake_up_all(wq)			wake_up(wq)
#define wake_up_interruptible(wq)	wake_up(wq)
#define wake_up_interruptible_all(wq)	wake_up(wq)

#define wait_event(wq, condition)                                         \
	do {                                                              \
		unsigned int seen_;                                       \
		might_sleep();                                            \
		while (seen_ = kv_wait_count(&(wq)), !(condition))        \
			kv_wait(&(wq), seen_, 0);                         \
	} while (0)
/* Jiffies left, at least 1; 0: the time is over and it still does not hold. */
#define wait_event_timeout(wq, condition, timeout)                        \
	__extension__({                                                   \
		unsigned long end_ = jiffies + (timeout), now_ = 0;       \
		unsigned int seen_;                                       \
		bool holds_;                                              \
		might_sleep();                                            \
		while (seen_ = kv_wait_count(&(wq)),                      \
		       holds_ = (condition), now_ = jiffies,              \
		       !holds_ && time_before(now_, end_))                \
			kv_wait(&(wq), seen_, end_);                      \
		!holds_ ? 0l : time_before(now_, end_) ?                  \
			  (long)(end_ - now_) : 1l;                       \
	})
/* Nobody sends signals to a thread here: never interrupted. */
#define wait_event_interruptible(wq, condition)                           \
	__extension__({ wait_event(wq, condition); 0; })
#define wait_event_killable(wq, condition) \
	wait_event_interruptible(wq, condition)
#define wait_event_interruptible_timeout(wq, condition, timeout) \
	wait_event_timeout(wq, condition, timeout)

#endif
