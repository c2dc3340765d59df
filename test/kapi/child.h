/* SPDX-License-Identifier: MIT */
/*
 * child.h - what every suite of the kernel's interface needs: one process for
 * all tests (the machine is one a process, and a forked child would share
 * it), and cases that may abort in a program of their own: the suite itself,
 * started again with the case's name.
 */
#ifndef KV_TEST_CHILD_H
#define KV_TEST_CHILD_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct child_case {
	const char *name;
	void (*run)(void);
	const char *text;	/* what it must print on stderr */
	int signal;		/* that ends it; 0: it exits by itself */
	const char *options;	/* KVMALLOC=, NULL: the suite's own */
};

/* What @c prints, in @buf, terminated; its wait status. */
static inline int child_run(const struct child_case *c, char *buf, size_t size)
{
	int fd[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(fd), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fd[1], 2);
		close(fd[0]);
		close(fd[1]);
		if (c->options)
			setenv("KVMALLOC", c->options, 1);
		execl("/proc/self/exe", "case", c->name, (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	while ((n = read(fd[0], buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	buf[len] = 0;
	close(fd[0]);
	waitpid(pid, &status, 0);
	return status;
}

/* It printed what it must, and ended as it must. */
static inline void child_check(const struct child_case *c)
{
	static char buf[1 << 16];
	int status = child_run(c, buf, sizeof(buf));

	ck_assert_msg(strstr(buf, c->text) != NULL,
		      "%s: \"%s\" is not in:\n%s", c->name, c->text, buf);
	if (c->signal)
		ck_assert_msg(WIFSIGNALED(status) &&
				      WTERMSIG(status) == c->signal,
			      "%s: status 0x%x\n%s", c->name, status, buf);
	else
		ck_assert_msg(WIFEXITED(status) && !WEXITSTATUS(status),
			      "%s: status 0x%x\n%s", c->name, status, buf);
}

/* The cases of this suite: child_main() names them, then asks for the suite. */
static const struct child_case *child_cases;
static size_t child_nr_cases;

START_TEST(test_case)
{
	child_check(&child_cases[_i]);
}
END_TEST

/* Each case is a test of @t. */
static inline void child_add_cases(TCase *t)
{
	tcase_add_loop_test(t, test_case, 0, (int)child_nr_cases);
}

/* main() of a suite: the tests, or the one case that was asked for. */
static inline int child_main(Suite *(*suite)(void),
			     const struct child_case *cases, size_t nr,
			     int argc, char **argv)
{
	SRunner *r;
	int failed;

	for (size_t i = 0; argc > 1 && i < nr; i++) {
		if (strcmp(cases[i].name, argv[1]))
			continue;
		cases[i].run();
		return 0;
	}
	child_cases = cases;
	child_nr_cases = nr;
	r = srunner_create(suite());
	srunner_set_fork_status(r, CK_NOFORK);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
