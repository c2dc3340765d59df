/* SPDX-License-Identifier: MIT */
/*
 * exit.c - the end of the process: the report is marked complete, and that is
 * all. The heap stays as it is: others' exit handlers run after ours.
 */
#include "prof/report.h"

static void __attribute__((destructor)) at_exit(void)
{
	report_close();
}
