/* SPDX-License-Identifier: MIT */
/*
 * report.c - WARN, BUG, panic and stacks in the kernel's form; see report.h
 * for inside files, linux/bug.h for users.
 *
 * Symbols come from the loader (dladdr), so functions that are not exported
 * have their object and an offset: addr2line knows the rest.
 */
#include "kapi/report.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <linux/bug.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kapi/symbol.h"
#include "kapi/task.h"

enum { MAX_DEPTH = 32 };

static unsigned long nr_reports;

void kapi_count_report(void)
{
	__atomic_fetch_add(&nr_reports, 1, __ATOMIC_RELAXED);
}

unsigned long kapi_nr_reports(void)
{
	return __atomic_load_n(&nr_reports, __ATOMIC_RELAXED) +
	       kapi_slab_reports();
}

unsigned long kv_nr_reports(void)
{
	return kapi_nr_reports();
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
	void *pc[MAX_DEPTH];
	int n = backtrace(pc, MAX_DEPTH);
	char name[256];

	kapi_pr("Call Trace:");
	kapi_pr(" <TASK>");
	for (int i = 0; i < n; i++) {
		if (kapi_is_own_code(pc[i]))
			continue; /* who reports is no news */
		kapi_symbol(name, sizeof(name), pc[i], true);
		kapi_pr(" %s", name);
	}
	kapi_pr(" </TASK>");
}

static void print_who(const char *what, const char *file, int line,
		      const char *func)
{
	char comm[16];

	kapi_comm(comm);
	kapi_pr("%s: CPU: %d PID: %d at %s:%d %s", what,
		kapi_cpu(), kapi_pid(), file, line, func);
	kapi_pr("CPU: %d PID: %d Comm: %s Not tainted " KV_VERSION,
		kapi_cpu(), kapi_pid(), comm);
}

void kapi_dump_stack(void)
{
	char comm[16];

	kapi_comm(comm);
	kapi_pr("CPU: %d PID: %d Comm: %s Not tainted " KV_VERSION,
		kapi_cpu(), kapi_pid(), comm);
	print_stack();
}

void dump_stack(void)
{
	kapi_dump_stack();
}

static void warn_at(const char *file, int line, const char *func,
		    const char *fmt, va_list ap)
{
	char text[512];

	kapi_count_report();
	kapi_pr("------------[ cut here ]------------");
	if (fmt) {
		kv_vsnprintk(text, sizeof(text), fmt, ap);
		text[strcspn(text, "\n")] = 0;
		kapi_pr("%s", text);
	}
	print_who("WARNING", file, line, func);
	print_stack();
	kapi_pr("---[ end trace 0000000000000000 ]---");
	if (kapi_panic_on_warn())
		kapi_panic("kernel: panic_on_warn set ...");
}

void kapi_warn_at(const char *file, int line, const char *func,
		  const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warn_at(file, line, func, fmt, ap);
	va_end(ap);
}

void kv_warn_at(const char *file, int line, const char *func,
		const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warn_at(file, line, func, fmt, ap);
	va_end(ap);
}

void kapi_bug_at(const char *file, int line, const char *func)
{
	kapi_count_report();
	kapi_pr("------------[ cut here ]------------");
	kapi_pr("kernel BUG at %s:%d!", file, line);
	print_who("BUG", file, line, func);
	print_stack();
	kapi_pr("---[ end trace 0000000000000000 ]---");
	abort();
}

void kv_bug_at(const char *file, int line, const char *func)
{
	kapi_bug_at(file, line, func);
}

static void vpanic(const char *fmt, va_list ap) __attribute__((noreturn));
static void vpanic(const char *fmt, va_list ap)
{
	char text[512];

	kapi_count_report();
	kv_vsnprintk(text, sizeof(text), fmt, ap);
	kapi_pr("Kernel panic - not syncing: %s", text);
	kapi_dump_stack();
	kapi_pr("---[ end Kernel panic - not syncing: %s ]---", text);
	abort();
}

void kapi_panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vpanic(fmt, ap);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vpanic(fmt, ap);
}
