/* SPDX-License-Identifier: MIT */
/*
 * symbol.c - see symbol.h. From glibc 2.35 on _dl_find_object() tells the
 * object file of an address without lock; where there is none (musl, older
 * glibc), and before symbol_boot(), addresses stay numbers. It is looked up,
 * for a reference to it would tie the library to that version.
 */
#include "lib/symbol.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "lib/print.h"
#include "os/os.h"

#ifdef DLFO_STRUCT_HAS_EH_DBASE
static int (*find_object)(void *addr, struct dl_find_object *found);

void symbol_boot(void)
{
	void *sym = dlsym(RTLD_DEFAULT, "_dl_find_object");

	memcpy(&find_object, &sym, sizeof(sym));
}

static const struct link_map *object_of(const void *addr)
{
	struct dl_find_object found;

	if (!find_object || find_object((void *)(size_t)addr, &found) < 0)
		return NULL;
	return found.dlfo_link_map;
}
#else
void symbol_boot(void)
{
}

static const struct link_map *object_of(const void *addr)
{
	(void)addr;
	return NULL;
}
#endif

void (*kv_symbol_name)(char *buf, size_t size, const void *addr);

size_t kv_symbol(char *buf, size_t size, const void *addr)
{
	const struct link_map *map = kv_symbol_name ? NULL : object_of(addr);
	const char *slash;
	char comm[16];

	if (kv_symbol_name) {
		kv_symbol_name(buf, size, addr);
		return strlen(buf);
	}
	if (!map)
		return kv_snprintf(buf, size, "0x%lx", (unsigned long)addr);
	if (!*map->l_name) { /* the program itself */
		os_comm(comm);
		return kv_snprintf(buf, size, "%s+0x%lx", comm,
				   (unsigned long)addr - map->l_addr);
	}
	slash = strrchr(map->l_name, '/');
	return kv_snprintf(buf, size, "%s+0x%lx",
			   slash ? slash + 1 : map->l_name,
			   (unsigned long)addr - map->l_addr);
}
