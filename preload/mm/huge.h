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
 * then (huge_try()). After a slow one this process does not ask again, so it
 * has lost 5 ms. Time is the thread's own CPU time: waiting for a processor is
 * not slow memory, but what the host does on our behalf looks like our own
 * work.
 *
 * The system's own setting need not be known: asking does no harm where it
 * says "never", and the first page tells (huge_is_one()). Late in a program
 * files may be out of reach.
 *
 * Locks: none; the state changes once.
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
 * Makes a page that nobody touched resident; contents stay. False if that
 * was slow: nobody asks again.
 */
bool huge_try(void *fresh);

/* Is the whole huge page around @addr resident, when one byte of it is? */
bool huge_is_one(void *addr);

/* No more are asked for; @why is for the report. */
void huge_stop(enum kvr_huge why);

#endif
