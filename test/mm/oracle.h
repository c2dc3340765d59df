/* SPDX-License-Identifier: MIT */
/*
 * oracle.h - what real kernels answered: rows of the /proc/slabinfo captures
 * in test/oracle (x86-64, 2 CPUs). Tests run in the project's top directory.
 */
#ifndef KV_TEST_ORACLE_H
#define KV_TEST_ORACLE_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/types.h"

struct oracle_row {
	char name[40];
	u32 size;	    /* of a slot, bytes */
	u32 objects, pages; /* a slab */
};

enum { ORACLE_MAX_ROWS = 256 };

static inline bool oracle_parse_row(const char *line, struct oracle_row *row)
{
	return sscanf(line, "%39s %*u %*u %u %u %u :", row->name, &row->size,
		      &row->objects, &row->pages) == 4;
}

/*
 * Reads the rows of "proc-linux-<@version>.txt", in its order, newest cache
 * first; how many. Ends the test with a failure if the file is no good.
 */
static inline size_t oracle_read(const char *version,
				 struct oracle_row rows[ORACLE_MAX_ROWS])
{
	char path[64], line[512];
	bool inside = false;
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "test/oracle/proc-linux-%s.txt", version);
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "cannot open %s in the current directory",
		      path);
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "==", 2))
			inside = !strcmp(line, "==slabinfo\n");
		else if (inside && line[0] != '#' &&
			 strncmp(line, "slabinfo - ", 11)) {
			ck_assert_uint_lt(n, ORACLE_MAX_ROWS);
			ck_assert_msg(oracle_parse_row(line, &rows[n++]),
				      "%s: not a row: %s", path, line);
		}
	}
	fclose(f);
	ck_assert_msg(n > 100, "%s: %zu rows only", path, n);
	return n;
}

#endif
