/* SPDX-License-Identifier: MIT */
/*
 * observe.c - see observe.h.
 *
 * At exit the report is marked complete, and that is all: the heap stays as it
 * is, for others' exit handlers run after ours.
 */
#include "abi/observe.h"

#include "abi/debug.h"
#include "abi/gate.h"
#include "abi/options.h"
#include "lib/bug.h"
#include "mm/page_alloc.h"
#include "prof/areas.h"
#include "prof/layout.h"
#include "prof/report.h"
#include "prof/trace.h"

static void start_report(bool fast_free)
{
	const struct prof_config cfg = {
		.depth = (unsigned int)options[KV_OPT_depth].number,
		.interval = options[KV_OPT_sample].number,
		.exact = options[KV_OPT_exact].number,
		.jit = options[KV_OPT_jit].number,
		.fast_free = fast_free,
		.seed = options[KV_OPT_seed].number,
	};
	struct thread_cache *t = report_path() ? thread_self() : NULL;

	if (t && watch_start(thread_list()) && core_enter(t)) {
		areas_start();
		core_leave(t);
	}
	if (t)
		layout_describe(thread_list_address(), prof_wanted);
	if (t && prof_wanted)
		prof_start(&cfg, t, thread_list());
}

void observe_start(bool fast_free)
{
	start_report(fast_free);
	if (options[KV_OPT_stacks].number && !options[KV_OPT_report].set)
		warn("option stacks: needs report, without one nothing is recorded");
	else if (options[KV_OPT_stacks].number && trace_on)
		warn("option stacks: not with trace, nothing is recorded");
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

void observe_end(void)
{
	watch_close(thread_list());
	debug_at_exit();
	prof_close(thread_list());
	sync_counters();
	report_close();
}
