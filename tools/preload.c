/* SPDX-License-Identifier: MIT */
/*
 * preload.c - finds the library and the program, and reads from the program's
 * ELF header whether the one will be loaded into the other. See preload.h.
 *
 * Theory: LD_PRELOAD is obeyed by the dynamic linker named in PT_INTERP, so a
 * program without one (static) never sees it; the linker ignores it in a
 * process with raised privileges (AT_SECURE: set-uid, set-gid, capabilities);
 * and a library of another word size or machine is skipped with a line on
 * stderr. A script counts as its interpreter.
 */
#include "preload.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "util.h"

static const char library_name[] = "libkvmalloc.so";

enum { MAX_INTERPRETERS = 4 };

/* LD_PRELOAD is a list separated by colons and blanks */
static bool usable(const char *path)
{
	if (access(path, R_OK)) {
		complain("%s: %s", path, strerror(errno));
		return false;
	}
	if (strpbrk(path, ": \t\n")) {
		complain("%s: LD_PRELOAD cannot hold a path with blanks or "
			 "colons; put a copy elsewhere and set KVMALLOC_LIB",
			 path);
		return false;
	}
	return true;
}

bool preload_library(char path[PATH_MAX])
{
	static const char *const places[] = { "", "../lib/" };
	const char *given = getenv("KVMALLOC_LIB");
	char self[PATH_MAX], try[PATH_MAX + 64];
	ssize_t n;
	size_t i;

	if (given && *given) {
		if (!realpath(given, path)) {
			complain("KVMALLOC_LIB=%s: %s", given, strerror(errno));
			return false;
		}
		return usable(path);
	}
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0) {
		complain("cannot tell where this command is (/proc/self/exe: "
			 "%s); set KVMALLOC_LIB to the path of %s",
			 strerror(errno), library_name);
		return false;
	}
	self[n] = '\0';
	*(strrchr(self, '/') + 1) = '\0';
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		snprintf(try, sizeof(try), "%s%s%s", self, places[i],
			 library_name);
		if (realpath(try, path))
			return usable(path);
	}
	complain("%s is neither in %s nor in %s../lib; set KVMALLOC_LIB to its "
		 "path",
		 library_name, self, self);
	return false;
}

/* 0 or an errno value */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return access(path, X_OK) ? errno : 0;
}

static int search_path(const char *name, char path[PATH_MAX])
{
	const char *dirs = getenv("PATH");
	int best = ENOENT;

	if (!dirs)
		dirs = "/bin:/usr/bin";
	for (;;) {
		size_t n = strcspn(dirs, ":");
		int err = ENAMETOOLONG;

		/* an empty entry is the current directory */
		if (snprintf(path, PATH_MAX, "%.*s%s%s", (int)n, dirs,
			     n ? "/" : "./", name) < PATH_MAX)
			err = executable(path);
		if (!err)
			return 0;
		/* like a shell: a file that may not be run beats none */
		if (err != ENOENT && err != ENOTDIR && err != EISDIR)
			best = err;
		if (!dirs[n])
			return best;
		dirs += n + 1;
	}
}

int preload_program(const char *name, char path[PATH_MAX])
{
	int err;

	if (strchr(name, '/')) {
		err = strlen(name) < PATH_MAX ? executable(name) : ENAMETOOLONG;
		if (!err)
			strcpy(path, name);
	} else {
		err = *name ? search_path(name, path) : ENOENT;
	}
	if (!err)
		return 0;
	if (err == ENOENT && !strchr(name, '/'))
		complain("%s: program not found in PATH", name);
	else
		complain("%s: cannot run it: %s", name, strerror(err));
	return err == ENOENT || err == ENOTDIR ? 127 : 126;
}

/* the interpreter of a script: the word after #! */
static bool script_interpreter(const char *head, char path[PATH_MAX])
{
	size_t n;

	if (strncmp(head, "#!", 2))
		return false;
	head += 2;
	head += strspn(head, " \t");
	n = strcspn(head, " \t\n");
	if (!n || n >= PATH_MAX)
		return false;
	memcpy(path, head, n);
	path[n] = '\0';
	return true;
}

static bool privileged(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return false;
	if (((st.st_mode & S_ISUID) && st.st_uid != geteuid()) ||
	    ((st.st_mode & S_ISGID) && st.st_gid != getegid()))
		return true;
	/* root gains nothing by them */
	return geteuid() && fgetxattr(fd, "security.capability", NULL, 0) > 0;
}

/* the dynamic linker's name, "" when there is none */
static void read_interp(int fd, const Elf64_Ehdr *eh, char name[64])
{
	Elf64_Phdr ph;
	uint64_t i;

	name[0] = '\0';
	for (i = 0; i < eh->e_phnum; i++) {
		off_t at = (off_t)(eh->e_phoff + i * sizeof(ph));
		ssize_t n;

		if (pread(fd, &ph, sizeof(ph), at) != (ssize_t)sizeof(ph))
			return;
		if (ph.p_type != PT_INTERP)
			continue;
		n = pread(fd, name, 63, (off_t)ph.p_offset);
		name[n > 0 ? n : 0] = '\0';
		return;
	}
}

static char *elf_obstacle(int fd, const char *path, const Elf64_Ehdr *eh)
{
	Elf64_Ehdr own = { 0 };
	char interp[64];
	int self;

	self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (self >= 0) {
		if (pread(self, &own, sizeof(own), 0) != (ssize_t)sizeof(own))
			own = *eh;
		close(self);
		if (eh->e_ident[EI_CLASS] != own.e_ident[EI_CLASS] ||
		    eh->e_machine != own.e_machine)
			return xasprintf("%s is built for another machine "
					 "(%s-bit) than the library",
					 path,
					 eh->e_ident[EI_CLASS] == ELFCLASS32 ?
						 "32" :
						 "64");
	}
	read_interp(fd, eh, interp);
	if (!*interp)
		return xasprintf("%s is statically linked: there is no dynamic "
				 "linker that could load the library",
				 path);
	if (privileged(fd))
		return xasprintf("%s runs with raised privileges (set-uid, "
				 "set-gid or file capabilities): the dynamic "
				 "linker ignores LD_PRELOAD",
				 path);
	return NULL;
}

char *preload_obstacle(const char *path)
{
	union {
		Elf64_Ehdr elf;
		char text[256];
	} head;
	char file[PATH_MAX];
	char *why = NULL;
	int fd, depth;

	snprintf(file, sizeof(file), "%s", path);
	for (depth = 0; depth < MAX_INTERPRETERS; depth++) {
		memset(&head, 0, sizeof(head));
		fd = open(file, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return NULL;
		if (pread(fd, &head, sizeof(head) - 1, 0) > 0 &&
		    !memcmp(head.elf.e_ident, ELFMAG, SELFMAG)) {
			why = elf_obstacle(fd, file, &head.elf);
			close(fd);
			return why;
		}
		close(fd);
		if (!script_interpreter(head.text, file))
			return NULL;
	}
	return NULL;
}
