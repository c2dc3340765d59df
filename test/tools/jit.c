/* SPDX-License-Identifier: MIT */
/*
 * jit.c - a program that makes code at run time: two functions, which call
 * what they are given, and a list of their names as perf reads it.
 *
 *   jit [DIR]    DIR: the list goes to DIR/perf-PID.map; without, none
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* push rbp; mov rbp, rsp; call *rdi; pop rbp; ret - or the same on arm64 */
#if defined(__x86_64__)
static const unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5,
				      0xff, 0xd7, 0x5d, 0xc3 };
#elif defined(__aarch64__)
static const unsigned int code[] = { 0xa9bf7bfd, 0x910003fd, 0xd63f0000,
				     0xa8c17bfd, 0xd65f03c0 };
#endif

typedef void (*made)(void (*call)(void));

static void *volatile keep;

__attribute__((noinline)) static void ten(void)
{
	for (int i = 0; i < 10; i++)
		keep = malloc(1000);
}

__attribute__((noinline)) static void twenty(void)
{
	for (int i = 0; i < 20; i++)
		keep = malloc(2000);
}

static void put(char *at, const char *name, FILE *list)
{
	memcpy(at, code, sizeof(code));
	if (list)
		fprintf(list, "%lx %zx %s\n", (unsigned long)at, sizeof(code),
			name);
}

int main(int argc, char **argv)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char path[300];
	FILE *list = NULL;
	made first, second;

	if (argc > 1) {
		snprintf(path, sizeof(path), "%s/perf-%d.map", argv[1],
			 (int)getpid());
		list = fopen(path, "w");
	}
	put(page + 64, "js::first of all", list);
	put(page + 128, "js::second", list);
	if (list)
		fclose(list);
	__builtin___clear_cache(page, page + 4096);
	page += 64;
	memcpy(&first, &page, sizeof(page));
	page += 64;
	memcpy(&second, &page, sizeof(page));
	first(ten);
	second(twenty);
	return 0;
}
