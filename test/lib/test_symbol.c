/* SPDX-License-Identifier: MIT */
/* test_symbol.c - code addresses as text. */
#include "lib/symbol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/print.h"
#include "os/os.h"
#include "suite.h"

static char text[128];

/* As a return address would be: a function's address, as a number. */
static const void *address(void (*fn)(void))
{
	const void *p;

	memcpy(&p, &fn, sizeof(p));
	return p;
}

static void here(void)
{
}

START_TEST(test_in_the_program)
{
	char comm[16], want[32];

	os_comm(comm);
	kv_snprintf(want, sizeof(want), "%s+0x", comm);
	ck_assert_uint_eq(kv_symbol(text, sizeof(text), address(here)),
			  strlen(text));
	ck_assert_msg(!strncmp(text, want, strlen(want)), "%s", text);
}
END_TEST

START_TEST(test_in_a_library)
{
	kv_symbol(text, sizeof(text), address(abort));
	ck_assert_msg(!strncmp(text, "libc.so.6+0x", 12), "%s", text);
}
END_TEST

START_TEST(test_nowhere)
{
	kv_symbol(text, sizeof(text), NULL);
	ck_assert_str_eq(text, "0x0");
	kv_symbol(text, sizeof(text), text);
	ck_assert_ptr_nonnull(strstr(text, "0x"));
	kv_symbol(text, sizeof(text), (const void *)(size_t)0x4141414141414141);
	ck_assert_str_eq(text, "0x4141414141414141");
}
END_TEST

START_TEST(test_cut)
{
	size_t len = kv_symbol(text, sizeof(text), address(here));
	char cut[6];

	ck_assert_uint_eq(kv_symbol(cut, sizeof(cut), address(here)), len);
	ck_assert_uint_eq(strlen(cut), 5);
	ck_assert(!strncmp(cut, text, 5));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("symbol");
	TCase *t = add_tcase(s, "text", NULL, NULL, 10);

	symbol_boot();
	ADD_TESTS(t, test_in_the_program, test_in_a_library, test_nowhere,
		  test_cut);
	return run_suite(s);
}
