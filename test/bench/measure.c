/* SPDX-License-Identifier: MIT */
/*
 * measure.c - runs one program and says what it took.
 *
 * Usage: measure -r FD [-t SECONDS] [-e NAME=VALUE]... -- PROGRAM [ARGUMENT]...
 * writes to the descriptor FD one line:
 *   WALL-SECONDS USER-SECONDS SYS-SECONDS PEAK-RSS-KIB FAULTS ENDING
 * where ENDING is `exit N`, `signal N` or `timeout`.
 *
 * Theory: wait4() reports a child together with the descendants it waited for:
 * times and faults as sums, peak RSS as that of the largest process. Linux lets
 * the peak survive exec, so it starts at the RSS of the process that forked;
 * hence this program, as small as can be (and static where possible), and not
 * the harness itself. The environment given by -e is for the child only. The
 * child leads a process group of its own, which is killed at the end: nothing
 * stays behind to disturb the next run.
 */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bench.h"

#define USAGE "-r FD [-t SECONDS] [-e NAME=VALUE]... -- PROGRAM [ARGUMENT]..."

static double seconds(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec * 1e-6;
}

static int result_fd = -1;

static _Noreturn void run(char **argv, char **env, int nr_env,
			  const sigset_t *mask)
{
	setpgid(0, 0);
	sigprocmask(SIG_SETMASK, mask, NULL);
	close(result_fd);
	while (nr_env--)
		putenv(env[nr_env]);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

/* Waits for SIGCHLD, which is blocked, until @limit seconds have passed. */
static int wait_until(const sigset_t *chld, double limit)
{
	double left, end = now() + limit;
	struct timespec ts;

	while ((left = end - now()) > 0) {
		ts.tv_sec = (time_t)left;
		ts.tv_nsec = (long)((left - (double)ts.tv_sec) * 1e9);
		if (sigtimedwait(chld, NULL, &ts) == SIGCHLD)
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	char *env[16], ending[32] = "timeout";
	double limit = 600, start, wall;
	int c, status, done, nr_env = 0;
	sigset_t chld, old;
	struct rusage ru;
	pid_t pid;

	while ((c = getopt(argc, argv, "+r:t:e:")) != -1) {
		if (c == 'r')
			result_fd = atoi(optarg);
		else if (c == 't')
			limit = strtod(optarg, NULL);
		else if (c == 'e' && nr_env < (int)NELEM(env))
			env[nr_env++] = optarg;
		else
			usage(USAGE);
	}
	if (optind == argc || result_fd < 0)
		usage(USAGE);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &old);
	start = now();
	pid = fork();
	if (!pid)
		run(argv + optind, env, nr_env, &old);
	if (pid < 0)
		wrong("cannot fork");
	setpgid(pid, pid); /* the child does so too; the first one wins */
	done = wait_until(&chld, limit);
	if (!done)
		kill(-pid, SIGKILL);
	if (wait4(pid, &status, 0, &ru) != pid)
		wrong("cannot wait");
	wall = now() - start;
	kill(-pid, SIGKILL);
	if (done && WIFSIGNALED(status))
		snprintf(ending, sizeof(ending), "signal %d", WTERMSIG(status));
	else if (done)
		snprintf(ending, sizeof(ending), "exit %d",
			 WEXITSTATUS(status));
	dprintf(result_fd, "%.6f %.6f %.6f %ld %ld %s\n", wall,
		seconds(ru.ru_utime), seconds(ru.ru_stime), ru.ru_maxrss,
		ru.ru_minflt + ru.ru_majflt, ending);
	return 0;
}
