/* SPDX-License-Identifier: MIT */
/*
 * places.c - memory of every kind, for questions about its addresses.
 *
 *	places [SECONDS]	prints "NAME ADDRESS" lines, then waits
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MIB = 1 << 20 };

static void say(const char *name, const void *p)
{
	printf("%s %llx\n", name, (unsigned long long)(size_t)p);
}

__attribute__((noinline)) static char *small(size_t n)
{
	char *p = malloc(n);

	memset(p, 1, n);
	return p;
}

__attribute__((noinline)) static char *large(size_t n)
{
	char *p = malloc(n);

	memset(p, 1, n);
	return p;
}

static void slabs(void)
{
	char *p[300];
	int i;

	say("object", small(100));
	say("inside", small(200) + 150);
	p[0] = small(100);
	say("cached", p[0]);
	free(p[0]);
	/* many of a size: the last ones go back to their slabs */
	for (i = 0; i < 300; i++)
		p[i] = small(3000);
	for (i = 0; i < 300; i++)
		free(p[i]);
	say("free", p[100]);
	say("many", small(16));
}

static void blocks(void)
{
	char *p = large(MIB);

	say("block", p);
	say("in-block", p + 500000);
	p = large(2 * MIB);
	say("freed-block", p);
	free(p);
}

static void areas(void)
{
	char *p = large(10 * MIB);

	say("area", p);
	say("in-area", p + 5 * MIB);
	say("guard", p + 10 * MIB + 100);
	p = malloc(7 * MIB);
	say("resized", realloc(p, 12 * MIB));
	p = large(6 * MIB);
	say("lazy", p);
	free(p);
}

int main(int argc, char **argv)
{
	static int in_data;

	slabs();
	blocks();
	areas();
	say("data", &in_data);
	say("unmapped", (void *)16);
	fflush(stdout);
	if (argc > 1)
		sleep((unsigned int)atoi(argv[1]));
	_exit(0);
}
