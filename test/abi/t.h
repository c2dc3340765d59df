/* SPDX-License-Identifier: MIT */
/*
 * t.h - what the ABI tests share.
 *
 * Idea: a test is a small program that shows one behaviour of malloc, runs
 * with or without a preloaded library, and needs nothing but the C library.
 * Exit status: 0 passed, 1 failed (CHECK said where), 77 skipped (SKIP said
 * why). Messages go out by write(2) from the stack: a report about a broken
 * heap must not need the heap, and must work in a forked child and in any
 * thread, hence _exit() too.
 */
#ifndef T_H
#define T_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define T_KIB	    ((size_t)1 << 10)
#define T_MIB	    ((size_t)1 << 20)
#define T_NR(array) (sizeof(array) / sizeof((array)[0]))

#define CHECK(cond) CHECKF(cond, "not true")

/* CHECK with what a reader needs to know beside the condition. */
#define CHECKF(cond, ...)                                         \
	do {                                                      \
		if (!(cond))                                      \
			t_end(1, T_HERE #cond ": ", __VA_ARGS__); \
	} while (0)

#define SKIP(...) t_end(77, "", __VA_ARGS__)

#define T_HERE	       __FILE__ ":" T_STRING(__LINE__) ": "
#define T_STRING(line) T_STRING_OF(line)
#define T_STRING_OF(x) #x

/* Run `function` before any constructor of any library. */
#define T_PREINIT(function)                                            \
	__attribute__((section(".preinit_array"), used)) static void ( \
		*t_preinit)(int, char **, char **) = function

/* Does what write(2) does, for callers who cannot use the result. */
static inline void t_write(int fd, const char *text, size_t len)
{
	ssize_t ignored = write(fd, text, len);

	(void)ignored;
}

/* Print where and why on stderr and leave with `status`. */
__attribute__((format(printf, 3, 4), noreturn)) static inline void
t_end(int status, const char *where, const char *why, ...)
{
	int err = errno, n;
	char text[400], buf[600];
	va_list ap;

	va_start(ap, why);
	vsnprintf(text, sizeof(text), why, ap);
	va_end(ap);
	if (status == 1)
		n = snprintf(buf, sizeof(buf), "%.180s%s (errno %d)\n", where,
			     text, err);
	else
		n = snprintf(buf, sizeof(buf), "%s\n", text);
	t_write(2, buf, (size_t)n);
	_exit(status);
}

/* A pointer the compiler knows nothing about: no warning, no elision. */
static inline void *t_hide(void *p)
{
	__asm__ volatile("" : "+r"(p) : : "memory");
	return p;
}

/* The same for a size. */
static inline size_t t_hide_size(size_t n)
{
	__asm__ volatile("" : "+r"(n));
	return n;
}

/* splitmix64 (Steele, Lea, Flood 2014): any seed will do. */
static inline uint64_t t_rand(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Sizes from 0 to 2^bits, each power of two as likely as the next. */
static inline size_t t_rand_size(uint64_t *state, unsigned int bits)
{
	uint64_t r = t_rand(state);

	return (r >> 8) % (((size_t)1 << (r & 0xff) % (bits + 1)) + 1);
}

/* Word number i of the byte pattern that `key` stands for. */
static inline uint64_t t_word(uint64_t key, size_t i)
{
	return (key ^ (key << 32)) + i * 0x9e3779b97f4a7c15u;
}

/* Fill n bytes at p with the pattern of `key`; any prefix is checkable. */
static inline void t_fill(void *p, size_t n, uint64_t key)
{
	unsigned char *c = (unsigned char *)p;
	size_t i;

	for (i = 0; i < n; i += 8) {
		uint64_t w = t_word(key, i / 8);

		__builtin_memcpy(c + i, &w, n - i < 8 ? n - i : 8);
	}
}

/* The offset of the first byte that is not the pattern's, n if none. */
static inline size_t t_differs(const void *p, size_t n, uint64_t key)
{
	const unsigned char *c = (const unsigned char *)p;
	uint64_t got, w;
	size_t i;

	for (i = 0; i + 8 <= n; i += 8) {
		__builtin_memcpy(&got, c + i, 8);
		if (got != t_word(key, i / 8))
			break;
	}
	for (w = t_word(key, i / 8); i < n; i++, w >>= 8)
		if (c[i] != (w & 0xff))
			return i;
	return n;
}

/* The offset of the first byte that is not zero, n if none. */
static inline size_t t_not_zero(const void *p, size_t n)
{
	const unsigned char *c = (const unsigned char *)p;
	size_t i = 0;

	if (n == 0 || (c[0] == 0 && memcmp(c, c + 1, n - 1) == 0))
		return n;
	while (c[i] == 0)
		i++;
	return i;
}

/* An allocation that had to succeed. */
static inline void *t_good(void *p)
{
	CHECKF(p, "allocation failed");
	return t_hide(p);
}

/* The same, and it had to be a multiple of `align`. */
static inline void *t_aligned(void *p, size_t align)
{
	CHECKF(p, "allocation failed");
	CHECKF(((uintptr_t)p & (align - 1)) == 0, "%p is no multiple of %zu", p,
	       align);
	return t_hide(p);
}

/* Resident memory of a process in bytes; 0 where it cannot be read. */
static inline size_t t_rss(pid_t pid)
{
	char buf[128], *end;
	ssize_t n;
	int fd;

	snprintf(buf, sizeof(buf), "/proc/%d/statm", (int)pid);
	fd = open(buf, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	buf[n] = 0;
	strtoul(buf, &end, 10);
	return strtoul(end, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

/* Milliseconds on a clock that only goes forward. */
static inline long t_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Wait for a child that must have exited with status 0. */
static inline void t_reap(pid_t pid)
{
	int status;

	CHECK(pid > 0);
	while (waitpid(pid, &status, 0) < 0)
		CHECK(errno == EINTR);
	CHECKF(!WIFSIGNALED(status), "child died by signal %d",
	       WTERMSIG(status));
	CHECKF(WEXITSTATUS(status) == 0, "child's exit status is %d",
	       WEXITSTATUS(status));
}

/* Argument i as a number, or the default when it is not given. */
static inline unsigned long t_arg(int argc, char **argv, int i,
				  unsigned long otherwise)
{
	return argc > i ? strtoul(argv[i], NULL, 0) : otherwise;
}

/* A bit of everything, checked: does malloc still work here? */
static inline void t_work(uint64_t seed)
{
	void *p[64] = { NULL };
	size_t n[64] = { 0 };
	size_t i, k;

	for (i = 0; i < 2000; i++) {
		k = t_rand(&seed) % 64;
		CHECK(t_differs(p[k], n[k], k) == n[k]);
		n[k] = t_rand_size(&seed, 15);
		if (i % 3) {
			free(p[k]);
			p[k] = t_good(malloc(n[k]));
		} else {
			p[k] = t_good(realloc(p[k], n[k] + 1));
		}
		t_fill(p[k], n[k], k);
	}
	for (k = 0; k < 64; k++)
		free(p[k]);
	for (i = 64 * T_KIB; i <= 4 * T_MIB; i *= 2) {
		p[0] = t_good(calloc(1, i));
		CHECK(t_not_zero(p[0], i) == i);
		free(p[0]);
	}
}

/*
 * For limits that must hold before the first allocation: the first run sets
 * them and ends in t_exec(), the second finds them in force.
 */
static inline int t_first_run(void)
{
	if (getenv("T_AGAIN"))
		return 0;
	CHECK(setenv("T_AGAIN", "1", 1) == 0);
	return 1;
}

static inline void t_exec(char **argv)
{
	execv(argv[0], argv);
	CHECKF(0, "cannot run %s again", argv[0]);
}

#endif /* T_H */
