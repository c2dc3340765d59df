/* SPDX-License-Identifier: MIT */
/* test_smp.c - calls on other CPUs. */
#include <linux/array_size.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/interrupt.h>
#include <linux/kvkernel.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <pthread.h>

#include "child.h"
#include "machine.h"

enum { CPUS = 4, THREADS = 4, ROUNDS = 5000 };

static DEFINE_PER_CPU(unsigned long, calls);
static unsigned int wrong;

static void clear(void)
{
	int cpu;

	for_each_possible_cpu (cpu)
		per_cpu(calls, cpu) = 0;
	wrong = 0;
}

/* Not atomic: who is a CPU is there alone. */
static void count(void *info)
{
	unsigned long n = *(unsigned long *)info;

	if (!in_hardirq() || !irqs_disabled())
		__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
	__this_cpu_add(calls, n);
}

static unsigned long calls_of(int cpu)
{
	return per_cpu(calls, cpu);
}

START_TEST(test_on_each_cpu)
{
	unsigned long one = 1;

	clear();
	on_each_cpu(count, &one, 1);
	for (int cpu = 0; cpu < CPUS; cpu++)
		ck_assert_uint_eq(calls_of(cpu), 1);
	ck_assert_uint_eq(wrong, 0);
	ck_assert(!in_interrupt() && !irqs_disabled() && preemptible());
}
END_TEST

START_TEST(test_call_others)
{
	unsigned long one = 1;
	int own;

	clear();
	own = get_cpu();
	smp_call_function(count, &one, 1);
	ck_assert_int_eq(smp_processor_id(), own);
	put_cpu();
	for (int cpu = 0; cpu < CPUS; cpu++)
		ck_assert_uint_eq(calls_of(cpu), cpu != own);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(test_call_single)
{
	unsigned long three = 3;

	clear();
	for (int cpu = 0; cpu < CPUS; cpu++)
		ck_assert_int_eq(smp_call_function_single(cpu, count, &three,
							  1), 0);
	for (int cpu = 0; cpu < CPUS; cpu++)
		ck_assert_uint_eq(calls_of(cpu), 3);
	ck_assert_int_eq(smp_call_function_single(CPUS, count, &three, 1),
			 -ENXIO);
}
END_TEST

static bool is_odd(int cpu, void *info)
{
	(void)info;
	return cpu % 2;
}

START_TEST(test_call_some)
{
	struct cpumask mask = CPU_MASK_NONE;
	unsigned long one = 1;

	clear();
	on_each_cpu_cond(is_odd, count, &one, 1);
	cpumask_set_cpu(2, &mask);
	cpumask_set_cpu(3, &mask);
	on_each_cpu_mask(&mask, count, &one, 1);
	for (int cpu = 0; cpu < CPUS; cpu++)
		ck_assert_uint_eq(calls_of(cpu),
				  (unsigned int)(cpu % 2 + cpu / 2));
}
END_TEST

static void *call_all(void *arg)
{
	unsigned long one = 1;

	for (int i = 0; i < ROUNDS; i++) {
		preempt_disable();
		on_each_cpu(count, &one, 1);
		preempt_enable();
		get_cpu();
		__this_cpu_add(calls, 1000000);
		put_cpu();
	}
	return arg;
}

/* All at once, each with a CPU of its own: nobody waits for ever, and no
 * addition is lost. */
START_TEST(test_calls_cross)
{
	unsigned long own = 0;
	pthread_t t[THREADS];

	clear();
	for (int i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, call_all, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	for (int cpu = 0; cpu < CPUS; cpu++) {
		ck_assert_uint_eq(calls_of(cpu) % 1000000, THREADS * ROUNDS);
		own += calls_of(cpu) / 1000000;
	}
	ck_assert_uint_eq(own, THREADS * ROUNDS);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

static spinlock_t held;
static rwlock_t rw_held;
static unsigned int nr_waiting;

static void *wait_for_lock(void *arg)
{
	__atomic_fetch_add(&nr_waiting, 1, __ATOMIC_SEQ_CST);
	if (arg) {
		spin_lock(&held);
		spin_unlock(&held);
	} else {
		read_lock(&rw_held);
		read_unlock(&rw_held);
	}
	return NULL;
}

/* All CPUs but this one belong to threads that wait for what it holds. */
START_TEST(test_call_who_waits_for_a_lock)
{
	unsigned long one = 1;
	pthread_t t[CPUS - 1];

	clear();
	nr_waiting = 0;
	spin_lock_init(&held);
	rwlock_init(&rw_held);
	spin_lock(&held);
	write_lock(&rw_held);
	for (long i = 0; i < CPUS - 1; i++)
		pthread_create(&t[i], NULL, wait_for_lock, (void *)(i % 2));
	while (__atomic_load_n(&nr_waiting, __ATOMIC_SEQ_CST) < CPUS - 1)
		usleep(1000);
	usleep(20000);
	on_each_cpu(count, &one, 1);
	write_unlock(&rw_held);
	spin_unlock(&held);
	for (int i = 0; i < CPUS - 1; i++)
		pthread_join(t[i], NULL);
	for (int cpu = 0; cpu < CPUS; cpu++)
		ck_assert_uint_eq(calls_of(cpu), 1);
}
END_TEST

static void irqs_off(void)
{
	unsigned long one = 1;

	local_irq_disable();
	smp_call_function(count, &one, 1);
	local_irq_enable();
}

static const struct child_case cases[] = {
	{ "irqs_off", irqs_off, "WARNING: CPU: ", 0, NULL },
};

static Suite *suite(void)
{
	Suite *s = suite_create("smp");
	TCase *t = tcase_create("smp");

	tcase_add_test(t, test_on_each_cpu);
	tcase_add_test(t, test_call_others);
	tcase_add_test(t, test_call_single);
	tcase_add_test(t, test_call_some);
	tcase_add_test(t, test_calls_cross);
	tcase_add_test(t, test_call_who_waits_for_a_lock);
	child_add_cases(t);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	machine("mem=256M cpus=4", argv);
	return child_main(suite, cases, ARRAY_SIZE(cases), argc, argv);
}
