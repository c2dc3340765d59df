/* SPDX-License-Identifier: MIT */
/*
 * steps.c - instructions of one malloc and one free, counted one by one.
 *
 * Usage: steps PRELOAD BATCH SIZE...
 * For each size a child of its own, with PRELOAD preloaded, allocates BATCH
 * blocks and frees them, the last first, over and over. Prints lines
 *   SIZE MALLOC-LEAST MALLOC-MEAN FREE-LEAST FREE-MEAN
 *
 * Theory: before each call that counts the child executes a breakpoint with
 * the function's address in a register. The parent then steps it instruction by
 * instruction, from the one at that address up to the return to its caller.
 * That is exact, needs no performance counters, and leaves out the caller. A
 * repeated string instruction counts once. It cannot count restartable
 * sequences: they start over at each step; a call ends at STEP_LIMIT.
 */
#include "bench.h"

#ifdef __x86_64__
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#define WARM_UP	   2000 /* rounds before the first call that counts */
#define COUNTED	   64	/* calls that count, at least */
#define MAX_BATCH  1024
#define STEP_LIMIT 2000000

struct tally {
	unsigned long least, sum, calls;
};

/* The parent is told which function comes next. */
static inline void announce(uintptr_t entry)
{
	__asm__ volatile("int3" ::"a"(entry) : "memory");
}

static int child(size_t size, size_t batch)
{
	void *(*volatile get)(size_t) = malloc;
	void (*volatile put)(void *) = free;
	size_t rounds = WARM_UP + (COUNTED + batch - 1) / batch;
	static char *block[MAX_BATCH];

	for (size_t round = 0; round < rounds; round++) {
		for (size_t i = 0; i < batch; i++) {
			if (round >= WARM_UP)
				announce((uintptr_t)get);
			block[i] = must(get(size));
			block[i][0] = 1;
		}
		for (size_t i = batch; i-- > 0;) {
			if (round >= WARM_UP)
				announce((uintptr_t)put);
			put(block[i]);
		}
	}
	return 0;
}

static struct user_regs_struct step(pid_t pid)
{
	struct user_regs_struct regs;
	int status;

	ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL);
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    WSTOPSIG(status) != SIGTRAP)
		wrong("the child ended while it was stepped");
	ptrace(PTRACE_GETREGS, pid, NULL, &regs);
	return regs;
}

/* Instructions from the entry at @entry to the return; 0: beyond the limit. */
static unsigned long count_call(pid_t pid, uintptr_t entry)
{
	struct user_regs_struct regs = { 0 };
	unsigned long count = 0, steps = 0;
	uintptr_t last = 0, stack, back;

	while (regs.rip != entry)
		regs = step(pid);
	stack = regs.rsp;
	back = (uintptr_t)ptrace(PTRACE_PEEKDATA, pid, stack, NULL);
	while (regs.rip != back || regs.rsp <= stack) {
		count += regs.rip != last;
		last = regs.rip;
		regs = step(pid);
		if (++steps == STEP_LIMIT)
			return 0;
	}
	return count;
}

static void tally_add(struct tally *t, unsigned long count)
{
	if (!t->calls || count < t->least)
		t->least = count;
	t->sum += count;
	t->calls++;
}

static pid_t start(char *self, char *preload, char *batch, char *size)
{
	char flag[] = "--child", *argv[] = { self, flag, batch, size, NULL };
	pid_t pid = fork();

	if (!pid) {
		if (*preload)
			setenv("LD_PRELOAD", preload, 1);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv("/proc/self/exe", argv);
		_exit(127);
	}
	return pid;
}

/* Runs the child for one size, from breakpoint to breakpoint. */
static int trace(char *self, char *preload, char *batch, char *size)
{
	struct tally get = { 0, 0, 0 }, put = { 0, 0, 0 };
	pid_t pid = start(self, preload, batch, size);
	struct user_regs_struct regs;
	int status, exec = 1, stepped = 0;

	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		int sig = WSTOPSIG(status);

		if (exec)
			ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_EXITKILL);
		ptrace(PTRACE_GETREGS, pid, NULL, &regs);
		if (sig == SIGTRAP && !exec) {
			unsigned long n = count_call(pid, regs.rax);

			if (!n)
				break;
			tally_add(stepped++ / atoi(batch) % 2 ? &put : &get, n);
		}
		ptrace(PTRACE_CONT, pid, NULL, sig == SIGTRAP ? 0 : sig);
		exec = 0;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) || !put.calls) {
		kill(pid, SIGKILL);
		printf("%s - - - -\n", size);
		return EXIT_WRONG;
	}
	printf("%s %lu %.1f %lu %.1f\n", size, get.least,
	       (double)get.sum / (double)get.calls, put.least,
	       (double)put.sum / (double)put.calls);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long batch = argc > 3 ? strtoul(argv[2], NULL, 10) : 0;
	int failed = 0;

	if (!batch || batch > MAX_BATCH)
		usage("PRELOAD BATCH SIZE...");
	if (!strcmp(argv[1], "--child"))
		return child(strtoul(argv[3], NULL, 10), batch);
	for (int i = 3; i < argc; i++)
		failed |= trace(argv[0], argv[1], argv[2], argv[i]);
	return failed;
}
#else
int main(void)
{
	fputs("steps: this machine is not x86-64\n", stderr);
	return EXIT_WRONG;
}
#endif
