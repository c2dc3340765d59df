/* SPDX-License-Identifier: MIT */
/*
 * save.c - writes files that are complete or not there. See save.h.
 *
 * Without leave to replace, link(2) gives the file its name: it fails when
 * somebody else made one of that name in the meantime, where rename(2) would
 * destroy it. File systems without links get rename after one more look.
 */
#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "util.h"

static bool exists_already(const char *path)
{
	complain("%s exists already; --force replaces it", path);
	return false;
}

static bool open_stdout(struct save *s, bool opaque)
{
	if (opaque && isatty(STDOUT_FILENO)) {
		complain("this format is not for a terminal; give -o FILE, or "
			 "redirect the output");
		return false;
	}
	s->f = stdout;
	return true;
}

/* a pipe or a device: nothing to be replaced, nothing to be renamed */
static bool open_special(struct save *s)
{
	s->f = fopen(s->path, "we");
	if (!s->f)
		complain("cannot write %s: %s", s->path, strerror(errno));
	return s->f;
}

static bool open_temp(struct save *s)
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	s->temp = xasprintf("%s.XXXXXX", s->path);
	fd = mkostemp(s->temp, O_CLOEXEC);
	if (fd < 0) {
		complain("cannot write %s: %s", s->path, strerror(errno));
		free(s->temp);
		s->temp = NULL;
		return false;
	}
	s->f = fdopen(fd, "w");
	if (s->f && !fchmod(fd, 0666 & ~mask))
		return true;
	complain("cannot write %s: %s", s->path, strerror(errno));
	unlink(s->temp);
	return false;
}

static void forget(struct save *s)
{
	free(s->path);
	free(s->temp);
	memset(s, 0, sizeof(*s));
}

bool save_open(struct save *s, const char *path, bool force, bool opaque)
{
	struct stat st;
	bool ok;

	memset(s, 0, sizeof(*s));
	if (!path || !strcmp(path, "-"))
		return open_stdout(s, opaque);
	if (!*path) {
		complain("-o '': expected the name of a file");
		return false;
	}
	s->force = force;
	/* what a symbolic link names is replaced, not the link */
	s->path = realpath(path, NULL);
	if (!s->path)
		s->path = xasprintf("%s", path);
	if (!stat(s->path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		ok = open_special(s);
	else if (!lstat(s->path, &st) && (!force || S_ISDIR(st.st_mode)))
		ok = exists_already(path);
	else
		ok = open_temp(s);
	if (!ok)
		forget(s);
	return ok;
}

static bool give_name(struct save *s)
{
	if (!s->temp)
		return true;
	if (!s->force) {
		if (!link(s->temp, s->path))
			return !unlink(s->temp);
		if (errno == EEXIST || !access(s->path, F_OK))
			return exists_already(s->path);
	}
	if (!rename(s->temp, s->path))
		return true;
	complain("cannot write %s: %s", s->path, strerror(errno));
	return false;
}

bool save_close(struct save *s, bool ok)
{
	/* standard output is the front end's to close and to complain of */
	bool std = s->f == stdout;
	int error = finish_writing(s->f);

	if (!std && fclose(s->f) && !error)
		error = errno;
	if (error && !std)
		complain("cannot write %s: %s", s->path, strerror(error));
	ok = ok && !error && give_name(s);
	if (!ok && s->temp)
		unlink(s->temp);
	forget(s);
	return ok;
}

/* ---- gzip -------------------------------------------------------------- */

struct gzip {
	z_stream z;
	FILE *to;
};

/* all of the input, as far as it can be compressed now */
static int squeeze(struct gzip *g, int flush)
{
	unsigned char out[16384];
	size_t n;

	do {
		g->z.next_out = out;
		g->z.avail_out = sizeof(out);
		deflate(&g->z, flush);
		n = sizeof(out) - g->z.avail_out;
		if (fwrite(out, 1, n, g->to) != n)
			return -1;
	} while (!g->z.avail_out);
	return 0;
}

static ssize_t gzip_write(void *cookie, const char *buf, size_t n)
{
	struct gzip *g = cookie;
	char in[16384];
	size_t done = 0, some;

	/* zlib's input is not const */
	for (; done < n; done += some) {
		some = n - done < sizeof(in) ? n - done : sizeof(in);
		memcpy(in, buf + done, some);
		g->z.next_in = (unsigned char *)in;
		g->z.avail_in = (unsigned int)some;
		if (squeeze(g, Z_NO_FLUSH))
			return 0;
	}
	return (ssize_t)n;
}

static int gzip_close(void *cookie)
{
	struct gzip *g = cookie;
	int status;

	g->z.avail_in = 0;
	status = squeeze(g, Z_FINISH);
	deflateEnd(&g->z);
	free(g);
	return status;
}

FILE *gzip_stream(FILE *to)
{
	enum { GZIP_WINDOW = 15 + 16, MEMORY = 8 };
	struct gzip *g = xcalloc(1, sizeof(*g));
	FILE *f;

	g->to = to;
	if (deflateInit2(&g->z, 6, Z_DEFLATED, GZIP_WINDOW, MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK) {
		complain("out of memory");
		exit(STATUS_FAIL);
	}
	f = fopencookie(g, "w",
			(cookie_io_functions_t){ .write = gzip_write,
						 .close = gzip_close });
	if (!f) {
		complain("out of memory");
		exit(STATUS_FAIL);
	}
	return f;
}
