/* SPDX-License-Identifier: MIT */
/*
 * fault-inject.h - making allocations fail.
 *
 * The attributes failslab and fail_page_alloc have the kernel's files as fields.
 * They are set by KVMALLOC ("failslab=INTERVAL,PROBABILITY,SPACE,TIMES"), by
 * setup_fault_attr() with the same text, or field by field. A thread's own
 * fail-nth makes its Nth request fail, whatever it is, but for those that an
 * attribute ignores, as GFP_KERNEL is by default:
 *
 *	kv_failslab_ignore_gfp_wait = false;
 *	kv_fail_page_alloc_ignore_gfp_wait = false;
 *	kv_fail_page_alloc_min_order = 0;
 * 	for (n = 1; ; n++) {
 * 		kv_fail_nth_set(n);
 * 		run();
 * 		if (kv_fail_nth_set(0) > 0)
 * 			break;		// no Nth request any more
 * 	}
 */
#ifndef KV_LINUX_FAULT_INJECT_H
#define KV_LINUX_FAULT_INJECT_H

#include <linux/atomic.h>
#include <linux/types.h>

struct fault_attr {
	unsigned long probability;	/* percent */
	unsigned long interval;		/* each so many eligible calls */
	atomic_t times;			/* failures left; -1: no limit */
	atomic_t space;			/* bytes or pages to let pass first */
	unsigned long verbose;		/* 0 silent, 1 a line, 2 and a stack */
	bool task_filter;		/* only tasks with kv_make_it_fail() */
	unsigned long stacktrace_depth;
	unsigned long require_start, require_end;
	unsigned long reject_start, reject_end;
	unsigned long count;
	unsigned long seed;
	const char *name;
};

#define FAULT_ATTR_INITIALIZER                                        \
	{ 0, 1, ATOMIC_INIT(1), ATOMIC_INIT(0), 2, false, 32, 0,      \
	  ~0ul, 0, 0, 0, 0, NULL }
#define DECLARE_FAULT_ATTR(name) \
	struct fault_attr name = FAULT_ATTR_INITIALIZER

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* "interval,probability,space,times": 1, or 0 and a message. */
int setup_fault_attr(struct fault_attr *attr, char *text);
/* Is this call of @size bytes (or pages) to fail? */
bool should_fail(struct fault_attr *attr, ssize_t size);

/* failslab: kmalloc() and caches up to a slab's size. */
extern struct fault_attr kv_failslab;
extern bool kv_failslab_ignore_gfp_wait;	/* Y: what may sleep passes */
extern bool kv_failslab_cache_filter;	/* N; Y: SLAB_FAILSLAB caches only */
/* fail_page_alloc: blocks of pages, those of slabs included. */
extern struct fault_attr kv_fail_page_alloc;
extern bool kv_fail_page_alloc_ignore_gfp_highmem;	/* Y */
extern bool kv_fail_page_alloc_ignore_gfp_wait;	/* Y */
extern unsigned int kv_fail_page_alloc_min_order;	/* 1 */

/*
 * The thread's @n-th request from now on fails; 0: none. Returns what was
 * left to count: 0 if it was hit (or none was set).
 */
int kv_fail_nth_set(int n);
int kv_fail_nth_get(void);
/* For task_filter: the calling thread is one of those. */
void kv_make_it_fail(bool on);
/* Faults injected so far, of all threads. */
unsigned long kv_nr_faults(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
