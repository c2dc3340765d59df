/* SPDX-License-Identifier: MIT */
/* random.h - random numbers, from the system. */
#ifndef KV_LINUX_RANDOM_H
#define KV_LINUX_RANDOM_H

/* The name is one of the system's, too: what libc includes stays. */
#if __has_include_next(<linux/random.h>)
#include_next <linux/random.h>
#endif

#include <linux/types.h>
#include <sys/random.h>

static inline void get_random_bytes(void *buf, size_t len)
{
	u8 *p = (u8 *)buf;

	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n <= 0)
			continue;
		p += n;
		len -= (size_t)n;
	}
}

static inline u32 get_random_u32(void)
{
	u32 v;

	get_random_bytes(&v, sizeof(v));
	return v;
}

static inline u64 get_random_u64(void)
{
	u64 v;

	get_random_bytes(&v, sizeof(v));
	return v;
}

/* 0 .. @ceil - 1. */
static inline u32 get_random_u32_below(u32 ceil)
{
	return (u32)(((u64)get_random_u32() * ceil) >> 32);
}
/* The same numbers for the same seed: for tests. */
struct rnd_state {
	u64 state;
};

static inline void prandom_seed_state(struct rnd_state *state, u64 seed)
{
	state->state = seed;
}

/* splitmix64 */
static inline u32 prandom_u32_state(struct rnd_state *state)
{
	u64 z = state->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (u32)((z ^ (z >> 31)) >> 32);
}

static inline void prandom_bytes_state(struct rnd_state *state, void *buf,
				       size_t len)
{
	for (u8 *p = (u8 *)buf; len; len--)
		*p++ = (u8)prandom_u32_state(state);
}

#define prandom_bytes(buf, len)	get_random_bytes(buf, len)
#define get_random_int()	get_random_u32()
#define get_random_long()	((unsigned long)get_random_u64())

/* Cheap: no call of the system but a thread's first. */
static inline u32 prandom_u32(void)
{
	static __thread struct rnd_state state;

	if (!state.state)
		prandom_seed_state(&state, get_random_u64());
	return prandom_u32_state(&state);
}

static inline u32 prandom_u32_max(u32 ceil)
{
	return (u32)(((u64)prandom_u32() * ceil) >> 32);
}

#endif
