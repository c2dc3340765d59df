/* SPDX-License-Identifier: MIT */
/* spinlock.c - the contended side of spinlock.h. */
#include "lib/spinlock.h"

#include "os/os.h"

enum { SPINS = 200 };

static inline void cpu_relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

COLD void spin_lock_slow(struct spinlock *l)
{
	for (int i = 0; i < SPINS; i++) {
		if (!spin_is_locked(l) && spin_trylock(l))
			return;
		cpu_relax();
	}
	/* Taking it as 2 costs one needless wake at most. */
	while (__atomic_exchange_n(&l->v, 2, __ATOMIC_ACQUIRE) != 0)
		os_futex_wait(&l->v, 2);
}

COLD void spin_unlock_slow(struct spinlock *l)
{
	os_futex_wake(&l->v, 1);
}
