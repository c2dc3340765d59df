/* SPDX-License-Identifier: MIT */
/*
 * prof.c - see prof.h. The sums by stack and thread, and fork.
 *
 * A thread counts in entries of its own, one for each stack it had to do
 * with, straight in the report file: no other thread writes there.
 *
 * In the child of a fork nothing happens until its first event. Then its own
 * file gets its sections, and what it inherited is counted from the tags.
 *
 * Lock: prof.lock for making entries; outside of those of the files below.
 */
#include "prof/prof.h"

#include <string.h>

#include "lib/bug.h"
#include "mm/stats.h"
#include "mm/vmalloc.h"
#include "os/os.h"
#include "prof/areas.h"
#include "prof/blocks.h"
#include "prof/memory.h"
#include "prof/modules.h"
#include "prof/peak.h"
#include "prof/pins.h"
#include "prof/report.h"
#include "prof/sample.h"
#include "prof/stackdepot.h"
#include "prof/timeline.h"
#include "prof/unwind.h"

enum {
	IDS_PER_PAGE = 1024,
	NR_ID_PAGES = MAX_STACKS / IDS_PER_PAGE,
	NO_TAG = 16,	/* so many tags were looked for in vain */
	ENTRIES = 4,	/* that a thread takes at once: whole cache lines */
};
static_assert(ENTRIES * sizeof(struct kvr_stack_stat) % 128 == 0,
	      "no line is two threads'");

struct prof_thread {
	struct sample_thread sample;
	u32 epoch;		/* of prof.epoch, else all of it is stale */
	long pending;		/* see peak_add() */
	u32 free_entry, nr_free;	/* entries it took and has no use for yet */
	u32 no_tag;	/* see prof_no_tag() */
	bool counts;	/* seen[] is kept: requests are sampled */
	u32 seen[KVR_MAX_CLASSES];	/* objects it had more allocated than
					   freed, see live_changed() */
	u64 timed_ns;		/* when the present event began, if timed */
	u32 *entry[NR_ID_PAGES];	/* by stack: index + 1 of its entry */
	u64 hash;		/* of the stack walked last; 0: there was no walk */
	void *frames[MAX_DEPTH + UNWIND_OWN];
	struct walk walk;
};

bool prof_on, prof_wanted, calls_on;
unsigned int prof_depth;

static struct {
	struct spinlock lock;
	struct prof_config cfg;
	const struct thread_cache *starter;	/* of prof_start() */
	u32 nr_entries;
	u32 epoch;	/* raised in each child of a fork; never 0 */
	bool inherits;	/* a child that has had no event yet */
	u64 inherited;	/* bytes */
	/* bytes an object of the class takes, here and by the kernel's table */
	u32 size[KVR_MAX_CLASSES], kernel_size[KVR_MAX_CLASSES];
} prof;

static struct report_array entries = {
	.section = KVR_SEC_STACK_STATS,
	.entry_size = sizeof(struct kvr_stack_stat),
	.first = 512 * sizeof(struct kvr_stack_stat),
	.most = (size_t)96 << 20,
};

/* entries */

static struct kvr_stack_stat *entry_at(u32 index)
{
	return (struct kvr_stack_stat *)(void *)entries.base + index;
}

/* Lock held. Those of other threads lie in other lines of the cache. */
static bool have_entry(struct prof_thread *pt)
{
	u32 more = prof.nr_entries + ENTRIES;

	if (pt->nr_free)
		return true;
	if (!report_array_grow(&entries, more * sizeof(struct kvr_stack_stat)))
		return false;
	pt->free_entry = prof.nr_entries;
	pt->nr_free = ENTRIES;
	prof.nr_entries = more;
	return true;
}

/* Lock held. Index + 1 of a new entry, or 0. */
static u32 new_entry(struct prof_thread *pt, u32 slot, u32 stack)
{
	u32 **page = &pt->entry[stack / IDS_PER_PAGE], index;
	struct kvr_stack_stat *e;

	if (!*page)
		*page = prof_memory(IDS_PER_PAGE * sizeof(**page));
	index = *page ? depot_write(stack) : 0;
	if (!index || !have_entry(pt))
		return 0;
	pt->nr_free--;
	e = entry_at(pt->free_entry++);
	e->slot = slot;
	__atomic_store_n(&e->stack, index, __ATOMIC_RELEASE);
	return (*page)[stack % IDS_PER_PAGE] = pt->free_entry;
}

static COLD u32 add_entry(struct thread_cache *t, u32 stack)
{
	u32 index;

	spin_lock(&prof.lock);
	index = new_entry(t->prof, t->report_slot, stack);
	spin_unlock(&prof.lock);
	return index;
}

static u32 find_entry(const struct prof_thread *pt, u32 stack)
{
	const u32 *page = pt->entry[stack / IDS_PER_PAGE];

	return likely(page) ? page[stack % IDS_PER_PAGE] : 0;
}

/* This thread's entry for *@stack; where there is no room, STACK_LOST's. */
static struct kvr_stack_stat *entry_of(struct thread_cache *t, u32 *stack)
{
	u32 index = find_entry(t->prof, *stack);

	if (unlikely(!index))
		index = add_entry(t, *stack);
	if (unlikely(!index)) {
		*stack = STACK_LOST;
		index = find_entry(t->prof, STACK_LOST);
	}
	return entry_at(index - 1);
}

/* threads; lock held */

static void inherit_block(u64 tag, size_t size, const void *p, void *arg)
{
	struct thread_cache *t = arg;
	u64 n = sample_weight(tag_gen(tag), size);
	u32 stack = tag_stack(tag), index = find_entry(t->prof, stack);
	struct kvr_stack_stat *e;

	if (!index)
		index = new_entry(t->prof, t->report_slot, stack);
	if (!index)
		index = find_entry(t->prof, STACK_LOST);
	e = entry_at(index - 1);
	e->inherited_blocks += n;
	e->inherited_bytes += n * size;
	/* a sample's other blocks are counted: see inherited_objects() */
	if (!sample_is_on() || (p && is_vmalloc_addr(p)))
		prof.inherited += n * size;
	if (p && is_vmalloc_addr(p))
		area_stack(p, e->stack, n);
	else if (p)
		block_made(t, p, 0, frame_class(virt_to_pfn(p)),
			   e->stack, n);
}

/* The child's first event. */
static bool begin_child(void)
{
	prof.nr_entries = 0;
	report_array_drop(&entries);
	return depot_fork_child();
}

static void describe(void)
{
	stats.stack_depth = prof.cfg.depth;
	stats.stack_start_ns = os_monotonic_ns();
}

static void stop(void)
{
	prof_on = prof_wanted = calls_on = false;
	if (kv_own)
		kv_alloc = kv_thread = kv_own;
}

static struct prof_thread *renew(struct thread_cache *t)
{
	struct prof_thread *pt = t->prof;

	if (!pt)
		pt = prof_memory(sizeof(*pt));
	if (!pt)
		return NULL;
	for (size_t i = 0; i < NR_ID_PAGES; i++)
		if (pt->entry[i])
			memset(pt->entry[i], 0,
			       IDS_PER_PAGE * sizeof(*pt->entry[i]));
	pt->pending = 0;
	pt->nr_free = 0;
	/* what it did before is not in its counts, or was recorded */
	pt->counts = sample_is_on() && (prof.inherits || t != prof.starter);
	memset(pt->seen, 0, sizeof(pt->seen));
	sample_thread_init(&pt->sample, prof.cfg.seed + t->slot);
	t->prof = pt;
	return new_entry(pt, t->report_slot, STACK_LOST) ? pt : NULL;
}

/* Bytes of objects and runs that lived at the fork. */
static u64 inherited_objects(void)
{
	u64 bytes = 0;

	for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++)
		bytes += stats_pages.class[c].inherited * prof.size[c];
	return bytes;
}

/* The first event of a thread, or of a child of fork. */
static COLD struct prof_thread *attach(struct thread_cache *t)
{
	struct prof_thread *pt = NULL;

	spin_lock(&prof.lock);
	if (!prof.inherits || begin_child())
		pt = renew(t);
	if (pt && prof.inherits) {
		prof.inherited = 0;
		blocks_for_each(inherit_block, t);
		if (sample_is_on())
			prof.inherited += inherited_objects();
		peak_begin(prof.inherited);
		describe();
	}
	if (pt) {
		peak_join(&pt->pending);
		pt->epoch = prof.epoch;
	}
	if (!pt && prof.inherits)
		stop();
	prof.inherits = false;
	spin_unlock(&prof.lock);
	return pt;
}

static struct prof_thread *thread_of(struct thread_cache *t)
{
	struct prof_thread *pt = t->prof;

	return likely(pt && pt->epoch == prof.epoch) ? pt : attach(t);
}

/* events */

static u32 now_ms(void)
{
	return (u32)(os_coarse_ns() / 1000000);
}

void prof_prefetch(const void *p, unsigned int class)
{
	__builtin_prefetch(p, 1);
	__builtin_prefetch(block_tag(p, class), 1);
}

void **prof_begin(struct thread_cache *t, const struct walk_start *start,
		  u32 *stack)
{
	struct prof_thread *pt = thread_of(t);

	if (unlikely(!pt)) {
		gauge_add(&stats.stacks_lost, 1);
		return NULL;
	}
	pt->timed_ns = sample_timed(&pt->sample) ? os_monotonic_ns() : 0;
	pt->hash = walk(&pt->walk, start, prof_depth, unwinder.own_start,
			unwinder.own_end);
	if (likely(pt->hash))
		*stack = depot_known(pt->hash);
	return pt->frames;
}

u32 prof_identify(struct thread_cache *t, void *const *first, unsigned int n)
{
	struct prof_thread *pt = t->prof;
	u32 stack;

	if (unlikely(!n)) {
		gauge_add(&stats.unwind_failed, 1);
		return STACK_LOST;
	}
	if (pt->hash && pt->hash != depot_hash(first, n))
		walk_wrong();
	stack = depot_stack(first, n);
	if (unlikely(stack == STACK_LOST))
		gauge_add(&stats.stacks_lost, 1);
	return stack;
}

/* Bytes that @class gained since this was asked last. */
static long gained(const struct thread_cache *t, struct prof_thread *pt,
		   unsigned int class)
{
	u32 have = (u32)(t->stat.alloc[class] - t->stat.free[class]);
	int n = (int)(have - pt->seen[class]);

	pt->seen[class] = have;
	return (long)n * prof.size[class];
}

/*
 * @bytes of @class, recorded, were allocated or freed: see peak.h. @ahead:
 * blocks freed by that which the thread has not counted yet. Areas are all
 * recorded.
 */
static inline void live_changed(const struct thread_cache *t,
				struct prof_thread *pt, unsigned int class,
				long bytes, unsigned int ahead)
{
	if (sample_is_on() && class) {
		if (likely(pt->counts))
			bytes = ahead * -(long)prof.size[class];
		for (unsigned int c = 1;
		     !pt->counts && c < kmalloc_info.nr_classes; c++)
			gained(t, pt, c);
		bytes += gained(t, pt, class);
		pt->seen[class] -= ahead;
		pt->counts = true;
	}
	peak_add(&pt->pending, bytes);
}

/* The tag's place: false if there is none, then the block is not recorded. */
static bool put_tag(const void *p, unsigned int class, u64 tag, size_t served)
{
	u64 *place;

	if (!class)
		return area_tag_put(p, tag, served);
	place = block_tag(p, class);
	if (unlikely(!place) && block_make_tags(p))
		place = block_tag(p, class);
	if (place)
		object_tag_put(p, place, tag);
	return place;
}

void prof_alloc(struct thread_cache *t, const void *p, size_t size, u32 stack,
		bool fallback)
{
	prof_alloc_class(t, p, is_vmalloc_addr(p) ?
				       0 :
				       frame_class(virt_to_pfn(p)),
			 size, stack, fallback);
}

void prof_alloc_class(struct thread_cache *t, const void *p,
		      unsigned int class, size_t size, u32 stack,
		      bool fallback)
{
	struct prof_thread *pt = t->prof;
	size_t served = class ? prof.size[class] : vmalloc_usable(p);
	u32 gen = pt->sample.gen[class];
	u64 n = likely(!gen) ? 1 : sample_weight(gen, served);
	struct kvr_stack_stat *e = entry_of(t, &stack);

	if (unlikely(!put_tag(p, class, tag_make(stack, gen, now_ms()),
			      served))) {
		gauge_add(&stats.stacks_lost, 1);
		return;
	}
	if (unlikely(!class))
		area_stack(p, e->stack, n);
	else if (unlikely(caches[class].run_pages))
		block_made(t, p, size, class, e->stack, n);
	peak_keep(e);
	e->allocs += n;
	e->asked += n * size;
	e->served += n * served;
	e->kernel_served += n * (class ? prof.kernel_size[class] : served);
	e->fallbacks += n * fallback;
	if (size > e->largest)
		e->largest = size;
	live_changed(t, pt, class, (long)(n * served), 0);
	sample_next(t, &pt->sample, class, served);
	if (unlikely(pt->timed_ns))
		sample_cost(&pt->sample, os_monotonic_ns() - pt->timed_ns);
}

/* A child counts what it inherited before the first tag goes. */
struct prof_tag prof_take(struct thread_cache *t, const void *p,
			  unsigned int class)
{
	struct prof_tag tag = { .class = class };
	u64 *place;

	thread_of(t);
	if (!class) {
		tag.tag = area_tag_take(p, &tag.size);
		return tag;
	}
	place = block_tag(p, class);
	if (place && *place) {
		tag.tag = *place;
		tag.size = prof.size[class];
		*place = 0;
		if (unlikely(caches[class].run_pages)) {
			block_gone(p);
			frame_watch_ends(p, class);
		}
	}
	return tag;
}

void prof_give_back(const void *p, const struct prof_tag *tag)
{
	if (tag->tag)
		put_tag(p, tag->class, tag->tag, tag->size);
}

/* 0: below 1 ms, 1: below 4, 2: below 16, ... */
static unsigned int lifetime(u32 ms)
{
	return (unsigned int)min_ul((fls_ul(ms) + 1) / 2, KVR_LIFETIMES - 1);
}

static inline void count_free(const struct thread_cache *t,
			      struct kvr_stack_stat *e,
			      const struct prof_tag *tag, unsigned int ahead)
{
	struct prof_thread *pt = t->prof;
	u32 gen = tag_gen(tag->tag);
	u64 n = likely(!gen) ? 1 : sample_weight(gen, tag->size);

	peak_keep(e);
	e->frees += n;
	e->freed += n * tag->size;
	e->lifetimes[lifetime(now_ms() - tag_ms(tag->tag))] += (u32)n;
	live_changed(t, pt, tag->class, -(long)(n * tag->size), ahead);
	sample_freed(&pt->sample);
}

static void freed(struct thread_cache *t, const struct prof_tag *tag,
		  unsigned int ahead)
{
	u32 stack = tag_stack(tag->tag);

	if (tag->tag && thread_of(t))
		count_free(t, entry_of(t, &stack), tag, ahead);
}

void prof_freed(struct thread_cache *t, const struct prof_tag *tag)
{
	freed(t, tag, 0);
}

bool prof_free_fast(struct thread_cache *t, const void *p, u64 *place,
		    unsigned int class)
{
	const struct prof_tag tag = { *place, prof.size[class], class };
	const struct prof_thread *pt = t->prof;
	u32 index;

	if (unlikely(!pt || pt->epoch != prof.epoch ||
		     caches[class].run_pages))
		return false;
	index = find_entry(pt, tag_stack(tag.tag));
	if (unlikely(!index))
		return false;
	*place = 0;
	count_free(t, entry_at(index - 1), &tag, 1);
	if (sample_is_on())
		frame_check(p, class);
	return true;
}

void prof_no_tag(struct thread_cache *t, const void *p, unsigned int class)
{
	struct prof_thread *pt = t->prof;

	if (pt && frames_watched && ++pt->no_tag % NO_TAG == 0)
		frame_check(p, class);
}

void prof_free(struct thread_cache *t, const void *p, unsigned int class)
{
	struct prof_tag tag = prof_take(t, p, class);

	freed(t, &tag, 1);
}

/* start, fork, exit */

static const char *start_parts(struct thread_cache *t)
{
	const char *wrong;

	if (!report_path())
		return "there is no report";
	if (!blocks_start(prof.cfg.fast_free && !prof.cfg.exact) || !modules_start())
		return "no memory for it";
	wrong = unwind_start(t);
	if (wrong)
		return wrong;
	if (!depot_start(prof.cfg.depth, prof.cfg.jit))
		return ""; /* the report cannot grow, and has said so */
	return NULL;
}

void prof_class(unsigned int class, u32 size, u32 kernel_size)
{
	prof.size[class] = size;
	prof.kernel_size[class] = kernel_size;
}

void prof_start(const struct prof_config *cfg, struct thread_cache *t,
		const struct thread_cache *list)
{
	const char *wrong;

	prof.cfg = *cfg;
	prof.starter = t;
	prof.epoch = 1;
	prof_depth = cfg->depth;
	wrong = start_parts(t);
	if (wrong) {
		if (*wrong)
			warn("no call stacks: %s", wrong);
		stop();
		return;
	}
	for (unsigned int c = 1; c < kmalloc_info.nr_classes; c++)
		prof_class(c, kmalloc_info.size[c],
			   (u32)kernel_kmalloc_size(kmalloc_info.size[c]));
	sample_start(cfg->interval, cfg->exact);
	describe();
	stats.stacks_before = timeline_requests(list);
	__atomic_store_n(&prof_on, true, __ATOMIC_RELEASE);
	__atomic_store_n(&calls_on, true, __ATOMIC_RELEASE);
}

static void forget_parent(void)
{
	stats.stacks = stats.stacks_lost = stats.unwind_failed = 0;
	stats.live_bytes = stats.peak_live_bytes = stats.peak_seq = 0;
	stats.stacks_before = stats.stack_cost_ns = stats.exact_until_ns = 0;
	stats.pin_round = stats.pinned_bytes = 0;
}

void prof_fork_child(struct thread_cache *list, struct thread_cache *me)
{
	bool safe = true;

	if (!prof_on)
		return;
	for (struct thread_cache *t = list; t; t = t->next) {
		if (t == me)
			continue;
		safe = safe && !t->unwinding;
		t->unwinding = 0;
	}
	spin_lock_init(&prof.lock);
	unwind_fork_child(safe);
	prof_memory_fork_child();
	blocks_fork_child();
	pins_fork_child();
	prof.epoch++;
	prof.inherits = true;
	if (report_path())
		forget_parent();
	else
		stop();
}

/* In a child that had no event yet, numbers of stacks are the parent's. */
void prof_tick(bool last)
{
	if (__atomic_load_n(&prof_on, __ATOMIC_ACQUIRE) && !prof.inherits)
		pins_tick(last);
}

void prof_close(const struct thread_cache *list)
{
	u64 now = peak.live;

	if (!prof_on || prof.inherits)
		return;
	for (; list; list = list->next) {
		struct prof_thread *pt = list->prof;

		if (!pt || pt->epoch != prof.epoch)
			continue;
		for (unsigned int c = 1; pt->counts && c < stats.nr_classes; c++)
			pt->pending += gained(list, pt, c);
		now += (u64)pt->pending;
		sample_close(&pt->sample);
	}
	peak_publish(now);
}
