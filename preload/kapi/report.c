/* SPDX-License-Identifier: MIT */
/*
 * report.c - WARN, BUG, panic and stacks in the kernel's form; see
 * linux/bug.h, and report.h for inside files.
 *
 * Symbols come from the loader (dladdr), so functions that are not exported
 * have their object and an offset: addr2line knows the rest.
 */
#include "kapi/report.h"

#include <execinfo.h>
#include <stdlib.h>
#include <string.h>

#include "kapi/symbol.h"
#include "kapi/task.h"

enum { MAX_DEPTH = 32 };

static unsigned long nr_reports;

void kapi_count_report(void)
{
	__atomic_fetch_add(&nr_reports, 1, __ATOMIC_RELAXED);
}

unsigned long kv_nr_reports(void)
{
	return __atomic_load_n(&nr_reports, __ATOMIC_RELAXED) +
	       kapi_slab_reports();
}

unsigned int kapi_capture_stack(const void **frames, unsigned int max)
{
	void *pc[MAX_DEPTH];
	int n = backtrace(pc, MAX_DEPTH);
	unsigned int kept = 0;

	for (int i = 0; i < n && kept < max; i++)
		if (!kapi_is_own_code(pc[i]))
			frames[kept++] = pc[i];
	return kept;
}

static void print_stack(void)
{
	const void *pc[MAX_DEPTH];
	unsigned int n = kapi_capture_stack(pc, MAX_DEPTH);
	char name[256];

	kapi_pr("Call Trace:");
	kapi_pr(" <TASK>");
	for (unsigned int i = 0; i < n; i++) {
		kapi_symbol(name, sizeof(name), pc[i], true);
		kapi_pr(" %s", name);
	}
	kapi_pr(" </TASK>");
}

void dump_stack(void)
{
	char comm[16];

	kapi_comm(comm);
	kapi_pr("CPU: %d PID: %d Comm: %s Not tainted " KV_VERSION,
		kapi_cpu(), kapi_pid(), comm);
	print_stack();
}

/* Whose report it is and what led there, to its end. */
static void print_rest(const char *what, const char *file, int line,
		       const char *func)
{
	kapi_pr("%s: CPU: %d PID: %d at %s:%d %s", what,
		kapi_cpu(), kapi_pid(), file, line, func);
	dump_stack();
	kapi_pr("---[ end trace 0000000000000000 ]---");
}

void kv_warn_at(const char *file, int line, const char *func,
		const char *fmt, ...)
{
	char text[512];
	va_list ap;

	kapi_count_report();
	kapi_pr("------------[ cut here ]------------");
	if (fmt) {
		va_start(ap, fmt);
		kv_vsnprintk(text, sizeof(text), fmt, ap);
		va_end(ap);
		text[strcspn(text, "\n")] = 0;
		kapi_pr("%s", text);
	}
	print_rest("WARNING", file, line, func);
	if (kapi_panic_on_warn())
		panic("kernel: panic_on_warn set ...");
}

void kv_bug_at(const char *file, int line, const char *func)
{
	kapi_count_report();
	kapi_pr("------------[ cut here ]------------");
	kapi_pr("kernel BUG at %s:%d!", file, line);
	print_rest("BUG", file, line, func);
	abort();
}

void panic(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	kapi_count_report();
	va_start(ap, fmt);
	kv_vsnprintk(text, sizeof(text), fmt, ap);
	va_end(ap);
	kapi_pr("Kernel panic - not syncing: %s", text);
	dump_stack();
	kapi_pr("---[ end Kernel panic - not syncing: %s ]---", text);
	abort();
}
