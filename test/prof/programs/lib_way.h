/* SPDX-License-Identifier: MIT */
/*
 * lib_way.h - library_way(n, fn): calls fn from n functions down, each with
 * ROOM bytes of its own. Built with different ROOM, so that what an unwinder
 * has learnt about one library is wrong for the other. Allocates on loading.
 */
#include <stdlib.h>
#include <string.h>

#ifndef ROOM
#define ROOM 24
#endif

static void *loaded;
int library_loads;

static __attribute__((constructor)) void on_load(void)
{
	loaded = malloc(100);
	library_loads++;
}

static __attribute__((destructor)) void on_unload(void)
{
	free(loaded);
}

void *library_way(int n, void *(*fn)(void));

__attribute__((noinline)) void *library_way(int n, void *(*fn)(void))
{
	volatile char room[ROOM];
	void *p;

	memset((char *)room, n, ROOM);
	p = n > 0 ? library_way(n - 1, fn) : fn();
	return room[ROOM / 2] == (char)n ? p : NULL;
}
