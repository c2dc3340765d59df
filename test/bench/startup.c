/* SPDX-License-Identifier: MIT */
/*
 * startup.c - what a preloaded allocator costs a program that does nothing.
 *
 * Usage: startup COUNT [NAME=PRELOAD]...
 * starts /bin/true COUNT times. Without names it does so under the LD_PRELOAD it
 * was given and prints nothing: a shell script's or a build's view. With names
 * it does so under each of them in turn (an empty PRELOAD is the C library's
 * own), and prints a line for each:
 *   NAME BEST-MS MEDIAN-MS FAULTS RSS-KIB
 * Best and median are of the time from spawn to the end; faults and RSS, which
 * hardly vary, are the smallest seen. This program should be static: its RSS
 * is the least that a child can show.
 */
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bench.h"

#define PROGRAM "/bin/true"
#define MAX_PRELOADS 32

extern char **environ;

struct result {
	const char *name;
	char preload[4096]; /* LD_PRELOAD=... */
	double *wall;
	long faults, rss;
};

static void spawn_once(struct result *r, char **env, size_t i)
{
	char path[] = PROGRAM, *argv[] = { path, NULL };
	struct rusage ru;
	double start = now();
	int status;
	pid_t pid;

	if (posix_spawn(&pid, path, NULL, NULL, argv, env))
		wrong("cannot start " PROGRAM);
	if (wait4(pid, &status, 0, &ru) != pid || status)
		wrong(PROGRAM " failed");
	r->wall[i] = now() - start;
	if (!i || ru.ru_minflt < r->faults)
		r->faults = ru.ru_minflt;
	if (!i || ru.ru_maxrss < r->rss)
		r->rss = ru.ru_maxrss;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_result(struct result *r, size_t count)
{
	qsort(r->wall, count, sizeof(*r->wall), compare);
	printf("%s %.3f %.3f %ld %ld\n", r->name, r->wall[0] * 1e3,
	       r->wall[count / 2] * 1e3, r->faults, r->rss);
}

int main(int argc, char **argv)
{
	static struct result result[MAX_PRELOADS];
	size_t count = argc > 1 ? scaled(strtoul(argv[1], NULL, 10)) : 0;
	int nr = argc - 2;

	if (argc < 2 || nr > MAX_PRELOADS || !strtoul(argv[1], NULL, 10))
		usage("COUNT [NAME=PRELOAD]...");
	for (int p = 0; p < (nr ? nr : 1); p++)
		result[p].wall = must(calloc(count, sizeof(double)));
	for (int p = 0; p < nr; p++) {
		char *equals = strchr(argv[p + 2], '=');

		if (!equals)
			usage("COUNT [NAME=PRELOAD]...");
		*equals = '\0';
		result[p].name = argv[p + 2];
		snprintf(result[p].preload, sizeof(result[p].preload),
			 "LD_PRELOAD=%s", equals + 1);
	}
	for (size_t i = 0; i < count; i++) {
		char *env[2] = { NULL, NULL };

		if (!nr)
			spawn_once(&result[0], environ, i);
		for (int p = 0; p < nr; p++) {
			env[0] = result[(p + (int)i) % nr].preload;
			spawn_once(&result[(p + (int)i) % nr], env, i);
		}
	}
	for (int p = 0; p < nr; p++)
		print_result(&result[p], count);
	return finish(0);
}
