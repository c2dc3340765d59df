/* SPDX-License-Identifier: MIT */
/* completion.h - waiting for something to be done. */
#ifndef KV_LINUX_COMPLETION_H
#define KV_LINUX_COMPLETION_H

#include <linux/wait.h>

struct completion {
	unsigned int done;	/* complete() so far; UINT_MAX: for ever */
	wait_queue_head_t wait;
};

#define COMPLETION_INITIALIZER(work) \
	{ 0, __WAIT_QUEUE_HEAD_INITIALIZER((work).wait) }
#define DECLARE_COMPLETION(work) \
	struct completion work = COMPLETION_INITIALIZER(work)
#define DECLARE_COMPLETION_ONSTACK(work) DECLARE_COMPLETION(work)

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

void init_completion(struct completion *x);
void complete(struct completion *x);
void complete_all(struct completion *x);
void wait_for_completion(struct completion *x);
/* Jiffies left, at least 1; 0: not completed in time. */
unsigned long wait_for_completion_timeout(struct completion *x,
					  unsigned long timeout);
bool try_wait_for_completion(struct completion *x);
bool completion_done(struct completion *x);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

static inline void reinit_completion(struct completion *x)
{
	x->done = 0;
}

/* Nobody sends signals to a thread here: never interrupted. */
#define wait_for_completion_interruptible(x) (wait_for_completion(x), 0)
#define wait_for_completion_killable(x)	(wait_for_completion(x), 0)
#define wait_for_completion_interruptible_timeout(x, timeout) \
	((long)wait_for_completion_timeout(x, timeout))

#endif
