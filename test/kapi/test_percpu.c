/* SPDX-License-Identifier: MIT */
/*
 * test_percpu.c - per-CPU variables and memory: copies, accessors, atomicity
 * on a CPU, the allocator's rules and limits, counters, masks, misuse.
 */
#define CONFIG_DEBUG_PREEMPT
#include <linux/kvkernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/percpu_counter.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

#include "child.h"
#include "machine.h"

#define CPUS	   4
#define THREADS	   8
#define LOOPS	   20000
#define UNIT_PAGES 128 /* 2 MiB / CPUS */

struct big {
	char pad[100];
	long value;
};

static DEFINE_PER_CPU(int, counter) = 7;
DEFINE_PER_CPU(struct big, structure);
static DEFINE_PER_CPU(int[8], array);
DEFINE_PER_CPU_PAGE_ALIGNED(char[4096], page_aligned);
DEFINE_PER_CPU_SHARED_ALIGNED(long, shared_aligned);
static DEFINE_PER_CPU_READ_MOSTLY(void *, pointer);
DECLARE_PER_CPU(int, elsewhere);
DEFINE_PER_CPU(int, elsewhere);
static DEFINE_PER_CPU(u8, byte);
static DEFINE_PER_CPU(u16, word);
static DEFINE_PER_CPU(u64, quad);

START_TEST(test_static_copies)
{
	int cpu;

	for_each_possible_cpu(cpu)
	{
		ck_assert_int_eq(per_cpu(counter, cpu), 7);
		ck_assert_int_eq(per_cpu(elsewhere, cpu), 0);
		per_cpu(counter, cpu) = 100 + cpu;
		per_cpu(array, cpu)[3] = cpu;
		per_cpu_ptr(&structure, cpu)->value = cpu * 2;
		ck_assert_uint_eq(
			(unsigned long)per_cpu_ptr(&page_aligned, cpu) % 4096,
			0);
		ck_assert_uint_eq(
			(unsigned long)per_cpu_ptr(&shared_aligned, cpu) % 64,
			0);
	}
	for_each_online_cpu(cpu)
	{
		ck_assert_int_eq(per_cpu(counter, cpu), 100 + cpu);
		ck_assert_int_eq(per_cpu(array, cpu)[3], cpu);
		ck_assert_int_eq(per_cpu(structure, cpu).value, cpu * 2);
		ck_assert_int_eq(per_cpu(elsewhere, cpu), 0);
		per_cpu(counter, cpu) = 7;
	}
	ck_assert_int_eq(*(volatile int *)&counter, 7); /* the template */
	ck_assert_int_eq(cpu, CPUS);
	ck_assert_uint_eq(num_possible_cpus(), CPUS);
	ck_assert_uint_eq(nr_cpu_ids, CPUS);
}
END_TEST

START_TEST(test_operations)
{
	int cpu = get_cpu(), zero = 0;

	ck_assert_int_lt(cpu, CPUS);
	this_cpu_write(counter, 10);
	this_cpu_add(counter, 5);
	this_cpu_sub(counter, 3);
	this_cpu_inc(counter);
	this_cpu_dec(counter);
	ck_assert_int_eq(this_cpu_read(counter), 12);
	ck_assert_int_eq(per_cpu(counter, cpu), 12);
	ck_assert_int_eq(this_cpu_add_return(counter, 4), 16);
	ck_assert_int_eq(this_cpu_sub_return(counter, 1), 15);
	ck_assert_int_eq(this_cpu_inc_return(counter), 16);
	ck_assert_int_eq(this_cpu_dec_return(counter), 15);
	this_cpu_and(counter, 6);
	this_cpu_or(counter, 9);
	ck_assert_int_eq(this_cpu_xchg(counter, 1), 15);
	ck_assert_int_eq(this_cpu_cmpxchg(counter, 1, 2), 1);
	ck_assert_int_eq(this_cpu_cmpxchg(counter, 1, 3), 2);
	ck_assert(!this_cpu_try_cmpxchg(counter, &zero, 9));
	ck_assert_int_eq(zero, 2);
	ck_assert(this_cpu_try_cmpxchg(counter, &zero, 7));
	__this_cpu_inc(byte);
	__this_cpu_add(word, 3);
	raw_cpu_add(quad, 1ull << 40);
	this_cpu_write(pointer, &zero);
	ck_assert_uint_eq(__this_cpu_read(byte), 1);
	ck_assert_uint_eq(raw_cpu_read(word), 3);
	ck_assert_uint_eq(this_cpu_read(quad), 1ull << 40);
	ck_assert_ptr_eq(this_cpu_xchg(pointer, NULL), &zero);
	put_cpu();
}
END_TEST

START_TEST(test_get_disables_preemption)
{
	int *p = alloc_percpu(int);

	ck_assert_uint_eq(preempt_count(), 0);
	get_cpu_var(counter)++;
	ck_assert_uint_eq(preempt_count(), 1);
	*get_cpu_ptr(p) = 3;
	ck_assert_uint_eq(preempt_count(), 2);
	ck_assert_int_eq(this_cpu_read(*p), 3);
	put_cpu_ptr(p);
	put_cpu_var(counter);
	ck_assert_uint_eq(preempt_count(), 0);
	free_percpu(p);
}
END_TEST

static long *racing;

static void *race(void *arg)
{
	for (int i = 0; i < LOOPS; i++) {
		long *mine;

		this_cpu_inc(quad);
		this_cpu_add(*racing, 2);
		mine = get_cpu_ptr(racing + 1);
		(*mine)++; /* alone on this CPU */
		put_cpu_ptr(racing + 1);
	}
	return arg;
}

START_TEST(test_threads_of_a_cpu)
{
	pthread_t thread[THREADS];
	long sum = 0, plain = 0, inc = 0;
	int cpu;

	racing = __alloc_percpu(2 * sizeof(long), sizeof(long));
	for_each_possible_cpu(cpu) per_cpu(quad, cpu) = 0;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, race, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	for_each_possible_cpu(cpu)
	{
		sum += per_cpu_ptr(racing, cpu)[0];
		plain += per_cpu_ptr(racing, cpu)[1];
		inc += (long)per_cpu(quad, cpu);
	}
	ck_assert_int_eq(sum, 2 * THREADS * LOOPS);
	ck_assert_int_eq(plain, THREADS * LOOPS);
	ck_assert_int_eq(inc, THREADS * LOOPS);
	free_percpu(racing);
}
END_TEST

START_TEST(test_allocated_is_zeroed)
{
	for (int round = 0; round < 3; round++) {
		char *p = __alloc_percpu(5000, 64);
		int cpu;

		for_each_possible_cpu(cpu)
		{
			char *q = per_cpu_ptr(p, cpu);

			ck_assert_uint_eq((unsigned long)q % 64, 0);
			ck_assert_ptr_null(memchr_inv(q, 0, 5000));
			memset(q, 0xee, 5000);
		}
		ck_assert_uint_eq(pcpu_alloc_size(p), 5000);
		free_percpu(p);
		ck_assert_uint_eq(pcpu_alloc_size(p), 0);
	}
}
END_TEST

START_TEST(test_first_fit)
{
	char *a = __alloc_percpu(100, 4), *b = __alloc_percpu(30, 4);
	char *c = __alloc_percpu(1, 1), *again;

	ck_assert_ptr_eq(b, a + 100);
	ck_assert_ptr_eq(c, b + 32); /* rounded to 4 */
	free_percpu(b);
	again = __alloc_percpu(16, 4);
	ck_assert_ptr_eq(again, b);
	ck_assert_uint_eq(pcpu_alloc_size(again), 16);
	free_percpu(c);
	free_percpu(again);
	free_percpu(a);
	free_percpu(NULL);
}
END_TEST

START_TEST(test_limits)
{
	static void *p[64];
	int n;

	for (n = 0; n < 64; n++) { /* more than a chunk has */
		p[n] = __alloc_percpu(32768, 4096);
		ck_assert_ptr_nonnull(p[n]);
		ck_assert_uint_eq((unsigned long)p[n] % 4096, 0);
		memset(per_cpu_ptr((char *)p[n], CPUS - 1), n, 32768);
	}
	for (n = 0; n < 64; n++)
		ck_assert_ptr_null(memchr_inv(
			per_cpu_ptr((char *)p[n], CPUS - 1), n, 32768));
	while (n--)
		free_percpu(p[n]);
	ck_assert_ptr_null(__alloc_percpu_gfp(0, 4, GFP_KERNEL | __GFP_NOWARN));
}
END_TEST

/* Chunks but one are given back, and nothing is lost. */
START_TEST(test_pages_come_back)
{
	static void *p[6000];
	unsigned int seed = 1;
	unsigned long before;

	free_percpu(alloc_percpu(int));
	before = kv_nr_allocated() - pcpu_nr_pages();
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 6000; i++) {
			seed = seed * 1103515245 + 12345;
			p[i] = __alloc_percpu(1 + (seed >> 16) % 1024,
					      4ul << (seed >> 8) % 6);
			ck_assert_ptr_nonnull(p[i]);
		}
		for (int i = 0; i < 6000; i++)
			free_percpu(p[i * 7 % 6000]);
		ck_assert_uint_le(pcpu_nr_pages(), UNIT_PAGES * CPUS);
	}
	ck_assert_uint_le(kv_nr_allocated() - pcpu_nr_pages(), before + 64);
}
END_TEST

START_TEST(test_atomic_takes_what_is_populated)
{
	int *kept = alloc_percpu(int), *p;
	unsigned long reports = kv_nr_reports(), pages;

	pages = pcpu_nr_pages();
	preempt_disable();
	p = alloc_percpu_gfp(int, GFP_ATOMIC);
	preempt_enable();
	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(pcpu_nr_pages(), pages);
	ck_assert_uint_eq(kv_nr_reports(), reports);
	free_percpu(p);
	free_percpu(kept);
}
END_TEST

static void *count(void *arg)
{
	struct percpu_counter *c = arg;

	for (int i = 0; i < LOOPS; i++) {
		percpu_counter_add(c, 3);
		percpu_counter_dec(c);
	}
	return NULL;
}

START_TEST(test_percpu_counter)
{
	struct percpu_counter c;
	pthread_t thread[THREADS];
	s64 want = 1000 + 2ll * THREADS * LOOPS;

	ck_assert_int_eq(percpu_counter_init(&c, 1000, GFP_KERNEL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, count, &c);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	ck_assert_int_eq(percpu_counter_sum(&c), want);
	ck_assert_int_le(llabs(percpu_counter_read(&c) - want),
			 percpu_counter_batch * CPUS);
	ck_assert_int_eq(percpu_counter_compare(&c, want), 0);
	ck_assert_int_eq(percpu_counter_compare(&c, want + 1), -1);
	ck_assert_int_eq(percpu_counter_compare(&c, 0), 1);
	ck_assert(!percpu_counter_limited_add(&c, want + 10, 11));
	ck_assert(percpu_counter_limited_add(&c, want + 10, 10));
	percpu_counter_sync(&c);
	percpu_counter_set(&c, -5);
	ck_assert_int_eq(percpu_counter_sum(&c), -5);
	ck_assert_int_eq(percpu_counter_read_positive(&c), 0);
	percpu_counter_destroy(&c);
	percpu_counter_destroy(&c);
}
END_TEST

START_TEST(test_cpumask)
{
	cpumask_t mask;
	unsigned int cpu, seen = 0;

	cpumask_clear(&mask);
	ck_assert(cpumask_empty(&mask));
	cpumask_set_cpu(1, &mask);
	cpumask_set_cpu(3, &mask);
	ck_assert_uint_eq(cpumask_weight(&mask), 2);
	ck_assert_uint_eq(cpumask_first(&mask), 1);
	ck_assert_uint_eq(cpumask_next(1, &mask), 3);
	ck_assert_uint_eq(cpumask_next(3, &mask), nr_cpu_ids);
	for_each_cpu(cpu, &mask) seen |= 1u << cpu;
	ck_assert_uint_eq(seen, 0xa);
	cpumask_and(&mask, &mask, cpumask_of(3));
	ck_assert(cpumask_equal(&mask, cpumask_of(3)));
	ck_assert_uint_eq(cpumask_weight(cpu_online_mask), CPUS);
	ck_assert(cpu_online(CPUS - 1) && !cpu_online(CPUS));
}
END_TEST

/* Static copies are the process's, chunks are frames: both are the child's. */
START_TEST(test_fork)
{
	int *p = alloc_percpu(int), status;
	pid_t pid;

	per_cpu(counter, 1) = 50;
	*per_cpu_ptr(p, 1) = 60;
	pid = fork();
	if (pid == 0) {
		bool ok = per_cpu(counter, 1) == 50 && *per_cpu_ptr(p, 1) == 60;
		int *q = alloc_percpu(int);

		per_cpu(counter, 1)++;
		*per_cpu_ptr(p, 1) += 1;
		free_percpu(q);
		_exit(ok && q ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(per_cpu(counter, 1), 50);
	ck_assert_int_eq(*per_cpu_ptr(p, 1), 60);
	per_cpu(counter, 1) = 7;
	free_percpu(p);
}
END_TEST

/* ---- misuse ---- */

static void too_large(void)
{
	__alloc_percpu(32769, 8);
}

static void bad_align(void)
{
	__alloc_percpu(64, 8192);
}

static void align_no_power(void)
{
	__alloc_percpu(64, 24);
}

static void nothing(void)
{
	__alloc_percpu(0, 4);
}

static void free_twice(void)
{
	int *p = alloc_percpu(int);

	free_percpu(p);
	free_percpu(p);
}

static void free_other(void)
{
	free_percpu(vmalloc(100));
}

static void free_inside(void)
{
	free_percpu((char *)__alloc_percpu(100, 4) + 4);
}

static void direct_access(void)
{
	signal(SIGSEGV, SIG_DFL); /* no sanitizer's */
	*(volatile int *)alloc_percpu(int) = 1;
}

static void no_percpu_pointer(void)
{
	int x = 0;

	*this_cpu_ptr(&x) = 1;
}

static void movable(void)
{
	smp_processor_id();
}

static void movable_this_cpu(void)
{
	__this_cpu_inc(counter);
}

static void exhausted(void)
{
	for (int i = 0; i < 1 << 20; i++)
		if (!__alloc_percpu_gfp(32768, 4, GFP_KERNEL | __GFP_NORETRY))
			return;
	_exit(1);
}

static void atomic_without_room(void)
{
	void *p = alloc_percpu(int);

	for (int i = 0; i < 16 && p; i++)
		p = __alloc_percpu_gfp(32768, 4, GFP_ATOMIC);
	_exit(p != NULL);
}

static const struct child_case cases[] = {
	{ "too_large", too_large,
	  "illegal size (32772) or align (8) for "
	  "percpu allocation",
	  0, NULL },
	{ "bad_align", bad_align,
	  "illegal size (64) or align (8192) for "
	  "percpu allocation",
	  0, NULL },
	{ "align_no_power", align_no_power,
	  "illegal size (64) or align (24) "
	  "for percpu allocation",
	  0, NULL },
	{ "nothing", nothing,
	  "illegal size (0) or align (4) for percpu "
	  "allocation",
	  0, NULL },
	{ "free_twice", free_twice, "WARNING: CPU: ", 0, NULL },
	{ "free_other", free_other, "WARNING: CPU: ", 0, NULL },
	{ "free_inside", free_inside, "WARNING: CPU: ", 0, NULL },
	{ "direct_access", direct_access, "", SIGSEGV, NULL },
	{ "no_percpu_pointer", no_percpu_pointer, "which is no per-CPU memory",
	  0, NULL },
	{ "movable", movable,
	  "BUG: using smp_processor_id() in preemptible [00000000] code: ", 0,
	  NULL },
	{ "movable_this_cpu", movable_this_cpu,
	  "BUG: using __this_cpu_add() in preemptible [00000000] code: ", 0,
	  NULL },
	{ "exhausted", exhausted,
	  "percpu: allocation failed, size=32768 "
	  "align=4 atomic=0, ",
	  0, "mem=32M cpus=4" },
	{ "atomic_without_room", atomic_without_room,
	  "percpu: allocation "
	  "failed, size=32768 align=4 atomic=1, atomic alloc failed, no space "
	  "left",
	  0, NULL },
};

static Suite *suite(void)
{
	Suite *s = suite_create("percpu");
	TCase *t = tcase_create("percpu");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_static_copies);
	tcase_add_test(t, test_operations);
	tcase_add_test(t, test_get_disables_preemption);
	tcase_add_test(t, test_threads_of_a_cpu);
	tcase_add_test(t, test_first_fit);
	tcase_add_test(t, test_allocated_is_zeroed);
	tcase_add_test(t, test_limits);
	tcase_add_test(t, test_pages_come_back);
	tcase_add_test(t, test_atomic_takes_what_is_populated);
	tcase_add_test(t, test_percpu_counter);
	tcase_add_test(t, test_cpumask);
	tcase_add_test(t, test_fork);
	suite_add_tcase(s, t);
	t = tcase_create("misuse");
	child_add_cases(t);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	machine("mem=256M cpus=4", argv);
	return child_main(suite, cases, ARRAY_SIZE(cases), argc, argv);
}
