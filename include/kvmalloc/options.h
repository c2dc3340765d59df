/* SPDX-License-Identifier: MIT */
/*
 * options.h - every option of the KVMALLOC variable, one table.
 *
 * The table drives the library's parser, the options of `kvmalloc run`,
 * `kvmalloc help options` and the manual page. Kernel words keep the kernel's
 * meaning. Options are separated by spaces or commas.
 *
 * Types: SIZE   bytes with an optional K, M, G or T (powers of 1024)
 *        UINT   decimal number
 *        ENUM   one of the words in `values` (separated by |)
 *        OPTENUM  the same, or no value at all (the last word is meant)
 *        BOOL   0 or 1; no value means 1
 *        OPTPATH  a directory, or no value at all (".")
 * The default is text in the same syntax; "" = not set. Ranges are inclusive
 * and used for SIZE and UINT.
 */
#ifndef KVMALLOC_OPTIONS_H
#define KVMALLOC_OPTIONS_H

/* clang-format off */
/* name, type, default, min, max, values, help */
#define KV_OPTIONS(X)                                                      \
	X(mem,        SIZE,    "",  4ull << 20, 16ull << 40, "",           \
	  "size of the machine; default: the host's memory or its cgroup limit") \
	X(cpus,       UINT,    "",  1, 128, "",                            \
	  "CPUs of the machine: slab orders and per-CPU lists follow it; default: the host's") \
	X(kernel,     OPTENUM, "",  0, 0, "4.12|4.18|7.0",                 \
	  "size classes, rounding and decision rules of that kernel, exactly") \
	X(policy,     ENUM,    "kvmalloc", 0, 0, "kvmalloc|kmalloc|vmalloc|ipc_alloc|random", \
	  "who serves a request: by size with fallback, contiguous only, vmalloc only, the old ipc_alloc rule (above a page: vmalloc), or by chance") \
	X(overcommit, BOOL,    "1", 0, 1, "",                              \
	  "0: a request beyond the machine's memory fails; 1: vmalloc serves it and the report says so") \
	X(oom,        ENUM,    "null", 0, 0, "null|panic|kill",            \
	  "when nothing is left: malloc returns NULL, the process aborts with a message, or kills itself") \
	X(seed,       UINT,    "1", 0, 4294967295ull, "",                  \
	  "seed of policy=random: same seed, same choices in a single thread") \
	X(report,     OPTPATH, "",  0, 0, "",                              \
	  "write kvmalloc.<comm>.<pid>.kvr into this directory (default: the current one)") \
	X(stacks,     BOOL,    "0", 0, 1, "",                              \
	  "record call stacks into the report; libraries then stay loaded after dlclose") \
	X(exact,      BOOL,    "0", 0, 1, "",                              \
	  "record the stack of every request, however long that takes; default: a sample once it takes more than 3% of the time") \
	X(depth,      UINT,    "64", 1, 128, "",                           \
	  "frames kept of a stack, from the call of malloc outwards")      \
	X(sample,     SIZE,    "0", 0, 1ull << 40, "",                     \
	  "record one request for so many bytes served; 0: every request, then by what it takes")
/* clang-format on */

enum kv_option {
#define X(name, type, def, min, max, values, help) KV_OPT_##name,
	KV_OPTIONS(X)
#undef X
		KV_NR_OPTIONS
};

#endif
