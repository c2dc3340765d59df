/* SPDX-License-Identifier: MIT */
/*
 * fault.c - fault injection: who decides that a request fails.
 *
 * The order of questions is the kernel's: the task's fail-nth alone, if it is
 * set; then probability, task filter, times, stack filter, space, interval,
 * chance. failslab is asked by the slab calls of this interface,
 * fail_page_alloc by the page allocator for each block, those for slabs
 * included. Never asked: __GFP_NOFAIL, and what each attribute is told to
 * ignore, whatever fail-nth says.
 */
#include <execinfo.h>
#include <linux/fault-inject.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <stdio.h>

#include "kapi/report.h"
#include "kapi/task.h"

enum { MAX_DEPTH = 32 };

struct fault_attr kv_failslab = FAULT_ATTR_INITIALIZER;
bool kv_failslab_ignore_gfp_wait = true;
bool kv_failslab_cache_filter;
struct fault_attr kv_fail_page_alloc = FAULT_ATTR_INITIALIZER;
bool kv_fail_page_alloc_ignore_gfp_highmem = true;
bool kv_fail_page_alloc_ignore_gfp_wait = true;
unsigned int kv_fail_page_alloc_min_order = 1;

static unsigned long nr_faults;
static _Thread_local bool make_it_fail;

unsigned long kv_nr_faults(void)
{
	return __atomic_load_n(&nr_faults, __ATOMIC_RELAXED);
}

void kv_make_it_fail(bool on)
{
	make_it_fail = on;
}

int kv_fail_nth_set(int n)
{
	int *nth = kapi_fail_nth(), left = *nth;

	*nth = n > 0 ? n : 0;
	return left;
}

int kv_fail_nth_get(void)
{
	return *kapi_fail_nth();
}

int setup_fault_attr(struct fault_attr *attr, char *text)
{
	unsigned long interval, probability;
	int space, times, end = 0;

	if (sscanf(text, "%lu,%lu,%d,%d%n", &interval, &probability, &space,
		   &times, &end) < 4 || text[end]) {
		pr_warn("FAULT_INJECTION: failed to parse arguments \"%s\", "
			"expected INTERVAL,PROBABILITY,SPACE,TIMES\n", text);
		return 0;
	}
	attr->interval = interval;
	attr->probability = probability;
	atomic_set(&attr->space, space);
	atomic_set(&attr->times, times);
	return 1;
}

/* A caller that rejects decides before one that is required. */
static bool stack_passes(const struct fault_attr *attr)
{
	void *pc[MAX_DEPTH];
	bool found = attr->require_start == 0 && attr->require_end == ~0ul;
	int n;

	if (found && !attr->reject_start && !attr->reject_end)
		return true;
	n = backtrace(pc, (int)min_t(unsigned long, attr->stacktrace_depth,
				     MAX_DEPTH));
	for (int i = 0; i < n; i++) {
		unsigned long at = (unsigned long)pc[i];

		if (attr->reject_start <= at && at < attr->reject_end)
			return false;
		if (attr->require_start <= at && at < attr->require_end)
			found = true;
	}
	return found;
}

static void report(const struct fault_attr *attr)
{
	__atomic_fetch_add(&nr_faults, 1, __ATOMIC_RELAXED);
	if (!attr->verbose)
		return;
	pr_notice("FAULT_INJECTION: forcing a failure.\n");
	pr_notice("name %s, interval %lu, probability %lu, space %d, times %d\n",
		  attr->name ? attr->name : "(null)", attr->interval,
		  attr->probability, atomic_read(&attr->space),
		  atomic_read(&attr->times));
	if (attr->verbose > 1)
		dump_stack();
}

/* 0..99, the same for the same seed in one thread. */
static unsigned long chance(struct fault_attr *attr)
{
	attr->seed = attr->seed * 6364136223846793005ul + 1442695040888963407ul;
	return (attr->seed >> 33) % 100;
}

static bool space_left(struct fault_attr *attr, ssize_t size)
{
	int space = atomic_read(&attr->space);

	if (space <= size)
		return false;
	atomic_sub((int)size, &attr->space);
	return true;
}

static bool attr_decides(struct fault_attr *attr, ssize_t size)
{
	if (!attr->probability)
		return false;
	if (attr->task_filter && (!make_it_fail || !in_task()))
		return false;
	if (atomic_read(&attr->times) == 0 || !stack_passes(attr))
		return false;
	if (space_left(attr, size))
		return false;
	if (attr->interval > 1 &&
	    __atomic_add_fetch(&attr->count, 1, __ATOMIC_RELAXED) %
		    attr->interval)
		return false;
	if (attr->probability <= chance(attr))
		return false;
	return true;
}

/* The task's own count: nothing else matters while it runs. */
static bool nth_decides(struct fault_attr *attr, bool *fails)
{
	int *nth = kapi_fail_nth();

	if (!*nth || !in_task())
		return false;
	if (!stack_passes(attr)) {
		*fails = false;
		return true;
	}
	*fails = --*nth == 0;
	return true;
}

bool should_fail(struct fault_attr *attr, ssize_t size)
{
	bool fails;

	if (!nth_decides(attr, &fails)) {
		fails = attr_decides(attr, size);
		if (fails && atomic_read(&attr->times) != -1)
			atomic_dec_if_positive(&attr->times);
	}
	if (fails)
		report(attr);
	return fails;
}

void kapi_fault_setup(char *failslab, char *fail_page_alloc)
{
	kv_failslab.name = "failslab";
	kv_fail_page_alloc.name = "fail_page_alloc";
	if (*failslab)
		setup_fault_attr(&kv_failslab, failslab);
	if (*fail_page_alloc)
		setup_fault_attr(&kv_fail_page_alloc, fail_page_alloc);
}

/* Nobody makes requests fail, the way @attr tells. */
static bool is_off(const struct fault_attr *attr)
{
	return !attr->probability && !*kapi_fail_nth();
}

/* Never to fail by its flags? */
static bool is_exempt(gfp_t gfp, bool ignore_wait)
{
	return gfp & (__GFP_NOFAIL | (ignore_wait ? __GFP_DIRECT_RECLAIM : 0));
}

bool kapi_fault_slab(size_t object_size, bool marked, gfp_t gfp)
{
	if (likely(is_off(&kv_failslab)))
		return false;
	if (is_exempt(gfp, kv_failslab_ignore_gfp_wait))
		return false;
	if (kv_failslab_cache_filter && !marked)
		return false;
	return should_fail(&kv_failslab, (ssize_t)object_size);
}

bool kapi_fault_pages(gfp_t gfp, unsigned int order)
{
	if (likely(is_off(&kv_fail_page_alloc)))
		return false;
	if (order < kv_fail_page_alloc_min_order)
		return false;
	if (is_exempt(gfp, kv_fail_page_alloc_ignore_gfp_wait))
		return false;
	if (kv_fail_page_alloc_ignore_gfp_highmem && (gfp & __GFP_HIGHMEM))
		return false;
	return should_fail(&kv_fail_page_alloc, 1l << order);
}
