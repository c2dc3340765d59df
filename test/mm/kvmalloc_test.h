/* SPDX-License-Identifier: MIT */
/*
 * kvmalloc_test.h - a whole core for tests of the policy: one thread, a
 * shrinker that has nothing but takes notes, requests with what they caused.
 */
#ifndef KV_KVMALLOC_TEST_H
#define KV_KVMALLOC_TEST_H

#include "mm/kmalloc.h"
#include "mm/kvmalloc.h"
#include "mm/slab_test.h"
#include "mm/vmalloc.h"

static struct thread_cache thread __attribute__((aligned(KVR_PAGE)));

/* What a request caused. */
struct outcome {
	void *p;
	char route; /* S slab, P pages, V vmalloc, 0 NULL */
	u64 count[KV_NR_COUNTERS];
	/* rounds of direct reclaim, by what the caller wanted */
	unsigned int light; /* with __GFP_NORETRY */
	unsigned int full;  /* without */
};

static struct {
	unsigned int light, full;
	u64 rounds; /* of direct reclaim, when last looked */
} notes;

/* kswapd's work comes here too, but counts no round. */
static inline unsigned long note_reclaim(gfp_t gfp)
{
	if (counted(KV_direct_reclaim) == notes.rounds)
		return 0;
	notes.rounds = counted(KV_direct_reclaim);
	if (gfp & __GFP_NORETRY)
		notes.light++;
	else
		notes.full++;
	return 0;
}

/* OOM handlers: whoever had all the memory is gone; there is nobody. */
static inline bool let_go(gfp_t gfp, unsigned int order)
{
	(void)gfp;
	(void)order;
	state_leave();
	return true;
}

static inline bool no_help(gfp_t gfp, unsigned int order)
{
	(void)gfp;
	(void)order;
	return false;
}

/* So that a request's sheaf needs no memory of its own. */
static inline void make_room_for_sheaves(void)
{
	void *obj;

	for (unsigned int c = kmalloc_info.nr_classes; c < nr_caches; c++)
		ck_assert_uint_eq(
			slab_alloc_batch(&caches[c], GFP_KERNEL, &obj, 1), 1);
}

static inline void boot_core(int kernel, enum kv_policy policy, bool overcommit)
{
	static struct shrinker shrinker = { .name = "notes",
					    .scan = note_reclaim };
	struct machine_config cfg = {
		.mem = 256 * MIB,
		.cpus = 2,
		.kernel = kernel,
		.overcommit = overcommit,
	};

	ck_assert_int_eq(machine_boot(&cfg), 0);
	ck_assert_int_eq(vmalloc_boot(), 0);
	kmalloc_boot(kernel, policy != POLICY_RANDOM);
	kvmalloc_boot(policy, kernel);
	ck_assert_int_eq(sheaf_boot(), 0);
	sheaf_thread_init(&thread);
	thread.random = 1;
	make_room_for_sheaves();
	register_shrinker(&shrinker);
	oom_handler = let_go;
}

static inline void boot_kernel(int kernel)
{
	boot_core(kernel, POLICY_KVMALLOC, false);
}

static inline char route_of(const void *p)
{
	if (!p)
		return '0';
	if (is_vmalloc_addr(p))
		return 'V';
	ck_assert(virt_is_linear(p));
	return virt_to_page(p)->type == PAGE_LARGE ? 'P' : 'S';
}

/* Calls kvmalloc (@align 0) or its aligned form, and notes all of it. */
static inline void request_by(struct outcome *o, size_t size, size_t align,
			      gfp_t gfp, bool strict)
{
	u64 before[KV_NR_COUNTERS];

	memcpy(before, stats.counter, sizeof(before));
	notes.light = notes.full = 0;
	o->p = align ? kvmalloc_aligned(&thread, size, align, gfp, NULL) :
		       kvmalloc_gfp(&thread, size, gfp, strict, NULL);
	o->route = route_of(o->p);
	for (int i = 0; i < KV_NR_COUNTERS; i++)
		o->count[i] = stats.counter[i] - before[i];
	o->light = notes.light;
	o->full = notes.full;
}

static inline void request(struct outcome *o, size_t size, gfp_t gfp)
{
	request_by(o, size, 0, gfp, true);
}

/* The reason @why is counted once if vmalloc served, and no other ever. */
static inline void assert_reason(const struct outcome *o, enum kv_counter why)
{
	static const enum kv_counter reasons[] = {
		KV_vmalloc_size,     KV_vmalloc_refused, KV_vmalloc_policy,
		KV_fallback_nomem,   KV_fallback_frag,	 KV_fallback_slab,
		KV_fallback_aligned,
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		ck_assert_uint_eq(o->count[reasons[i]],
				  o->route == 'V' && reasons[i] == why);
}

/* All validators; when a test is done. */
static inline void validate_core(void)
{
	ck_assert_uint_eq(sheaf_validate(&thread), 0);
	ck_assert_uint_eq(vmalloc_validate(), 0);
	validate_slabs();
}

#endif
