/* SPDX-License-Identifier: MIT */
/*
 * kvr_file.h - a report file for the tests: mapped, sections put together.
 *
 * Only what a test needs, straight from kvmalloc/kvr.h and apart from the
 * readers of tools/: who writes the format and who reads it are then tested
 * against a third opinion. Damage ends the program with a message.
 */
#ifndef TEST_KVR_FILE_H
#define TEST_KVR_FILE_H

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kvmalloc/kvr.h"

struct kvr_file {
	const char *path;
	const char *map;
	size_t size;
	const struct kvr_header *head;
	const struct kvr_stats *stats;
	const struct kvr_class *class;
	struct kvr_area *area, *block;
	struct kvr_thread *thread;
	struct kvr_module *module;
	uint64_t *frame;
	struct kvr_stack *stack;
	struct kvr_stack_stat *stat;
	struct kvr_moment *moment;
	size_t nr_threads, nr_modules, nr_frames, nr_stacks, nr_stats,
		nr_moments, nr_areas, nr_blocks;
};

static inline void kvr_die(const struct kvr_file *f, const char *what)
{
	printf("FAIL %s: %s\n", f->path, what);
	exit(1);
}

/* All sections of an id as one array; entries as long as ours. */
static inline void *kvr_section(struct kvr_file *f, uint32_t id, size_t size,
				size_t *nr)
{
	char *all = NULL;

	*nr = 0;
	for (uint32_t i = 0; i < f->head->nr_sections; i++) {
		const struct kvr_section *s = &f->head->section[i];

		if (s->id != id)
			continue;
		if (s->entry_size != size || s->offset % KVR_PAGE ||
		    s->offset + s->nr_entries * size > f->size)
			kvr_die(f, "bad section");
		all = realloc(all, (*nr + s->nr_entries) * size);
		memcpy(all + *nr * size, f->map + s->offset,
		       s->nr_entries * size);
		*nr += s->nr_entries;
	}
	return all;
}

static inline void kvr_load(struct kvr_file *f, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t n;

	memset(f, 0, sizeof(*f));
	f->path = path;
	if (fd < 0 || fstat(fd, &st))
		kvr_die(f, "cannot be opened");
	f->size = (size_t)st.st_size;
	f->map = mmap(NULL, f->size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	f->head = (const struct kvr_header *)(const void *)f->map;
	if (f->map == MAP_FAILED || f->size < KVR_PAGE ||
	    memcmp(f->head->magic, KVR_MAGIC, 8))
		kvr_die(f, "not a report");
	f->stats = kvr_section(f, KVR_SEC_STATS, sizeof(*f->stats), &n);
	if (n != 1)
		kvr_die(f, "no statistics");
	f->class = kvr_section(f, KVR_SEC_CLASSES, sizeof(*f->class), &n);
	if (n != KVR_MAX_CLASSES)
		kvr_die(f, "no classes");
	f->area = kvr_section(f, KVR_SEC_AREAS, sizeof(*f->area),
			      &f->nr_areas);
	f->block = kvr_section(f, KVR_SEC_BLOCKS, sizeof(*f->block),
			       &f->nr_blocks);
	f->thread = kvr_section(f, KVR_SEC_THREADS, sizeof(*f->thread),
				&f->nr_threads);
	f->module = kvr_section(f, KVR_SEC_MODULES, sizeof(*f->module),
				&f->nr_modules);
	f->frame = kvr_section(f, KVR_SEC_FRAMES, sizeof(*f->frame),
			       &f->nr_frames);
	f->stack = kvr_section(f, KVR_SEC_STACKS, sizeof(*f->stack),
			       &f->nr_stacks);
	f->stat = kvr_section(f, KVR_SEC_STACK_STATS, sizeof(*f->stat),
			      &f->nr_stats);
	f->moment = kvr_section(f, KVR_SEC_TIMELINE, sizeof(*f->moment),
				&f->nr_moments);
}

/* Sums over entries. */
struct kvr_sum {
	uint64_t stacks, allocs, frees, asked, served, freed, fallbacks,
		kernel, inherited_blocks, inherited_bytes, peak_bytes,
		peak_blocks, lifetimes, largest, frames, truncated, complete;
};

static inline uint64_t kvr_live_blocks(const struct kvr_sum *s)
{
	return s->inherited_blocks + s->allocs - s->frees;
}

static inline uint64_t kvr_live_bytes(const struct kvr_sum *s)
{
	return s->inherited_bytes + s->served - s->freed;
}

static inline void kvr_add(struct kvr_sum *s, const struct kvr_file *f,
			   const struct kvr_stack_stat *e)
{
	int old = e->peak_seq != f->stats->peak_seq;

	s->allocs += e->allocs;
	s->frees += e->frees;
	s->asked += e->asked;
	s->served += e->served;
	s->freed += e->freed;
	s->fallbacks += e->fallbacks;
	s->kernel += e->kernel_served;
	s->inherited_blocks += e->inherited_blocks;
	s->inherited_bytes += e->inherited_bytes;
	s->peak_bytes += old ? e->inherited_bytes + e->served - e->freed :
			       e->at_peak_bytes;
	s->peak_blocks += old ? e->inherited_blocks + e->allocs - e->frees :
				e->at_peak_blocks;
	for (int i = 0; i < KVR_LIFETIMES; i++)
		s->lifetimes += e->lifetimes[i];
	if (e->largest > s->largest)
		s->largest = e->largest;
}

#endif
