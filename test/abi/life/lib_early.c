/* SPDX-License-Identifier: MIT */
/* A library whose constructor allocates, for first_ctor. */
#include "../t.h"

void *early_block(void);

static void *block;

__attribute__((constructor)) static void early(void)
{
	block = t_good(malloc(1000));
	t_fill(block, 1000, 1);
	free(t_good(calloc(1, 200000)));
	free(NULL);
}

void *early_block(void)
{
	return block;
}
