/* SPDX-License-Identifier: MIT */
/*
 * model.h - what a report file says, in the terms a report speaks: totals,
 * routes, classes, free blocks. No output here: every command that shows or
 * compares numbers derives them from one model.
 */
#ifndef TOOLS_MODEL_H
#define TOOLS_MODEL_H

#include "read.h"
#include "zone.h"

struct sums {
	uint64_t calls;	     /* requests served */
	uint64_t freed;	     /* blocks given back */
	uint64_t asked;	     /* bytes the program asked for */
	uint64_t served;     /* bytes it got */
	uint64_t kernel;     /* bytes the kernel's table would have taken */
	uint64_t live;	     /* blocks not given back */
	uint64_t live_bytes; /* served bytes of those */
	uint64_t live_kernel;
};

enum route {
	ROUTE_SLAB,
	ROUTE_PAGES,
	ROUTE_VMALLOC,
	NR_ROUTES,
};

/* why a request ended in the vmalloc region, or failed */
struct reason {
	enum kv_counter counter;
	const char *text; /* short, for a list */
};

enum { NR_FALLBACKS = 3 };
extern const struct reason fallback_reasons[NR_FALLBACKS];

/* What became of huge pages in the linear map: enum kvr_huge. */
struct huge_word {
	const char *name; /* in exports */
	const char *text; /* in sentences, after the numbers; or NULL */
};
const struct huge_word *huge_word(const struct kvr_stats *st);

struct model {
	const struct snapshot *s;
	struct sums class[KVR_MAX_CLASSES];
	struct sums route[NR_ROUTES];
	struct sums total;
	uint64_t fallbacks;   /* sum of fallback_reasons */
	uint64_t nr_threads;  /* that ever ran */
	uint64_t nr_slots;    /* thread slots in use or used before */
	uint64_t resized;     /* realloc in place, by fast paths */
	uint64_t pages;	      /* backed now: slabs, blocks, areas */
	uint64_t duration_ns; /* 0 = not known */
	bool duration_known;  /* false: at least duration_ns */
};

/* now_ns: CLOCK_MONOTONIC if the process runs on this machine, else 0 */
void model_build(struct model *m, const struct snapshot *s, uint64_t now_ns);

/* what threads count for themselves included */
uint64_t model_counter(const struct model *m, enum kv_counter c);

/* the kernel's fragmentation numbers, in thousandths (-1000: it would fit) */
int extfrag_index(const uint64_t free[KVR_MAX_ORDERS], int order);
int unusable_index(const uint64_t free[KVR_MAX_ORDERS], int order);

/* What to call a zone: "Normal", or "1:Normal" where there are several nodes */
struct zone_label {
	char s[40];
};
struct zone_label zone_label(const struct snapshot *s,
			     const struct kvr_zone *z);

#endif
