/* SPDX-License-Identifier: MIT */
/*
 * thread.c - see thread.h. The list of caches only grows and ownership is the
 * robust mutex, so attaching takes no lock but the one for address space.
 */
#include "abi/thread.h"

#include <errno.h>

#include "abi/init.h"
#include "lib/cpu.h"
#include "mm/kmalloc.h"
#include "mm/stats.h"
#include "os/os.h"
#include "prof/prof.h"
#include "prof/report.h"
#include "prof/sample.h"
#include "prof/trace.h"

_Thread_local u32 kv_cpu;

static SPARSE_BSS struct thread_cache main_cache
	__attribute__((aligned(KVR_PAGE)));
/* The main thread's: it outlives all others, so nobody waits for its end. */
static struct thread_cache *immortal = &main_cache;
static struct thread_cache *list;
static u32 nr_slots;

/*
 * Address space for caches comes 64 at a time, to keep mappings few.
 */
enum { CHUNK = 64, LOOK_AT = 64 };
static struct {
	struct spinlock lock;
	struct thread_cache *chunk;
	u32 left;		/* unused ones at its end */
} slots;

struct thread_cache *thread_list(void)
{
	return __atomic_load_n(&list, __ATOMIC_ACQUIRE);
}

const void *thread_list_address(void)
{
	return &list;
}

/* Locked by us, whoever had it: true if it was free or its owner is dead. */
static bool take_life(struct thread_cache *t)
{
	int err = pthread_mutex_trylock(&t->life);

	if (err == EOWNERDEAD)
		err = pthread_mutex_consistent(&t->life);
	return err == 0;
}

static void make_life(struct thread_cache *t)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&t->life, &attr);
	pthread_mutexattr_destroy(&attr);
}

/*
 * Goes round the caches, a bounded number of them a time: with thousands of
 * threads alive, a new one should not ask them all.
 */
static struct thread_cache *next_cache(struct thread_cache **cursor)
{
	struct thread_cache *t = __atomic_load_n(cursor, __ATOMIC_RELAXED);

	if (!t)
		t = thread_list();
	__atomic_store_n(cursor, t ? t->next : NULL, __ATOMIC_RELAXED);
	return t;
}

static struct thread_cache *take_over(void)
{
	static struct thread_cache *cursor;
	u32 all = __atomic_load_n(&nr_slots, __ATOMIC_RELAXED);

	for (u32 i = 0; i < all && i < LOOK_AT; i++) {
		struct thread_cache *t = next_cache(&cursor);

		if (t && t != immortal && take_life(t)) {
			count_event(KV_threads_reaped);
			t->dead_since = 0;
			if (report_path())
				report_map_thread(t);
			return t;
		}
	}
	return NULL;
}

static void publish(struct thread_cache *t)
{
	t->next = thread_list();
	while (!__atomic_compare_exchange_n(&list, &t->next, t, false,
					    __ATOMIC_ACQ_REL,
					    __ATOMIC_ACQUIRE))
		;
}

static struct thread_cache *new_slot(void)
{
	struct thread_cache *t = NULL;

	spin_lock(&slots.lock);
	if (!slots.left) {
		slots.chunk = os_reserve(CHUNK * sizeof(*t), os_page_size());
		slots.left = slots.chunk ? CHUNK : 0;
	}
	if (slots.left && os_commit(&slots.chunk[CHUNK - slots.left],
				    sizeof(*t)) == 0)
		t = &slots.chunk[CHUNK - slots.left--];
	spin_unlock(&slots.lock);
	return t;
}

static struct thread_cache *new_cache(void)
{
	u32 slot = __atomic_fetch_add(&nr_slots, 1, __ATOMIC_RELAXED);
	struct thread_cache *t = slot ? new_slot() : &main_cache;

	if (!t)
		return NULL;
	t->slot = slot;
	t->cpu = slot % machine.cfg.cpus;
	t->random = init_seed() + slot * 0x9e3779b97f4a7c15ull;
	if (!t->random)
		t->random = 1;
	sheaf_thread_init(t);
	if (slot) {
		make_life(t);
		take_life(t);
		kmalloc_threads(slot + 1);
		t->ticks = HOUSEKEEPING; /* now: classes may change */
	}
	if (report_path())
		report_map_thread(t);
	publish(t);
	gauge_add(&stats.meta_bytes, sizeof(*t));
	return t;
}

void thread_fast_paths(struct thread_cache *t)
{
	bool all = trace_on || prof_wanted;

	kv_alloc = all ? &no_thread : t;
	kv_thread = all && (trace_on || !sample_is_on()) ? &no_thread : t;
}

COLD struct thread_cache *thread_attach(void)
{
	struct thread_cache *t;

	if (!init_once())
		return NULL;
	t = take_over();
	if (!t)
		t = new_cache();
	if (!t)
		return NULL;
	kv_cpu = t->cpu;
	kv_own = t;
	thread_fast_paths(t);
	trace_owner(t);
	t->stat.nr_owners++;
	if (t->mapped) { /* nobody else asks, and filters may forbid calls */
		t->stat.tid = os_gettid();
		os_comm(t->stat.comm);
	}
	t->stat.start_monotonic_ns = os_coarse_ns();
	count_event(KV_threads_started);
	return t;
}

/*
 * A pool that is made anew for each task finds its caches warm if they are
 * left alone for a while. But not what is large: few objects, many bytes.
 * (Emptied at once, thread-churn took a fifth more time, and more memory,
 * since what is given back and taken again comes by the sheaf.)
 */
enum { KEEP_SIZE = 2048 };			/* bytes of an object */
static const u64 keep_ns = 20 * 1000000u;	/* after it was found dead */

static void reap(struct thread_cache *t, bool at_once)
{
	u64 now = os_coarse_ns();

	if (at_once || (t->dead_since && now - t->dead_since >= keep_ns)) {
		sheaf_flush_thread(t, false);
	} else if (!t->dead_since) {
		t->dead_since = now;
		sheaf_flush_large(t, KEEP_SIZE);
	}
}

static void visit(struct thread_cache *t, bool at_once)
{
	if (t == immortal || t == kv_own || !take_life(t))
		return;
	reap(t, at_once);
	pthread_mutex_unlock(&t->life);
}

void thread_reap_one(void)
{
	static struct thread_cache *cursor;
	struct thread_cache *t = next_cache(&cursor);

	if (t)
		visit(t, false);
}

void thread_reap_all(void)
{
	for (struct thread_cache *t = thread_list(); t; t = t->next)
		visit(t, true);
}

/*
 * The mutexes name threads of the parent, none of which lives here: the
 * caller is the main thread now, all other caches may be taken over. A thread
 * that lived ran its fast paths meanwhile; its cache and its sheaves were not
 * copied at one moment, and what they hold is lost.
 */
void thread_fork_child(struct thread_cache *me)
{
	const struct thread_cache *main_thread = immortal;

	spin_lock_init(&slots.lock);
	immortal = me;
	for (struct thread_cache *t = thread_list(); t; t = t->next) {
		if (t == me)
			continue;
		if (t != main_thread && take_life(t))
			pthread_mutex_unlock(&t->life);
		else
			sheaf_forget_thread(t);
		make_life(t);
		t->in_core = 0;
	}
}
