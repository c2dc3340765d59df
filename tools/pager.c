/* SPDX-License-Identifier: MIT */
/*
 * pager.c - see pager.h.
 *
 * Theory: whether a pager is wanted depends on how long the text is, and
 * colours on whether a terminal is at the end. So the text goes to a file in
 * memory in place of standard output; when it is complete its lines are
 * counted as the terminal would break them. The pager reads that file: there
 * is no pipe that could break, and the command's exit status is its own.
 */
#include "pager.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "table.h"
#include "util.h"

static struct {
	int terminal; /* what standard output was; -1: not kept */
	bool off;
} pager = { .terminal = -1 };

/* NULL: none is wanted */
static const char *command(void)
{
	const char *term = getenv("TERM"), *name = getenv("KVMALLOC_PAGER");

	if (!name)
		name = getenv("PAGER");
	if (!name)
		name = "less -FRX";
	if (pager.off || (term && !strcmp(term, "dumb")))
		return NULL;
	return !*name || !strcmp(name, "cat") ? NULL : name;
}

void pager_begin(void)
{
	int fd;

	if (!isatty(STDOUT_FILENO) || !command())
		return;
	fd = memfd_create("kvmalloc", MFD_CLOEXEC);
	pager.terminal = fd < 0 ? -1 : dup(STDOUT_FILENO);
	if (pager.terminal >= 0) {
		dup2(fd, STDOUT_FILENO);
		out_on_terminal(pager.terminal);
	}
	if (fd >= 0)
		close(fd);
}

void pager_off(void)
{
	pager.off = true;
}

/* how many lines of the terminal the text takes, up to `enough` */
static int lines(int fd, int columns, int enough)
{
	FILE *f = fdopen(dup(fd), "r");
	bool escape = false;
	int nr = 0, at = 0, c;

	if (!f)
		return 0;
	rewind(f);
	while (nr < enough && (c = getc(f)) != EOF) {
		if (c == '\n') {
			nr++;
			at = 0;
		} else if (c == '\033') {
			escape = true;
		} else if (escape) {
			escape = c != 'm';
		} else if ((c & 0xc0) != 0x80 && ++at > columns) {
			nr++; /* not by what continues a character */
			at = 1;
		}
	}
	fclose(f);
	return nr;
}

static bool fits_screen(int fd)
{
	struct winsize ws = { 0 };

	if (ioctl(pager.terminal, TIOCGWINSZ, &ws) || !ws.ws_row || !ws.ws_col)
		ws = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	/* the prompt of the shell takes one */
	return lines(fd, ws.ws_col, ws.ws_row) < ws.ws_row;
}

static bool copy(int fd)
{
	char buf[1 << 16];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		ssize_t done = 0, some;

		while (done < n) {
			some = write(STDOUT_FILENO, buf + done,
				     (size_t)(n - done));
			if (some < 0 && errno == EINTR)
				continue;
			if (some < 0)
				return false;
			done += some;
		}
	}
	return !n;
}

static void exec_pager(int fd, const char *name)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	dup2(fd, STDIN_FILENO);
	/* as git: colours pass, and what fits a screen is left there */
	setenv("LESS", "FRX", 0);
	setenv("LV", "-c", 0);
	execl("/bin/sh", "sh", "-c", name, (char *)NULL);
	_exit(127);
}

/* false: there is no such program */
static bool page(int fd, const char *name)
{
	int status = 0;
	pid_t pid;

	lseek(fd, 0, SEEK_SET);
	/* ^C is the pager's; with it gone we go on to our end */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	pid = fork();
	if (!pid)
		exec_pager(fd, name);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && !(WIFEXITED(status) && WEXITSTATUS(status) >= 126);
}

bool pager_end(void)
{
	const char *name = command();
	bool ok = true;
	int fd;

	if (pager.terminal < 0)
		return true;
	fflush(stdout);
	fd = dup(STDOUT_FILENO);
	dup2(pager.terminal, STDOUT_FILENO);
	if (!name || fits_screen(fd) || !page(fd, name))
		ok = copy(fd);
	if (!ok)
		complain("standard output: %s", strerror(errno));
	close(fd);
	close(pager.terminal);
	pager.terminal = -1;
	return ok;
}
