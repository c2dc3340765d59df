/* SPDX-License-Identifier: MIT */
/*
 * A second C library in a namespace of its own has a heap of its own; both
 * work side by side.
 */
#include <dlfcn.h>
#include "../t.h"

int main(void)
{
	char *(*other_strdup)(const char *);
	void (*other_free)(void *);
	void *lib = dlmopen(LM_ID_NEWLM, "libc.so.6", RTLD_NOW);
	char *s;
	int i;

	if (!lib)
		SKIP("no second namespace here: %s", dlerror());
	*(void **)&other_strdup = dlsym(lib, "strdup");
	*(void **)&other_free = dlsym(lib, "free");
	CHECK(other_strdup && other_free);
	for (i = 0; i < 100; i++) {
		s = other_strdup("in the other namespace");
		CHECK(s && !strcmp(s, "in the other namespace"));
		t_work((uint64_t)i);
		other_free(s);
	}
	CHECK(!dlclose(lib));
	return 0;
}
