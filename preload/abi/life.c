/* SPDX-License-Identifier: MIT */
/*
 * life.c - what happens at load and at exit.
 *
 * Allocating needs no constructor; a program that never allocates should
 * still have its report, and its bad options named. Call stacks are recorded
 * from here on: the unwinder can't be loaded from inside malloc.
 * At exit the report is marked complete, and that is all: the heap stays as it
 * is, for others' exit handlers run after ours.
 */
#include "abi/debug.h"
#include "abi/gate.h"
#include "abi/init.h"
#include "abi/record.h"
#include "abi/thread.h"
#include "prof/prof.h"
#include "mm/page_alloc.h"
#include "prof/report.h"
#include "prof/watch.h"

static void __attribute__((constructor)) at_load(void)
{
	if (init_getenv("KVMALLOC"))
		init_once();
	if (!init_asked())
		return;
	record_start();
	debug_stacks_start();
}

/* Not if a signal handler that exits interrupted the core: locks are held. */
static void sync_counters(void)
{
	struct thread_cache *t = kv_own;

	if (t && !core_enter(t))
		return;
	page_alloc_sync_stats();
	prof_tick(true);
	if (t)
		core_leave(t);
}

static void __attribute__((destructor)) at_exit(void)
{
	if (!init_asked())
		return;
	watch_close(thread_list());
	debug_at_exit();
	prof_close(thread_list());
	sync_counters();
	report_close();
}
