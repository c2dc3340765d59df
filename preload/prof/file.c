/* SPDX-License-Identifier: MIT */
/* file.c - see file.h. */
#include "prof/file.h"

#include <errno.h>
#include <string.h>

#include "lib/print.h"
#include "os/os.h"

enum { NAME_TRIES = 100 };

void file_dir(struct prof_file *f, const char *dir)
{
	size_t len;

	f->dir[0] = 0;
	if (dir[0] != '/' && os_getcwd(f->dir, sizeof(f->dir)))
		f->dir[0] = 0;
	len = strlen(f->dir);
	if (strcmp(dir, "."))
		kv_snprintf(f->dir + len, sizeof(f->dir) - len, "%s%s",
			    len ? "/" : "", dir);
}

static char safe(char c)
{
	bool ok = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		  (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '+';

	return ok ? c : '_';
}

static int open_new(struct prof_file *f)
{
	int fd = os_open(f->path, OS_CREATE), err;

	if (fd < 0)
		return fd;
	f->size = 0;
	err = os_identify(fd, &f->dev, &f->inode);
	if (err) {
		os_close(fd);
		return err;
	}
	return fd;
}

/* path + number + suffix, until there is none of that name. */
static int number_and_open(struct prof_file *f, size_t n, const char *suffix)
{
	int fd = -EEXIST;

	for (int i = 0; i < NAME_TRIES && fd == -EEXIST; i++) {
		size_t end = n;

		if (i && n < sizeof(f->path))
			end += kv_snprintf(f->path + n, sizeof(f->path) - n,
					   ".%d", i);
		if (end + strlen(suffix) >= sizeof(f->path))
			return -ENAMETOOLONG;
		strcpy(f->path + end, suffix);
		fd = open_new(f);
	}
	return fd;
}

int file_create(struct prof_file *f, const char *comm, const char *suffix)
{
	char name[16];

	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = comm[i] ? safe(comm[i]) : 0;
	return number_and_open(f,
			       kv_snprintf(f->path, sizeof(f->path),
					   "%s/kvmalloc.%s.%d", f->dir, name,
					   os_getpid()),
			       suffix);
}

int file_create_named(struct prof_file *f)
{
	int fd;

	memcpy(f->path, f->dir, sizeof(f->path));
	fd = open_new(f);
	if (fd != -EEXIST)
		return fd;
	return number_and_open(f,
			       kv_snprintf(f->path, sizeof(f->path), "%s.%d",
					   f->dir, os_getpid()),
			       "");
}

int file_reopen(const struct prof_file *f)
{
	u64 dev, inode;
	int fd = os_open(f->path, OS_UPDATE);

	if (fd < 0)
		return fd;
	if (os_identify(fd, &dev, &inode) || dev != f->dev ||
	    inode != f->inode) {
		os_close(fd);
		return -ESTALE;
	}
	return fd;
}

long file_extend(struct prof_file *f, int fd, u64 size)
{
	u64 offset = f->size;
	int err;

	if (offset + size > os_limit(OS_LIMIT_FSIZE))
		return -EFBIG;
	err = os_fallocate(fd, offset, size);
	if (err)
		return err;
	f->size += size;
	return (long)offset;
}

static long copy_file(const char *path, char *buf, size_t size)
{
	int fd = os_open(path, OS_READ);
	long n;

	memset(buf, 0, size);
	if (fd < 0)
		return fd;
	n = os_read(fd, buf, size);
	os_close(fd);
	buf[size - 1] = 0;
	return n;
}

bool file_cmdline(char *buf, size_t size)
{
	return copy_file("/proc/self/cmdline", buf, size) == (long)size;
}

/* The second field may hold blanks and brackets. */
u64 file_starttime(void)
{
	char buf[512];
	const char *p;
	u64 v = 0;

	copy_file("/proc/self/stat", buf, sizeof(buf));
	p = strrchr(buf, ')');
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	for (p = p ? p + 1 : ""; *p >= '0' && *p <= '9'; p++)
		v = v * 10 + (u64)(*p - '0');
	return v;
}
