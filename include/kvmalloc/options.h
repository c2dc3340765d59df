/* SPDX-License-Identifier: MIT */
/*
 * options.h - every option of the KVMALLOC variable, one table.
 *
 * The table drives the library's parser, the options of `kvmalloc run`,
 * `kvmalloc help options` and the manual page. Kernel words keep the kernel's
 * meaning. Options are separated by spaces or commas; a comma in the value of
 * slub_debug= does not end it, unless what follows is the name of an option
 * or has a '='.
 *
 * Types: SIZE   bytes with an optional K, M, G or T (powers of 1024)
 *        UINT   decimal number
 *        ENUM   one of the words in `values` (separated by |)
 *        OPTENUM  the same, or no value at all (the last word is meant)
 *        BOOL   0 or 1; no value means 1
 *        OPTPATH  a directory, or no value at all (".")
 *        OPTFILE  a directory or a file's name, or no value at all (".")
 *        OPTBLOCKS  blocks separated by ';', of letters out of `values` and,
 *               after commas, names that may end in '*'; or no value at all
 *        NUMBERS as many whole numbers as `values` names, separated by commas
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
	X(nodes,      UINT,    "1", 1, 8, "",                              \
	  "NUMA nodes of the machine: equal parts of its memory, CPUs in turn; as many host nodes as there are back them") \
	X(zones,      ENUM,    "64bit", 0, 0, "64bit|32bit",               \
	  "memory zones: DMA below 16 MiB, DMA32 below 4 GiB and Normal, or DMA, Normal below 896 MiB and HighMem") \
	X(kernel,     OPTENUM, "",  0, 0, "4.12|4.18|6.12|7.0",                 \
	  "size classes, rounding and decision rules of that kernel, exactly") \
	X(policy,     ENUM,    "kvmalloc", 0, 0, "kvmalloc|kmalloc|vmalloc|ipc_alloc|random", \
	  "who serves a request: by size with fallback, contiguous only, vmalloc only, the old ipc_alloc rule (above a page: vmalloc), or by chance") \
	X(overcommit, BOOL,    "1", 0, 1, "",                              \
	  "0: a request beyond the machine's memory fails; 1: vmalloc serves it and the report says so") \
	X(huge,       ENUM,    "auto", 0, 0, "auto|always|off",            \
	  "transparent huge pages: for large heaps and areas while they prove fast, wherever one fits, or not asked for") \
	X(oom,        ENUM,    "null", 0, 0, "null|panic|kill",            \
	  "when nothing is left: malloc returns NULL, the process aborts with a message, or kills itself") \
	X(panic_on_warn, BOOL, "0", 0, 1, "",                              \
	  "1: what a kernel would WARN about aborts the process")         \
	X(seed,       UINT,    "1", 0, 4294967295ull, "",                  \
	  "seed of policy=random: same seed, same choices in a single thread") \
	X(slub_debug, OPTBLOCKS, "", 0, 0, "FZPUTAO-",                     \
	  "watch objects: F checks, Z red zones, P poison, U callers, T trace, A failslab, O only where slabs stay small, - nothing; then which caches: FZ,kmalloc-64,kmalloc-1*;P; no value: FZPU, all") \
	X(slab_debug, OPTBLOCKS, "", 0, 0, "FZPUTAO-",                     \
	  "the same, by its newer name")                                   \
	X(slab_nomerge, BOOL, "0", 0, 1, "",                               \
	  "1: caches of like objects stay apart (libkvkernel)")            \
	X(slab_min_order, UINT, "0", 0, 6, "",                             \
	  "least order of slabs")                                          \
	X(slab_max_order, UINT, "3", 0, 6, "",                             \
	  "largest order of slabs whose objects would fit smaller ones")   \
	X(slab_min_objects, UINT, "0", 0, 32767, "",                       \
	  "objects a slab has at least, if it may be as large; 0: by the number of CPUs") \
	X(init_on_alloc, BOOL, "0", 0, 1, "",                              \
	  "1: memory handed out reads as zero")                            \
	X(init_on_free, BOOL,  "0", 0, 1, "",                              \
	  "1: memory that is freed is cleared")                            \
	X(failslab,   NUMBERS, "", 0, 0, "INTERVAL,PROBABILITY,SPACE,TIMES", \
	  "slab allocations fail: each INTERVALth, with PROBABILITY percent, after SPACE bytes, TIMES times (-1: always); those that may sleep pass, see linux/fault-inject.h (libkvkernel)") \
	X(fail_page_alloc, NUMBERS, "", 0, 0, "INTERVAL,PROBABILITY,SPACE,TIMES", \
	  "the same for blocks of pages of order 1 and more, SPACE in pages (libkvkernel)") \
	X(report,     OPTPATH, "",  0, 0, "",                              \
	  "write kvmalloc.<comm>.<pid>.kvr into this directory (default: the current one)") \
	X(follow,     BOOL,    "1", 0, 1, "",                              \
	  "0: no reports or traces of forked children, nor, under kvmalloc run, of any process but the first") \
	X(stacks,     BOOL,    "0", 0, 1, "",                              \
	  "record call stacks into the report; libraries then stay loaded after dlclose") \
	X(exact,      BOOL,    "0", 0, 1, "",                              \
	  "record the stack of every request, however long that takes; default: a sample once it takes more than 3% of the time") \
	X(depth,      UINT,    "64", 1, 128, "",                           \
	  "frames kept of a stack, from the call of malloc outwards")      \
	X(sample,     SIZE,    "0", 0, 1ull << 40, "",                     \
	  "record one request for so many bytes served; 0: every request, then by what it takes") \
	X(jit,        BOOL,    "0", 0, 1, "",                              \
	  "tell code compiled at run time apart by its address, for names that /tmp/perf-PID.map will have (java -XX:+DumpPerfMapAtExit); default: if that file is there already, else all of it is one frame") \
	X(trace,      OPTFILE, "",  0, 0, "",                              \
	  "write every call, in order, into kvmalloc.<comm>.<pid>.kvt in this directory (default: the current one), or into a file of this name; not with stacks (libkvmalloc)") \
	X(trace_max,  SIZE,    "4G", 256 << 10, 1ull << 50, "",            \
	  "a trace ends when its file is as long")
/* clang-format on */

enum kv_option {
#define X(name, type, def, min, max, values, help) KV_OPT_##name,
	KV_OPTIONS(X)
#undef X
		KV_NR_OPTIONS
};

#endif
