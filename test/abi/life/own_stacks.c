/* SPDX-License-Identifier: MIT */
/*
 * Stacks made by malloc: threads run on them (pthread_attr_setstack), and
 * coroutines that allocate, switch in between and free what others made.
 */
#include <pthread.h>
#include <ucontext.h>
#include "../t.h"

#define NR    50
#define STACK (64 * T_KIB)

static ucontext_t main_context, context[NR];
static void *block[NR];

static void coroutine(int i)
{
	int other = (i + NR / 2) % NR;

	block[i] = t_good(malloc(3000));
	t_fill(block[i], 3000, (uint64_t)i);
	CHECK(!swapcontext(&context[i], &main_context));
	CHECK(t_differs(block[other], 3000, (uint64_t)other) == 3000);
	free(block[other]);
	free(t_good(malloc(100000)));
}

static void *thread(void *arg)
{
	t_work((uintptr_t)arg);
	return arg;
}

static void run_thread(void *stack)
{
	pthread_attr_t attr;
	pthread_t tid;

	CHECK(!pthread_attr_init(&attr));
	CHECK(!pthread_attr_setstack(&attr, stack, STACK));
	CHECK(!pthread_create(&tid, &attr, thread, NULL));
	CHECK(!pthread_join(tid, NULL));
}

int main(void)
{
	void *stack[NR];
	int i, turn;

	for (i = 0; i < NR; i++) {
		stack[i] = t_good(aligned_alloc(4096, STACK));
		run_thread(stack[i]);
		CHECK(!getcontext(&context[i]));
		context[i].uc_stack.ss_sp = stack[i];
		context[i].uc_stack.ss_size = STACK;
		context[i].uc_link = &main_context;
		makecontext(&context[i], (void (*)(void))coroutine, 1, i);
	}
	for (turn = 0; turn < 2; turn++)
		for (i = 0; i < NR; i++)
			CHECK(!swapcontext(&main_context, &context[i]));
	for (i = 0; i < NR; i++)
		free(stack[i]);
	t_work(1);
	return 0;
}
