/* SPDX-License-Identifier: MIT */
/*
 * A core dump stays small: the kernel walks all writable mappings page by
 * page unless they are marked DONTDUMP, so a big reservation must be
 * PROT_NONE or marked. Summed from /proc/self/smaps.
 */
#include "../t.h"

int main(void)
{
	unsigned long kib = 0, dumped = 0;
	char line[512];
	FILE *f;

	t_work(1);
	f = fopen("/proc/self/smaps", "r");
	if (!f)
		SKIP("no /proc/self/smaps");
	while (fgets(line, sizeof(line), f)) {
		sscanf(line, "Size: %lu kB", &kib);
		if (!strncmp(line, "VmFlags:", 8) && strstr(line, " wr ") &&
		    !strstr(line, " dd "))
			dumped += kib;
	}
	fclose(f);
	CHECKF(dumped > 0 && dumped < 512 * 1024,
	       "%lu MiB of writable mappings go to a core dump", dumped >> 10);
	return 0;
}
