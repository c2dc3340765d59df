/* SPDX-License-Identifier: MIT */
/*
 * fork - children that free what they inherited, that go on, that do nothing,
 * that fork again, that exec. Each report must tell its own part.
 */
#include <sys/wait.h>

#include "p.h"

enum { BEFORE = 100, AREAS = 2 };

static void *volatile before_fork[BEFORE];
static void *volatile areas[AREAS];
static void *volatile held[100];

MARK(before) static void *make_before(size_t n)
{
	void *p = malloc(n);

	P_FRAME;
	return p;
}

MARK(area) static void *make_area(size_t n)
{
	void *p = malloc(n);

	P_FRAME;
	return p;
}

MARK(after) static void *make_after(size_t n)
{
	void *p = malloc(n);

	P_FRAME;
	return p;
}

static void wait_for(pid_t pid)
{
	int status;

	P_CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && !status);
}

static void grandchild(void)
{
	pid_t pid = fork();

	if (pid) {
		wait_for(pid);
		return;
	}
	for (int i = 40; i < 60; i++)
		free(before_fork[i]);
	free(held[0]);
	p_about_me(0);
	p_expect(before, "allocs=0 frees=20 inherited_blocks=60 live=40");
	p_expect(after, "allocs=0 frees=1 inherited_blocks=30 live=29");
	exit(0);
}

static void child(void)
{
	for (int i = 0; i < 40; i++)
		free(before_fork[i]);
	for (int i = 0; i < 50; i++)
		held[i] = make_after(200);
	for (int i = 30; i < 50; i++)
		free(held[i]);
	free(areas[0]);
	p_about_me(0);
	p_expect(before, "allocs=0 frees=40 freed=%d inherited_blocks=100 live=60",
		 40 * 64);
	p_expect(after, "allocs=50 frees=20 asked=10000 live=30");
	p_expect(area, "allocs=0 frees=1 inherited_bytes=%d freed=%d live=1",
		 AREAS * (8 << 20), 8 << 20);
	grandchild();
	exit(0);
}

int main(int argc, char **argv)
{
	pid_t pid;

	if (argc > 1) { /* what is exec'ed: its own report, the second */
		held[0] = make_after(300);
		p_about_me(1);
		p_expect(after, "allocs=1 live=1 asked=300 inherited_blocks=0");
		p_expect(before, "allocs=0 live=0");
		return 0;
	}
	for (int i = 0; i < BEFORE; i++)
		before_fork[i] = make_before(64);
	for (int i = 0; i < AREAS; i++)
		areas[i] = make_area(8 << 20);

	pid = fork();
	if (!pid)
		child();
	wait_for(pid);

	pid = fork(); /* does nothing at all */
	if (!pid)
		_exit(0);
	wait_for(pid);

	pid = fork();
	if (!pid) {
		held[0] = make_after(50);
		p_about_me(0);
		p_expect(after, "allocs=1 asked=50 live=1");
		p_expect(before, "inherited_blocks=100 live=100");
		execv("/proc/self/exe", (char *[]){ argv[0], (char[]){ "x" },
						    NULL });
		_exit(1);
	}
	wait_for(pid);

	for (int i = 0; i < 10; i++)
		held[i] = make_after(10);
	p_about_me(0);
	p_expect(before, "allocs=100 frees=0 live=100 inherited_blocks=0");
	p_expect(after, "allocs=10 frees=0 asked=100");
	p_expect(area, "allocs=2 frees=0 live=2");
	return 0;
}
