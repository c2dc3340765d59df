/* SPDX-License-Identifier: MIT */
/*
 * pins.c - see pins.h; struct kvr_pin says what the file has.
 *
 * A round writes to one half of the entries while readers, and whoever finds
 * the file after a kill, take the other half, which the last complete round
 * wrote: stats.pin_round leads from one to the other.
 *
 * Lock: pins.lock, tried for only; outside of arrays_lock (blocks.c).
 */
#include "prof/pins.h"

#include "mm/stats.h"
#include "os/os.h"
#include "prof/blocks.h"
#include "prof/report.h"
#include "prof/sample.h"
#include "prof/stackdepot.h"

enum {
	COST = 100,	/* a round takes at most this part of the time */
	FIRST = 1024,	/* entries */
};
static const u64 least_ns = 100000000;	/* between two rounds */

static struct {
	struct spinlock lock;
	u64 next_ns;	/* when the next round is due */
	u64 round;	/* the present one */
	u64 nr;		/* entries of the file */
	u64 bytes;	/* found so far */
	const u32 *index;	/* of stacks in the file, by number */
} pins;

static struct report_array file = {
	.section = KVR_SEC_PINS,
	.entry_size = sizeof(struct kvr_pin),
	.first = FIRST * sizeof(struct kvr_pin),
	.most = MAX_STACKS * sizeof(struct kvr_pin),
};

static void add(u64 tag, size_t size, u64 bytes)
{
	struct kvr_pin *e = (struct kvr_pin *)(void *)file.base;
	u32 i = pins.index[tag_stack(tag)];
	u64 half = pins.round % 2;

	if (!i || i >= pins.nr)
		return;
	e += i;
	if (e->round[half] != pins.round) {
		e->round[half] = pins.round;
		e->bytes[half] = e->objects[half] = 0;
	}
	e->bytes[half] += bytes;
	e->objects[half] += sample_weight(tag_gen(tag), size);
}

static void share(const u64 *tags, unsigned int nr, size_t size, u64 unused)
{
	u64 sharers = 0;

	for (unsigned int i = 0; i < nr; i++)
		sharers += __atomic_load_n(&tags[i], __ATOMIC_RELAXED) != 0;
	if (!sharers)
		return;
	pins.bytes += unused;
	for (unsigned int i = 0; i < nr; i++) {
		u64 tag = __atomic_load_n(&tags[i], __ATOMIC_RELAXED);

		if (tag)
			add(tag, size, unused / sharers);
	}
}

static void look(void)
{
	/* the first two of the file are not in `stacks` */
	pins.nr = stats.stacks + STACK_LOST + 1;
	pins.index = *(const u32 *const *)depot_indexes();
	if (!report_array_grow(&file, pins.nr * sizeof(struct kvr_pin)))
		return;
	pins.round++;
	pins.bytes = 0;
	blocks_sparse(share);
	stats.pinned_bytes = pins.bytes;
	__atomic_store_n(&stats.pin_round, pins.round, __ATOMIC_RELEASE);
}

void pins_tick(bool now)
{
	u64 start;

	if (!now && os_coarse_ns() < __atomic_load_n(&pins.next_ns,
						     __ATOMIC_RELAXED))
		return;
	if (!spin_trylock(&pins.lock))
		return;
	start = os_monotonic_ns();
	look();
	__atomic_store_n(&pins.next_ns,
			 start + max_ul(least_ns,
					COST * (os_monotonic_ns() - start)),
			 __ATOMIC_RELAXED);
	spin_unlock(&pins.lock);
}

void pins_fork_child(void)
{
	spin_lock_init(&pins.lock);
	report_array_drop(&file);
	pins.next_ns = pins.round = 0;
}
