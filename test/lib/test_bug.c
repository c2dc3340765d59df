/* SPDX-License-Identifier: MIT */
/* test_bug.c - messages and assertions of bug.h. */
#include "lib/bug.h"

#include <string.h>
#include <unistd.h>

#include "suite.h"

static char out[1024]; /* what reached fd 2 */

/* Runs warn() on a text of @len letters with fd 2 in a pipe. */
static size_t warn_letters(size_t len)
{
	static char letters[600];
	int fds[2], saved = dup(2);
	ssize_t n;

	ck_assert_int_eq(pipe(fds), 0);
	memset(letters, 'w', len);
	letters[len] = 0;
	dup2(fds[1], 2);
	warn("%s", letters);
	dup2(saved, 2);
	close(saved);
	close(fds[1]);
	n = read(fds[0], out, sizeof(out) - 1);
	close(fds[0]);
	ck_assert_int_gt(n, 0);
	out[n] = 0;
	return (size_t)n;
}

START_TEST(test_warn_is_one_line_with_our_name)
{
	warn_letters(3);
	ck_assert_str_eq(out, "kvmalloc: www\n");
}
END_TEST

START_TEST(test_warn_keeps_the_last_message)
{
	warn_letters(3);
	ck_assert_str_eq(last_bug.text, "kvmalloc: www\n");
}
END_TEST

/* _i: letters, around what fits */
START_TEST(test_warn_cuts_long_messages_and_ends_the_line)
{
	size_t most = sizeof(last_bug.text) - 1;
	size_t all = strlen("kvmalloc: ") + (size_t)_i + 1;
	size_t n = warn_letters((size_t)_i);

	ck_assert_uint_eq(n, all < most ? all : most);
	ck_assert_int_eq(out[n - 1], '\n');
	ck_assert_int_eq(out[n - 2], 'w');
	ck_assert_str_eq(last_bug.text, out);
}
END_TEST

START_TEST(test_bug_aborts)
{
	bug("as it should: %d", 1);
}
END_TEST

START_TEST(test_bug_on_true_aborts)
{
	BUG_ON(last_bug.text[0] == 0);
}
END_TEST

START_TEST(test_bug_on_false_goes_on)
{
	BUG_ON(last_bug.text[0]);
	ck_assert_str_eq(last_bug.text, "");
}
END_TEST

/* The suite is built with DEBUG_VM=2. */
START_TEST(test_vm_bug_on_is_on)
{
	VM_BUG_ON(last_bug.text[0] == 0);
}
END_TEST

START_TEST(test_vm_bug_on_slow_is_on)
{
	VM_BUG_ON_SLOW(last_bug.text[0] == 0);
}
END_TEST

static bool bad_twice(bool bad)
{
	static bool seen;

	return WARN_ON_ONCE_IN(seen, bad);
}

START_TEST(test_warn_on_once_returns_the_condition)
{
	ck_assert(bad_twice(true));
	ck_assert(bad_twice(true));
	ck_assert(!bad_twice(false));
}
END_TEST

START_TEST(test_warn_on_once_warns_once)
{
	bad_twice(true);
	ck_assert_ptr_nonnull(strstr(last_bug.text, ": bad\n"));
	last_bug.text[0] = 0;
	bad_twice(true);
	ck_assert_str_eq(last_bug.text, "");
}
END_TEST

/* A handler that returns does not keep the process alive. */
static void ignore(int sig)
{
	(void)sig;
}

START_TEST(test_bug_aborts_past_a_handler)
{
	signal(SIGABRT, ignore);
	bug("handler installed");
}
END_TEST

START_TEST(test_bug_aborts_when_blocked)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGABRT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	bug("signal blocked");
}
END_TEST

int main(void)
{
	int most = (int)(sizeof(last_bug.text) - strlen("kvmalloc: "));
	Suite *s = suite_create("bug");
	TCase *t;

	t = add_tcase(s, "messages", NULL, NULL, 10);
	ADD_TESTS(t, test_warn_is_one_line_with_our_name,
		  test_warn_keeps_the_last_message, test_bug_on_false_goes_on,
		  test_warn_on_once_returns_the_condition,
		  test_warn_on_once_warns_once);
	tcase_add_loop_test(t, test_warn_cuts_long_messages_and_ends_the_line,
			    most - 5, most + 5);

	t = add_tcase(s, "aborts", NULL, NULL, 10);
	ADD_ABORT_TESTS(t, test_bug_aborts, test_bug_on_true_aborts,
			test_vm_bug_on_is_on, test_vm_bug_on_slow_is_on,
			test_bug_aborts_past_a_handler,
			test_bug_aborts_when_blocked);
	return run_suite(s);
}
