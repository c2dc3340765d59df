/* SPDX-License-Identifier: MIT */
/* posix_spawn, system and popen from threads while others allocate. */
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include "../t.h"

extern char **environ;

static atomic_bool stop;

static void *allocator(void *arg)
{
	uint64_t seed = 1;

	while (!stop)
		free(t_good(malloc(t_rand_size(&seed, 18))));
	return arg;
}

static void *spawner(void *arg)
{
	char prog[] = "/bin/true";
	char *args[] = { prog, NULL };
	char *line = NULL;
	size_t n = 0;
	FILE *f;
	pid_t pid;
	int i;

	for (i = 0; i < 30; i++) {
		CHECK(!posix_spawn(&pid, prog, NULL, NULL, args, environ));
		t_reap(pid);
		CHECK(system("exit 3") == 3 << 8);
		f = popen("echo hello", "r");
		CHECK(f && getline(&line, &n, f) == 6);
		CHECK(pclose(f) == 0);
	}
	free(line);
	return arg;
}

int main(void)
{
	pthread_t tid[3];
	size_t i;

	for (i = 0; i < 3; i++)
		CHECK(!pthread_create(&tid[i], NULL, i ? spawner : allocator,
				      NULL));
	CHECK(!pthread_join(tid[1], NULL));
	CHECK(!pthread_join(tid[2], NULL));
	stop = 1;
	CHECK(!pthread_join(tid[0], NULL));
	return 0;
}
