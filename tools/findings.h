/* SPDX-License-Identifier: MIT */
/*
 * findings.h - between findings.c and the findings that know call sites,
 * findings_sites.c.
 */
#ifndef TOOLS_FINDINGS_H
#define TOOLS_FINDINGS_H

#include "report.h"

enum {
	WORST = 3,	 /* named under one sentence */
	MIN_PERCENT = 5, /* of the bytes in question: less is no news */
};

#define MIN_BYTES (64ull << 10) /* less is not worth a sentence */

struct findings {
	const struct report *r;
	int nr;
};

/* one sentence, numbered; not printed when there are enough already */
void say(struct findings *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* was the last sentence printed? What belongs below it may follow then */
bool said(const struct findings *f);

/* sizes that lose most to rounding, here and by the kernel's table; false:
   nothing to tell from, the classes must do */
bool find_sizes(struct findings *f);

/* who causes fallbacks; who keeps mostly empty slabs from going back; blocks
   that live a moment; blocks never freed */
void find_fallback_sites(struct findings *f);
void find_pins(struct findings *f);
void find_short_lived(struct findings *f);
void find_leaks(struct findings *f);

#endif
