/* SPDX-License-Identifier: MIT */
/*
 * symbols_object.c - finds the object file of a module, or its debug file
 * alone, and opens it. See symbols_impl.h.
 *
 * Theory: a file is the one that ran if it has the build id that was
 * recorded. The path that was recorded is tried first, below --sysroot; then
 * the debug file by build id, which knows all functions and lines, in
 * DIR/.build-id/ab/cdef.debug. For an object that is found libdwfl looks for
 * its debug file the same way, then by .gnu_debuglink.
 *
 * Each object has a session of libdwfl to itself, loaded at address 0, so
 * that addresses need no translation and objects cannot meet.
 *
 * Objects stay open, a bounded number of them: the processes of a tree share
 * their libraries, and each would be read again.
 *
 * The paths come from a report file, which may be anybody's: only regular
 * files are opened, and nothing is ever fetched from a network (libdwfl would
 * ask the servers of DEBUGINFOD_URLS: symbols_new() forgets that variable).
 */
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbols_impl.h"
#include "util.h"

static const char debug_root[] = "/usr/lib/debug";

enum { MAX_OPEN = 64 };

struct object {
	struct kvr_module module;
	struct symbols_options opts; /* its texts live as long as the command */
	unsigned int users;
	struct object *next; /* in the list of all that are open */
	enum object_state state;
	char *debug_path; /* what libdwfl searches */
	Dwfl_Callbacks callbacks;
	Dwfl *dwfl;
	Dwfl_Module *mod;
	struct dwarf_index *dwarf;
	Dwarf_Addr dwarf_bias;
	struct symbol_index *symbols;
	bool asked_dwarf;
};

static int find_elf(Dwfl_Module *mod, void **user, const char *name,
		    Dwarf_Addr base, char **file, Elf **elf)
{
	(void)mod, (void)user, (void)name, (void)base, (void)file, (void)elf;
	return -1; /* it was given, or there is none */
}

/* the file as the watched process saw it: without --sysroot in front */
static const char *inner_path(const struct object *o, const char *path)
{
	size_t n = o->opts.sysroot ? strlen(o->opts.sysroot) : 0;

	return n && path && !strncmp(path, o->opts.sysroot, n) ? path + n :
								 NULL;
}

static int find_debuginfo(Dwfl_Module *mod, void **user, const char *name,
			  Dwarf_Addr base, const char *file, const char *link,
			  GElf_Word crc, char **found)
{
	const struct object *o = *user;
	const char *inner = inner_path(o, file);
	int fd = dwfl_standard_find_debuginfo(mod, user, name, base, file, link,
					      crc, found);

	if (fd < 0 && inner)
		fd = dwfl_standard_find_debuginfo(mod, user, name, base, inner,
						  link, crc, found);
	return fd;
}

static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -1;
}

static bool same_build(const struct object *o)
{
	const struct kvr_module *m = &o->module;
	const unsigned char *id = NULL;
	GElf_Addr at;
	int n;

	if (!m->build_id_size)
		return true;
	n = dwfl_module_build_id(o->mod, &id, &at);
	return n == (int)m->build_id_size &&
	       !memcmp(id, m->build_id, m->build_id_size);
}

static void end_session(struct object *o)
{
	if (o->dwfl)
		dwfl_end(o->dwfl);
	o->dwfl = NULL;
	o->mod = NULL;
}

/* opens one candidate; the state says how far it came */
static bool try_file(struct object *o, const char *path)
{
	int fd = open_regular(path);
	void **user;

	if (fd < 0)
		return false;
	o->dwfl = dwfl_begin(&o->callbacks);
	if (o->dwfl)
		o->mod = dwfl_report_elf(o->dwfl, path, path, fd, 0, true);
	if (!o->mod) {
		close(fd);
		end_session(o);
		return false;
	}
	dwfl_report_end(o->dwfl, NULL, NULL);
	if (!same_build(o)) {
		o->state = OBJECT_CHANGED;
		end_session(o);
		return false;
	}
	dwfl_module_info(o->mod, &user, NULL, NULL, NULL, NULL, NULL, NULL);
	*user = o;
	o->state = OBJECT_OK;
	return true;
}

/* DIR/.build-id/ab/cdef and the same with .debug */
static bool try_build_id(struct object *o, const char *sysroot, const char *dir)
{
	const struct kvr_module *m = &o->module;
	char hex[2 * sizeof(m->build_id) + 1];
	bool ok = false;
	uint32_t i;
	int debug;

	if (!dir || m->build_id_size < 2)
		return false;
	for (i = 0; i < m->build_id_size; i++)
		snprintf(hex + 2 * i, 3, "%02x", m->build_id[i]);
	for (debug = 1; !ok && debug >= 0; debug--) {
		char *path = xasprintf("%s%s/.build-id/%.2s/%s%s",
				       sysroot ? sysroot : "", dir, hex,
				       hex + 2, debug ? ".debug" : "");

		ok = try_file(o, path);
		free(path);
	}
	return ok;
}

static bool find_file(struct object *o)
{
	const char *sysroot = o->opts.sysroot;
	const char *path = o->module.path;
	enum object_state state;
	bool ok = false;
	char *file;

	o->state = OBJECT_MISSING;
	if (*path == '/') {
		file = xasprintf("%s%s", sysroot ? sysroot : "", path);
		ok = try_file(o, file);
		free(file);
	}
	state = o->state;
	ok = ok || try_build_id(o, NULL, o->opts.debug_dir) ||
	     (sysroot && try_build_id(o, sysroot, debug_root)) ||
	     try_build_id(o, NULL, debug_root);
	if (!ok)
		o->state = state;
	return ok;
}

/*
 * "" is the object's own directory; the rest as in gdb. A debug file named by
 * a link must have the right checksum or build id (+).
 */
static char *debug_path(const struct symbols_options *o)
{
	return xasprintf("+:.debug:%s%s%s%s%s%s",
			 o->debug_dir ? o->debug_dir : "",
			 o->debug_dir ? ":" : "", o->sysroot ? o->sysroot : "",
			 o->sysroot ? debug_root : "", o->sysroot ? ":" : "",
			 debug_root);
}

/* all that are open, the one used last first */
static struct object *opened;

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool is_wanted(const struct object *o, const struct kvr_module *m,
		      const struct symbols_options *opts)
{
	return o->module.flags == m->flags &&
	       o->module.build_id_size == m->build_id_size &&
	       !memcmp(o->module.build_id, m->build_id, m->build_id_size) &&
	       !strcmp(o->module.path, m->path) && o->opts.off == opts->off &&
	       same_text(o->opts.sysroot, opts->sysroot) &&
	       same_text(o->opts.debug_dir, opts->debug_dir);
}

static void destroy(struct object *o)
{
	dwarf_index_free(o->dwarf);
	symbol_index_free(o->symbols);
	end_session(o);
	free(o->debug_path);
	free(o);
}

/* takes one from the list: a wanted one */
static struct object *take_open(const struct kvr_module *m,
				const struct symbols_options *opts)
{
	struct object **p, *o;

	for (p = &opened; *p && !is_wanted(*p, m, opts); p = &(*p)->next)
		;
	o = *p;
	if (o)
		*p = o->next;
	return o;
}

/* those that nobody uses any more, the longest unused first, beyond a limit */
static void close_unused(void)
{
	struct object **p = &opened;
	size_t nr = 0;

	while (*p) {
		struct object *o = *p;

		if (++nr > MAX_OPEN && !o->users) {
			*p = o->next;
			destroy(o);
		} else {
			p = &o->next;
		}
	}
}

static struct object *new_object(const struct kvr_module *m,
				 const struct symbols_options *opts)
{
	struct object *o = xcalloc(1, sizeof(*o));

	o->module = *m;
	o->opts = *opts;
	o->state = OBJECT_NO_FILE;
	if (opts->off || (m->flags & KVR_MODULE_VDSO))
		return o;
	o->debug_path = debug_path(opts);
	o->callbacks = (Dwfl_Callbacks){
		.find_elf = find_elf,
		.find_debuginfo = find_debuginfo,
		.section_address = dwfl_offline_section_address,
		.debuginfo_path = &o->debug_path,
	};
	find_file(o);
	return o;
}

struct object *object_open(const struct kvr_module *m,
			   const struct symbols_options *opts)
{
	struct object *o = take_open(m, opts);

	if (!o)
		o = new_object(m, opts);
	o->users++;
	o->next = opened;
	opened = o;
	return o;
}

void object_close(struct object *o)
{
	if (!o)
		return;
	o->users--;
	close_unused();
}

enum object_state object_state(const struct object *o)
{
	return o->state;
}

static void ask_dwarf(struct object *o)
{
	Dwarf_Addr bias = 0, main_bias = 0;
	Dwarf *dw;

	if (o->asked_dwarf)
		return;
	o->asked_dwarf = true;
	dw = dwfl_module_getdwarf(o->mod, &bias);
	if (!dw || !dwfl_module_getelf(o->mod, &main_bias))
		return;
	o->dwarf = dwarf_index_new(dw);
	/* a debug file may have been linked to another address (prelink) */
	o->dwarf_bias = main_bias - bias;
}

/* by symbol table: of the function itself, the last of nr */
static size_t ask_symbols(struct object *o, uint64_t addr, struct symbols *sy,
			  struct symbol *out, size_t nr)
{
	const char *name;
	uint64_t start, size;

	if (!o->symbols)
		o->symbols = symbol_index_new(o->mod);
	name = symbol_index_at(o->symbols, addr, &start, &size);
	if (!name)
		return nr;
	if (!nr)
		nr = 1;
	out[nr - 1].function = symbols_name(sy, name);
	out[nr - 1].start = start;
	out[nr - 1].size = size;
	return nr;
}

size_t object_at(struct object *o, uint64_t addr, struct symbols *sy,
		 struct symbol *out, size_t max)
{
	bool bare = false;
	size_t nr = 0;

	if (!o->mod)
		return 0;
	ask_dwarf(o);
	if (o->dwarf)
		nr = dwarf_index_at(o->dwarf, addr + o->dwarf_bias, sy, out,
				    max, &bare);
	if (nr && out[nr - 1].start)
		out[nr - 1].start -= o->dwarf_bias;
	if (!nr || !out[nr - 1].function || bare)
		nr = ask_symbols(o, addr, sy, out, nr);
	return nr;
}
