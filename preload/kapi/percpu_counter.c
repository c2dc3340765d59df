/* SPDX-License-Identifier: MIT */
/* percpu_counter.c - see linux/percpu_counter.h. An outside file. */
#include <linux/percpu_counter.h>

#include <errno.h>

int kv_percpu_counter_batch(void)
{
	int batch = (int)num_online_cpus() * 2;

	return batch > 32 ? batch : 32;
}

int percpu_counter_init_many(struct percpu_counter *fbc, s64 amount, gfp_t gfp,
			     u32 n)
{
	s32 *counters = (s32 *)__alloc_percpu_gfp(n * sizeof(s32),
						  __alignof__(s32), gfp);

	if (!counters) {
		fbc[0].counters = NULL;
		return -ENOMEM;
	}
	for (u32 i = 0; i < n; i++) {
		raw_spin_lock_init(&fbc[i].lock);
		fbc[i].count = amount;
		fbc[i].counters = counters + i;
	}
	return 0;
}

void percpu_counter_destroy_many(struct percpu_counter *fbc, u32 n)
{
	if (!fbc || !fbc[0].counters)
		return;
	free_percpu(fbc[0].counters);
	for (u32 i = 0; i < n; i++)
		fbc[i].counters = NULL;
}

void percpu_counter_set(struct percpu_counter *fbc, s64 amount)
{
	unsigned long flags;
	int cpu;

	raw_spin_lock_irqsave(&fbc->lock, flags);
	for_each_possible_cpu(cpu) __atomic_store_n(
		per_cpu_ptr(fbc->counters, cpu), 0, __ATOMIC_RELAXED);
	__atomic_store_n(&fbc->count, amount, __ATOMIC_RELAXED);
	raw_spin_unlock_irqrestore(&fbc->lock, flags);
}

static void add_shared(struct percpu_counter *fbc, s64 amount)
{
	__atomic_store_n(&fbc->count, fbc->count + amount, __ATOMIC_RELAXED);
}

/* What a CPU has kept is taken whole, by one exchange: none is lost. */
static void fold(struct percpu_counter *fbc, s32 *mine, s64 amount)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&fbc->lock, flags);
	add_shared(fbc,
		   amount + __atomic_exchange_n(mine, 0, __ATOMIC_RELAXED));
	raw_spin_unlock_irqrestore(&fbc->lock, flags);
}

void percpu_counter_add_batch(struct percpu_counter *fbc, s64 amount, s32 batch)
{
	s32 *mine = get_cpu_ptr(fbc->counters);
	s32 was = __atomic_load_n(mine, __ATOMIC_RELAXED);
	s64 now;

	do {
		now = was + amount;
		if (now >= batch || now <= -(s64)batch) {
			fold(fbc, mine, amount);
			break;
		}
	} while (!__atomic_compare_exchange_n(mine, &was, (s32)now, true,
					      __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	put_cpu_ptr(fbc->counters);
}

void percpu_counter_sync(struct percpu_counter *fbc)
{
	fold(fbc, get_cpu_ptr(fbc->counters), 0);
	put_cpu_ptr(fbc->counters);
}

/* Lock held. */
static s64 sum_all(struct percpu_counter *fbc)
{
	s64 sum = fbc->count;
	int cpu;

	for_each_possible_cpu(cpu) sum += __atomic_load_n(
		per_cpu_ptr(fbc->counters, cpu), __ATOMIC_RELAXED);
	return sum;
}

s64 __percpu_counter_sum(struct percpu_counter *fbc)
{
	unsigned long flags;
	s64 sum;

	raw_spin_lock_irqsave(&fbc->lock, flags);
	sum = sum_all(fbc);
	raw_spin_unlock_irqrestore(&fbc->lock, flags);
	return sum;
}

/* May what CPUs keep decide? Then the shared sum alone does not. */
static bool is_near(s64 difference, s32 batch)
{
	s64 most = (s64)batch * num_online_cpus();

	return difference <= most && difference >= -most;
}

int __percpu_counter_compare(struct percpu_counter *fbc, s64 rhs, s32 batch)
{
	s64 sum = percpu_counter_read(fbc);

	if (is_near(sum - rhs, batch))
		sum = __percpu_counter_sum(fbc);
	return sum > rhs ? 1 : sum < rhs ? -1 : 0;
}

bool __percpu_counter_limited_add(struct percpu_counter *fbc, s64 limit,
				  s64 amount, s32 batch)
{
	unsigned long flags;
	bool good = true;
	s64 sum;

	(void)batch;
	if (!amount)
		return true;
	raw_spin_lock_irqsave(&fbc->lock, flags);
	sum = sum_all(fbc);
	if (amount > 0)
		good = sum + amount <= limit;
	else
		good = sum + amount >= limit;
	if (good)
		add_shared(fbc, amount);
	raw_spin_unlock_irqrestore(&fbc->lock, flags);
	return good;
}
