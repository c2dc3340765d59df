/* SPDX-License-Identifier: MIT */
/*
 * pager.h - long text on a terminal goes through a pager, as git's does.
 *
 * The program is $KVMALLOC_PAGER, or $PAGER, or less -FRX. An empty value or
 * "cat" means none, and so do --no-pager and TERM=dumb.
 */
#ifndef TOOLS_PAGER_H
#define TOOLS_PAGER_H

#include <stdbool.h>

/*
 * From now on standard output is kept, if it is a terminal; does nothing else.
 * pager_end() shows it: at once if the screen has room for it.
 */
void pager_begin(void);
/* Not with a pager: it may be said at any time before the end. */
void pager_off(void);
/* False: not all could be shown, a message has been printed. */
bool pager_end(void);

#endif
