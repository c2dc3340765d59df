/* SPDX-License-Identifier: MIT */
/*
 * layout norandom|legacy|nostack - other layouts of the address space: no
 * randomisation (setarch -R), the old layout (setarch -L), and a stack
 * without limit, which makes mappings grow upwards. No pointer lies below
 * 4 GiB by our choice, none above 2^47: both belong to others.
 */
#include <sys/personality.h>
#include <sys/resource.h>
#include "../t.h"

static void set_layout(const char *name)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	if (!strcmp(name, "nostack")) {
		if (setrlimit(RLIMIT_STACK, &all))
			SKIP("cannot raise the stack limit");
		return;
	}
	if (personality(strcmp(name, "legacy") ? ADDR_NO_RANDOMIZE :
						 ADDR_COMPAT_LAYOUT) < 0)
		SKIP("personality refused");
}

int main(int argc, char **argv)
{
	size_t n;
	void *p;

	CHECK(argc == 2);
	if (t_first_run()) {
		set_layout(argv[1]);
		t_exec(argv);
	}
	t_work(1);
	for (n = 1; n <= 1024 * T_MIB; n *= 4) {
		p = t_good(malloc(n));
		CHECKF((uintptr_t)p >> 32 && !((uintptr_t)p >> 47), "%p", p);
		free(p);
	}
	return 0;
}
