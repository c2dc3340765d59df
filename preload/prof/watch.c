/* SPDX-License-Identifier: MIT */
/* watch.c - see watch.h. */
#include "prof/watch.h"

#include "prof/areas.h"
#include "prof/modules.h"
#include "prof/report.h"
#include "prof/timeline.h"

bool watch_on;

bool watch_start(const struct thread_cache *list)
{
	if (!report_path() || !timeline_start())
		return false;
	timeline_tick(list, true);
	__atomic_store_n(&watch_on, true, __ATOMIC_RELEASE);
	return modules_start();
}

void watch_tick(const struct thread_cache *list)
{
	timeline_tick(list, false);
}

void watch_fork_child(void)
{
	if (!watch_on)
		return;
	modules_fork_child();
	timeline_fork_child();
	areas_fork_child();
	watch_on = report_path();
}

void watch_close(const struct thread_cache *list)
{
	if (!watch_on)
		return;
	areas_close();
	timeline_tick(list, true);
}
