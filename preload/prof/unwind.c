/* SPDX-License-Identifier: MIT */
/*
 * unwind.c - see unwind.h.
 *
 * unw_backtrace() remembers for each return address how to get to the next
 * frame, in a table of the thread, and so takes some 10 ns a frame. What can
 * go wrong, and what is done about it:
 *
 *  - Linked normally, libunwind would stand before libgcc for everybody who
 *    throws C++ exceptions. It is loaded by dlopen(RTLD_LOCAL).
 *  - For an address it does not know yet it calls dl_iterate_phdr(), which
 *    takes a lock of ld.so that another thread may hold while it waits for
 *    malloc, and that stays taken in the child of a fork. It gets our list of
 *    modules instead (modules.h), which takes no such lock.
 *  - It checks addresses by writing a byte to a pipe of its own. A daemon that
 *    closes all descriptors and opens its files under the same numbers would
 *    get that byte. The pipe is never opened: we tell what can be read.
 *  - Its locks must be free in the child of a fork: a thread that unwinds is
 *    in the core (abi/gate.h), and a fork waits for it. If one did not come
 *    out in time, the child records no stacks.
 *  - Its first call in a thread may call malloc: t->unwinding makes that an
 *    ordinary request, not recorded (abi/record.c).
 *  - It takes more stack than a signal stack may have left: the stack is
 *    probed before, once for a region.
 *  - errno is kept.
 *
 * These calls are redirected in the jump table of libunwind alone, nobody
 * else's calls change; when the program itself uses the same libunwind, the
 * answers are the system's, for the flag t->unwinding is not set.
 */
#include "prof/unwind.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "os/os.h"
#include "prof/modules.h"

typedef int show_fn(struct dl_phdr_info *info, size_t size, void *data);

struct unwinder unwinder;
static bool asked;	/* our list of modules was wanted */

/* What the redirected calls were bound to. */
static struct {
	int (*iterate)(show_fn *fn, void *data);
	int (*pipe2)(int fd[2], int flags);
	int (*pipe)(int fd[2]);
	long (*read)(int fd, void *buf, size_t size);
	long (*write)(int fd, const void *buf, size_t size);
	long (*syscall)(long nr, long a, long b, long c, long d, long e,
			long f);
	int (*mincore)(void *p, size_t size, u8 *vec);
	int (*msync)(void *p, size_t size, int flags);
} theirs;

static bool ours(void)
{
	return kv_own && kv_own->unwinding;
}

static int our_iterate(show_fn *fn, void *data)
{
	if (!ours())
		return theirs.iterate(fn, data);
	asked = true;
	return modules_iterate(fn, data);
}

/* The pipe. Its numbers stay -1, reading says "empty". */

static int our_pipe2(int fd[2], int flags)
{
	return ours() ? -1 : theirs.pipe2(fd, flags);
}

static int our_pipe(int fd[2])
{
	return ours() ? -1 : theirs.pipe(fd);
}

static long our_read(int fd, void *buf, size_t size)
{
	if (!ours())
		return theirs.read(fd, buf, size);
	errno = EAGAIN;
	return -1;
}

/*
 * What is good is remembered by the page, and then a word at the end of that
 * page is read, which goes on in the next one. So the next one must be good,
 * too; but not at the end of a stack, where words are aligned.
 */
static bool good_page(const char *page)
{
	size_t above = (size_t)page - (size_t)__builtin_frame_address(0);

	return os_readable(page) &&
	       (above < UNWIND_NEAR || os_readable(page + KVR_PAGE));
}

static long can_read(const void *p, size_t size)
{
	errno = EFAULT;
	return good_page((const char *)ALIGN_DOWN((size_t)p, (size_t)KVR_PAGE)) ?
		       (long)size :
		       -1;
}

static long our_write(int fd, const void *buf, size_t size)
{
	return ours() ? can_read(buf, size) : theirs.write(fd, buf, size);
}

static long our_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	if (ours() && nr == SYS_write)
		return can_read((const void *)b, (size_t)c);
	return theirs.syscall(nr, a, b, c, d, e, f);
}

/*
 * Asked first, of whole pages: two, if a word lies across them, while what is
 * written is a byte of the first. Whether they are resident is all the same.
 */
static int are_readable(const char *p, size_t size)
{
	for (size_t at = 0; at < size; at += KVR_PAGE)
		if (!os_readable(p + at))
			return -1;
	return 0;
}

static int our_mincore(void *p, size_t size, u8 *vec)
{
	return ours() ? are_readable(p, size) : theirs.mincore(p, size, vec);
}

static int our_msync(void *p, size_t size, int flags)
{
	return ours() ? are_readable(p, size) : theirs.msync(p, size, flags);
}

typedef void any_fn(void);

static const struct redirect {
	const char *name;
	any_fn *to;
	void *from;	/* where the original goes */
} redirects[] = {
	/* clang-format off */
	{ "dl_iterate_phdr", (any_fn *)our_iterate, &theirs.iterate },
	{ "pipe2",           (any_fn *)our_pipe2,   &theirs.pipe2 },
	{ "pipe",            (any_fn *)our_pipe,    &theirs.pipe },
	{ "read",            (any_fn *)our_read,    &theirs.read },
	{ "write",           (any_fn *)our_write,   &theirs.write },
	{ "syscall",         (any_fn *)our_syscall, &theirs.syscall },
	{ "mincore",         (any_fn *)our_mincore, &theirs.mincore },
	{ "msync",           (any_fn *)our_msync,   &theirs.msync },
	/* clang-format on */
};

/* The dynamic section of libunwind, as far as it is about calls. */
struct dynamic {
	const ElfW(Sym) *symbols;
	const char *strings;
	const ElfW(Rela) *calls, *data;
	size_t nr_calls, nr_data;
};

static const void *address(const struct module *mod, ElfW(Addr) a)
{
	/* glibc has relocated the section, but need not */
	return (const void *)(size_t)(a < mod->m.bias ? a + mod->m.bias : a);
}

static bool read_dynamic(const struct module *mod, struct dynamic *d)
{
	const ElfW(Dyn) *dyn = NULL;

	for (u32 i = 0; i < mod->phnum; i++)
		if (mod->phdr[i].p_type == PT_DYNAMIC)
			dyn = (const ElfW(Dyn) *)(size_t)(mod->m.bias +
							  mod->phdr[i].p_vaddr);
	for (; dyn && dyn->d_tag != DT_NULL; dyn++) {
		const void *p = address(mod, dyn->d_un.d_ptr);

		switch (dyn->d_tag) {
		case DT_SYMTAB:
			d->symbols = p;
			break;
		case DT_STRTAB:
			d->strings = p;
			break;
		case DT_JMPREL:
			d->calls = p;
			break;
		case DT_PLTRELSZ:
			d->nr_calls = dyn->d_un.d_val / sizeof(ElfW(Rela));
			break;
		case DT_RELA:
			d->data = p;
			break;
		case DT_RELASZ:
			d->nr_data = dyn->d_un.d_val / sizeof(ElfW(Rela));
			break;
		}
	}
	return d->symbols && d->strings;
}

/* A slot that nobody called through yet may still point into libunwind. */
static void *bound_to(const struct module *mod, void *value, const char *name)
{
	u64 at = (u64)(size_t)value;

	return at >= mod->m.start && at < mod->m.end ?
		       dlsym(RTLD_DEFAULT, name) :
		       value;
}

static bool redirect_slot(const struct module *mod, size_t slot,
			  const struct redirect *r)
{
	size_t page = os_page_size();
	void *old = *(void **)slot;

	if (os_commit((void *)ALIGN_DOWN(slot, page), page))
		return false;
	old = bound_to(mod, old, r->name);
	memcpy(r->from, &old, sizeof(old));
	__atomic_store_n((any_fn **)slot, r->to, __ATOMIC_RELEASE);
	return old;
}

static bool redirect_one(const struct module *mod, const struct dynamic *d,
			 const ElfW(Rela) *rela)
{
	const ElfW(Sym) *sym = &d->symbols[ELF64_R_SYM(rela->r_info)];

	if (sym->st_shndx != SHN_UNDEF || rela->r_addend)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(redirects); i++)
		if (!strcmp(d->strings + sym->st_name, redirects[i].name))
			return redirect_slot(mod, mod->m.bias + rela->r_offset,
					     &redirects[i]);
	return true;
}

static bool redirect_calls(const void *inside)
{
	struct dynamic d = { 0 };
	const struct module *mod;
	bool ok = true;
	u32 index;

	mod = module_of(inside, &index);
	if (!mod || !read_dynamic(mod, &d))
		return false;
	for (size_t i = 0; ok && i < d.nr_calls; i++)
		ok = redirect_one(mod, &d, &d.calls[i]);
	for (size_t i = 0; ok && i < d.nr_data; i++)
		ok = redirect_one(mod, &d, &d.data[i]);
	return ok && theirs.iterate;
}

static bool load(void)
{
	void *lib = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL), *sym;

	sym = lib ? dlsym(lib, "unw_backtrace") : NULL;
	memcpy(&unwinder.backtrace, &sym, sizeof(sym));
	return sym;
}

/* Linked from an archive our code is a section of the program, else all of
 * @self. */
extern HIDDEN const char __start_kv_text __attribute__((weak));
extern HIDDEN const char __stop_kv_text __attribute__((weak));

static void find_own(const struct kvr_module *self)
{
	const char *start = &__start_kv_text, *end = &__stop_kv_text;

	unwinder.own_start = start ? (u64)(size_t)start : self->start;
	unwinder.own_end = start ? (u64)(size_t)end : self->end;
}

const char *unwind_start(struct thread_cache *t)
{
	const struct module *self;
	void *frames[2 * UNWIND_OWN], **first;
	u32 index;

	self = module_of(&redirects, &index);
	if (!self)
		return "this library was not found in memory";
	find_own(&self->m);
	if (!load())
		return "libunwind.so.8 can't be loaded (Debian: package libunwind8)";
	if (!redirect_calls((const void *)(size_t)unwinder.backtrace))
		return "this libunwind.so.8 is not built as expected";
	if (!unwind(t, frames, UNWIND_OWN, &first) || !asked)
		return "libunwind.so.8 does not work here";
	return NULL;
}

bool unwind_probe(struct thread_cache *t, size_t low)
{
	if (!os_readable((const void *)low))
		return false;
	t->stack_low = ALIGN_DOWN(low, (size_t)KVR_PAGE);
	return true;
}

void unwind_fork_child(bool safe)
{
	unwinder.unsafe |= !safe;
}
