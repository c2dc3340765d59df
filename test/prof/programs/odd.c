/* SPDX-License-Identifier: MIT */
/*
 * odd HOW - malloc from where unwinding is hard: very deep, on small stacks,
 * on signal stacks, in coroutines, below code without any description.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "p.h"

enum { TIMES = 300 };

MARK(leaf) static void *leaf(size_t n)
{
	void *p = malloc(n);

	P_FRAME;
	return p;
}

static void some(void)
{
	for (int i = 0; i < TIMES; i++)
		free(leaf(40));
}

/* deep */

static int __attribute__((noinline)) deep(int depth)
{
	volatile char room[32];
	int n = 0;

	room[0] = 0;
	if (depth)
		n = deep(depth - 1);
	else
		some();
	return n + room[0] + 1;
}

/* different ways down, so that each is a stack not met before */
static int __attribute__((noinline)) ways(unsigned int way, int depth)
{
	int n;

	if (!depth) {
		free(leaf(40));
		return 1;
	}
	if (way & 1)
		n = ways(way >> 1, depth - 1) + 1;
	else
		n = ways(way >> 1, depth - 1) + 2;
	P_FRAME;
	return n;
}

/* small stacks */

static void *on_small_stack(void *arg)
{
	for (unsigned int i = 0; i < TIMES; i++)
		ways(i, 6);
	return arg;
}

static void small(void)
{
	size_t size = (size_t)sysconf(_SC_THREAD_STACK_MIN);
	pthread_attr_t attr;
	pthread_t tid;

	P_CHECK(!pthread_attr_init(&attr));
	P_CHECK(!pthread_attr_setstacksize(&attr, size));
	P_CHECK(!pthread_create(&tid, &attr, on_small_stack, NULL));
	P_CHECK(!pthread_join(tid, NULL));
	p_expect(leaf, "allocs=%d frees=%d live=0", TIMES, TIMES);
}

static void handler(int sig)
{
	(void)sig;
	on_small_stack(NULL);
}

/* What a handler has is what is left of the signal's frame. */
static void altstack(size_t left)
{
	stack_t ss = { .ss_size = (size_t)sysconf(_SC_MINSIGSTKSZ) + left };
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_ONSTACK };
	char *p = mmap(NULL, ss.ss_size + 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	P_CHECK(p != MAP_FAILED && !mprotect(p, 4096, PROT_NONE));
	ss.ss_sp = p + 4096;
	P_CHECK(!sigaltstack(&ss, NULL) && !sigaction(SIGUSR1, &sa, NULL));
	raise(SIGUSR1);
}

/* coroutines */

static ucontext_t home, away;

static void coroutine(void)
{
	for (int i = 0; i < TIMES; i++) {
		free(leaf(40));
		P_CHECK(!swapcontext(&away, &home));
	}
}

static void context(void)
{
	size_t size = 16384;
	char *p = mmap(NULL, size + 8192, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	P_CHECK(p != MAP_FAILED && !mprotect(p, 4096, PROT_NONE) &&
		!mprotect(p + 4096 + size, 4096, PROT_NONE));
	P_CHECK(!getcontext(&away));
	away.uc_stack.ss_sp = p + 4096;
	away.uc_stack.ss_size = size;
	away.uc_link = &home;
	makecontext(&away, coroutine, 0);
	for (int i = 0; i <= TIMES; i++)
		P_CHECK(!swapcontext(&home, &away));
	p_expect(leaf, "allocs=%d frees=%d live=0 stacks=1", TIMES, TIMES);
}

#ifdef __x86_64__
/*
 * Code without description. A chain of frame pointers, if there is one, leads
 * out of it; anything else must end the stack, and no more.
 */
static const unsigned char with_rbp[] = {
	0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3,
	/* push rbp; mov rbp, rsp; call rdi; pop rbp; ret */
};
static const unsigned char without_rbp[] = {
	0x55, 0x48, 0x89, 0xf5, 0x48, 0x83, 0xec, 0x20, 0xff, 0xd7,
	0x48, 0x83, 0xc4, 0x20, 0x5d, 0xc3,
	/* push rbp; mov rbp, rsi; sub rsp, 32; call rdi; add rsp, 32; pop rbp;
	   ret */
};

static void jit(const char *how)
{
	unsigned char *code = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *edge = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t garbage[64];
	const size_t rbps[] = { 0,
				1,
				0x123456789,
				0x7fff00000000,
				~(size_t)0,
				(size_t)garbage,
				(size_t)&garbage[63],
				(size_t)code,
				(size_t)edge + 16,
				(size_t)edge + 4095 };
	enum { NR = sizeof(rbps) / sizeof(rbps[0]) };
	void (*fn)(void (*)(void), size_t);
	int chain = !strcmp(how, "jit");

	P_CHECK(code != MAP_FAILED && edge != MAP_FAILED &&
		!mprotect(edge + 4096, 4096, PROT_NONE));
	for (size_t i = 0; i < 64; i++)
		garbage[i] = i * 0x9e3779b97f4a7c15;
	/* at many addresses, each called from below others */
	for (size_t at = 0; at < 1 << 16; at += 64)
		memcpy(code + at, chain ? with_rbp : without_rbp,
		       chain ? sizeof(with_rbp) : sizeof(without_rbp));
	P_CHECK(!mprotect(code, 1 << 16, PROT_READ | PROT_EXEC));
	for (size_t i = 0; i < NR; i++) {
		void *at = code + 64 * (i * 31 % 1024);

		memcpy(&fn, &at, sizeof(fn));
		fn(some, rbps[i]);
	}
	p_expect(leaf, "allocs=%d frees=%d live=0", NR * TIMES, NR * TIMES);
	if (chain) /* same ways, whatever the addresses */
		p_expect(leaf, "stacks=1 complete=1");
}

/* A stack of its own, entered by a jump; the return address is 0. */
static void own_end(void)
{
	some();
	_exit(0);
}

static void end(void)
{
	char *p = mmap(NULL, 65536 + 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	P_CHECK(p != MAP_FAILED && !mprotect(p + 65536, 4096, PROT_NONE));
	p_expect(leaf, "allocs=%d frees=%d live=0 stacks=1", TIMES, TIMES);
	__asm__ volatile("mov %0, %%rsp\n\tpush $0\n\tjmp *%1"
			 :
			 : "r"(p + 65536), "r"(own_end)
			 : "memory");
}
#endif

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	p_about_me(0);
	if (!strcmp(how, "deep")) {
		deep(100000);
		p_expect(leaf, "allocs=%d frees=%d stacks=1 truncated=1",
			 TIMES, TIMES);
	} else if (!strcmp(how, "ways")) {
		for (unsigned int i = 0; i < 4096; i++)
			ways(i, 12);
		p_expect(leaf, "allocs=4096 stacks=4096 complete=4096");
	} else if (!strcmp(how, "small")) {
		small();
	} else if (!strcmp(how, "altstack")) {
		altstack(8192);
		p_expect(leaf, "allocs=%d frees=%d live=0", TIMES, TIMES);
	} else if (!strcmp(how, "tiny")) {
		/* too little for unwinding, and that is noticed */
		altstack(3584);
		p_expect(leaf, "allocs=0");
	} else if (!strcmp(how, "context")) {
		context();
#ifdef __x86_64__
	} else if (!strncmp(how, "jit", 3)) {
		jit(how);
	} else if (!strcmp(how, "end")) {
		end();
#endif
	} else {
		fprintf(stderr, "odd: unknown case '%s'\n", how);
		return 77;
	}
	return 0;
}
