/* SPDX-License-Identifier: MIT */
/*
 * handover ROUNDS - what one thread makes others resize and free: blocks of all
 * kinds, in the parent and in children of fork. In the end nothing lives, and
 * no sum may say otherwise, were it a sample's: what was added for a block that
 * was recorded is taken off again, whoever frees it and from wherever.
 */
#include <malloc.h>
#include <pthread.h>
#include <sys/wait.h>

#include "p.h"

enum { BLOCKS = 6000, CHILD_EVERY = 4 };

static void *block[BLOCKS];
static unsigned long state = 1;

static unsigned int next(unsigned int below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(state >> 33) % below;
}

MARK(make) static void *make(unsigned int how, size_t n)
{
	void *p;

	switch (how) {
	case 0:
		p = calloc(1, n);
		break;
	case 1:
		p = memalign(64, n);
		break;
	case 2:
		p = realloc(NULL, n);
		break;
	case 3:
		p = malloc(30 * n); /* runs of pages, too */
		break;
	default:
		p = malloc(n);
		break;
	}
	P_FRAME;
	return p;
}

MARK(resize) static void *resize(void *p, size_t n)
{
	p = realloc(p, n);
	P_FRAME;
	return p;
}

static void *giver(void *arg)
{
	for (int i = 0; i < BLOCKS; i++)
		block[i] = make(next(8), 16 + next(2000));
	return arg;
}

static void *taker(void *arg)
{
	for (int i = 0; i < BLOCKS; i += 2)
		block[i] = resize(block[i], 1 + next(3000));
	for (int i = 0; i < BLOCKS; i++)
		free(block[i]);
	return arg;
}

static void in_thread(void *(*fn)(void *))
{
	pthread_t tid;

	P_CHECK(!pthread_create(&tid, NULL, fn, NULL));
	pthread_join(tid, NULL);
}

static void tell(void)
{
	p_about_me(0);
	p_expect(make, "live=0");
	p_expect(resize, "live=0");
}

static void in_child(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		taker(NULL);
		in_thread(giver);
		in_thread(taker);
		tell();
		exit(0);
	}
	P_CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && !status);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 8;

	for (int i = 0; i < rounds; i++) {
		in_thread(giver);
		if (i % CHILD_EVERY == 0)
			in_child();
		in_thread(taker);
	}
	tell();
	return 0;
}
