/* SPDX-License-Identifier: MIT */
/*
 * fork_stdio [FORKS] - the deadlock of fork, stdio and malloc in three
 * threads (glibc BZ 19431, 24161).
 *
 * A forks, B is in getline, C in fflush(NULL). fork runs prepare handlers
 * first and takes the lock of the list of streams after; an allocator whose
 * handler keeps its locks then waits: A has malloc and wants the list, C has
 * the list and wants the stream, B has the stream and wants malloc. Without
 * such handlers nobody waits.
 */
#include <pthread.h>
#include <stdatomic.h>
#include "../t.h"

static atomic_bool stop;
static FILE *stream;

static void *reader(void *arg)
{
	char *line;
	size_t n;

	while (!stop) {
		line = NULL;
		n = 0;
		if (getline(&line, &n, stream) < 0)
			rewind(stream);
		free(line);
	}
	return arg;
}

static void *flusher(void *arg)
{
	while (!stop)
		fflush(NULL);
	return arg;
}

int main(int argc, char **argv)
{
	unsigned long forks = t_arg(argc, argv, 1, 300), i;
	pthread_t tid[4];
	pid_t pid;

	stream = tmpfile();
	CHECK(stream);
	for (i = 1; i < 3000; i += 7)
		fprintf(stream, "%*d\n", (int)i, 1);
	rewind(stream);
	for (i = 0; i < T_NR(tid); i++)
		CHECK(!pthread_create(&tid[i], NULL, i % 2 ? flusher : reader,
				      NULL));
	for (i = 0; i < forks; i++) {
		pid = fork();
		if (pid == 0) {
			alarm(10);
			free(t_good(malloc(1000 + i)));
			_exit(0);
		}
		t_reap(pid);
		free(t_good(malloc(i * 100)));
	}
	stop = 1;
	for (i = 0; i < T_NR(tid); i++)
		CHECK(!pthread_join(tid[i], NULL));
	return 0;
}
