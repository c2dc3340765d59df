/* SPDX-License-Identifier: MIT */
/* fuzz.h - what the fuzzers share: numbers from a seed, xorshift64*. */
#ifndef TEST_TOOLS_FUZZ_H
#define TEST_TOOLS_FUZZ_H

#include <stdint.h>

static uint64_t fuzz_state; /* never 0 */

static inline uint64_t rnd(void)
{
	fuzz_state ^= fuzz_state >> 12;
	fuzz_state ^= fuzz_state << 25;
	fuzz_state ^= fuzz_state >> 27;
	return fuzz_state * 0x2545f4914f6cdd1dull;
}

#endif
