/* SPDX-License-Identifier: MIT */
/*
 * percpu_counters.c - statistics that all CPUs count and nobody shares: static
 * per-CPU variables, a per-CPU structure allocated at run time, and a reader
 * that adds them up.
 */
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <pthread.h>

struct stats {
	u64 packets, bytes;
};

static DEFINE_PER_CPU(unsigned long, interrupts);
static struct stats __percpu *stats;

#define THREADS 4
#define PACKETS 10000

static void *count(void *arg)
{
	for (int i = 0; i < PACKETS; i++) {
		struct stats *s = get_cpu_ptr(stats);

		s->packets++;	/* nobody else runs on this CPU now */
		s->bytes += 100;
		put_cpu_ptr(stats);
		this_cpu_inc(interrupts);
	}
	return arg;
}

static void count_in_threads(void)
{
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		BUG_ON(pthread_create(&thread[i], NULL, count, NULL));
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}

static int __init percpu_counters_init(void)
{
	struct stats sum = { 0 };
	unsigned long irqs = 0;
	int cpu;

	stats = alloc_percpu(struct stats);
	if (!stats)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		per_cpu(interrupts, cpu) = 0;
	count_in_threads();
	for_each_possible_cpu(cpu) {
		sum.packets += per_cpu_ptr(stats, cpu)->packets;
		sum.bytes += per_cpu_ptr(stats, cpu)->bytes;
		irqs += per_cpu(interrupts, cpu);
	}
	free_percpu(stats);
	pr_info("%llu packets, %llu bytes, %lu interrupts\n",
		(unsigned long long)sum.packets,
		(unsigned long long)sum.bytes, irqs);
	return sum.packets == THREADS * PACKETS &&
	       irqs == THREADS * PACKETS ? 0 : -EINVAL;
}

static void __exit percpu_counters_exit(void)
{
}

module_init(percpu_counters_init);
module_exit(percpu_counters_exit);
MODULE_LICENSE("Dual MIT/GPL");
