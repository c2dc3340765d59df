/* SPDX-License-Identifier: MIT */
/*
 * startup.c - what a preloaded allocator costs a program that does nothing.
 *
 * Usage: startup COUNT [NAME[,VARIABLE=VALUE]...]...
 * starts /bin/true COUNT times. Without names it does so in the environment it
 * was given and prints nothing: a shell script's or a build's view. With names
 * it does so in each of their environments in turn, and prints a line for each:
 *   NAME BEST-MS MEDIAN-MS FAULTS RSS-KIB
 * Best and median are of the time from spawn to the end; faults and RSS, which
 * hardly vary, are the smallest seen. This program should be static: its RSS
 * is the least that a child can show.
 */
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bench.h"

#define PROGRAM	     "/bin/true"
#define MAX_NAMES    32
#define MAX_SETTINGS 8

extern char **environ;

struct result {
	const char *name;
	char *env[MAX_SETTINGS + 1];
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

/* NAME[,VARIABLE=VALUE]..., which is cut up in place */
static void parse(struct result *r, char *argument)
{
	char *word = strtok(argument, ",");

	r->name = word ? word : "";
	for (size_t i = 0; word && i < MAX_SETTINGS; i++) {
		word = strtok(NULL, ",");
		r->env[i] = word;
	}
}

int main(int argc, char **argv)
{
	static struct result result[MAX_NAMES];
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	int nr = argc - 2;

	if (!count || nr > MAX_NAMES)
		usage("COUNT [NAME[,VARIABLE=VALUE]...]...");
	count = scaled(count);
	for (int p = 0; p < (nr ? nr : 1); p++)
		result[p].wall = must(calloc(count, sizeof(double)));
	for (int p = 0; p < nr; p++)
		parse(&result[p], argv[p + 2]);
	for (size_t i = 0; i < count; i++) {
		if (!nr)
			spawn_once(&result[0], environ, i);
		for (int p = 0; p < nr; p++) {
			struct result *r =
				&result[((size_t)p + i) % (size_t)nr];

			spawn_once(r, r->env, i);
		}
	}
	for (int p = 0; p < nr; p++)
		print_result(&result[p], count);
	return nr ? 0 : finish(count);
}
