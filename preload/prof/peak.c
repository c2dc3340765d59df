/* SPDX-License-Identifier: MIT */
/* peak.c - see peak.h. */
#include "prof/peak.h"

#include "mm/stats.h"

enum {
	LEAST_SLACK = 16 << 10,	/* bytes */
	SLACK_SHIFT = 10,	/* of the peak */
};

struct peak peak;

/* One thread's frees may be known before another's allocations. */
void peak_publish(u64 live)
{
	stats.live_bytes = (long)live < 0 ? 0 : live;
}

static void publish_most(void)
{
	stats.peak_live_bytes = peak.most;
	stats.peak_seq = peak.seq;
}

static void set_slack(void)
{
	peak.slack = (long)max_ul(peak.most >> SLACK_SHIFT, LEAST_SLACK);
}

void peak_alone(u64 now)
{
	peak_publish(now);
	if ((long)now <= (long)peak.most)
		return;
	peak.most = now;
	__atomic_store_n(&peak.seq, peak.seq + 1, __ATOMIC_RELAXED);
	publish_most();
}

static u64 add_pending(long *pending)
{
	u64 more = (u64)*pending, now;

	/* in this order others may find it missing, but not twice */
	__atomic_store_n(pending, 0, __ATOMIC_RELEASE);
	now = __atomic_add_fetch(&peak.live, more, __ATOMIC_RELAXED) +
	      (u64)__atomic_load_n(peak.first, __ATOMIC_RELAXED);
	peak_publish(now);
	return now;
}

void peak_together(long *pending)
{
	u64 now = add_pending(pending);
	u64 old = __atomic_load_n(&peak.most, __ATOMIC_RELAXED);

	while ((long)now > (long)old)
		if (__atomic_compare_exchange_n(&peak.most, &old, now, true,
						__ATOMIC_RELAXED,
						__ATOMIC_RELAXED)) {
			__atomic_fetch_add(&peak.seq, 1, __ATOMIC_RELAXED);
			set_slack();
			publish_most();
			break;
		}
}

void peak_join(const long *pending)
{
	if (!peak.first) {
		peak.first = pending;
	} else if (peak.first != pending) {
		set_slack();
		peak.shared = true;
	}
}

void peak_begin(u64 live)
{
	peak = (struct peak){ .live = live, .most = live, .seq = 1 };
	peak_publish(live);
	publish_most();
}
