/* SPDX-License-Identifier: MIT */
/*
 * frames [cut] - the same inner frames below outer ones that change, by frames of
 * all kinds: of fixed size, of any size, with a frame pointer, of many
 * registers saved. Each stack is compared with the last one when it is looked
 * for; what went through whom is counted here. `cut`: stacks are cut off before
 * they get to the outer ones.
 */
#include <alloca.h>

#include "p.h"

enum { TIMES = 200000, DEPTH = 9, PLACES = 4 };

static unsigned long state = 7;
static unsigned long made[PLACES], through[PLACES];

static unsigned int next(unsigned int below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(state >> 33) % below;
}

typedef void kind(int depth);
static kind fixed, any_size, with_pointer, registers;

static kind *const kinds[] = { fixed, any_size, with_pointer, registers };

#define PLACE(name, nr)                               \
	MARK(name) static void name(void)             \
	{                                             \
		free(malloc(16 + next(100)));         \
		made[nr]++;                           \
		P_FRAME;                              \
	}

PLACE(leaf_0, 0)
PLACE(leaf_1, 1)
PLACE(leaf_2, 2)
PLACE(leaf_3, 3)

static void on(int depth)
{
	static void (*const leaves[])(void) = { leaf_0, leaf_1, leaf_2,
						leaf_3 };

	if (depth)
		kinds[next(4)](depth - 1);
	else
		leaves[next(PLACES)]();
	P_FRAME;
}

static __attribute__((noinline)) void fixed(int depth)
{
	volatile char room[40];

	room[0] = (char)depth;
	on(depth);
	/* again from the same place, and from another */
	if (room[0] == 3)
		on(depth);
}

static __attribute__((noinline)) void any_size(int depth)
{
	size_t n = 16 + 16 * next(6);
	char *room = alloca(n);

	memset(room, depth, n);
	__asm__ volatile("" : : "r"(room) : "memory");
	on(depth);
	P_FRAME;
}

static __attribute__((noinline, optimize("no-omit-frame-pointer"))) void
with_pointer(int depth)
{
	on(depth);
	P_FRAME;
}

static __attribute__((noinline)) void registers(int depth)
{
	/* a function without frame pointer changes rbp as it likes */
	__asm__ volatile("" : : : "rbx", "r12", "r13", "r14", "r15", "memory");
	on(depth);
	__asm__ volatile("" : : : "rbx", "r12", "r13", "r14", "r15", "memory");
}

/* Equal but for their address. */
#define OUTER(name, nr)                               \
	MARK(name) static void name(void)             \
	{                                             \
		unsigned long before = 0;             \
                                                      \
		for (int i = 0; i < PLACES; i++)      \
			before += made[i];            \
		kinds[next(4)](DEPTH - (int)next(7)); \
		through[nr] -= before;                \
		for (int i = 0; i < PLACES; i++)      \
			through[nr] += made[i];       \
	}

OUTER(outer_0, 0)
OUTER(outer_1, 1)
OUTER(outer_2, 2)
OUTER(outer_3, 3)

int main(int argc, char **argv)
{
	static void (*const outer[])(void) = { outer_0, outer_1, outer_2,
					       outer_3 };

	p_about_me(0);
	for (int i = 0; i < TIMES; i++) {
		unsigned long saved = state;
		int places = (int)next(2) + 1;

		/* often the very same way below another outer frame */
		for (int k = 0; k < places; k++) {
			if (next(2))
				state = saved;
			outer[(i + k) % PLACES]();
		}
	}
	p_expect(leaf_0, "allocs=%lu frees=%lu", made[0], made[0]);
	p_expect(leaf_1, "allocs=%lu frees=%lu", made[1], made[1]);
	p_expect(leaf_2, "allocs=%lu frees=%lu", made[2], made[2]);
	p_expect(leaf_3, "allocs=%lu frees=%lu", made[3], made[3]);
	if (argc > 1 && !strcmp(argv[1], "cut"))
		return 0;
	p_expect(outer_0, "allocs=%lu", through[0]);
	p_expect(outer_1, "allocs=%lu", through[1]);
	p_expect(outer_2, "allocs=%lu", through[2]);
	p_expect(outer_3, "allocs=%lu", through[3]);
	return 0;
}
