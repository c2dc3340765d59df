/* SPDX-License-Identifier: MIT */
/*
 * zone.c - see zone.h. Also part of libkvkernel.
 */
#include "zone.h"

#include <string.h>

enum { MIGRATE_MOVABLE = 1 };

uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

bool zone_is_used(const struct kvr_zone *z)
{
	return z->name[0] && z->present;
}

void zone_free_blocks(const struct kvr_zone *z,
		      uint64_t free[KVR_MAX_MIGRATETYPES][KVR_MAX_ORDERS])
{
	int top = KVR_MAX_ORDERS - 1;
	int o;

	memcpy(free, z->free, sizeof(z->free));
	/* memory nobody has touched is one run, movable as after boot */
	free[MIGRATE_MOVABLE][top] += z->deferred >> top;
	for (o = 0; o < top; o++)
		free[MIGRATE_MOVABLE][o] += z->deferred >> o & 1;
}

void zone_free_area(const struct kvr_zone *z, uint64_t free[KVR_MAX_ORDERS])
{
	uint64_t by_type[KVR_MAX_MIGRATETYPES][KVR_MAX_ORDERS];
	int t, o;

	zone_free_blocks(z, by_type);
	memset(free, 0, KVR_MAX_ORDERS * sizeof(free[0]));
	for (t = 0; t < KVR_MAX_MIGRATETYPES; t++)
		for (o = 0; o < KVR_MAX_ORDERS; o++)
			free[o] += by_type[t][o];
}
