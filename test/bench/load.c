/* SPDX-License-Identifier: MIT */
/*
 * load.c - clients of a server on a local socket: as many connections as
 * CONNECTIONS, a request on each, then the answers, and again.
 *
 *   load http SOCKET REQUESTS        GET /0 ... /99, every other one gzipped,
 *                                    connections renewed in turn
 *   load memcached SOCKET REQUESTS   sets and gets of 20000 keys, values of 16
 *                                    bytes to 4 KiB
 *
 * It is started without the allocator under test and is static, so that the
 * server's is what differs. Prints the seconds it took, and how many answers
 * were right.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "bench.h"

enum { CONNECTIONS = 32, BUFFER = 1 << 20, KEYS = 20000 };

static struct {
	const char *path;
	char answer[BUFFER];
	int fd[CONNECTIONS];
	uint64_t state, right;
} load = { .state = 1 };

static int connection(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", load.path);
	/* a server that starts, or whose queue is full */
	for (int tries = 0; tries < 500; tries++) {
		if (!connect(fd, (struct sockaddr *)&to, sizeof(to)))
			return fd;
		sleep_ms(10);
	}
	wrong("nobody listens");
}

static void say(int fd, const char *text, size_t n)
{
	while (n) {
		ssize_t done = send(fd, text, n, MSG_NOSIGNAL);

		if (done <= 0)
			wrong("the server hung up");
		text += done;
		n -= (size_t)done;
	}
}

/* At least one byte more behind the @have there are; ends with a NUL. */
static size_t hear(int fd, size_t have)
{
	ssize_t n = recv(fd, load.answer + have, BUFFER - 1 - have, 0);

	if (n <= 0)
		wrong("the server gave no answer");
	load.answer[have + (size_t)n] = '\0';
	return have + (size_t)n;
}

/* An answer that ends with @end. */
static void hear_until(int fd, const char *end)
{
	size_t have = 0, n = strlen(end);

	do
		have = hear(fd, have);
	while (have < n || memcmp(load.answer + have - n, end, n) != 0);
}

/* ---- HTTP ---- */

static void http_ask(int fd, size_t i)
{
	char text[256];
	int n = snprintf(text, sizeof(text),
			 "GET /%zu HTTP/1.1\r\nHost: a\r\n%sUser-Agent: "
			 "load\r\nAccept: */*\r\n\r\n",
			 rnd_between(&load.state, 0, 99),
			 i % 2 ? "Accept-Encoding: gzip\r\n" : "");

	say(fd, text, (size_t)n);
}

static void http_hear(int fd)
{
	size_t have = 0, body;
	char *end, *length;

	do {
		have = hear(fd, have);
		end = strstr(load.answer, "\r\n\r\n");
	} while (!end);
	load.right += !strncmp(load.answer, "HTTP/1.1 200 ", 13);
	length = strstr(load.answer, "Content-Length: ");
	if (!length || length > end) {
		/* gzipped on the way: chunks, the last one empty */
		while (have < 5 ||
		       memcmp(load.answer + have - 5, "0\r\n\r\n", 5) != 0)
			have = hear(fd, have);
		return;
	}
	body = strtoul(length + strlen("Content-Length: "), NULL, 10);
	while (have < (size_t)(end + 4 - load.answer) + body)
		have = hear(fd, have);
}

/* ---- memcached ---- */

static char value[4096 + 2];

static void cache_ask(int fd, size_t i)
{
	size_t key = rnd_between(&load.state, 0, KEYS - 1), size;
	char text[64];
	int n;

	if (i % 3) {
		n = snprintf(text, sizeof(text), "get k%zu\r\n", key);
		say(fd, text, (size_t)n);
		return;
	}
	size = rnd_log(&load.state, 4, 12);
	n = snprintf(text, sizeof(text), "set k%zu 0 0 %zu\r\n", key, size);
	say(fd, text, (size_t)n);
	say(fd, value + sizeof(value) - 2 - size, size + 2);
}

static void cache_hear(int fd, size_t i)
{
	hear_until(fd, i % 3 ? "END\r\n" : "STORED\r\n");
	load.right++;
}

int main(int argc, char **argv)
{
	size_t n, i;
	double start;
	int http;

	if (argc != 4)
		usage("http|memcached SOCKET REQUESTS");
	http = !strcmp(argv[1], "http");
	load.path = argv[2];
	n = scaled(strtoul(argv[3], NULL, 10)) / CONNECTIONS;
	memset(value, 'v', sizeof(value) - 2);
	memcpy(value + sizeof(value) - 2, "\r\n", 2);
	for (i = 0; i < CONNECTIONS; i++)
		load.fd[i] = connection();
	start = now();
	for (size_t round = 0; round < n; round++) {
		for (i = 0; i < CONNECTIONS; i++)
			http ? http_ask(load.fd[i], round + i) :
			       cache_ask(load.fd[i], round + i);
		for (i = 0; i < CONNECTIONS; i++)
			http ? http_hear(load.fd[i]) :
			       cache_hear(load.fd[i], round + i);
		i = round % CONNECTIONS;
		if (http && round % 4 == 0) {
			close(load.fd[i]);
			load.fd[i] = connection();
		}
	}
	printf("%.6f %" PRIu64 " of %zu\n", now() - start, load.right,
	       n * CONNECTIONS);
	return load.right != n * CONNECTIONS;
}
