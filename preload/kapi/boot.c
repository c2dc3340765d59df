/* SPDX-License-Identifier: MIT */
/*
 * boot.c - starting the machine for a program linked with the interface, and
 * the way into the core.
 *
 * The machine boots at load, by the options of KVMALLOC; whoever allocates
 * before (a constructor that runs earlier) boots it by that. A malformed
 * option is fatal here: who links a test against the kernel's interface wants
 * the machine that was asked for, or none. Recording begins then, too, and
 * ends when all other exit handlers of the program have run.
 */
#include "kapi/kapi.h"

#include "abi/gate.h"
#include "abi/init.h"
#include "abi/observe.h"
#include "abi/thread.h"
#include "kapi/profile.h"
#include "lib/bug.h"

enum { TICK = 64 };	/* entries between two looks at what goes on */

struct thread_cache *kapi_enter(void)
{
	struct thread_cache *t = thread_self();

	if (unlikely(!t))
		bug("the machine can't be booted: no memory for it");
	while (!core_enter(t)) /* a fork copies frames: that takes a while */
		if (t->in_core)
			return NULL;
	if (unlikely(watch_on) && ++t->ticks % TICK == 0)
		observe_tick();
	return t;
}

void kapi_leave(struct thread_cache *t)
{
	core_leave(t);
}

/* As a fork does. The gate is closed before, since two who are inside would
 * wait for each other. */
struct thread_cache *kapi_enter_alone(void)
{
	struct thread_cache *t = thread_self();

	if (!t || t->in_core)
		return NULL;
	gate_close(t);
	if (kapi_enter())
		return t;
	gate_open(t);
	return NULL;
}

void kapi_leave_alone(struct thread_cache *t)
{
	kapi_leave(t);
	gate_open(t);
}

static void __attribute__((constructor(101))) at_load(void)
{
	if (!init_once())
		return;
	kapi_profile_sets();
	observe_start(false);
}

static void __attribute__((destructor(101))) at_exit(void)
{
	observe_end();
}
