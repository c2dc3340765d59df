/* SPDX-License-Identifier: MIT */
/*
 * main.c - runs the module it is linked with, as a kernel would load and
 * unload it.
 *
 *   EXAMPLE              twice; anything the second run leaves allocated is
 *                        an error
 *   EXAMPLE --fail-nth   again and again, with the 1st, 2nd, 3rd ... request
 *                        failing, until it has no Nth request any more
 */
#include <linux/fault-inject.h>
#include <linux/kvkernel.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <stdio.h>
#include <string.h>

static int load_and_unload(void)
{
	int err = init_module();

	if (!err)
		cleanup_module();
	return err;
}

static int check_leak(unsigned long before, int n)
{
	unsigned long after;

	rcu_barrier();
	after = kv_nr_allocated();
	if (after == before)
		return 0;
	fprintf(stderr, "request %d failed: %ld allocations are left\n", n,
		(long)(after - before));
	return 1;
}

/* The first run may leave what later ones use again: per-CPU chunks. */
static int run_twice(void)
{
	int err = load_and_unload();
	unsigned long before = kv_nr_allocated();

	console_loglevel = 4;
	if (!err)
		err = load_and_unload();
	if (err)
		fprintf(stderr, "init_module: %s\n", strerror(-err));
	return err || check_leak(before, 0) || kv_nr_reports();
}

static int fail_each(void)
{
	unsigned long before;
	int n, failed = 0;

	kv_failslab_ignore_gfp_wait = false;
	kv_fail_page_alloc_ignore_gfp_wait = false;
	kv_fail_page_alloc_ignore_gfp_highmem = false;
	kv_fail_page_alloc_min_order = 0;
	kv_failslab.verbose = 0;
	kv_fail_page_alloc.verbose = 0;
	console_loglevel = 4;
	if (load_and_unload())
		return 1;
	before = kv_nr_allocated();
	for (n = 1;; n++) {
		int err, left;

		kv_fail_nth_set(n);
		err = load_and_unload();
		left = kv_fail_nth_set(0);
		if (check_leak(before, n))
			return 1;
		if (left > 0)
			break;
		failed += err != 0;
	}
	printf("%d requests failed one by one, %d of them to the module\n",
	       n - 1, failed);
	return kv_nr_reports() != 0;
}

int main(int argc, char **argv)
{
	return argc > 1 && !strcmp(argv[1], "--fail-nth") ? fail_each() :
							    run_twice();
}
