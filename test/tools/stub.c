/* SPDX-License-Identifier: MIT */
/*
 * stub.c - stands in for the library in the tests of `kvmalloc run`: a shared
 * object that allocates nothing and writes one synthetic report file for each
 * process that loads it, where report= of KVMALLOC says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "synth.h"

static void write_report(const char *dir, int dir_len)
{
	static struct synth s;
	struct timespec now;
	unsigned char *image;
	char path[512];
	size_t size;
	FILE *f;

	synth_make(&s, "child");
	clock_gettime(CLOCK_MONOTONIC, &now);
	s.head.pid = getpid();
	s.head.ppid = getppid();
	s.head.start_monotonic_ns =
		(uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	s.head.end_monotonic_ns = s.head.start_monotonic_ns + 1000;
	snprintf(s.head.comm, sizeof(s.head.comm), "%s",
		 program_invocation_short_name);
	image = synth_image(&s, &size);
	snprintf(path, sizeof(path), "%.*s/kvmalloc.%s.%d.kvr", dir_len, dir,
		 s.head.comm, getpid());
	f = fopen(path, "wbx");
	if (f) {
		fwrite(image, 1, size, f);
		fclose(f);
	}
	free(image);
}

static void __attribute__((constructor)) start(void)
{
	const char *options = getenv("KVMALLOC");
	const char *dir = options ? strstr(options, "report=") : NULL;

	if (dir)
		write_report(dir + 7, (int)strcspn(dir + 7, " ,"));
}
