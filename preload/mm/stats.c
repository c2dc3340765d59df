/* SPDX-License-Identifier: MIT */
/* stats.c - see stats.h. */
#include "mm/stats.h"

#include "os/os.h"

SPARSE_BSS struct stats_pages stats_pages;

static u64 load(const u64 *v)
{
	return __atomic_load_n(v, __ATOMIC_RELAXED);
}

static void store(u64 *v, u64 now)
{
	__atomic_store_n(v, now, __ATOMIC_RELAXED);
}

/* Peaks are of sums that others change meanwhile: right to one event. */
static bool note_peak(u64 *peak, u64 now)
{
	u64 old = load(peak);

	while (now > old)
		if (__atomic_compare_exchange_n(peak, &old, now, true,
						__ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

void stats_note_pages(void)
{
	note_peak(&stats.peak_pages, load(&stats.slab_pages) +
					     load(&stats.large_pages) +
					     load(&stats.vmalloc_pages));
}

void stats_note_held(long bytes)
{
	u64 now = __atomic_add_fetch(&stats.held_bytes, (u64)bytes,
				     __ATOMIC_RELAXED);
	u64 when = os_coarse_ns();

	store(&stats.last_monotonic_ns, when);
	if (bytes > 0 && note_peak(&stats.peak_held_bytes, now))
		store(&stats.peak_monotonic_ns, when);
}
