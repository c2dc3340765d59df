/* SPDX-License-Identifier: MIT */
/* trace_map.c - see trace_map.h. */
#include "trace_map.h"

#include <stdlib.h>

#include "util.h"

enum { FIRST_ROOM = 1024 };

static size_t home(const struct trace_map *m, uint64_t key)
{
	key *= 0x9e3779b97f4a7c15u;
	return (key ^ key >> 32) & (m->room - 1);
}

/* where the key is, or would be */
static size_t place(const struct trace_map *m, uint64_t key)
{
	size_t i = home(m, key);

	while (m->entry[i].key && m->entry[i].key != key)
		i = (i + 1) & (m->room - 1);
	return i;
}

struct trace_entry *trace_map_find(const struct trace_map *m, uint64_t key)
{
	struct trace_entry *e = m->room ? &m->entry[place(m, key)] : NULL;

	return e && e->key ? e : NULL;
}

static void grow(struct trace_map *m)
{
	struct trace_map old = *m;
	size_t i;

	m->room = old.room ? 2 * old.room : FIRST_ROOM;
	m->entry = xcalloc(m->room, sizeof(*m->entry));
	for (i = 0; i < old.room; i++)
		if (old.entry[i].key)
			m->entry[place(m, old.entry[i].key)] = old.entry[i];
	free(old.entry);
}

struct trace_entry *trace_map_get(struct trace_map *m, uint64_t key)
{
	struct trace_entry *e = trace_map_find(m, key);

	if (e)
		return e;
	if (2 * m->nr >= m->room)
		grow(m);
	m->nr++;
	e = &m->entry[place(m, key)];
	e->key = key;
	return e;
}

void trace_map_remove(struct trace_map *m, struct trace_entry *e)
{
	size_t hole = (size_t)(e - m->entry), i = hole, mask = m->room - 1;

	m->nr--;
	for (;;) {
		i = (i + 1) & mask;
		if (!m->entry[i].key)
			break;
		/* may it stay? only if its home lies behind the hole */
		if (((i - home(m, m->entry[i].key)) & mask) <
		    ((i - hole) & mask))
			continue;
		m->entry[hole] = m->entry[i];
		hole = i;
	}
	m->entry[hole] = (struct trace_entry){ 0 };
}

void trace_map_free(struct trace_map *m)
{
	free(m->entry);
	*m = (struct trace_map){ 0 };
}
