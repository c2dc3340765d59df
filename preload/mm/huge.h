/* SPDX-License-Identifier: MIT */
/*
 * huge.h - transparent huge pages: whether this process asks for them.
 *
 * Theory: one fault for a huge page is cheaper than the 512 small ones it
 * replaces, and its TLB entry reaches as far as theirs, if the machine below
 * has that memory at hand. A virtual machine whose host must find it first
 * pays much more: measured here (nested virtualisation), for each 2 MiB,
 * small pages 0.8 ms, huge ones 0.23 ms, cold ones 5.6 ms. Free memory can
 * grow cold in seconds there, while small pages come from what was freed last.
 *
 * Hence: whoever asks for huge pages has one of them touched and timed now and
 * then (huge_try()), and there is an account of what that saved, or cost,
 * against small pages. When it is overdrawn this process asks no more: after
 * the first page if that was cold, at any time if many are; but not when now
 * and then a page seems slow since somebody else had the processor. (The
 * thread's CPU time would tell that better, but takes a system call. With 8 or
 * 12 ms on the account at first, 70 processes on a busy machine stopped asking
 * as often.)
 *
 * Whether a huge page came is seen by timing, too (huge_is_one()). The system's
 * own setting need not be known: asking does no harm where it says "never". A
 * sandbox may forbid all calls that other allocators do not make, and late in
 * a program files are out of reach.
 *
 * Locks: none; the state changes once, the account may lose an entry.
 */
#ifndef KV_HUGE_H
#define KV_HUGE_H

#include "kvmalloc/kvr.h"
#include "lib/types.h"

#define HUGE_SIZE ((size_t)2 << 20)

/* The words of huge=, in the order of the option table. */
enum huge_option {
	HUGE_AUTO,
	HUGE_ALWAYS, /* wherever a whole one fits, and without timing */
	HUGE_OFF,
};

void huge_boot(enum huge_option option);

/* May huge pages be asked for? */
bool huge_is_on(void);
bool huge_is_always(void);

/* Asks for [@addr, @addr + @size); false if the system knows of none. */
bool huge_ask(void *addr, size_t size);

/* For how many bytes one page speaks: cold memory may follow warm. */
size_t huge_trust(void);

/*
 * Makes a page that nobody touched resident; contents stay. False if it does
 * not pay: nobody asks again.
 */
bool huge_try(void *fresh);

/*
 * Is what begins at @addr a huge page? If not, its small pages are resident
 * then; contents stay.
 */
bool huge_is_one(void *addr);

/* No more are asked for; @why is for the report. */
void huge_stop(enum kvr_huge why);

#endif
