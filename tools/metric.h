/* SPDX-License-Identifier: MIT */
/*
 * metric.h - numbers of a report by name, and conditions on them, for `check`
 * and `diff`: "peak>64M", "waste>=20%", "failed>0".
 */
#ifndef TOOLS_METRIC_H
#define TOOLS_METRIC_H

#include "model.h"

/* name, unit, what it is a part of (for %), help */
#define METRICS(X)                                                            \
	X(requests, count, none, "requests served")                           \
	X(leaks, count, requests, "blocks not given back")                    \
	X(live, bytes, peak, "bytes of those")                                \
	X(peak, bytes, none, "bytes held at the peak")                        \
	X(pages, bytes, none, "bytes of pages at the peak")                   \
	X(asked, bytes, none, "bytes asked for, over the whole run")          \
	X(served, bytes, none, "bytes served")                                \
	X(kernel, bytes, none, "bytes the kernel's table would have taken")   \
	X(waste, bytes, served, "bytes served above what was asked")          \
	X(kernel_waste, bytes, kernel, "the same by the kernel's table")      \
	X(slab, count, requests, "requests served from slabs")                \
	X(contiguous, count, requests, "requests served by contiguous pages") \
	X(vmalloc, count, requests, "requests served by vmalloc")             \
	X(fallback, count, requests, "of those, for lack of a block")         \
	X(failed, count, requests, "requests that returned NULL")             \
	X(refused, count, requests, "requests the kernel would refuse")       \
	X(oom, count, none, "out of memory declared")                         \
	X(foreign, count, none, "frees of another allocator's pointers")      \
	X(copied, bytes, none, "bytes copied by realloc")                     \
	X(threads, count, none, "threads that ever ran")

enum metric {
	METRIC_none = -1,
#define X(name, unit, part, help) METRIC_##name,
	METRICS(X)
#undef X
		NR_METRICS
};

struct metric_info {
	const char *name;
	bool bytes;
	enum metric part_of;
	const char *help;
};
extern const struct metric_info metric_info[NR_METRICS];

uint64_t metric_value(const struct model *m, enum metric which);

/* in its unit; to be freed */
char *metric_text(enum metric which, uint64_t value);

struct condition {
	const char *text; /* as given */
	enum metric metric;
	enum { OP_GT, OP_GE, OP_LT, OP_LE, OP_EQ, OP_NE } op;
	bool percent;
	double limit; /* bytes, a count, or per cent */
};

/*
 * False: a message has been printed. change: conditions are on how much a
 * number grew; then every metric has a percentage, of its old value.
 */
bool condition_parse(struct condition *c, const char *text, bool change);

bool condition_holds(const struct condition *c, double value);

/* a list of them, as given by an option that may be repeated */
struct conditions {
	struct condition *list;
	size_t nr;
};

bool conditions_add(struct conditions *all, const char *text, bool change);

#endif
