/* SPDX-License-Identifier: MIT */
/*
 * Alignments above 4 MiB are rare but allowed: up to 1 GiB here (address
 * space only, nothing but the ends is touched).
 */
#include "../t.h"

int main(void)
{
	unsigned char *p;
	size_t align;

	for (align = 8 * T_MIB; align <= 1024 * T_MIB; align *= 2) {
		p = t_aligned(aligned_alloc(align, 5000), align);
		memset(p, 1, 5000);
		free(p);
		p = t_aligned(aligned_alloc(align, 20 * T_MIB + 1), align);
		p[0] = p[20 * T_MIB] = 1;
		free(p);
	}
	return 0;
}
