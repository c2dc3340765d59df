/* SPDX-License-Identifier: MIT */
/* ratelimit.h - how often something may be said. */
#ifndef KV_LINUX_RATELIMIT_H
#define KV_LINUX_RATELIMIT_H

#include <linux/bug.h>
#include <linux/jiffies.h>
#include <linux/spinlock.h>

#define DEFAULT_RATELIMIT_INTERVAL	(5 * HZ)
#define DEFAULT_RATELIMIT_BURST		10

struct ratelimit_state {
	spinlock_t lock;
	unsigned int interval;	/* jiffies; 0: no limit */
	int burst;		/* so often in one interval */
	int printed, missed;	/* in this one */
	unsigned long begin;	/* of it; 0: none began */
};

#define RATELIMIT_STATE_INIT(name, interval, burst) \
	{ __SPIN_LOCK_UNLOCKED((name).lock), (interval), (burst), 0, 0, 0 }
#define DEFINE_RATELIMIT_STATE(name, interval, burst)  \
	struct ratelimit_state name = RATELIMIT_STATE_INIT(name, interval, burst)

static inline void ratelimit_state_init(struct ratelimit_state *rs,
					int interval, int burst)
{
	spin_lock_init(&rs->lock);
	rs->interval = (unsigned int)interval;
	rs->burst = burst;
	rs->printed = rs->missed = 0;
	rs->begin = 0;
}

/* 1: it may be said. */
static inline int __ratelimit(struct ratelimit_state *rs)
{
	unsigned long now = jiffies;
	int ok;

	if (!rs->interval)
		return 1;
	spin_lock(&rs->lock);
	if (!rs->begin || now - rs->begin > rs->interval) {
		rs->begin = now;
		rs->printed = rs->missed = 0;
	}
	ok = rs->printed < rs->burst;
	if (ok)
		rs->printed++;
	else
		rs->missed++;
	spin_unlock(&rs->lock);
	return ok;
}

#define WARN_ON_RATELIMIT(cond, state) \
	WARN_ON((cond) && __ratelimit(state))

#endif
