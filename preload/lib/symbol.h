/* SPDX-License-Identifier: MIT */
/* symbol.h - code addresses as text, at any time and under any lock. */
#ifndef KV_SYMBOL_H
#define KV_SYMBOL_H

#include "lib/types.h"

/* Finds out who knows object files. Asks the loader: not from inside malloc,
 * and only if there will be addresses to print, for it makes 64 KiB of libc
 * resident that few others use. */
void symbol_boot(void);

/*
 * "libfoo.so.1+0x1a2b": the object file and the offset in it, which
 * `addr2line -e` or gdb turn into a line; "0x..." where no file is known.
 * Locks nothing and allocates nothing: dladdr() would wait for dlopen(),
 * which calls malloc. Like snprintf.
 */
size_t kv_symbol(char *buf, size_t size, const void *addr);

/* Who may ask the loader for names, because libc's malloc is not the core's,
 * sets this; NULL: nobody. Always terminates @buf. */
extern HIDDEN void (*kv_symbol_name)(char *buf, size_t size, const void *addr);

#endif
