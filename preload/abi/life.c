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
#include "abi/init.h"
#include "abi/record.h"
#include "abi/thread.h"
#include "prof/prof.h"
#include "mm/page_alloc.h"
#include "prof/report.h"

static void __attribute__((constructor)) at_load(void)
{
	if (init_getenv("KVMALLOC"))
		init_once();
	record_start();
}

static void __attribute__((destructor)) at_exit(void)
{
	prof_close(thread_list());
	page_alloc_sync_stats();
	report_close();
}
