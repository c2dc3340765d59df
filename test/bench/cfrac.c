/* SPDX-License-Identifier: MIT */
/*
 * cfrac.c - continued fraction of a square root, every number on the heap.
 *
 * Pattern: that of the program cfrac: arithmetic where each result is a new
 * reference-counted number of 12 to 24 bytes, which mostly dies a few
 * operations later, while every 16th is kept for long. It stands for
 * interpreters and symbolic programs, where nearly every operation allocates,
 * and is the plainest test of the shortest path.
 *
 * For N not a square, r = floor(sqrt N), P = 0, Q = 1 and A = 1, B = 0:
 *   a = (r + P) / Q,  P' = a Q - P,  Q' = (N - P'^2) / Q,
 *   A' = a A + B (mod N),  B' = A
 * and A'^2 = +-Q' (mod N) after every step, which is checked now and then.
 */
#include "bench.h"

__extension__ typedef unsigned __int128 wide_t;

#define RADICAND 4000000000000000117u /* 62 bits, not a square */
#define STEPS	 3000000
#define KEEP	 8192

struct num {
	uint32_t refs;
	uint32_t len; /* words in use */
	uint32_t word[];
};

/* @room: words, the most that the operation at hand can need */
static struct num *num_new(wide_t value, uint32_t room)
{
	struct num *n = must(malloc(sizeof(*n) + room * sizeof(n->word[0])));

	n->refs = 1;
	for (n->len = 0; value; value >>= 32)
		n->word[n->len++] = (uint32_t)value;
	return n;
}

static wide_t num_value(const struct num *n)
{
	wide_t value = 0;

	for (uint32_t i = n->len; i-- > 0;)
		value = value << 32 | n->word[i];
	return value;
}

static struct num *num_get(struct num *n)
{
	n->refs++;
	return n;
}

static void num_put(struct num *n)
{
	if (n && !--n->refs)
		free(n);
}

/* *@to = @value, a variable's assignment; @value's reference moves. */
static void num_set(struct num **to, struct num *value)
{
	num_put(*to);
	*to = value;
}

enum op { ADD, SUB, MUL, DIV, MOD };

/* A new number: @a op @b. Numbers stay below 2^124: no operation overflows. */
static struct num *num_op(enum op op, const struct num *a, const struct num *b)
{
	wide_t x = num_value(a), y = num_value(b);
	uint32_t longer = a->len > b->len ? a->len : b->len;

	switch (op) {
	case ADD:
		return num_new(x + y, longer + 1);
	case SUB:
		return num_new(x - y, a->len);
	case MUL:
		return num_new(x * y, a->len + b->len);
	case DIV:
		return num_new(x / y, a->len);
	case MOD:
		return num_new(x % y, b->len);
	}
	return NULL;
}

/* (@a @op1 @b) @op2 @c; the intermediate result dies at once. */
static struct num *num_op2(struct num *a, enum op op1, struct num *b,
			   enum op op2, struct num *c)
{
	struct num *t = num_op(op1, a, b);
	struct num *r = num_op(op2, t, c);

	num_put(t);
	return r;
}

/* Newton's method from above */
static uint64_t isqrt(uint64_t n)
{
	uint64_t x = n, y = n / 2 + 1;

	while (y < x) {
		x = y;
		y = (x + n / x) / 2;
	}
	return x;
}

struct state {
	struct num *n, *root, *p, *q, *a, *b;
};

static void step(struct state *s)
{
	struct num *k = num_op2(s->root, ADD, s->p, DIV, s->q);
	struct num *square, *next;

	num_set(&s->p, num_op2(k, MUL, s->q, SUB, s->p));
	square = num_op(MUL, s->p, s->p);
	num_set(&s->q, num_op2(s->n, SUB, square, DIV, s->q));
	next = num_op2(k, MUL, s->a, ADD, s->b);
	num_set(&s->b, num_get(s->a));
	num_set(&s->a, num_op(MOD, next, s->n));
	num_put(next);
	num_put(square);
	num_put(k);
}

static void verify(const struct state *s)
{
	wide_t n = num_value(s->n), a = num_value(s->a), q = num_value(s->q);
	wide_t residue = a * a % n;

	if (residue != q % n && residue != (n - q % n) % n)
		wrong("A^2 is not +-Q (mod N)");
}

int main(void)
{
	static struct num *kept[KEEP];
	struct state s = {
		num_new(RADICAND, 2), num_new(isqrt(RADICAND), 2),
		num_new(0, 1),	      num_new(1, 1),
		num_new(1, 1),	      num_new(0, 1),
	};
	size_t steps = scaled(STEPS);
	uint64_t seed = 2, sum = 0;

	for (size_t i = 0; i < steps; i++) {
		step(&s);
		if (i % 16)
			continue;
		verify(&s);
		sum += (uint64_t)num_value(s.a);
		num_set(&kept[rnd(&seed) % KEEP], num_get(s.a));
	}
	for (size_t i = 0; i < KEEP; i++)
		num_put(kept[i]);
	return finish(sum);
}
