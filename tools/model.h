/* SPDX-License-Identifier: MIT */
/*
 * model.h - what a report file says, in the terms a report speaks: totals,
 * routes, classes, free blocks. No output here: every command that shows or
 * compares numbers derives them from one model.
 */
#ifndef TOOLS_MODEL_H
#define TOOLS_MODEL_H

#include "read.h"

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

struct model {
	const struct snapshot *s;
	struct sums class[KVR_MAX_CLASSES];
	struct sums route[NR_ROUTES];
	struct sums total;
	uint64_t fallbacks;   /* sum of fallback_reasons */
	uint64_t nr_threads;  /* that ever ran */
	uint64_t nr_slots;    /* thread slots in use or used before */
	uint64_t pages;	      /* backed now: slabs, blocks, areas */
	uint64_t duration_ns; /* 0 = not known */
	bool duration_known;  /* false: at least duration_ns */
};

/* now_ns: CLOCK_MONOTONIC if the process runs on this machine, else 0 */
void model_build(struct model *m, const struct snapshot *s, uint64_t now_ns);

uint64_t model_counter(const struct model *m, enum kv_counter c);

/* a - b, 0 where a live file's counters overtook each other */
uint64_t minus(uint64_t a, uint64_t b);

/* free blocks of a zone by migrate type, memory never touched included */
void zone_free_blocks(const struct kvr_zone *z,
		      uint64_t free[KVR_MAX_MIGRATETYPES][KVR_MAX_ORDERS]);
/* the same, all types together */
void zone_free_area(const struct kvr_zone *z, uint64_t free[KVR_MAX_ORDERS]);

/* the kernel's fragmentation numbers, in thousandths (-1000: it would fit) */
int extfrag_index(const uint64_t free[KVR_MAX_ORDERS], int order);
int unusable_index(const uint64_t free[KVR_MAX_ORDERS], int order);

/* the kind of zone: "Normal" exists even when it has no page */
bool zone_is_used(const struct kvr_zone *z);

#endif
