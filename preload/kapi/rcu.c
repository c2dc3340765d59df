/* SPDX-License-Identifier: MIT */
/*
 * rcu.c - linux/rcupdate.h.
 *
 * Theory: grace periods have numbers. A thread that enters its outermost
 * read side stores the current number in a word of its own, and 0 when it
 * leaves. Who ends a grace period raises the number and needs each reader's
 * word to be 0 or no older than that. A reader whose store was not seen yet
 * began after the raise: both sides have a full barrier in between, so it
 * sees what was unlinked before.
 *
 * Callbacks queue up, and run in the order they came in. One batch waits for
 * its number; whoever comes by looks, without waiting, whether it is over,
 * runs the batch and makes the next of the queue. They run as in a softirq,
 * and only where the thread is a task without any lock that spins, since they
 * may take such locks.
 *
 * Locks: gp.lock guards queue, batch and the list of readers. Callbacks run
 * without it.
 */
#include <linux/rcupdate.h>

#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "kapi/task.h"

enum { LOOK_EVERY = 32 };	/* calls of call_rcu() */

struct reader {
	unsigned long seen;	/* number of the outermost read side, or 0 */
	bool used;
	struct reader *next;
};

static struct {
	pthread_mutex_t lock;
	unsigned long number;
	struct reader *readers;	/* append only */
	struct rcu_head *queue, **tail, *batch;
	unsigned long batch_number;
	unsigned long calls, running;
} gp = { .lock = PTHREAD_MUTEX_INITIALIZER, .number = 1,
	 .tail = &gp.queue };

static pthread_key_t reader_key;
static _Thread_local struct reader *self;

static void forget_reader(void *arg)
{
	struct reader *r = arg;

	WARN_ONCE(__atomic_exchange_n(&r->seen, 0, __ATOMIC_RELEASE),
		  "a thread ended between rcu_read_lock() and unlock");
	__atomic_store_n(&r->used, false, __ATOMIC_RELEASE);
}

static void make_key(void)
{
	if (pthread_key_create(&reader_key, forget_reader))
		panic("rcu: no pthread key left");
}

/* A word that a thread that ended has left, or a new one. */
static struct reader *find_reader(void)
{
	struct reader *r;

	for (r = gp.readers; r && r->used; r = r->next)
		;
	if (r)
		return r;
	r = calloc(1, sizeof(*r));
	if (!r)
		panic("rcu: out of memory");
	r->next = gp.readers;
	gp.readers = r;
	return r;
}

static struct reader *this_reader(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (likely(self))
		return self;
	pthread_once(&once, make_key);
	pthread_mutex_lock(&gp.lock);
	self = find_reader();
	self->used = true;
	pthread_mutex_unlock(&gp.lock);
	pthread_setspecific(reader_key, self);
	return self;
}

void rcu_read_lock(void)
{
	struct reader *r = this_reader();

	if ((*kapi_rcu_nesting())++)
		return;
	__atomic_store_n(&r->seen, __atomic_load_n(&gp.number,
						   __ATOMIC_RELAXED),
			 __ATOMIC_RELAXED);
	smp_mb();
}

void rcu_read_unlock(void)
{
	unsigned int *nesting = kapi_rcu_nesting();

	if (WARN_ONCE(!*nesting, "rcu_read_unlock() without a lock"))
		return;
	if (--*nesting)
		return;
	__atomic_store_n(&this_reader()->seen, 0, __ATOMIC_RELEASE);
}

int rcu_read_lock_held(void)
{
	return *kapi_rcu_nesting() > 0;
}

static unsigned long begin_grace_period(void)
{
	return __atomic_add_fetch(&gp.number, 1, __ATOMIC_SEQ_CST);
}

/* Has each reader of before left? gp.lock held. */
static bool is_over(unsigned long number)
{
	smp_mb();
	for (struct reader *r = gp.readers; r; r = r->next) {
		unsigned long seen = __atomic_load_n(&r->seen,
						     __ATOMIC_ACQUIRE);

		if (seen && seen < number)
			return false;
	}
	return true;
}

void synchronize_rcu(void)
{
	unsigned long number;
	bool over;

	might_sleep();
	if (WARN_ONCE(rcu_read_lock_held(),
		      "synchronize_rcu() in a read side: it would wait for "
		      "itself"))
		return;
	number = begin_grace_period();
	do {
		pthread_mutex_lock(&gp.lock);
		over = is_over(number);
		pthread_mutex_unlock(&gp.lock);
		if (!over)
			sched_yield();
	} while (!over);
}

/* kfree_rcu() stores the distance to the object's start for a function. */
enum { MAX_OFFSET = 4096 };

static void run(struct rcu_head *head)
{
	unsigned long func = (unsigned long)head->func;

	if (func < MAX_OFFSET)
		kvfree((char *)head - func);
	else
		head->func(head);
}

static unsigned long run_all(struct rcu_head *head)
{
	unsigned long n = 0;

	kv_enter_softirq();
	for (struct rcu_head *next; head; head = next, n++) {
		next = head->next;
		run(head);
	}
	kv_exit_softirq();
	return n;
}

/*
 * Runs the waiting batch if its grace period is over, and begins that of the
 * next. Returns how many callbacks ran.
 */
static unsigned long advance(void)
{
	struct rcu_head *ready = NULL;
	unsigned long n;

	pthread_mutex_lock(&gp.lock);
	if (gp.batch && is_over(gp.batch_number)) {
		ready = gp.batch;
		gp.batch = NULL;
		gp.running++;
	}
	if (!gp.batch && gp.queue) {
		gp.batch = gp.queue;
		gp.queue = NULL;
		gp.tail = &gp.queue;
		gp.batch_number = begin_grace_period();
	}
	pthread_mutex_unlock(&gp.lock);
	if (!ready)
		return 0;
	n = run_all(ready);
	pthread_mutex_lock(&gp.lock);
	gp.running--;
	pthread_mutex_unlock(&gp.lock);
	return n;
}

static bool is_idle(void)
{
	bool idle;

	pthread_mutex_lock(&gp.lock);
	idle = !gp.queue && !gp.batch && !gp.running;
	pthread_mutex_unlock(&gp.lock);
	return idle;
}

/* May callbacks run here? */
static bool is_task(void)
{
	return preemptible() && !rcu_read_lock_held();
}

static unsigned long on_pressure(void)
{
	return is_task() ? advance() + advance() : 0;
}

static void before_fork(void)
{
	pthread_mutex_lock(&gp.lock);
}

static void in_parent(void)
{
	pthread_mutex_unlock(&gp.lock);
}

/* The other threads are gone, and with them what they read or ran. */
static void in_child(void)
{
	for (struct reader *r = gp.readers; r; r = r->next) {
		if (r == self)
			continue;
		r->seen = 0;
		r->used = false;
	}
	gp.running = 0;
	pthread_mutex_unlock(&gp.lock);
}

static void __attribute__((constructor(102))) at_load(void)
{
	pthread_atfork(before_fork, in_parent, in_child);
	kapi_on_pressure(on_pressure);
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	bool look;

	head->func = func;
	pthread_mutex_lock(&gp.lock);
	head->next = NULL;
	*gp.tail = head;
	gp.tail = &head->next;
	look = ++gp.calls % LOOK_EVERY == 0;
	pthread_mutex_unlock(&gp.lock);
	if (look && is_task())
		advance();
}

void rcu_barrier(void)
{
	might_sleep();
	if (WARN_ONCE(rcu_read_lock_held(), "rcu_barrier() in a read side"))
		return;
	while (!is_idle())
		if (!advance())
			sched_yield();
}

void kvfree_rcu_barrier(void)
{
	rcu_barrier();
}

void kv_free_rcu(struct rcu_head *head, void *ptr)
{
	unsigned long offset = (unsigned long)((char *)head - (char *)ptr);

	if (WARN_ONCE(offset >= MAX_OFFSET,
		      "kfree_rcu: the rcu_head is %lu bytes into the object, "
		      "at most %d are allowed", offset, MAX_OFFSET - 1))
		return;
	call_rcu(head, (rcu_callback_t)offset);
}

void kv_free_rcu_mightsleep(void *ptr)
{
	might_sleep();
	if (!ptr)
		return;
	synchronize_rcu();
	kvfree(ptr);
}

/* What is over at exit runs; nobody waits for a reader then. */
static void __attribute__((destructor(102))) at_exit(void)
{
	advance();
	advance();
}
