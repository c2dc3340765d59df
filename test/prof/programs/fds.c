/* SPDX-License-Identifier: MIT */
/*
 * fds - a daemon closes every descriptor and opens its own: no byte of those
 * may be read or written by anybody else, least of all by an unwinder that
 * checks addresses. Before, none may be open but what the shell gave.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "p.h"

enum { FILES = 12, BYTES = 1000 };

static int __attribute__((noinline)) ways(unsigned int way, int depth)
{
	int n;

	if (!depth) {
		free(malloc(40 + way));
		return 1;
	}
	n = way & 1 ? ways(way >> 1, depth - 1) + 1 :
		      ways(way >> 1, depth - 1) + 2;
	P_FRAME;
	return n;
}

int main(void)
{
	char name[] = "/tmp/fds-XXXXXX", data[BYTES], back[BYTES + 1];
	int fd[FILES], pipes[2], null = open("/dev/null", O_RDONLY);

	p_about_me(0);
	P_CHECK(null == 3);
	for (int i = 0; i < 1024; i++)
		if (i != 1)
			close(i);
	memset(data, 'x', BYTES);
	for (int i = 0; i < FILES; i++) {
		strcpy(name, "/tmp/fds-XXXXXX");
		fd[i] = mkstemp(name);
		P_CHECK(fd[i] >= 0 && !unlink(name));
		P_CHECK(write(fd[i], data, BYTES) == BYTES);
		P_CHECK(lseek(fd[i], 10, SEEK_SET) == 10);
	}
	P_CHECK(!pipe(pipes) && write(pipes[1], data, 100) == 100);

	for (unsigned int i = 0; i < 2048; i++)
		ways(i, 11);

	for (int i = 0; i < FILES; i++) {
		P_CHECK(lseek(fd[i], 0, SEEK_CUR) == 10);
		P_CHECK(pread(fd[i], back, sizeof(back), 0) == BYTES);
		P_CHECK(!memcmp(data, back, BYTES));
	}
	P_CHECK(read(pipes[0], back, sizeof(back)) == 100);
	return 0;
}
