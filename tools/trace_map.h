/* SPDX-License-Identifier: MIT */
/*
 * trace_map.h - a table by 64-bit keys: open addressing, linear probing, and
 * on removal what follows moves up, so that there are no tombstones.
 */
#ifndef TOOLS_TRACE_MAP_H
#define TOOLS_TRACE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct trace_entry {
	uint64_t key; /* not 0 */
	uint64_t a, b;
	unsigned int c;
};

struct trace_map {
	struct trace_entry *entry; /* key 0: free */
	size_t nr, room;	   /* room: a power of two, or 0 */
};

/* NULL: there is none */
struct trace_entry *trace_map_find(const struct trace_map *m, uint64_t key);
/* the one of that key, made now with zeros if there was none */
struct trace_entry *trace_map_get(struct trace_map *m, uint64_t key);
/* an entry of the map goes; pointers to others are void then */
void trace_map_remove(struct trace_map *m, struct trace_entry *e);
void trace_map_free(struct trace_map *m);

#endif
