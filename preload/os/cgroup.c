/* SPDX-License-Identifier: MIT */
/*
 * cgroup.c - how much memory the process's control group may use.
 *
 * /proc/self/cgroup names the group: "0::PATH" of the one hierarchy of
 * version 2, "N:CONTROLLERS:PATH" of each one of version 1. The limit is the
 * least of the group and all above it, up to where the hierarchy is mounted:
 * in a container that may be its own group, and PATH, as the host sees it,
 * leads nowhere; then the group mounted is what there is. Nothing is allocated:
 * this runs before the first request is served. (Rules: cgroups(7).)
 */
#include <string.h>

#include "os/os.h"

enum { MAX_PATH = 512 };

struct cgroup_fs {
	const char *mount, *file;
};

/* The number a small file starts with; ~0 if there is none ("max"). */
static u64 limit_in(const char *path)
{
	char buf[32];
	u64 v = 0;
	int fd = os_open(path, OS_READ);
	long n;

	if (fd < 0)
		return ~0ull;
	n = os_read(fd, buf, sizeof(buf));
	os_close(fd);
	if (n <= 0 || buf[0] < '0' || buf[0] > '9')
		return ~0ull;
	for (long i = 0; i < n && buf[i] >= '0' && buf[i] <= '9'; i++)
		v = v * 10 + (u64)(buf[i] - '0');
	return v < 1ull << 60 ? v : ~0ull; /* version 1 says "none" so */
}

/* The least limit of the group @path and those above it. */
static u64 limit_of(const char *root, struct cgroup_fs fs, const char *path,
		    size_t len)
{
	char name[MAX_PATH];
	size_t base = strlen(root) + strlen(fs.mount);
	u64 least = ~0ull;

	if (base + len + strlen(fs.file) >= sizeof(name))
		len = 0;
	memcpy(name, root, strlen(root));
	memcpy(name + strlen(root), fs.mount, strlen(fs.mount));
	memcpy(name + base, path, len);
	for (;;) {
		while (len && name[base + len - 1] == '/')
			len--;
		memcpy(name + base + len, fs.file, strlen(fs.file) + 1);
		least = min_ul(least, limit_in(name));
		if (!len)
			return least;
		while (len && name[base + len - 1] != '/')
			len--;
	}
}

/* Is "memory" one of @list, words with commas between? */
static bool has_memory(const char *list, size_t n)
{
	const char *end = list + n, *next;

	for (; list < end; list = next + 1) {
		next = memchr(list, ',', (size_t)(end - list));
		if (!next)
			next = end;
		if (next - list == 6 && !memcmp(list, "memory", 6))
			return true;
	}
	return false;
}

/*
 * Of the line "N:CONTROLLERS:PATH" from @s to @end: is it of memory, by
 * version 1 (0) or 2 (1)? Else -1.
 */
static int parse_line(const char *s, const char *end, const char **path)
{
	const char *list = memchr(s, ':', (size_t)(end - s)), *colon;

	if (!list)
		return -1;
	list++;
	colon = memchr(list, ':', (size_t)(end - list));
	if (!colon || colon + 1 == end || colon[1] != '/')
		return -1;
	*path = colon + 1;
	if (end - *path >= 3 && !memcmp(*path, "/..", 3))
		*path = end; /* outside of what is mounted here */
	if (list == colon)
		return 1;
	return has_memory(list, (size_t)(colon - list)) ? 0 : -1;
}

u64 os_cgroup_limit(const char *root)
{
	static const struct cgroup_fs fs[] = {
		{ "/sys/fs/cgroup/memory", "/memory.limit_in_bytes" },
		{ "/sys/fs/cgroup", "/memory.max" },
	};
	char buf[4096], name[MAX_PATH];
	const char *s = buf, *end, *path;
	u64 limit[2] = { ~0ull, ~0ull };
	bool seen[2] = { false, false };
	long n = 0;
	int fd;

	if (strlen(root) > MAX_PATH / 2)
		return ~0ull;
	memcpy(name, root, strlen(root));
	memcpy(name + strlen(root), "/proc/self/cgroup", 18);
	fd = os_open(name, OS_READ);
	if (fd >= 0) {
		n = os_read(fd, buf, sizeof(buf));
		os_close(fd);
	}
	for (; s < buf + n; s = end + 1) {
		end = memchr(s, '\n', (size_t)(buf + n - s));
		if (!end)
			break; /* cut off */
		int v = parse_line(s, end, &path);

		if (v < 0)
			continue;
		seen[v] = true;
		limit[v] = limit_of(root, fs[v], path, (size_t)(end - path));
	}
	/* without /proc: what is mounted */
	for (int v = 0; v < 2 && !seen[0] && !seen[1]; v++)
		limit[v] = limit_of(root, fs[v], "", 0);
	return min_ul(limit[0], limit[1]);
}
