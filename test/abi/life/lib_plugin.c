/* SPDX-License-Identifier: MIT */
/* A library that allocates as it is loaded and frees as it is unloaded. */
#include "../t.h"

void *plugin_block(void);

static void *block;
static __thread void *per_thread;

__attribute__((constructor)) static void load(void)
{
	block = t_good(malloc(2000));
	t_fill(block, 2000, 6);
	per_thread = t_good(malloc(10));
}

__attribute__((destructor)) static void unload(void)
{
	free(block);
	free(per_thread);
}

void *plugin_block(void)
{
	return block;
}
