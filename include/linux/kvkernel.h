/* SPDX-License-Identifier: MIT */
/*
 * kvkernel.h - what a kernel has not: questions a test asks of the library.
 * Contexts are entered by linux/preempt.h, faults are injected by
 * linux/fault-inject.h, tables like /proc's are read by linux/slab.h.
 */
#ifndef KV_LINUX_KVKERNEL_H
#define KV_LINUX_KVKERNEL_H

#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * How much is allocated now: slab objects, and pages that are no slab's.
 * Exact while nobody else allocates; takes a while, since what threads keep for
 * reuse is given back first.
 */
unsigned long kv_nr_allocated(void);

/* WARNs and reports of misuse so far (linux/bug.h, too). */
unsigned long kv_nr_reports(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
