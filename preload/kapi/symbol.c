/* SPDX-License-Identifier: MIT */
/* symbol.c - see symbol.h. */
#include "kapi/symbol.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void kapi_symbol(char *buf, size_t size, const void *addr, bool offset)
{
	Dl_info info = { 0 };
	const ElfW(Sym) *sym = NULL;
	size_t from;

	if (!dladdr1(addr, &info, (void **)(void *)&sym, RTLD_DL_SYMENT)) {
		snprintf(buf, size, "%p", addr);
		return;
	}
	if (!info.dli_sname) {
		from = (size_t)addr - (size_t)info.dli_fbase;
		snprintf(buf, size, "%s+0x%zx", base_name(info.dli_fname),
			 from);
		return;
	}
	from = (size_t)addr - (size_t)info.dli_saddr;
	if (offset)
		snprintf(buf, size, "%s+0x%zx/0x%zx [%s]", info.dli_sname,
			 from, sym ? (size_t)sym->st_size : 0,
			 base_name(info.dli_fname));
	else
		snprintf(buf, size, "%s", info.dli_sname);
}

bool kapi_is_own_code(const void *addr)
{
	Dl_info info, own;

	return dladdr(addr, &info) &&
	       dladdr((const void *)(size_t)kapi_is_own_code, &own) &&
	       info.dli_fbase == own.dli_fbase &&
	       strstr(own.dli_fname, "libkvkernel");
}
