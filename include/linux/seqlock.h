/* SPDX-License-Identifier: MIT */
/*
 * seqlock.h - readers that never wait: they read, and again if a writer was
 * at work. The count is odd while one is.
 */
#ifndef KV_LINUX_SEQLOCK_H
#define KV_LINUX_SEQLOCK_H

#include <linux/atomic.h>
#include <linux/spinlock.h>

typedef struct seqcount {
	unsigned int sequence;
} seqcount_t;

/* With the lock of the writers. */
typedef struct {
	seqcount_t seqcount;
	spinlock_t lock;
} seqlock_t;

#define SEQCNT_ZERO(name)	{ 0 }
#define __SEQLOCK_UNLOCKED(name) { { 0 }, __SPIN_LOCK_UNLOCKED(name) }
#define DEFINE_SEQLOCK(x)	seqlock_t x = __SEQLOCK_UNLOCKED(x)

static inline void seqcount_init(seqcount_t *s)
{
	s->sequence = 0;
}

static inline unsigned int read_seqcount_begin(const seqcount_t *s)
{
	unsigned int seq;

	while ((seq = __atomic_load_n(&s->sequence, __ATOMIC_ACQUIRE)) & 1)
		;
	return seq;
}

static inline int read_seqcount_retry(const seqcount_t *s, unsigned int start)
{
	smp_rmb();
	return __atomic_load_n(&s->sequence, __ATOMIC_RELAXED) != start;
}

/* The writer is the only one, and not preempted. */
static inline void write_seqcount_begin(seqcount_t *s)
{
	preempt_disable();
	__atomic_store_n(&s->sequence, s->sequence + 1, __ATOMIC_RELAXED);
	smp_wmb();
}

static inline void write_seqcount_end(seqcount_t *s)
{
	__atomic_store_n(&s->sequence, s->sequence + 1, __ATOMIC_RELEASE);
	preempt_enable();
}

static inline void seqlock_init(seqlock_t *sl)
{
	seqcount_init(&sl->seqcount);
	spin_lock_init(&sl->lock);
}

#define read_seqbegin(sl)	read_seqcount_begin(&(sl)->seqcount)
#define read_seqretry(sl, start) read_seqcount_retry(&(sl)->seqcount, start)

static inline void write_seqlock(seqlock_t *sl)
{
	spin_lock(&sl->lock);
	write_seqcount_begin(&sl->seqcount);
}

static inline void write_sequnlock(seqlock_t *sl)
{
	write_seqcount_end(&sl->seqcount);
	spin_unlock(&sl->lock);
}

#define write_seqlock_irqsave(sl, flags) \
	do { local_irq_save(flags); write_seqlock(sl); } while (0)
#define write_sequnlock_irqrestore(sl, flags) \
	do { write_sequnlock(sl); local_irq_restore(flags); } while (0)

#endif
