/* SPDX-License-Identifier: MIT */
/*
 * zone.h - what struct kvr_zone says about free blocks. libkvkernel, which
 * has the same struct in memory, asks by the same functions.
 */
#ifndef TOOLS_ZONE_H
#define TOOLS_ZONE_H

#include <stdbool.h>

#include "kvmalloc/kvr.h"

/* a - b, 0 where a live file's counters overtook each other */
uint64_t minus(uint64_t a, uint64_t b);

/* the kind of zone: "Normal" exists even when it has no page */
bool zone_is_used(const struct kvr_zone *z);

/* free blocks of a zone by migrate type, memory never touched included */
void zone_free_blocks(const struct kvr_zone *z,
		      uint64_t free[KVR_MAX_MIGRATETYPES][KVR_MAX_ORDERS]);
/* the same, all types together */
void zone_free_area(const struct kvr_zone *z, uint64_t free[KVR_MAX_ORDERS]);

#endif
