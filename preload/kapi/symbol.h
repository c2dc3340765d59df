/* SPDX-License-Identifier: MIT */
/* symbol.h - names of addresses, as the kernel writes them. */
#ifndef KV_KAPI_SYMBOL_H
#define KV_KAPI_SYMBOL_H

#include <linux/compiler.h>
#include <linux/types.h>

/*
 * "name+0x1c/0x90 [object]"; without @offset only the name. Addresses whose
 * function the loader does not know: "object+0x1234". Always terminated.
 */
void kapi_symbol(char *buf, size_t size, const void *addr, bool offset);

/* Does @addr lie in the code of the library's own object? (Linked statically
 * that is the program's, and the answer is no.) */
bool kapi_is_own_code(const void *addr);

#endif
