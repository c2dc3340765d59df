/* SPDX-License-Identifier: MIT */
/*
 * modules.c - see modules.h.
 *
 * An entry is complete before nr counts it and never changes then, but for
 * the mark that it is gone, so readers need no lock. Dlopened objects stay
 * mapped while stacks are recorded (abi/dlopen.c); but libc loads and unloads
 * some for itself (converters of iconv). Therefore nothing here points into
 * an object, and who asks for an address gets what libc says is there now.
 * Lock: modules.lock for adding and writing; outside of report.lock.
 */
#include "prof/modules.h"

#include <dlfcn.h>
#include <string.h>

#include "lib/spinlock.h"
#include "os/os.h"
#include "prof/memory.h"
#include "prof/report.h"

enum { MAX_MODULES = 2048 };

/* glibc's, from 2.35 on; looked up, so that older ones can load us. */
#ifdef DLFO_STRUCT_HAS_EH_DBASE
typedef int find_object_fn(void *addr, struct dl_find_object *result);
static find_object_fn *find_object;
#endif

static struct {
	struct spinlock lock;
	struct module *all;	/* space for MAX_MODULES */
	u32 nr, nr_written;
	u32 generation;
	bool started;	/* later ones are loaded now, not before */
} modules;

static struct report_array file = {
	.section = KVR_SEC_MODULES,
	.entry_size = sizeof(struct kvr_module),
	.first = 64 * sizeof(struct kvr_module),
	.most = MAX_MODULES * sizeof(struct kvr_module),
};

/* what an object says of itself */

static u64 mix(u64 h, const void *data, size_t size)
{
	const u8 *p = data;

	for (size_t i = 0; i < size; i++)
		h = (h ^ p[i]) * 0x100000001b3ull;
	return h;
}

/* The note "GNU", type 3. */
static void find_build_id(struct kvr_module *m, const ElfW(Phdr) *ph)
{
	const char *p = (const char *)(size_t)(m->bias + ph->p_vaddr);
	const char *end = p + ph->p_memsz;

	while (p + sizeof(ElfW(Nhdr)) <= end) {
		ElfW(Nhdr) n;
		const char *desc;

		memcpy(&n, p, sizeof(n));
		p += sizeof(n);
		desc = p + ALIGN_UP((size_t)n.n_namesz, (size_t)4);
		if (desc > end || n.n_descsz > (size_t)(end - desc))
			return;
		if (n.n_type == NT_GNU_BUILD_ID && n.n_namesz == 4 &&
		    !memcmp(p, "GNU", 4)) {
			m->build_id_size = (u32)min_ul(n.n_descsz,
						       sizeof(m->build_id));
			memcpy(m->build_id, desc, m->build_id_size);
			return;
		}
		p = desc + ALIGN_UP((size_t)n.n_descsz, (size_t)4);
	}
}

static void read_headers(struct module *mod)
{
	struct kvr_module *m = &mod->m;

	m->start = ~0ull;
	for (u32 i = 0; i < mod->phnum; i++) {
		const ElfW(Phdr) *ph = &mod->phdr[i];
		u64 at = m->bias + ph->p_vaddr;

		if (ph->p_type == PT_LOAD) {
			m->start = min_ul(m->start, at);
			m->end = max_ul(m->end, at + ph->p_memsz);
		}
		if (ph->p_type == PT_GNU_EH_FRAME)
			mod->unwindable = true;
		if (ph->p_type == PT_NOTE && !m->build_id_size)
			find_build_id(m, ph);
	}
}

static void name_module(struct kvr_module *m, const char *name)
{
	if (name[0]) {
		strncpy(m->path, name, sizeof(m->path) - 1);
		if (!strncmp(name, "linux-vdso", 10))
			m->flags |= KVR_MODULE_VDSO;
		return;
	}
	m->flags |= KVR_MODULE_MAIN;
	if (os_readlink("/proc/self/exe", m->path, sizeof(m->path) - 1) < 0)
		m->path[0] = 0;
}

/* Without build id, its name and its size. */
static u64 module_key(const struct kvr_module *m)
{
	const char *base = strrchr(m->path, '/');
	u64 h = 0xcbf29ce484222325ull, size = m->end - m->start;

	if (m->build_id_size)
		return mix(h, m->build_id, m->build_id_size);
	base = base ? base + 1 : m->path;
	return mix(mix(h, base, strlen(base)), &size, sizeof(size));
}

/* the table; lock held */

static void mark_gone(const struct kvr_module *m)
{
	for (u32 i = 0; i < modules.nr; i++) {
		struct kvr_module *o = &modules.all[i].m;

		if (o->start >= m->end || m->start >= o->end ||
		    o->unloaded_ns)
			continue;
		__atomic_store_n(&o->unloaded_ns, os_monotonic_ns(),
				 __ATOMIC_RELEASE);
		if (i < modules.nr_written)
			((struct kvr_module *)(void *)file.base)[i]
				.unloaded_ns = o->unloaded_ns;
		__atomic_fetch_add(&modules.generation, 1, __ATOMIC_RELEASE);
	}
}

static void add(u64 bias, const char *name, const ElfW(Phdr) *phdr, u16 phnum)
{
	ElfW(Phdr) *copy = prof_memory(phnum * sizeof(*phdr));
	struct module *mod;

	if (modules.nr == MAX_MODULES || !copy)
		return;
	memcpy(copy, phdr, phnum * sizeof(*phdr));
	mod = &modules.all[modules.nr];
	memset(mod, 0, sizeof(*mod));
	mod->m.bias = bias;
	mod->phdr = copy;
	mod->phnum = phnum;
	read_headers(mod);
	if (mod->m.start >= mod->m.end)
		return;
	name_module(&mod->m, name);
	mod->key = module_key(&mod->m);
	if (modules.started)
		mod->m.loaded_ns = os_monotonic_ns();
	mark_gone(&mod->m);
	__atomic_store_n(&modules.nr, modules.nr + 1, __ATOMIC_RELEASE);
}

static int add_listed(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	(void)data;
	add(info->dlpi_addr, info->dlpi_name, info->dlpi_phdr,
	    info->dlpi_phnum);
	return 0;
}

bool modules_start(void)
{
	if (modules.started)
		return modules.nr > 0;
#ifdef DLFO_STRUCT_HAS_EH_DBASE
	void *sym = dlsym(RTLD_DEFAULT, "_dl_find_object");

	memcpy(&find_object, &sym, sizeof(sym));
#endif
	modules.all = prof_memory(MAX_MODULES * sizeof(struct module));
	if (!modules.all)
		return false;
	dl_iterate_phdr(add_listed, NULL);
	modules.started = true;
	return modules.nr > 0;
}

/* look-up */

static const struct module *look_up(u64 addr, u32 *index)
{
	for (u32 i = __atomic_load_n(&modules.nr, __ATOMIC_ACQUIRE); i-- > 0;) {
		const struct module *mod = &modules.all[i];

		if (addr < mod->m.start || addr >= mod->m.end ||
		    __atomic_load_n(&mod->m.unloaded_ns, __ATOMIC_ACQUIRE))
			continue;
		*index = i;
		return mod;
	}
	return NULL;
}

#ifdef DLFO_STRUCT_HAS_EH_DBASE
/* Is it still the one that was there? Names of the same object are equal. */
static bool is_still(const struct module *mod, const struct dl_find_object *o)
{
	const struct link_map *map = o->dlfo_link_map;

	return map->l_addr == mod->m.bias &&
	       (mod->m.flags & KVR_MODULE_MAIN ||
		!strncmp(map->l_name, mod->m.path, sizeof(mod->m.path) - 1));
}

/* An object's first page starts with its ELF header. */
static void add_object(const struct dl_find_object *o)
{
	const ElfW(Ehdr) *eh = o->dlfo_map_start;

	if (!os_readable(eh) || memcmp(eh->e_ident, ELFMAG, SELFMAG) ||
	    eh->e_phentsize != sizeof(ElfW(Phdr)) ||
	    eh->e_phoff + eh->e_phnum * sizeof(ElfW(Phdr)) > KVR_PAGE)
		return;
	add(o->dlfo_link_map->l_addr, o->dlfo_link_map->l_name,
	    (const ElfW(Phdr) *)(const void *)((const char *)eh + eh->e_phoff),
	    eh->e_phnum);
}

const struct module *module_of(const void *addr, u32 *index)
{
	u64 at = (u64)(size_t)addr;
	const struct module *mod = look_up(at, index);
	struct dl_find_object o;

	if (!find_object)
		return mod;
	if (find_object((void *)at, &o))
		return mod && mod->m.flags & KVR_MODULE_VDSO ? mod : NULL;
	if (likely(mod && is_still(mod, &o)))
		return mod;
	spin_lock(&modules.lock);
	mod = look_up(at, index);
	if (!mod || !is_still(mod, &o)) {
		add_object(&o);
		mod = look_up(at, index);
	}
	spin_unlock(&modules.lock);
	return mod;
}
#else
const struct module *module_of(const void *addr, u32 *index)
{
	return look_up((u64)(size_t)addr, index);
}
#endif

/* for the unwinder */

typedef int show_fn(struct dl_phdr_info *info, size_t size, void *data);

static int show(const struct module *mod, show_fn *fn, void *data)
{
	struct dl_phdr_info info = {
		.dlpi_addr = mod->m.bias,
		.dlpi_name = mod->m.flags & KVR_MODULE_MAIN ? "" : mod->m.path,
		.dlpi_phdr = mod->phdr,
		.dlpi_phnum = mod->phnum,
		.dlpi_adds = modules.nr,
		.dlpi_subs = modules.generation,
	};

	/* Without a table it would open the file and read that. */
	return mod->unwindable ? fn(&info, sizeof(info), data) : 0;
}

int modules_iterate(show_fn *fn, void *data)
{
	const struct module *mod, *shown;
	const void *wanted;
	u32 nr, at = 0;
	int ret = 0;

	memcpy(&wanted, data, sizeof(wanted));
	shown = module_of(wanted, &at);
	if (shown)
		ret = show(shown, fn, data);
	nr = __atomic_load_n(&modules.nr, __ATOMIC_ACQUIRE);
	for (u32 i = 0; !ret && i < nr; i++) {
		const void *start;

		mod = &modules.all[i];
		start = (const void *)(size_t)mod->m.start;
		if (mod != shown && module_of(start, &at) == mod)
			ret = show(mod, fn, data);
	}
	return ret;
}

u32 modules_generation(void)
{
	return __atomic_load_n(&modules.generation, __ATOMIC_ACQUIRE);
}

/* the file */

/*
 * What dlopen("./x.so") was given is the object's name. Readers are elsewhere,
 * so in the file it has the directory that is the current one now.
 */
static void make_absolute(struct kvr_module *m)
{
	const char *rest = m->path;
	char text[sizeof(m->path)] = { 0 };
	size_t len;

	if (*rest == '/' || !strchr(rest, '/') ||
	    os_getcwd(text, sizeof(text)))
		return;
	while (!strncmp(rest, "./", 2))
		rest += 2;
	len = strlen(text);
	if (len + 1 + strlen(rest) >= sizeof(m->path))
		return;
	text[len] = '/';
	strcpy(text + len + (len > 1), rest);
	memcpy(m->path, text, sizeof(m->path)); /* terminated, as text is */
}

static void write_module(struct kvr_module *to, const struct kvr_module *m)
{
	*to = *m;
	make_absolute(to);
}

void modules_write(void)
{
	if (likely(__atomic_load_n(&modules.nr_written, __ATOMIC_RELAXED) ==
		   __atomic_load_n(&modules.nr, __ATOMIC_ACQUIRE)))
		return;
	spin_lock(&modules.lock);
	while (modules.nr_written < modules.nr) {
		u32 i = modules.nr_written;

		if (!report_array_grow(&file, (i + 1) *
						      sizeof(struct kvr_module)))
			break;
		write_module((struct kvr_module *)(void *)file.base + i,
			     &modules.all[i].m);
		modules.nr_written++;
	}
	spin_unlock(&modules.lock);
}

void modules_fork_child(void)
{
	spin_lock_init(&modules.lock);
	modules.nr_written = 0;
	report_array_drop(&file);
}
