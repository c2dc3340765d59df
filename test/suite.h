/* SPDX-License-Identifier: MIT */
/* suite.h - what the main() of every Check suite would otherwise repeat. */
#ifndef KV_TEST_SUITE_H
#define KV_TEST_SUITE_H

#include <check.h>
#include <signal.h>
#include <stdlib.h>

/* Adds a behaviour to @s; each of its tests runs between the two fixtures. */
static inline TCase *add_tcase(Suite *s, const char *name, SFun setup,
			       SFun teardown, double timeout)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, timeout);
	suite_add_tcase(s, t);
	return t;
}

/* The tests listed, in this order, become part of @t. */
#define ADD_TESTS(t, ...) ADD_LOOP_TESTS(t, 1, __VA_ARGS__)

/* The same, each run with _i from 0 to @n - 1. */
#define ADD_LOOP_TESTS(t, n, ...)                                          \
	do {                                                               \
		const TTest *const tests_[] = { __VA_ARGS__ };             \
                                                                           \
		for (size_t i_ = 0; i_ < sizeof(tests_) / sizeof(*tests_); \
		     i_++)                                                 \
			tcase_add_loop_test(t, tests_[i_], 0, (int)(n));   \
	} while (0)

/* Tests that must end in SIGABRT. */
#define ADD_ABORT_TESTS(t, ...)                                              \
	do {                                                                 \
		const TTest *const tests_[] = { __VA_ARGS__ };               \
                                                                             \
		for (size_t i_ = 0; i_ < sizeof(tests_) / sizeof(*tests_);   \
		     i_++)                                                   \
			tcase_add_test_raise_signal(t, tests_[i_], SIGABRT); \
	} while (0)

/*
 * ck_assert_msg() reports each success too, to the process that watches: in
 * loops over millions of cases this one says something only if it fails.
 */
#define ASSERT_EACH(cond, ...)                     \
	do {                                       \
		if (!(cond))                       \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

/* Runs and frees @s; what main() returns. */
static inline int run_suite(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
