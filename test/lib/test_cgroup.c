/* SPDX-License-Identifier: MIT */
/*
 * test_cgroup.c - limits of control groups, version 1 and 2, of a file system
 * made for each test.
 */
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/os.h"
#include "suite.h"

static char root[64];

static void make_root(void)
{
	strcpy(root, "/tmp/cgroup-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static int drop(const char *path, const struct stat *st, int type,
		struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void remove_root(void)
{
	nftw(root, drop, 8, FTW_DEPTH | FTW_PHYS);
}

/* The file @path under the root, with what is above it. */
static void put(const char *path, const char *text)
{
	char name[512];
	FILE *f;

	snprintf(name, sizeof(name), "%s%s", root, path);
	for (char *s = name + strlen(root) + 1; (s = strchr(s, '/')); s++) {
		*s = '\0';
		mkdir(name, 0755);
		*s = '/';
	}
	f = fopen(name, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static const u64 none = ~0ull;

START_TEST(test_nothing_mounted)
{
	ck_assert_uint_eq(os_cgroup_limit(root), none);
	put("/proc/self/cgroup", "0::/a/b\n");
	ck_assert_uint_eq(os_cgroup_limit(root), none);
}
END_TEST

START_TEST(test_version_2)
{
	put("/proc/self/cgroup", "0::/system.slice/a.service\n");
	put("/sys/fs/cgroup/system.slice/a.service/memory.max", "104857600\n");
	put("/sys/fs/cgroup/system.slice/memory.max", "max\n");
	ck_assert_uint_eq(os_cgroup_limit(root), 100 << 20);
	/* another one's limit is not ours */
	put("/sys/fs/cgroup/system.slice/b.service/memory.max", "4096\n");
	ck_assert_uint_eq(os_cgroup_limit(root), 100 << 20);
}
END_TEST

START_TEST(test_the_least_on_the_way_up)
{
	put("/proc/self/cgroup", "0::/a/b/c\n");
	put("/sys/fs/cgroup/a/b/c/memory.max", "300000\n");
	put("/sys/fs/cgroup/a/b/memory.max", "100000\n");
	put("/sys/fs/cgroup/a/memory.max", "200000\n");
	ck_assert_uint_eq(os_cgroup_limit(root), 100000);
	put("/sys/fs/cgroup/memory.max", "50000\n");
	ck_assert_uint_eq(os_cgroup_limit(root), 50000);
}
END_TEST

START_TEST(test_version_1)
{
	put("/proc/self/cgroup",
	    "12:pids:/other\n5:cpu,memory:/a/b\n1:name=systemd:/memory\n");
	put("/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "65536\n");
	put("/sys/fs/cgroup/memory/memory.limit_in_bytes",
	    "9223372036854771712\n");
	put("/sys/fs/cgroup/memory/other/memory.limit_in_bytes", "4096\n");
	ck_assert_uint_eq(os_cgroup_limit(root), 65536);
}
END_TEST

START_TEST(test_version_1_has_a_number_for_none)
{
	put("/proc/self/cgroup", "4:memory:/\n0::/\n");
	put("/sys/fs/cgroup/memory/memory.limit_in_bytes",
	    "9223372036854771712\n");
	ck_assert_uint_eq(os_cgroup_limit(root), none);
}
END_TEST

/* Only a whole word is the controller. */
START_TEST(test_other_controllers)
{
	put("/proc/self/cgroup", "4:memory2,xmemory:/a\n");
	put("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "4096\n");
	ck_assert_uint_eq(os_cgroup_limit(root), none);
}
END_TEST

/* In a container the path is the host's, what is mounted is its own group. */
START_TEST(test_container)
{
	put("/proc/self/cgroup", "4:memory:/docker/0123456789abcdef\n");
	put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "8388608\n");
	ck_assert_uint_eq(os_cgroup_limit(root), 8 << 20);
}
END_TEST

START_TEST(test_outside_of_what_is_mounted)
{
	put("/proc/self/cgroup", "0::/../../a\n");
	put("/sys/fs/a/memory.max", "4096\n");
	put("/sys/fs/cgroup/memory.max", "8192\n");
	ck_assert_uint_eq(os_cgroup_limit(root), 8192);
}
END_TEST

START_TEST(test_without_proc)
{
	put("/sys/fs/cgroup/memory.max", "8192\n");
	ck_assert_uint_eq(os_cgroup_limit(root), 8192);
}
END_TEST

/* Lines and paths no kernel would write, and some it may cut off. */
START_TEST(test_odd_text)
{
	static const char *const odd[] = {
		"", "\n", ":", "::\n", "0::\n", "0:\n:\n", "0::a\n", "0::/a",
		"4:memory\n", "4:memory:\n", "4:,,memory,:x\n", "\0::/a\n",
	};
	static char many[600];

	put("/sys/fs/cgroup/a/memory.max", "4096\n");
	put("/sys/fs/cgroup/memory.max", "8192\n");
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		put("/proc/self/cgroup", odd[i]);
		ck_assert_uint_eq(os_cgroup_limit(root), 8192);
	}
	memset(many, '/', sizeof(many) - 2);
	memcpy(many, "0::", 3);
	many[sizeof(many) - 2] = '\n';
	put("/proc/self/cgroup", many); /* longer than any we can name */
	ck_assert_uint_eq(os_cgroup_limit(root), 8192);
	put("/sys/fs/cgroup/memory.max", "max\n");
	put("/sys/fs/cgroup/a/memory.max", "\n");
	put("/proc/self/cgroup", "0::/a///\n");
	ck_assert_uint_eq(os_cgroup_limit(root), none);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cgroup");
	TCase *t = add_tcase(s, "limits", make_root, remove_root, 10);

	ADD_TESTS(t, test_nothing_mounted, test_version_2,
		  test_the_least_on_the_way_up, test_version_1,
		  test_version_1_has_a_number_for_none, test_other_controllers,
		  test_container, test_outside_of_what_is_mounted,
		  test_without_proc, test_odd_text);
	return run_suite(s);
}
