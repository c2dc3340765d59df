/* SPDX-License-Identifier: MIT */
/*
 * oracle.h - what real kernels answered: rows of the /proc/slabinfo captures
 * in test/oracle (x86-64, 2 CPUs). Tests run in the project's top directory.
 */
#ifndef KV_TEST_ORACLE_H
#define KV_TEST_ORACLE_H

#include "lib/types.h"

struct oracle_row {
	char name[40];
	u32 size;		/* of a slot, bytes */
	u32 objects, pages;	/* a slab */
};

enum { ORACLE_MAX_ROWS = 256 };

/*
 * Reads the rows of "proc-linux-<@version>.txt", in its order, newest cache
 * first; how many. Ends the test with a failure if the file is no good.
 */
size_t oracle_read(const char *version,
		   struct oracle_row rows[ORACLE_MAX_ROWS]);

#endif
