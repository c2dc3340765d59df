/* SPDX-License-Identifier: MIT */
/*
 * A set-uid program ignores the preloaded library (the loader does, for a
 * path with a slash) and runs. Needs root, and a /tmp that honours the bit.
 */
#include <link.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include "../t.h"

static char dir[] = "/tmp/abi-setuid-XXXXXX", copy[64];

static int is_preloaded(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	return strstr(info->dlpi_name, "kvmalloc") != NULL;
}

static void clean_up(void)
{
	unlink(copy);
	rmdir(dir);
}

static void copy_program(const char *from)
{
	static char buf[1 << 16];
	int in = open(from, O_RDONLY), out;
	ssize_t n;

	CHECK(mkdtemp(dir) && !chmod(dir, 0755));
	snprintf(copy, sizeof(copy), "%s/program", dir);
	out = open(copy, O_WRONLY | O_CREAT | O_EXCL, 0755);
	CHECK(in >= 0 && out >= 0);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		CHECK(write(out, buf, (size_t)n) == n);
	CHECK(!fchmod(out, 04755));
	close(in);
	close(out);
}

int main(int argc, char **argv)
{
	char *args[] = { copy, argv[0], NULL };
	int status;
	pid_t pid;

	if (argc > 1) {
		if (!getauxval(AT_SECURE))
			return 77;
		CHECK(!dl_iterate_phdr(is_preloaded, NULL));
		t_work(1);
		return 0;
	}
	if (geteuid())
		SKIP("needs root");
	copy_program(argv[0]);
	pid = fork();
	if (pid == 0) {
		CHECK(!setgid(65534) && !setuid(65534));
		execv(copy, args);
		_exit(1);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	clean_up();
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		SKIP("set-uid bit not honoured in /tmp");
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return 0;
}
