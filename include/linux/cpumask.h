/* SPDX-License-Identifier: MIT */
/* cpumask.h - sets of CPUs. All CPUs are possible, present and online. */
#ifndef KV_LINUX_CPUMASK_H
#define KV_LINUX_CPUMASK_H

#include <linux/bitmap.h>
#include <linux/smp.h>

typedef struct cpumask {
	unsigned long bits[NR_CPUS / (8 * sizeof(long))];
} cpumask_t;
typedef struct cpumask cpumask_var_t[1];
#define CPU_MASK_NONE	{ { 0 } }
#define CPU_MASK_ALL	{ { [0 ... NR_CPUS / (8 * sizeof(long)) - 1] = ~0ul } }

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
/* All CPUs of the machine. */
const struct cpumask *kv_cpu_all_mask(void);
/* CPU @cpu alone. */
const struct cpumask *cpumask_of(unsigned int cpu);
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define cpu_possible_mask	kv_cpu_all_mask()
#define cpu_present_mask	kv_cpu_all_mask()
#define cpu_online_mask		kv_cpu_all_mask()
#define cpu_active_mask		kv_cpu_all_mask()
#define num_possible_cpus()	kv_nr_cpu_ids()
#define num_present_cpus()	kv_nr_cpu_ids()
#define num_online_cpus()	kv_nr_cpu_ids()
#define num_active_cpus()	kv_nr_cpu_ids()
#define cpu_possible(cpu)	((unsigned int)(cpu) < nr_cpu_ids)
#define cpu_present(cpu)	cpu_possible(cpu)
#define cpu_online(cpu)		cpu_possible(cpu)
#define cpu_active(cpu)		cpu_possible(cpu)

#define for_each_possible_cpu(cpu) \
	for ((cpu) = 0; (unsigned int)(cpu) < nr_cpu_ids; (cpu)++)
#define for_each_present_cpu(cpu)	for_each_possible_cpu(cpu)
#define for_each_online_cpu(cpu)	for_each_possible_cpu(cpu)
#define for_each_cpu(cpu, mask)                                  \
	for ((cpu) = 0; (unsigned int)(cpu) < nr_cpu_ids; (cpu)++) \
		if (!cpumask_test_cpu((int)(cpu), mask))         \
			;                                        \
		else
#define cpumask_bits(mask)	((mask)->bits)

static inline bool cpumask_test_cpu(int cpu, const struct cpumask *mask)
{
	return mask->bits[BIT_WORD(cpu)] & BIT_MASK(cpu);
}

static inline void cpumask_set_cpu(unsigned int cpu, struct cpumask *mask)
{
	__atomic_fetch_or(&mask->bits[BIT_WORD(cpu)], BIT_MASK(cpu),
			  __ATOMIC_SEQ_CST);
}

static inline void cpumask_clear_cpu(unsigned int cpu, struct cpumask *mask)
{
	__atomic_fetch_and(&mask->bits[BIT_WORD(cpu)], ~BIT_MASK(cpu),
			   __ATOMIC_SEQ_CST);
}

static inline bool cpumask_test_and_set_cpu(unsigned int cpu,
					    struct cpumask *mask)
{
	return __atomic_fetch_or(&mask->bits[BIT_WORD(cpu)], BIT_MASK(cpu),
				 __ATOMIC_SEQ_CST) &
	       BIT_MASK(cpu);
}

static inline bool cpumask_test_and_clear_cpu(unsigned int cpu,
					      struct cpumask *mask)
{
	return __atomic_fetch_and(&mask->bits[BIT_WORD(cpu)], ~BIT_MASK(cpu),
				  __ATOMIC_SEQ_CST) &
	       BIT_MASK(cpu);
}

/* The first CPU of @mask behind @n, or nr_cpu_ids. */
static inline unsigned int cpumask_next(int n, const struct cpumask *mask)
{
	unsigned int cpu = (unsigned int)(n + 1);

	while (cpu < nr_cpu_ids && !cpumask_test_cpu((int)cpu, mask))
		cpu++;
	return cpu;
}

static inline unsigned int cpumask_first(const struct cpumask *mask)
{
	return cpumask_next(-1, mask);
}

static inline unsigned int cpumask_weight(const struct cpumask *mask)
{
	unsigned int sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		sum += cpumask_test_cpu((int)cpu, mask);
	return sum;
}

static inline bool cpumask_empty(const struct cpumask *mask)
{
	return cpumask_first(mask) >= nr_cpu_ids;
}

static inline void cpumask_clear(struct cpumask *mask)
{
	memset(mask, 0, sizeof(*mask));
}

static inline void cpumask_copy(struct cpumask *to, const struct cpumask *from)
{
	*to = *from;
}

static inline void cpumask_setall(struct cpumask *mask)
{
	*mask = *kv_cpu_all_mask();
}

static inline bool cpumask_equal(const struct cpumask *a,
				 const struct cpumask *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* *@to is what is in both, or in either; false if it is empty. */
static inline bool cpumask_and(struct cpumask *to, const struct cpumask *a,
			       const struct cpumask *b)
{
	for (size_t i = 0; i < sizeof(to->bits) / sizeof(*to->bits); i++)
		to->bits[i] = a->bits[i] & b->bits[i];
	return !cpumask_empty(to);
}

static inline void cpumask_or(struct cpumask *to, const struct cpumask *a,
			      const struct cpumask *b)
{
	for (size_t i = 0; i < sizeof(to->bits) / sizeof(*to->bits); i++)
		to->bits[i] = a->bits[i] | b->bits[i];
}

/* Masks are small: they need no memory of their own. */
static inline bool alloc_cpumask_var(struct cpumask (*mask)[1], gfp_t gfp)
{
	(void)mask;
	(void)gfp;
	return true;
}

static inline bool zalloc_cpumask_var(struct cpumask (*mask)[1], gfp_t gfp)
{
	(void)gfp;
	cpumask_clear(*mask);
	return true;
}

static inline void free_cpumask_var(struct cpumask *mask)
{
	(void)mask;
}

#endif
