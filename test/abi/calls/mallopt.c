/* SPDX-License-Identifier: MIT */
/* mallopt answers 0 or 1, never sets errno, and does no harm (glibc). */
#include <malloc.h>
#include "../t.h"

int main(void)
{
	static const int params[] = {
		M_MXFAST,   M_TRIM_THRESHOLD, M_TOP_PAD,    M_MMAP_THRESHOLD,
		M_MMAP_MAX, M_CHECK_ACTION,   M_ARENA_TEST, M_ARENA_MAX,
	};
	static const int values[] = { 0, 1, 64, 65536, 2, -1 };
	size_t i, k;
	int ret;

	for (i = 0; i < T_NR(params); i++) {
		for (k = 0; k < T_NR(values); k++) {
			errno = 4242;
			ret = mallopt(params[i], values[k]);
			CHECKF(ret == 0 || ret == 1, "mallopt(%d, %d) = %d",
			       params[i], values[k], ret);
			CHECK(errno == 4242);
		}
		t_work(i);
	}
	ret = mallopt(123456, 1);
	CHECK((ret == 0 || ret == 1) && errno == 4242);
	return 0;
}
