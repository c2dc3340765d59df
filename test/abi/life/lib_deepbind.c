/* SPDX-License-Identifier: MIT */
/* Frees what the C library allocated, for deepbind. */
#include "../t.h"

void deepbind_run(void);

void deepbind_run(void)
{
	char *s = strdup("some text");
	char *r = realpath("/", NULL);

	CHECK(s && r);
	s = t_good(realloc(s, 1000));
	CHECK(!strcmp(s, "some text"));
	free(s);
	free(r);
	t_work(1);
}
