/* SPDX-License-Identifier: MIT */
/*
 * spinlock.h - the one lock: short spins, then sleep on a futex.
 *
 * States: 0 free, 1 held, 2 held and somebody may sleep. A holder that was
 * preempted must not be spun on for its whole time slice, hence the futex.
 * After fork the child re-initialises locks with spin_lock_init().
 * Locks may be used before any constructor: zero is a free lock.
 */
#ifndef KV_SPINLOCK_H
#define KV_SPINLOCK_H

#include "lib/types.h"

struct spinlock {
	u32 v;
};

void spin_lock_slow(struct spinlock *l);
void spin_unlock_slow(struct spinlock *l);

static inline void spin_lock_init(struct spinlock *l)
{
	__atomic_store_n(&l->v, 0, __ATOMIC_RELEASE);
}

static inline bool spin_trylock(struct spinlock *l)
{
	u32 free = 0;

	return __atomic_compare_exchange_n(&l->v, &free, 1, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void spin_lock(struct spinlock *l)
{
	if (unlikely(!spin_trylock(l)))
		spin_lock_slow(l);
}

static inline void spin_unlock(struct spinlock *l)
{
	if (unlikely(__atomic_exchange_n(&l->v, 0, __ATOMIC_RELEASE) == 2))
		spin_unlock_slow(l);
}

static inline bool spin_is_locked(const struct spinlock *l)
{
	return __atomic_load_n(&l->v, __ATOMIC_RELAXED) != 0;
}

#endif
