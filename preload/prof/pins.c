/* SPDX-License-Identifier: MIT */
/*
 * pins.c - see pins.h; struct kvr_pin says what the file has.
 *
 * A round writes to one half of the section, a table by index of the stack
 * (open addressing), while readers, and whoever finds the file after a kill,
 * take the other one, which the last complete round wrote: stats.pin_round
 * leads from one to the other.
 *
 * Lock: pins.lock, tried for only; outside of arrays_lock (blocks.c).
 */
#include "prof/pins.h"

#include <string.h>

#include "mm/stats.h"
#include "os/os.h"
#include "prof/blocks.h"
#include "prof/report.h"
#include "prof/sample.h"
#include "prof/stackdepot.h"

enum {
	COST = 100,    /* a round takes at most this part of the time */
	PLACES = 4096, /* of a half of the file's section, a power of two */
	MOST = PLACES / 4 * 3, /* of them used */
};
static const u64 least_ns = 100000000; /* between two rounds */

static struct {
	struct spinlock lock;
	u64 next_ns;	  /* when the next round is due */
	u64 round;	  /* the present one */
	u32 used;	  /* places of its half */
	u64 bytes;	  /* found so far */
	const u32 *index; /* of stacks in the file, by number */
} pins;

static struct report_array file = {
	.section = KVR_SEC_PINS,
	.entry_size = sizeof(struct kvr_pin),
	.first = 2 * PLACES * sizeof(struct kvr_pin),
	.most = 2 * PLACES * sizeof(struct kvr_pin),
};

static struct kvr_pin *half(void)
{
	return (struct kvr_pin *)(void *)file.base + pins.round % 2 * PLACES;
}

/* NULL: no room for one more stack. */
static struct kvr_pin *place_of(u32 stack)
{
	struct kvr_pin *e = half();
	u32 i = stack * 0x9e3779b1u % PLACES;

	while (e[i].stack && e[i].stack != stack)
		i = (i + 1) % PLACES;
	if (!e[i].stack && ++pins.used > MOST)
		return NULL;
	e[i].stack = stack;
	return &e[i];
}

static void add(u64 tag, size_t size, u64 bytes)
{
	u32 stack = pins.index[tag_stack(tag)];
	struct kvr_pin *e = stack ? place_of(stack) : NULL;

	if (!e)
		return;
	e->bytes += bytes;
	e->objects += (u32)sample_weight(tag_gen(tag), size);
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
	if (!report_array_grow(&file, file.most))
		return;
	pins.index = *(const u32 *const *)depot_indexes();
	pins.round++;
	pins.used = 0;
	pins.bytes = 0;
	memset(half(), 0, PLACES * sizeof(struct kvr_pin));
	blocks_sparse(share);
	stats.pinned_bytes = pins.bytes;
	__atomic_store_n(&stats.pin_round, pins.round, __ATOMIC_RELEASE);
}

void pins_tick(bool now)
{
	u64 start;

	if (!now &&
	    os_coarse_ns() < __atomic_load_n(&pins.next_ns, __ATOMIC_RELAXED))
		return;
	if (!spin_trylock(&pins.lock))
		return;
	start = os_monotonic_ns();
	look();
	__atomic_store_n(
		&pins.next_ns,
		start + max_ul(least_ns, COST * (os_monotonic_ns() - start)),
		__ATOMIC_RELAXED);
	spin_unlock(&pins.lock);
}

void pins_fork_child(void)
{
	spin_lock_init(&pins.lock);
	report_array_drop(&file);
	pins.next_ns = pins.round = 0;
}
