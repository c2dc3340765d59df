/* SPDX-License-Identifier: MIT */
/*
 * reclaim.c - the slow path: what is done for a request that found no zone
 * above its low mark, and when that ends (the kernel's rules, 4.8).
 *
 * Theory: each step costs more than the one before, and gfp says how far to
 * go: reserves, compaction, reclaim, retries, out-of-memory handling. What
 * can be reclaimed here are caches of this library, through shrinkers that
 * the layers above register, and the per-CPU page lists.
 *
 * Differs from the kernel:
 *  - Everything ends. Orders up to 3 loop for ever in the kernel, since it
 *    can kill somebody; here the loop ends when reclaim makes no progress and
 *    oom_handler has nothing either: NULL. So does __GFP_NOFAIL, with a
 *    warning.
 *  - kswapd has no thread: its work is done inline by the next request that
 *    may reclaim, and given up after 16 rounds in vain until somebody else
 *    makes progress, as the kernel's is.
 *  - PF_MEMALLOC is a thread-local: requests made inside a shrinker may use
 *    all reserves and do not reclaim.
 * Locks: none may be held by callers whose gfp has __GFP_DIRECT_RECLAIM;
 * oom_lock is innermost-but-handler.
 */
#include "lib/bug.h"
#include "mm/compaction.h"
#include "mm/pcp.h"
#include "os/os.h"

enum {
	MAX_RECLAIM_RETRIES = 16,
	MAX_COMPACT_RETRIES = 16,
	MAX_KSWAPD_FAILURES = 16,
	MAX_ROUNDS = 256, /* whatever shrinkers claim */
	COSTLY_COMPACT_DIVISOR = 4,
};

static bool no_oom_handler(gfp_t gfp, unsigned int order)
{
	(void)gfp;
	(void)order;
	return false;
}

bool (*oom_handler)(gfp_t gfp, unsigned int order) = no_oom_handler;

static struct {
	struct shrinker *shrinkers; /* only grows, lock-free readers */
	struct spinlock oom_lock;   /* one at a time declares OOM */
	u32 kswapd_failures;	    /* rounds in a row without progress */
} reclaim;

static _Thread_local bool in_reclaim;

BOOT void register_shrinker(struct shrinker *s)
{
	s->next = __atomic_load_n(&reclaim.shrinkers, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&reclaim.shrinkers, &s->next, s,
					    false, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
}

void reclaim_fork_child(void)
{
	spin_lock_init(&reclaim.oom_lock);
	in_reclaim = false;
}

unsigned long reclaim_all(gfp_t gfp)
{
	struct shrinker *s;
	unsigned long pages = 0;

	s = __atomic_load_n(&reclaim.shrinkers, __ATOMIC_ACQUIRE);
	in_reclaim = true;
	for (; s; s = s->next)
		pages += s->scan(gfp);
	in_reclaim = false;
	count_events(KV_reclaimed, pages);
	return pages;
}

static bool unreserve_any(const struct page_request *rq, bool force)
{
	for_each_zone_of (rq, z) {
		bool done;

		zone_lock(z);
		done = unreserve_highatomic(z, rq->mt, force);
		zone_unlock(z);
		if (done)
			return true;
	}
	return false;
}

/* kswapd */

static bool zone_is_balanced(struct zone *z, enum zone_type highest)
{
	return zone_watermark_ok(z, 0, zone_mark(z, ALLOC_WMARK_HIGH), highest,
				 0);
}

/* Each node has its kswapd, which is content with one zone of its own. */
static bool nodes_balanced(const struct page_request *rq)
{
	bool any = false;
	int node = rq->nid;

	for_each_zone_of (rq, z) {
		if (z->node != node) {
			if (!any)
				return false;
			any = false;
			node = z->node;
		}
		any |= zone_is_balanced(z, rq->highest);
	}
	return any;
}

static void end_boost(struct zone *z)
{
	zone_lock(z);
	__atomic_store_n(&z->boost, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&z->kswapd_wanted, false, __ATOMIC_RELAXED);
	zone_update_marks(z);
	zone_unlock(z);
}

static u32 kswapd_failures(void)
{
	return __atomic_load_n(&reclaim.kswapd_failures, __ATOMIC_RELAXED);
}

static void set_kswapd_failures(u32 n)
{
	__atomic_store_n(&reclaim.kswapd_failures, n, __ATOMIC_RELAXED);
}

/* One round; what counts is what arrives, not what shrinkers say. */
static bool kswapd_round(gfp_t gfp)
{
	unsigned long before;

	drain_local_pages();
	before = nr_free_pages();
	reclaim_all(gfp);
	drain_local_pages();
	return nr_free_pages() > before;
}

/* Reclaims until a zone is above its high mark, or nothing comes any more. */
static void kswapd_work(const struct page_request *rq)
{
	pcp_decay();
	while (!nodes_balanced(rq) && kswapd_failures() < MAX_KSWAPD_FAILURES)
		set_kswapd_failures(
			kswapd_round(rq->gfp) ? 0 : kswapd_failures() + 1);
	for_each_zone_of (rq, z)
		if (zone_wants_kswapd(z))
			end_boost(z);
}

void kswapd_after_boost(const struct page_request *rq)
{
	if (!(rq->gfp & __GFP_KSWAPD_RECLAIM) ||
	    !(rq->gfp & __GFP_DIRECT_RECLAIM) || in_reclaim)
		return;
	for_each_zone_of (rq, z) {
		if (zone_wants_kswapd(z)) {
			kswapd_work(rq);
			return;
		}
	}
}

/* Who may not reclaim only asks for it. */
static void wake_kswapd(const struct page_request *rq)
{
	if (!(rq->gfp & __GFP_KSWAPD_RECLAIM))
		return;
	count_event(KV_kswapd_wake);
	if ((rq->gfp & __GFP_DIRECT_RECLAIM) && !in_reclaim)
		kswapd_work(rq);
}

/* steps of the slow path */

/* Marks do not count for who frees memory (the kernel's rules). */
static unsigned int slow_flags(const struct page_request *rq)
{
	unsigned int flags = gfp_alloc_flags(rq->gfp, rq->order);

	if (!(rq->gfp & __GFP_NOMEMALLOC) &&
	    (in_reclaim || (rq->gfp & __GFP_MEMALLOC)))
		return flags | ALLOC_NO_WATERMARKS;
	return flags | ALLOC_WMARK_MIN;
}

static struct page *direct_reclaim(const struct page_request *rq,
				   unsigned int flags, unsigned long *progress)
{
	struct page *page = NULL;

	count_event(KV_direct_reclaim);
	*progress = reclaim_all(rq->gfp);
	if (*progress) {
		set_kswapd_failures(0);
		page = get_page_from_zones(rq, flags);
	}
	if (page)
		return page;
	unreserve_any(rq, false);
	drain_all_pages();
	return get_page_from_zones(rq, flags);
}

/* Would the request pass the min mark if all that can be freed were free? */
static bool reclaim_could_help(const struct page_request *rq)
{
	unsigned int flags = gfp_alloc_flags(rq->gfp, rq->order);

	for_each_zone_of (rq, z) {
		unsigned long mark = zone_mark(z, ALLOC_WMARK_MIN);
		unsigned long extra = pcp_pages(z);

		mark -= min_ul(mark, extra);
		if (zone_watermark_ok(z, rq->order, mark, rq->highest, flags))
			return true;
	}
	return false;
}

/* What the loop of the slow path remembers. */
struct slowpath {
	unsigned int no_progress, compact_tries, rounds;
	enum compact_priority prio;
	enum compact_result result;
	unsigned long progress;
};

static bool is_costly(const struct page_request *rq)
{
	return rq->order > PAGE_ALLOC_COSTLY_ORDER;
}

static bool may_compact(const struct page_request *rq)
{
	return rq->order && (rq->gfp & __GFP_IO);
}

static bool should_reclaim_retry(const struct page_request *rq,
				 struct slowpath *s)
{
	if (s->progress && !is_costly(rq))
		s->no_progress = 0;
	else
		s->no_progress++;
	if (s->no_progress <= MAX_RECLAIM_RETRIES && reclaim_could_help(rq))
		return true;
	return unreserve_any(rq, true);
}

static bool should_compact_retry(const struct page_request *rq,
				 struct slowpath *s)
{
	unsigned int most = MAX_COMPACT_RETRIES;
	enum compact_priority least =
		is_costly(rq) ? COMPACT_SYNC_LIGHT : COMPACT_SYNC_FULL;

	if (!may_compact(rq))
		return false;
	if (is_costly(rq))
		most /= COSTLY_COMPACT_DIVISOR;
	if (s->result == COMPACT_SKIPPED)
		return s->progress && ++s->compact_tries <= most;
	if (s->result == COMPACT_SUCCESS && ++s->compact_tries <= most)
		return true;
	if (s->prio <= least)
		return false;
	s->prio--;
	s->compact_tries = 0;
	return true;
}

/*
 * Out of memory? A last try at the high mark first: somebody may just have
 * freed something. *@again tells whether to go round once more.
 */
static struct page *out_of_memory(const struct page_request *rq, bool *again)
{
	struct page *page;

	*again = false;
	if (!spin_trylock(&reclaim.oom_lock)) {
		os_yield(); /* another thread is at it: that is progress */
		*again = true;
		return NULL;
	}
	page = get_page_from_zones(rq, ALLOC_WMARK_HIGH);
	if (!page && !is_costly(rq) && rq->highest >= ZONE_NORMAL &&
	    (rq->gfp & __GFP_FS) &&
	    !(rq->gfp & (__GFP_RETRY_MAYFAIL | __GFP_THISNODE))) {
		count_event(KV_oom);
		*again = oom_handler(rq->gfp, rq->order);
	}
	spin_unlock(&reclaim.oom_lock);
	return page;
}

/* the end */

static NO_TSAN enum alloc_fail why_failed(const struct page_request *rq)
{
	unsigned int flags = gfp_alloc_flags(rq->gfp, rq->order);

	for_each_zone_of (rq, z)
		if (!z->commit_failed &&
		    zone_watermark_ok(z, 0, zone_mark(z, ALLOC_WMARK_MIN),
				      rq->highest, flags))
			return ALLOC_FRAG;
	return ALLOC_NOMEM;
}

/* One report in 10 seconds, as in the kernel. */
static bool report_is_due(void)
{
	static u64 next;
	u64 now = os_coarse_ns();
	u64 due = __atomic_load_n(&next, __ATOMIC_RELAXED);

	return now >= due && __atomic_compare_exchange_n(
				     &next, &due, now + 10000000000u, false,
				     __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

#ifdef KV_KAPI
void (*alloc_pages_failed)(gfp_t gfp, unsigned int order);

static bool is_reported(const struct page_request *rq)
{
	if (alloc_pages_failed)
		alloc_pages_failed(rq->gfp, rq->order);
	return alloc_pages_failed;
}
#else
static inline bool is_reported(const struct page_request *rq)
{
	(void)rq;
	return false;
}
#endif

static struct page *fail(const struct page_request *rq)
{
	count_event(KV_page_alloc_fail);
	last_alloc_fail = (u8)why_failed(rq);
	if ((rq->gfp & (__GFP_NOFAIL | __GFP_NOWARN)) != __GFP_NOWARN &&
	    !is_reported(rq) && report_is_due())
		warn("page allocation failure: order:%u, mode:0x%x, %s%s",
		     rq->order, rq->gfp,
		     last_alloc_fail == ALLOC_FRAG ? "no block of that order" :
						     "below the min watermark",
		     rq->gfp & __GFP_NOFAIL ? " (__GFP_NOFAIL)" : "");
	return NULL;
}

/*
 * The kernel gives up at once when there is nothing to compact for who wants
 * only a light try, before 7.0 for costly orders.
 */
static bool compaction_is_vain(const struct page_request *rq,
			       const struct slowpath *s)
{
	int kernel = machine.cfg.kernel;

	return is_costly(rq) && (rq->gfp & __GFP_NORETRY) && kernel &&
	       kernel < 700 && s->result <= COMPACT_DEFERRED;
}

/* Step d: compaction before reclaim, for who needs contiguity most. */
static struct page *compact_first(const struct page_request *rq,
				  struct slowpath *s, unsigned int flags)
{
	struct page *page;

	if (!(rq->gfp & __GFP_DIRECT_RECLAIM) || !may_compact(rq) ||
	    (flags & ALLOC_NO_WATERMARKS) ||
	    !(is_costly(rq) || rq->mt != MIGRATE_MOVABLE))
		return NULL;
	page = direct_compact(rq, flags, COMPACT_ASYNC, &s->result);
	if (!page && !(rq->gfp & __GFP_NORETRY))
		s->prio = COMPACT_SYNC_LIGHT;
	return page;
}

/* Steps e to k, once. *@again: go round again. */
static struct page *slow_round(const struct page_request *rq,
			       struct slowpath *s, unsigned int flags,
			       bool *again)
{
	struct page *page = direct_reclaim(rq, flags, &s->progress);

	*again = false;
	if (page)
		return page;
	if (may_compact(rq))
		page = direct_compact(rq, flags, s->prio, &s->result);
	if (page || (rq->gfp & __GFP_NORETRY))
		return page;
	if (is_costly(rq) &&
	    !((rq->gfp & __GFP_RETRY_MAYFAIL) && may_compact(rq)))
		return NULL;
	if (++s->rounds > MAX_ROUNDS)
		return NULL;
	*again = should_reclaim_retry(rq, s) ||
		 (s->progress && should_compact_retry(rq, s));
	if (*again)
		return NULL;
	page = out_of_memory(rq, again);
	if (*again)
		s->no_progress = 0;
	return page;
}

/*
 * __GFP_NOFAIL never takes no for an answer in the kernel; here only as long
 * as somebody promises that memory becomes free.
 */
static bool nofail_again(const struct page_request *rq)
{
	static bool seen;

	if (!(rq->gfp & __GFP_NOFAIL))
		return false;
	if (WARN_ON_ONCE_IN(seen, !(rq->gfp & __GFP_DIRECT_RECLAIM)))
		return false;
	if (in_reclaim || !oom_handler(rq->gfp, rq->order))
		return false;
	os_yield();
	return true;
}

NOINLINE struct page *alloc_slowpath(const struct page_request *rq)
{
	struct slowpath s = { .prio = COMPACT_ASYNC };
	unsigned int flags = slow_flags(rq);
	bool can_reclaim = rq->gfp & __GFP_DIRECT_RECLAIM;
	bool again = can_reclaim && !in_reclaim;
	struct page *page;

	count_event(KV_alloc_slowpath);
	wake_kswapd(rq);
	page = get_page_from_zones(rq, flags);
	if (!page)
		page = compact_first(rq, &s, flags);
	if (!page && compaction_is_vain(rq, &s))
		return fail(rq);
	while (!page && again) {
		page = slow_round(rq, &s, flags, &again);
		if (page)
			break;
		if (!again && nofail_again(rq)) {
			flags |= ALLOC_MIN_RESERVE;
			s.rounds = 0;
			again = true;
		}
		if (again)
			count_event(KV_page_alloc_retry);
	}
	return page ? page : fail(rq);
}
