/* SPDX-License-Identifier: MIT */
/*
 * fork.c - the child of fork gets frames of its own.
 *
 * Frames are pages of a file that is mapped shared, in more than one place:
 * left alone, parent and child would write to the same memory. So the parent,
 * before it forks and while nobody is inside the core, copies what is resident
 * of the file into a second one; the child maps that wherever it finds the
 * first one mapped. The places are read from /proc/self/maps: the linear map,
 * areas, windows, all alike.
 *
 * It costs a copy of the resident frames a fork, and as much memory while the
 * child lives. What other threads write to frames between the copy and the
 * fork is not in the child. vfork(), posix_spawn() and clone(2) called
 * directly copy nothing: their child must not use the interface before exec.
 * Without memory for the copy, or without /proc, the child ends with a message
 * at once: with its parent's frames it would destroy them.
 *
 * Locks of this layer are taken before the gate closes (a holder may be waiting
 * for it): these handlers are registered after the core's and so run first.
 */
#include "kapi/kapi.h"

#include <pthread.h>
#include <string.h>

#include "abi/fork.h"
#include "kapi/kmap.h"
#include "kapi/percpu.h"
#include "kapi/vm.h"
#include "lib/bug.h"
#include "os/os.h"

#define FRAMES_NAME "kvmalloc-frames"
#define WINDOW	    ((size_t)4 << 20)

static int copy_fd = -1;

/* Copies [@from, @to) through two windows. */
static bool copy_run(char *windows, u64 from, u64 to)
{
	for (u64 at = from; at < to; at += WINDOW) {
		size_t size = min_ul(to - at, WINDOW);

		if (os_map_file(windows, size, machine.fd, at) ||
		    os_map_file(windows + WINDOW, size, copy_fd, at))
			return false;
		memcpy(windows + WINDOW, windows, size);
	}
	return true;
}

static bool copy_frames(void)
{
	char *windows = os_reserve(2 * WINDOW, PAGE_SIZE);
	u64 from, to = 0;
	bool good = windows;

	while (good && !os_next_data(machine.fd, to, &from, &to))
		good = copy_run(windows, from, to);
	if (windows)
		os_release(windows, 2 * WINDOW);
	return good;
}

static void before(void)
{
	copy_fd =
		os_memfd(FRAMES_NAME, (u64)machine.nr_pages_boot << PAGE_SHIFT);
	if (copy_fd >= 0 && !copy_frames()) {
		os_close(copy_fd);
		copy_fd = -1;
	}
}

static void parent(void)
{
	if (copy_fd >= 0)
		os_close(copy_fd);
	copy_fd = -1;
}

/* A number in hexadecimal; *@p moves behind it and what ends it. */
static u64 hex(const char **p)
{
	u64 v = 0;

	for (; **p; ++*p) {
		int c = **p | 0x20;

		if (c >= '0' && c <= '9')
			v = v << 4 | (u64)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (u64)(c - 'a' + 10);
		else
			break;
	}
	*p += **p != 0;
	return v;
}

/* Remaps what a line of /proc/self/maps tells of, if it is frames. */
static bool remap_line(const char *line)
{
	u64 start, end, offset;
	bool writable;

	if (!strstr(line, "/memfd:" FRAMES_NAME))
		return true;
	start = hex(&line);
	end = hex(&line);
	writable = line[1] == 'w';
	line += strlen("rw-s ");
	offset = hex(&line);
	return !os_map_file((void *)(uintptr_t)start, end - start, copy_fd,
			    offset) &&
	       (writable ||
		!os_protect_read((void *)(uintptr_t)start, end - start));
}

static bool remap_all(void)
{
	char buf[8192];
	size_t have = 0;
	long got = -1;
	int fd = os_open("/proc/self/maps", OS_READ);
	bool good = fd >= 0;

	while (good &&
	       (got = os_read(fd, buf + have, sizeof(buf) - 1 - have)) > 0) {
		char *line = buf, *end;

		have += (size_t)got;
		buf[have] = 0;
		for (; good && (end = strchr(line, '\n')); line = end + 1) {
			*end = 0;
			good = remap_line(line);
		}
		have -= (size_t)(line - buf);
		memmove(buf, line, have);
	}
	if (fd >= 0)
		os_close(fd);
	return good && got == 0;
}

static void child(void)
{
	if (copy_fd < 0 || !remap_all())
		bug("fork: no memory for a copy of the machine's frames");
	os_close(machine.fd);
	machine.fd = copy_fd;
	copy_fd = -1;
}

static const struct fork_frames frames = { before, parent, child };

static void lock_all(void)
{
	percpu_lock();
	kmap_lock();
	vm_map_ram_lock();
}

static void unlock_all(void)
{
	vm_map_ram_unlock();
	kmap_unlock();
	percpu_unlock();
}

static void __attribute__((constructor(102))) at_load(void)
{
	fork_frames = &frames;
	pthread_atfork(lock_all, unlock_all, unlock_all);
}
