/* SPDX-License-Identifier: MIT */
/*
 * proc.c - /proc of the machine, for the program itself: the writers of
 * `kvmalloc proc`, fed with the counters in memory. vmallocinfo lists the
 * areas, which only the process knows.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tools/proc.h"
#include "kapi/slab.h"
#include "kapi/vm.h"
#include "mm/page_alloc.h"
#include "mm/stats.h"

static void put_line(const char *text, size_t len, void *f)
{
	fwrite(text, 1, len, f);
}

static bool print(FILE *f, const char *name)
{
	struct thread_cache *t;

	if (!strcmp(name, "vmallocinfo")) {
		kapi_vmallocinfo(put_line, f);
		return true;
	}
	t = kapi_enter();
	if (t) {
		page_alloc_sync_stats();
		kapi_leave(t);
	}
	return proc_text(f, &(struct kvr_machine){ &stats, stats_pages.class,
						   stats_pages.cache,
						   stats_pages.zone },
			 name);
}

ssize_t kv_proc_read(const char *name, char *buf, size_t size)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	bool ok;

	if (!f)
		return -ENOMEM;
	ok = print(f, name);
	if (fclose(f)) {
		free(text);
		return -ENOMEM;
	}
	if (size) {
		memcpy(buf, text, min_ul(len, size - 1));
		buf[min_ul(len, size - 1)] = 0;
	}
	free(text);
	return ok ? (ssize_t)len : -ENOENT;
}
