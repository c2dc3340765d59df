/* SPDX-License-Identifier: MIT */
/* huge.c - see huge.h. */
#include "mm/huge.h"

#include <errno.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "mm/stats.h"
#include "os/os.h"

#define TRUST	  ((size_t)64 << 20)
#define TRUST_ALL ((size_t)1 << 50)

enum { TRIES = 4 };	 /* the first may find pages to be made */
#define WALK_NS	 4000	 /* 0.3 us for a huge page, 20 for small ones */
#define SMALL_NS 600000	 /* small pages for one huge page, about */
#define FIRST_NS 2000000 /* on the account: less than a cold page costs */
#define MOST_NS	 16000000

static u8 option;  /* enum huge_option, constant after boot */
static u8 stopped; /* atomic, as the next */
static int64_t account = FIRST_NS;
static u8 host;
enum { HOST_UNKNOWN, HOST_NONE, HOST_BELOW };

void huge_boot(enum huge_option o)
{
	option = (u8)o;
	stopped = false;
	account = FIRST_NS;
	if (o == HUGE_OFF)
		huge_stop(KVR_HUGE_OFF);
}

bool huge_is_on(void)
{
	return !__atomic_load_n(&stopped, __ATOMIC_RELAXED);
}

bool huge_is_always(void)
{
	return option == HUGE_ALWAYS;
}

static void set_state(enum kvr_huge state)
{
	__atomic_store_n(&stats.huge_state, state, __ATOMIC_RELAXED);
}

bool huge_ask(void *addr, size_t size)
{
	if (os_hugepage(addr, size, true)) {
		huge_stop(KVR_HUGE_NONE);
		return false;
	}
	set_state(KVR_HUGE_ON);
	return true;
}

/* Whether somebody else may have to find the memory first. */
static u8 find_host(void)
{
#if defined(__x86_64__)
	unsigned int a, b, c = 0, d;

	__get_cpuid(1, &a, &b, &c, &d);
	return c >> 31 ? HOST_BELOW : HOST_NONE;
#else
	return HOST_BELOW;
#endif
}

size_t huge_trust(void)
{
	u8 h = __atomic_load_n(&host, __ATOMIC_RELAXED);

	if (h == HOST_UNKNOWN) { /* asking costs microseconds below one */
		h = find_host();
		__atomic_store_n(&host, h, __ATOMIC_RELAXED);
	}
	return h == HOST_BELOW && !huge_is_always() ? TRUST : TRUST_ALL;
}

bool huge_try(void *fresh)
{
	int64_t now = __atomic_load_n(&account, __ATOMIC_RELAXED);
	u64 start = os_monotonic_ns();

	__atomic_fetch_or((u8 *)fresh, 0, __ATOMIC_RELAXED);
	now += SMALL_NS - (int64_t)(os_monotonic_ns() - start);
	if (now > MOST_NS)
		now = MOST_NS;
	__atomic_store_n(&account, now, __ATOMIC_RELAXED);
	if (now >= 0 || huge_is_always())
		return true;
	huge_stop(KVR_HUGE_SLOW);
	return false;
}

/* What is resident is not made so again, but looked for: in one step or 512. */
bool huge_is_one(void *addr)
{
	for (int i = 0; i < TRIES; i++) {
		u64 start = os_monotonic_ns();
		int err = os_populate(addr, HUGE_SIZE);

		if (err)
			return err == -EINVAL; /* before 5.14: believed */
		if (i && os_monotonic_ns() - start < WALK_NS)
			return true;
	}
	return false;
}

void huge_stop(enum kvr_huge why)
{
	__atomic_store_n(&stopped, true, __ATOMIC_RELAXED);
	set_state(why);
}
