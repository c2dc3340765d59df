/* SPDX-License-Identifier: MIT */
/*
 * cmd_doctor.c - `kvmalloc doctor`: will the library see this program's
 * requests, will its call stacks be complete, and will they have names?
 *
 * Theory: the answer is in the program's file, which is read, never run.
 * - A definition of malloc that the program exports comes before a preloaded
 *   one. One that it keeps to itself is called without asking the linker.
 *   Libraries come after the preloaded one, so theirs don't matter.
 * - Stacks are walked by .eh_frame; names come from debug information, here
 *   or in a separate file, else from the symbol table, else from the names
 *   that are exported.
 */
#include <dlfcn.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd.h"
#include "preload.h"
#include "table.h"

static const struct cmd_option options[] = {
	{ 0 },
};

enum verdict { GOOD, NOTE, BAD };

struct doctor {
	struct out out;
	bool bad; /* it will not work */
};

static void say(struct doctor *d, enum verdict v, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct doctor *d, enum verdict v, const char *fmt, ...)
{
	static const char *const word[] = { " ok    ", " note  ", " no    " };
	va_list ap;
	char *text;

	if (v == BAD)
		d->bad = true;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text)
		text_clean(text, strlen(text) + 1);
	out_wrap(&d->out, word[v], "       ", text ? text : "?");
	free(text);
}

/* ---- what the file says ----------------------------------------------- */

struct facts {
	bool exports_malloc, has_symtab, has_eh_frame, has_build_id, is_go;
	const char *allocator; /* linked in, by a symbol of it; NULL */
	const char *library;   /* an allocator it is linked with; NULL */
	bool python, java, node;
	char *needed[64];
	size_t nr_needed;
};

static const struct {
	const char *symbol, *name;
} allocators[] = {
	{ "je_malloc", "jemalloc" },	     { "_rjem_malloc", "jemalloc" },
	{ "mi_malloc", "mimalloc" },	     { "tc_malloc", "tcmalloc" },
	{ "rpmalloc", "rpmalloc" },	     { "dlmalloc", "dlmalloc" },
	{ "hoard_malloc", "Hoard" },	     { "sn_malloc", "snmalloc" },
	{ "scalable_malloc", "TBB malloc" },
};

static void read_symbols(struct facts *f, Elf *elf, Elf_Scn *scn,
			 const GElf_Shdr *sh)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t nr = sh->sh_entsize ? sh->sh_size / sh->sh_entsize : 0, i, k;
	bool dynamic = sh->sh_type == SHT_DYNSYM;

	for (i = 1; data && i < nr && i < INT32_MAX; i++) {
		const char *name;
		GElf_Sym sym;

		if (!gelf_getsym(data, (int)i, &sym))
			break;
		name = elf_strptr(elf, sh->sh_link, sym.st_name);
		if (!name || sym.st_shndx == SHN_UNDEF ||
		    GELF_ST_TYPE(sym.st_info) != STT_FUNC)
			continue;
		if (dynamic && !strcmp(name, "malloc"))
			f->exports_malloc = true;
		for (k = 0; k < ARRAY_SIZE(allocators); k++)
			if (!strcmp(name, allocators[k].symbol))
				f->allocator = allocators[k].name;
	}
}

static void read_needed(struct facts *f, Elf *elf, Elf_Scn *scn,
			const GElf_Shdr *sh)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	GElf_Dyn dyn;
	int i;

	for (i = 0; data && gelf_getdyn(data, i, &dyn); i++) {
		const char *name;

		if (dyn.d_tag == DT_NULL)
			break;
		if (dyn.d_tag != DT_NEEDED)
			continue;
		name = elf_strptr(elf, sh->sh_link, dyn.d_un.d_val);
		if (name && f->nr_needed < ARRAY_SIZE(f->needed))
			f->needed[f->nr_needed++] = xasprintf("%s", name);
	}
}

static void read_sections(struct facts *f, Elf *elf)
{
	Elf_Scn *scn = NULL;
	size_t names = 0;
	GElf_Shdr sh;

	elf_getshdrstrndx(elf, &names);
	while ((scn = elf_nextscn(elf, scn)) && gelf_getshdr(scn, &sh)) {
		const char *name = elf_strptr(elf, names, sh.sh_name);

		if (sh.sh_type == SHT_SYMTAB || sh.sh_type == SHT_DYNSYM)
			read_symbols(f, elf, scn, &sh);
		if (sh.sh_type == SHT_SYMTAB)
			f->has_symtab = true;
		if (sh.sh_type == SHT_DYNAMIC)
			read_needed(f, elf, scn, &sh);
		if (!name)
			continue;
		if (!strcmp(name, ".eh_frame"))
			f->has_eh_frame = true;
		if (!strcmp(name, ".note.gnu.build-id"))
			f->has_build_id = true;
		if (!strcmp(name, ".note.go.buildid") ||
		    !strcmp(name, ".gopclntab"))
			f->is_go = true;
	}
}

static bool read_facts(struct facts *f, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf *elf;

	memset(f, 0, sizeof(*f));
	if (fd < 0)
		return false;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF)
		read_sections(f, elf);
	else
		f = NULL;
	if (elf)
		elf_end(elf);
	close(fd);
	return f;
}

static void free_facts(struct facts *f)
{
	size_t i;

	for (i = 0; i < f->nr_needed; i++)
		free(f->needed[i]);
}

static bool needs(const struct facts *f, const char *part)
{
	size_t i;

	for (i = 0; i < f->nr_needed; i++)
		if (strstr(f->needed[i], part))
			return true;
	return false;
}

static int no_elf(Dwfl_Module *mod, void **user, const char *name,
		  Dwarf_Addr base, char **file, Elf **elf)
{
	(void)mod, (void)user, (void)name, (void)base, (void)file, (void)elf;
	return -1;
}

/* debug information, in the file or in one of its own */
static bool has_debug_info(const char *path)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = no_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
	};
	Dwfl_Module *mod;
	Dwarf_Addr bias;
	Dwfl *dwfl;
	bool has;

	/* else libdwfl asks the network */
	unsetenv("DEBUGINFOD_URLS");
	dwfl = dwfl_begin(&callbacks);
	mod = dwfl ? dwfl_report_elf(dwfl, path, path, -1, 0, true) : NULL;
	has = mod && dwfl_module_getdwarf(mod, &bias);
	if (dwfl)
		dwfl_end(dwfl);
	return has;
}

/* ---- what it means ---------------------------------------------------- */

static void judge_requests(struct doctor *d, const char *path,
			   const struct facts *f)
{
	static const char *const libs[] = { "libjemalloc", "libtcmalloc",
					    "libmimalloc", "libtbbmalloc" };
	char *why = preload_obstacle(path);
	size_t i;

	if (why) {
		say(d, BAD, "%s.", why);
		free(why);
		return;
	}
	say(d, GOOD, "The dynamic linker of %s obeys LD_PRELOAD.", path);
	if (f->exports_malloc)
		say(d, BAD,
		    "It exports a malloc of its own%s%s, which comes before "
		    "any preloaded one.",
		    f->allocator ? ": " : "", f->allocator ? f->allocator : "");
	else if (f->allocator)
		say(d, NOTE,
		    "It has %s linked in: what it takes from there is not "
		    "seen, only what it and its libraries ask malloc for.",
		    f->allocator);
	else
		say(d, GOOD, "It has no malloc of its own.");
	for (i = 0; i < ARRAY_SIZE(libs); i++)
		if (needs(f, libs[i]))
			say(d, NOTE,
			    "It is linked with %s; the preloaded library comes "
			    "before it.",
			    libs[i]);
}

static void judge_runtime(struct doctor *d, const char *path,
			  const struct facts *f)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	if (f->is_go)
		say(d, NOTE,
		    "It is a Go program: Go's own allocator takes pages from "
		    "the system; only C code in it calls malloc.");
	if (!strncmp(base, "python", 6) || needs(f, "libpython"))
		say(d, NOTE,
		    "Python keeps objects of up to 512 bytes in a pool of its "
		    "own; with PYTHONMALLOC=malloc each of them is a request.");
	if (!strcmp(base, "java") || needs(f, "libjli"))
		say(d, NOTE,
		    "Java objects live in a heap of its own: only "
		    "native memory is seen.");
	if (!strcmp(base, "node") || needs(f, "libv8"))
		say(d, NOTE,
		    "JavaScript objects live in a heap of its own: "
		    "only native memory is seen.");
}

static void judge_stacks(struct doctor *d, const char *path,
			 const struct facts *f)
{
	void *lib = dlopen("libunwind.so.8", RTLD_LAZY | RTLD_LOCAL);

	if (!lib)
		say(d, NOTE,
		    "libunwind.so.8 is not installed (package "
		    "libunwind8): reports have no call stacks.");
	else
		dlclose(lib);
	if (f->has_eh_frame)
		say(d, GOOD,
		    "It has unwind information (.eh_frame): call "
		    "stacks are complete as far as its libraries "
		    "have it, too.");
	else
		say(d, NOTE,
		    "It has no unwind information (.eh_frame): call "
		    "stacks end at its first function; build it with "
		    "-fasynchronous-unwind-tables.");
	if (has_debug_info(path))
		say(d, GOOD,
		    "Debug information was found: functions, files "
		    "and lines.");
	else if (f->has_symtab)
		say(d, NOTE,
		    "No debug information: functions have names, but "
		    "no files and lines; build it with -g, or install "
		    "its -dbgsym package.");
	else
		say(d, NOTE,
		    "It is stripped: only functions it exports have "
		    "names; install its -dbgsym package, or put its "
		    "debug file below /usr/lib/debug.");
	if (!f->has_build_id)
		say(d, NOTE,
		    "It has no build id: nothing tells whether the "
		    "file is still the one that ran.");
}

static void judge_limits(struct doctor *d)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_AS, &limit) && limit.rlim_cur != RLIM_INFINITY)
		say(d, NOTE,
		    "The address space is limited here (ulimit -v) to %s: the "
		    "machine will be smaller than that.",
		    fmt_bytes(limit.rlim_cur).s);
}

/* "#!/usr/bin/python3 -s": what runs the script; false: it is none */
static bool interpreter(const char *path, char name[PATH_MAX])
{
	char line[256] = "";
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return false;
	n = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	line[n] = '\0';
	if (strncmp(line, "#!", 2))
		return false;
	memmove(line, line + 2, n - 1);
	n = strspn(line, " \t");
	snprintf(name, PATH_MAX, "%.*s", (int)strcspn(line + n, " \t\n"),
		 line + n);
	/* env finds the program named behind it */
	if (!strcmp(name, "/usr/bin/env") || !strcmp(name, "/bin/env")) {
		n += strlen(name);
		n += strspn(line + n, " \t");
		line[n + strcspn(line + n, " \t\n")] = '\0';
		return line[n] && line[n] != '-' &&
		       !preload_program(line + n, name);
	}
	return *name;
}

static int examine(const char *name)
{
	struct doctor d = { .bad = false };
	char path[PATH_MAX], inner[PATH_MAX], library[PATH_MAX];
	int status = preload_program(name, path);
	struct facts f;

	if (status)
		return status;
	out_init(&d.out, stdout, COLOR_NEVER);
	if (preload_library(library))
		say(&d, GOOD, "The library is %s.", library);
	else
		d.bad = true;
	if (interpreter(path, inner)) {
		say(&d, NOTE, "%s is a script: %s runs it, and is looked at.",
		    path, inner);
		snprintf(path, sizeof(path), "%s", inner);
	}
	if (!read_facts(&f, path)) {
		say(&d, NOTE,
		    "%s is neither a program nor a script with #!: /bin/sh "
		    "runs it, and is looked at.",
		    path);
		snprintf(path, sizeof(path), "/bin/sh");
		read_facts(&f, path);
	}
	judge_requests(&d, path, &f);
	judge_runtime(&d, path, &f);
	if (!d.bad)
		judge_stacks(&d, path, &f);
	judge_limits(&d);
	free_facts(&f);
	fprintf(d.out.f, "\n %s\n",
		d.bad ? "kvmalloc run cannot show what this program does." :
			"kvmalloc run will work.");
	return d.bad ? STATUS_FAIL : STATUS_OK;
}

static int run(int argc, char **argv)
{
	struct cmd_parser parser;
	int key, status;

	cmd_parser_init(&parser, &cmd_doctor);
	do
		key = cmd_next(&parser, &cmd_doctor, argc, argv, &status);
	while (key != -1);
	if (status >= 0)
		return status;
	if (argc - optind != 1)
		return usage_error("expected one PROGRAM");
	return examine(argv[optind]);
}

const struct command cmd_doctor = {
	.name = "doctor",
	.args = "PROGRAM",
	.help = "will it work with this program, and if not, why",
	.text = "The program's file is read; nothing is run. Exit status 0 if "
		"the library will see its requests, else 1.",
	.options = options,
	.stops_early = true,
	.run = run,
};
