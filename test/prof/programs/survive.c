/* SPDX-License-Identifier: MIT */
/*
 * survive HOW [DIR] - what may befall a process that is recorded: it is killed
 * in the middle, there are 200 of them, it starts others in all ways, its file
 * cannot grow any more. What its reports must say is known all the same.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "p.h"

enum { KILLS = 8, CHILDREN = 200, KEPT = 64 };

extern char **environ;
static void *volatile kept[KEPT];

MARK(make) static void *make(size_t n)
{
	void *p = malloc(n);

	P_FRAME;
	return p;
}

/* As many stacks as there are values of @way's low bits. */
static int __attribute__((noinline)) ways(unsigned int way, int depth)
{
	int n;

	if (!depth) {
		free(make(40));
		return 1;
	}
	if (way & 1)
		n = ways(way >> 1, depth - 1) + 1;
	else
		n = ways(way >> 1, depth - 1) + 2;
	P_FRAME;
	return n;
}

static void many_ways(unsigned int from, unsigned int to)
{
	while (from < to)
		ways(from++, 16);
}

static void print(const char *fmt, int a, int b)
{
	char line[64];
	int n = snprintf(line, sizeof(line), fmt, a, b);

	P_CHECK(write(1, line, (size_t)n) == n);
}

static void wait_for(pid_t pid, int want)
{
	int status;

	P_CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == want);
}

/* killed from outside, at any moment */

static void make_for_ever(atomic_ulong *done)
{
	for (;;) {
		unsigned long i = *done;

		free(kept[i % KEPT]);
		kept[i % KEPT] = make(10 + i % 3000);
		*done = i + 1;
	}
}

static void killed(void)
{
	atomic_ulong *done = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	P_CHECK(done != MAP_FAILED);
	for (int i = 0; i < KILLS; i++) {
		pid_t pid;

		*done = 0;
		pid = fork();
		if (!pid)
			make_for_ever(done);
		while (*done < 1000)
			usleep(100);
		usleep((useconds_t)(i * 7919 % 5000));
		P_CHECK(!kill(pid, SIGKILL));
		wait_for(pid, SIGKILL);
		print("pid %d 0\n", pid, 0);
		p_expect(make, "allocs+1=%lu frees+1=%lu", *done, *done - KEPT);
	}
	p_about_me(0);
	p_expect(make, "allocs=0");
}

/* 200 at once */

static void bomb(void)
{
	int go[2];
	pid_t pid[CHILDREN];
	char c;

	P_CHECK(!pipe(go));
	for (int i = 0; i < CHILDREN; i++) {
		pid[i] = fork();
		P_CHECK(pid[i] >= 0);
		if (pid[i])
			continue;
		close(go[1]);
		P_CHECK(!read(go[0], &c, 1)); /* until all are there */
		for (int k = 0; k <= i; k++)
			P_CHECK(make(20));
		_exit(0);
	}
	close(go[1]);
	for (int i = 0; i < CHILDREN; i++) {
		wait_for(pid[i], 0);
		print("pid %d 0\n", pid[i], 0);
		p_expect(make, "allocs=%d live=%d asked=%d", i + 1, i + 1,
			 20 * (i + 1));
	}
	p_about_me(0);
	p_expect(make, "allocs=0");
}

/* others are started */

static void started(void)
{
	for (int i = 0; i < 11; i++)
		P_CHECK(make(7));
	p_about_me(getenv("SAME_PROCESS") ? 1 : 0);
	p_expect(make, "allocs=11 asked=77 inherited_blocks=0");
}

static void starts(const char *self)
{
	char *argv[] = { (char *)(size_t)self, (char[]){ "started" }, NULL };
	char line[600];
	pid_t pid;

	kept[0] = make(5);
	pid = vfork();
	if (!pid) {
		execv(self, argv);
		_exit(1);
	}
	wait_for(pid, 0);
	P_CHECK(!posix_spawn(&pid, self, NULL, NULL, argv, environ));
	wait_for(pid, 0);
	snprintf(line, sizeof(line), "%s started", self);
	P_CHECK(!system(line));
	kept[1] = make(5);
	free(kept[0]);
	p_about_me(0);
	p_expect(make, "allocs=2 frees=1 inherited_blocks=0");
	/* and it becomes another one */
	P_CHECK(!setenv("SAME_PROCESS", "1", 1));
	execv(self, argv);
	_exit(1);
}

/* the file cannot grow */

static void *thread(void *arg)
{
	many_ways(3000, 4000);
	return arg;
}

static void expect_no_losses(void)
{
	pthread_t tid;

	many_ways(0, 3000);
	P_CHECK(!pthread_create(&tid, NULL, thread, NULL));
	P_CHECK(!pthread_join(tid, NULL));
	p_about_me(0);
}

static void few_files(void)
{
	struct rlimit limit = { 16, 16 };

	many_ways(0, 100);
	P_CHECK(!setrlimit(RLIMIT_NOFILE, &limit));
	while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
		;
	expect_no_losses();
}

static void small_files(void)
{
	struct rlimit limit = { 500000, 500000 };

	many_ways(0, 100);
	P_CHECK(!setrlimit(RLIMIT_FSIZE, &limit));
	expect_no_losses();
}

static void removed(const char *dir)
{
	char line[600];

	many_ways(0, 100);
	snprintf(line, sizeof(line), "rm -rf '%s'", dir);
	P_CHECK(!system(line));
	expect_no_losses();
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	if (!strcmp(how, "killed")) {
		killed();
	} else if (!strcmp(how, "bomb")) {
		bomb();
	} else if (!strcmp(how, "starts")) {
		starts(argv[0]);
	} else if (!strcmp(how, "started")) {
		started();
	} else if (!strcmp(how, "few_files")) {
		few_files();
	} else if (!strcmp(how, "small_files")) {
		small_files();
	} else if (!strcmp(how, "grows")) {
		expect_no_losses();
	} else if (!strcmp(how, "removed") && argc > 2) {
		removed(argv[2]);
	} else {
		fprintf(stderr, "survive: unknown case '%s'\n", how);
		return 77;
	}
	return 0;
}
