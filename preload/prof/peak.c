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
	u64 now = __atomic_add_fetch(&peak.live, (u64)*pending,
				     __ATOMIC_RELAXED);

	*pending = 0;
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

/*
 * What lives by the sample goes up and down by chance; the highest it ever got
 * would be chance, too. What threads hold is counted, not sampled: at the peak
 * of that, the sample is as good as any.
 */
void peak_sampled(long *pending)
{
	u64 now = add_pending(pending);
	u64 held = __atomic_load_n(&stats.held_bytes, __ATOMIC_RELAXED);
	u64 old = __atomic_load_n(&peak.held, __ATOMIC_RELAXED);

	if (!old)
		old = peak.held = stats.peak_held_bytes;
	if (held <= old ||
	    !__atomic_compare_exchange_n(&peak.held, &old, held, false,
					 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	peak.most = now;
	__atomic_fetch_add(&peak.seq, 1, __ATOMIC_RELAXED);
	publish_most();
}

void peak_share(void)
{
	set_slack();
	peak.shared = true;
}

void peak_begin(u64 live)
{
	peak = (struct peak){ .live = live, .most = live, .seq = 1 };
	peak_publish(live);
	publish_most();
}
