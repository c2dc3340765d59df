/* SPDX-License-Identifier: MIT */
/*
 * stacks.h - the call stacks of a report file: each distinct one once, with
 * what all thread slots did by it added up.
 *
 * Whatever the file held: frames lie inside the file and all stacks together
 * have no more than it has, a row's id is its place in the table, sums that
 * would be negative are 0.
 */
#ifndef TOOLS_STACKS_H
#define TOOLS_STACKS_H

#include "read.h"

struct stack_row {
	uint64_t hash;		/* the same stack in every run */
	const uint64_t *frame;	/* KVR_FRAME_*, leaf first */
	uint32_t nr_frames;
	uint16_t flags;		/* KVR_STACK_* */
	uint64_t allocs, frees;
	uint64_t asked, served, freed, kernel_served;	/* bytes */
	uint64_t fallbacks;
	uint64_t live_blocks, live_bytes;	/* served bytes, at the end */
	uint64_t peak_blocks, peak_bytes;	/* live at the process's peak */
	uint64_t lifetime[KVR_LIFETIMES];
	/* what a forked child had from its parent: live, but not its allocs */
	uint64_t inherited_blocks, inherited_bytes;
	uint64_t largest;	/* bytes asked at once */
	/* free bytes of mostly empty slabs that its objects keep from going
	   back; of all thread slots, always */
	uint64_t pinned_bytes, pinned_objects;
};

struct stacks {
	const struct snapshot *from; /* NULL: not of a file */
	struct stack_row *row;	/* [id]; row[0] is unused */
	size_t nr_rows;		/* 1 when the file has no stacks */
	const struct kvr_module *module;
	size_t nr_modules;
	const struct kvr_moment *moment;	/* oldest first */
	size_t nr_moments;
	/* the file's arrays, for who needs more (per-thread totals) */
	const struct kvr_stack_stat *stat;
	size_t nr_stats;
};

/* false: s->why says what is wrong. The snapshot must outlive the stacks. */
bool stacks_load(struct stacks *st, struct snapshot *s);
void stacks_free(struct stacks *st);

/* sums again, of the thread slots only for which slots[] is true */
void stacks_of_slots(struct stacks *st, const struct snapshot *s,
		     const bool *slots);

/* what a table or a flame graph can be of */
#define STACK_VALUES(X)                                            \
	X(live,  "bytes",  "bytes not given back")                 \
	X(leaks, "blocks", "blocks not given back")                \
	X(peak,  "bytes",  "bytes live at the process's peak")     \
	X(total, "bytes",  "bytes served over the whole run")      \
	X(count, "blocks", "requests")                             \
	X(waste, "bytes",  "bytes served above what was asked")    \
	X(fallback, "blocks", "requests that fell back to vmalloc") \
	X(pinned, "bytes", "bytes free in mostly empty slabs, held by blocks")

enum stack_value {
#define X(name, unit, help) STACK_VALUE_##name,
	STACK_VALUES(X)
#undef X
		NR_STACK_VALUES
};
uint64_t stack_value(const struct stack_row *r, enum stack_value v);

#endif
