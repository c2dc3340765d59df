/* SPDX-License-Identifier: MIT */
/*
 * forks.c - a process with a large heap forks; parent and children go on.
 *
 * Pattern: pre-forking servers, snapshots by fork, test runners. A child frees
 * part of what it inherited and allocates anew; every page it writes must be
 * copied first, so an allocator that writes into freed blocks, or scatters its
 * own data over the heap, copies the heap. The parent works on between forks.
 */
#include <sys/wait.h>

#include "bench.h"

#define BLOCKS	   220000
#define FORKS	   14
#define CHILD_OPS  8000
#define PARENT_OPS 60000

static struct block heap[BLOCKS];

static uint64_t work(size_t ops, uint64_t *seed)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ops; i++) {
		struct block *b = &heap[rnd(seed) % BLOCKS];

		block_free(b);
		block_alloc(b, rnd_log(seed, 5, 10), (uint32_t)i);
		sum += b->size;
	}
	return sum;
}

/* A child is a process of its own: only its exit status comes back. */
static void fork_child(uint64_t seed)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		wrong("cannot fork");
	if (!pid) {
		work(CHILD_OPS, &seed);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		wrong("a child failed");
}

int main(void)
{
	uint64_t seed = 15, sum = 0;

	for (uint32_t i = 0; i < BLOCKS; i++)
		block_alloc(&heap[i], rnd_log(&seed, 5, 10), i);
	for (size_t i = 0; i < scaled(FORKS); i++) {
		fork_child(seed);
		sum += work(PARENT_OPS, &seed);
	}
	return finish(sum);
}
