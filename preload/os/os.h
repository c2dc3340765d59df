/* SPDX-License-Identifier: MIT */
/*
 * os.h - the operating system as a contract; only os/ makes system calls.
 *
 * Conditions, once for all functions here:
 *  - errno is never touched: these are raw system calls, so no libc wrapper
 *    that another preload interposes, no cancellation point;
 *  - they never allocate and never lock, so they may be used at any time:
 *    before relocation of other objects, in signal handlers, after fork;
 *  - EINTR is retried inside; failure is a negative errno (or NULL);
 *  - addresses and sizes are multiples of os_page_size().
 */
#ifndef KV_OS_H
#define KV_OS_H

#include "lib/types.h"

/* The kernel's page size in bytes (AT_PAGESZ); 4096 on x86-64. */
size_t os_page_size(void);

/*
 * Reserves @size bytes of address space aligned to @align (a power of two),
 * without access and without charge. NULL if there is no room or a limit
 * forbids it.
 */
void *os_reserve(size_t size, size_t align);

/* Makes reserved pages readable and writable: 0 or -ENOMEM. */
int os_commit(void *addr, size_t size);

/*
 * Turns pages back into a bare reservation: memory and commit charge go
 * back to the system. 0, or -ENOMEM (max_map_count) with pages unchanged.
 */
int os_decommit(void *addr, size_t size);

/* Drops the contents: the pages read as zero and use no memory until touched.
 * 0 or -errno; on failure contents are undefined but pages still usable. */
int os_discard(void *addr, size_t size);

/* Makes pages resident that are about to be written, all at once; contents
 * stay. A hint: 0 or -errno, -EINVAL from kernels that do not know it. */
int os_populate(void *addr, size_t size);

/* Asks for (or against) transparent huge pages; a hint, result ignorable. */
int os_hugepage(void *addr, size_t size, bool on);

/* Keeps a range out of core dumps; a hint. */
void os_dontdump(void *addr, size_t size);

/* What these pages hold is not copied to children: theirs read as zero. A
 * hint, unknown before Linux 4.14. */
void os_wipe_on_fork(void *addr, size_t size);

/* Gives address space back entirely: 0 or -errno. */
int os_release(void *addr, size_t size);

/*
 * Moves the pages of [@old, @old + @old_size) to @new (reserved space of
 * @new_size bytes, which is replaced), extending them with zero pages.
 * The old range becomes empty, or (of another size, or before Linux 5.7)
 * unmapped: the caller reserves it again with os_decommit() at once. 0 or
 * -errno with nothing moved.
 */
int os_move(void *old, size_t old_size, void *new, size_t new_size);

/* Maps @fd shared, read-write, over [@addr, @addr + @size). 0 or -errno. */
int os_map_file(void *addr, size_t size, int fd, u64 offset);

/*
 * A file of @size bytes that is only memory, sparse, without a name in any
 * directory; @name is for /proc/PID/maps. Descriptor (close-on-exec, never
 * 0..2) or -errno.
 */
int os_memfd(const char *name, u64 size);

/* Makes mapped pages readable only: 0 or -errno. */
int os_protect_read(void *addr, size_t size);

/*
 * The next run of @fd at or behind @from that is not a hole: 0 with its limits
 * in *@start, *@end, or -errno (-ENXIO: there is none).
 */
int os_next_data(int fd, u64 from, u64 *start, u64 *end);

/* Empties [@offset, @offset + @size) of a file of os_memfd(). 0 or -errno. */
int os_punch(int fd, u64 offset, u64 size);

/* Maps fresh private zero pages over [@addr, @addr + @size). 0 or -errno. */
int os_map_private(void *addr, size_t size);

/* May the 8 bytes at @addr be read? Any address is allowed. */
bool os_readable(const void *addr);

/* Which pages are resident: one byte each, bit 0; 0 or -errno. */
int os_mincore(void *addr, size_t size, u8 *vec);

enum os_open {
	OS_READ,	/* read only */
	OS_UPDATE,	/* read-write, must exist, no symlink */
	OS_CREATE,	/* read-write, must not exist, mode 0600, no symlink */
};

/* File descriptor (close-on-exec, never 0..2) or -errno. */
int os_open(const char *path, enum os_open how);
int os_mkdir(const char *path);
void os_close(int fd);
long os_read(int fd, void *buf, size_t size);
/* Writes all of it unless an error stops it; bytes written or -errno. */
long os_write(int fd, const void *buf, size_t size);
/* Writes all of it at @offset; 0 or -errno. */
int os_pwrite(int fd, const void *buf, size_t size, u64 offset);
/* Which file @fd is: 0 or -errno. */
int os_identify(int fd, u64 *dev, u64 *inode);
/* Bytes put into @buf (not terminated) or -errno. */
long os_readlink(const char *path, char *buf, size_t size);
/* Absolute path of the working directory, terminated; 0 or -errno. */
int os_getcwd(char *buf, size_t size);
/* This thread's name, up to 15 bytes and a NUL. */
void os_comm(char name[16]);
/* End of the heap that brk(2) makes. */
const char *os_brk(void);
/* Makes [offset, offset+size) of @fd really backed; 0 or -errno. */
int os_fallocate(int fd, u64 offset, u64 size);
int os_unlink(const char *path);

/* Sleeps while *@addr == @val (may wake early); wakes up to @n sleepers. */
void os_futex_wait(u32 *addr, u32 val);
/* As above, for at most @ns nanoseconds. */
void os_futex_wait_for(u32 *addr, u32 val, u64 ns);
void os_futex_wake(u32 *addr, int n);
void os_yield(void);

u64 os_monotonic_ns(void);
/* Processor time of the calling thread: a system call. */
u64 os_thread_ns(void);
/* Coarse (about 4 ms) but costs a few ns only where there is a vDSO. */
u64 os_coarse_ns(void);
u64 os_realtime_ns(void);

int os_getpid(void);
int os_getppid(void);
int os_gettid(void);
/* Total memory of the host in bytes; 0 if it can't be known. */
u64 os_total_ram(void);
/* CPUs this process may use, at least 1. */
unsigned int os_nr_cpus(void);

/*
 * NUMA nodes of the host, numbered from 0, at least 1; and the wish that the
 * pages of a range come from one of them. A hint, result ignorable.
 */
unsigned int os_nr_nodes(void);
int os_bind_node(void *addr, size_t size, unsigned int node);

enum os_limit { OS_LIMIT_AS, OS_LIMIT_DATA, OS_LIMIT_FSIZE };
/* Soft limit in bytes, ~0 if unlimited. */
u64 os_limit(enum os_limit which);
/* Bytes of address space in use (/proc/self/statm), 0 if it can't be known. */
u64 os_address_space_used(void);

/*
 * Bytes of memory that the process's control group and those above it may
 * use; ~0: no limit, or none that can be known. @root: of the file system, ""
 * but in tests.
 */
u64 os_cgroup_limit(const char *root);

/* Ends the process at once, as the OOM killer would. */
void os_kill_self(void) __attribute__((noreturn));
/* Ends the process by SIGABRT, whatever handlers or masks say in the end. */
void os_abort(void) __attribute__((noreturn));

#ifdef OS_FAULT
/*
 * Tests only: the call number @nth from now on (1 = the next) of those that
 * can fail returns -ENOMEM; 0 switches it off. os_fault_left() is what is
 * left to count: 0 means that it was hit.
 */
void os_fault_set(long nth);
long os_fault_left(void);
#endif

#endif
