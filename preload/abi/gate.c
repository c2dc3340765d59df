/* SPDX-License-Identifier: MIT */
/* gate.c - see gate.h. */
#include "abi/gate.h"

#include "abi/thread.h"
#include "os/os.h"

static struct spinlock fork_lock;	/* one fork at a time */
static u32 closed;

static const u64 patience_ns = 5 * 1000000u;	/* of those at the gate */
static const u64 deadline_ns = 2000 * 1000000ull;	/* of the fork */
static const u64 wait_ns = 10000 * 1000000ull;	/* of core_wait() */

/*
 * True while no other thread exists. libc clears it in the thread that makes
 * the first other one, before it does: who reads "true" need not order what it
 * stores for somebody who cannot be there yet. That spares 6 ns each time.
 */
extern char __libc_single_threaded __attribute__((weak));

static inline bool alone(void)
{
	return &__libc_single_threaded && __libc_single_threaded;
}

static bool enter(struct thread_cache *t)
{
	if (alone())
		__atomic_store_n(&t->in_core, 1, __ATOMIC_RELAXED);
	else
		__atomic_exchange_n(&t->in_core, 1, __ATOMIC_SEQ_CST);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (likely(!__atomic_load_n(&closed, __ATOMIC_SEQ_CST) || t->forking))
		return true;
	core_leave(t);
	return false;
}

bool core_enter(struct thread_cache *t)
{
	if (unlikely(__atomic_load_n(&t->in_core, __ATOMIC_RELAXED))) {
		if (t->unwinding != 1)
			return false; /* we interrupted ourselves */
		t->unwinding = 2;
		return true;
	}
	if (likely(enter(t)))
		return true;
	os_futex_wait_for(&closed, 1, patience_ns);
	return enter(t);
}

bool core_wait(struct thread_cache *t)
{
	u64 end = os_monotonic_ns() + wait_ns;

	if (__atomic_load_n(&t->in_core, __ATOMIC_RELAXED))
		return false;
	while (!enter(t)) {
		if (os_monotonic_ns() >= end)
			return false;
		os_futex_wait_for(&closed, 1, patience_ns);
	}
	return true;
}

static bool somebody_inside(const struct thread_cache *me)
{
	for (struct thread_cache *t = thread_list(); t; t = t->next)
		if (t != me && __atomic_load_n(&t->in_core, __ATOMIC_SEQ_CST))
			return true;
	return false;
}

/*
 * The deadline is for what should not happen: a thread stopped for ever
 * inside, by a debugger or a signal handler that does not return. The fork
 * then goes on, as it would without us.
 */
void gate_close(struct thread_cache *t)
{
	u64 end;

	if (t->forking++)
		return;
	spin_lock(&fork_lock);
	__atomic_store_n(&closed, 1, __ATOMIC_SEQ_CST);
	end = os_monotonic_ns() + deadline_ns;
	while (somebody_inside(t) && os_monotonic_ns() < end)
		os_yield();
}

void gate_open(struct thread_cache *t)
{
	if (--t->forking)
		return;
	__atomic_store_n(&closed, 0, __ATOMIC_SEQ_CST);
	spin_unlock(&fork_lock);
	os_futex_wake(&closed, INT_MAX);
}
