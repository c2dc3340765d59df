/* SPDX-License-Identifier: MIT */
/*
 * spinlock.h - spinlocks: preemption is disabled while one is held, so what may
 * sleep is reported. A thread waits for one in the system, not in a loop.
 */
#ifndef KV_LINUX_SPINLOCK_H
#define KV_LINUX_SPINLOCK_H

#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/spinlock_types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

void spin_lock_init(spinlock_t *lock);
void spin_lock(spinlock_t *lock);
int spin_trylock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
int spin_is_locked(spinlock_t *lock);
void rwlock_init(rwlock_t *lock);
void read_lock(rwlock_t *lock);
void read_unlock(rwlock_t *lock);
void write_lock(rwlock_t *lock);
void write_unlock(rwlock_t *lock);
int read_trylock(rwlock_t *lock);
int write_trylock(rwlock_t *lock);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define spin_lock_bh(l)		do { local_bh_disable(); spin_lock(l); } while (0)
#define spin_unlock_bh(l)	do { spin_unlock(l); local_bh_enable(); } while (0)
#define read_lock_bh(l)		do { local_bh_disable(); read_lock(l); } while (0)
#define read_unlock_bh(l)	do { read_unlock(l); local_bh_enable(); } while (0)
#define write_lock_bh(l)	do { local_bh_disable(); write_lock(l); } while (0)
#define write_unlock_bh(l)	do { write_unlock(l); local_bh_enable(); } while (0)

#define spin_lock_irq(l)		do { local_irq_disable(); spin_lock(l); } while (0)
#define spin_unlock_irq(l)	do { spin_unlock(l); local_irq_enable(); } while (0)
#define read_lock_irq(l)		do { local_irq_disable(); read_lock(l); } while (0)
#define read_unlock_irq(l)	do { read_unlock(l); local_irq_enable(); } while (0)
#define write_lock_irq(l)	do { local_irq_disable(); write_lock(l); } while (0)
#define write_unlock_irq(l)	do { write_unlock(l); local_irq_enable(); } while (0)

#define spin_lock_irqsave(l, flags) \
	do { local_irq_save(flags); spin_lock(l); } while (0)
#define spin_unlock_irqrestore(l, flags) \
	do { spin_unlock(l); local_irq_restore(flags); } while (0)

#define read_lock_irqsave(l, flags) \
	do { local_irq_save(flags); read_lock(l); } while (0)
#define read_unlock_irqrestore(l, flags) \
	do { read_unlock(l); local_irq_restore(flags); } while (0)

#define write_lock_irqsave(l, flags) \
	do { local_irq_save(flags); write_lock(l); } while (0)
#define write_unlock_irqrestore(l, flags) \
	do { write_unlock(l); local_irq_restore(flags); } while (0)

#define spin_trylock_irqsave(l, flags)                              \
	__extension__({                                             \
		local_irq_save(flags);                              \
		spin_trylock(l) ? 1 :                               \
				  (local_irq_restore(flags), 0);    \
	})
#define spin_lock_nested(l, subclass)	spin_lock(l)
#define assert_spin_locked(l)		((void)(l))
#define lockdep_assert_held(l)		((void)(l))

#define raw_spin_lock_init		spin_lock_init
#define raw_spin_lock			spin_lock
#define raw_spin_trylock		spin_trylock
#define raw_spin_unlock			spin_unlock
#define raw_spin_lock_irq		spin_lock_irq
#define raw_spin_unlock_irq		spin_unlock_irq
#define raw_spin_lock_irqsave		spin_lock_irqsave
#define raw_spin_unlock_irqrestore	spin_unlock_irqrestore

#endif
