/* SPDX-License-Identifier: MIT */
/*
 * life.c - what happens at load and at exit.
 *
 * Allocating needs no constructor; a program that never allocates should
 * still have its report, and its bad options named. Call stacks are recorded
 * from here on: the unwinder can't be loaded from inside malloc.
 */
#include "abi/init.h"
#include "abi/observe.h"
#include "lib/symbol.h"
#include "prof/trace.h"

static void __attribute__((constructor)) at_load(void)
{
	if (init_getenv("KVMALLOC"))
		init_once();
	if (!init_asked())
		return;
	symbol_boot();
	observe_start(true);
}

static void __attribute__((destructor)) at_exit(void)
{
	if (!init_asked())
		return;
	observe_end();
	trace_close();
}
