/* SPDX-License-Identifier: MIT */
/*
 * os.c - os.h for Linux.
 *
 * Address space is reserved PROT_NONE and MAP_NORESERVE: it costs no commit
 * charge (overcommit_memory=2), no RLIMIT_DATA, is skipped by core dumps and
 * is not populated by mlockall(). Committing is mprotect, which merges with
 * its committed neighbour, so growth leaves the number of mappings alone.
 */
#include "os/os.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <time.h>

#include "os/syscall.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#ifdef OS_FAULT
static long fault_left;

void os_fault_set(long nth)
{
	__atomic_store_n(&fault_left, nth, __ATOMIC_SEQ_CST);
}

long os_fault_left(void)
{
	return __atomic_load_n(&fault_left, __ATOMIC_SEQ_CST);
}

static bool fault(void)
{
	return os_fault_left() > 0 &&
	       __atomic_sub_fetch(&fault_left, 1, __ATOMIC_SEQ_CST) == 0;
}
#else
static inline bool fault(void)
{
	return false;
}
#endif

size_t os_page_size(void)
{
	static size_t size;

	if (unlikely(!size))
		size = getauxval(AT_PAGESZ);
	return size;
}

static long map(void *addr, size_t size, int prot, int flags, int fd, u64 off)
{
	if (fault())
		return -ENOMEM;
	return SYS6(SYS_mmap, addr, size, prot, flags, fd, off);
}

static bool is_error(long ret)
{
	return (unsigned long)ret > -4096ul;
}

enum { RESERVE = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE };

void *os_reserve(size_t size, size_t align)
{
	size_t page = os_page_size();
	size_t span = align > page ? size + align - page : size;
	long ret;
	char *start, *fit;

	if (span < size)
		return NULL;
	ret = map(NULL, span, PROT_NONE, RESERVE, -1, 0);
	if (is_error(ret))
		return NULL;
	start = (char *)ret;
	fit = (char *)ALIGN_UP((size_t)ret, align);
	if (fit > start)
		os_release(start, (size_t)(fit - start));
	if (start + span > fit + size)
		os_release(fit + size, (size_t)(start + span - fit - size));
	return fit;
}

int os_commit(void *addr, size_t size)
{
	if (fault())
		return -ENOMEM;
	return (int)SYS3(SYS_mprotect, addr, size, PROT_READ | PROT_WRITE);
}

int os_decommit(void *addr, size_t size)
{
	long ret = map(addr, size, PROT_NONE, RESERVE | MAP_FIXED, -1, 0);

	return is_error(ret) ? (int)ret : 0;
}

int os_discard(void *addr, size_t size)
{
	if (fault())
		return -ENOMEM;
	return (int)SYS3(SYS_madvise, addr, size, MADV_DONTNEED);
}

int os_populate(void *addr, size_t size)
{
	return (int)SYS3(SYS_madvise, addr, size, MADV_POPULATE_WRITE);
}

int os_hugepage(void *addr, size_t size, bool on)
{
	return (int)SYS3(SYS_madvise, addr, size,
			 on ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

void os_wipe_on_fork(void *addr, size_t size)
{
	SYS3(SYS_madvise, addr, size, MADV_WIPEONFORK);
}

void os_dontdump(void *addr, size_t size)
{
	SYS3(SYS_madvise, addr, size, MADV_DONTDUMP);
}

int os_release(void *addr, size_t size)
{
	if (fault())
		return -ENOMEM;
	return (int)SYS2(SYS_munmap, addr, size);
}

int os_move(void *old, size_t old_size, void *new, size_t new_size)
{
	long ret;

	if (fault())
		return -ENOMEM;
	/* Unmapped, the old range could be somebody else's the next moment. */
	ret = old_size != new_size ? -EINVAL :
				     SYS5(SYS_mremap, old, old_size, new_size,
					  MREMAP_MAYMOVE | MREMAP_FIXED |
						  MREMAP_DONTUNMAP,
					  new);
	if (ret == -EINVAL) /* Linux before 5.7 knows no DONTUNMAP */
		ret = SYS5(SYS_mremap, old, old_size, new_size,
			   MREMAP_MAYMOVE | MREMAP_FIXED, new);
	return is_error(ret) ? (int)ret : 0;
}

int os_map_file(void *addr, size_t size, int fd, u64 offset)
{
	long ret = map(addr, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_FIXED, fd, offset);

	return is_error(ret) ? (int)ret : 0;
}

int os_map_private(void *addr, size_t size)
{
	long ret = map(addr, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	return is_error(ret) ? (int)ret : 0;
}

/* The kernel reads the set before it looks at what to do with it. */
bool os_readable(const void *addr)
{
	return SYS4(SYS_rt_sigprocmask, -1, addr, NULL, 8) != -EFAULT;
}

int os_mincore(void *addr, size_t size, u8 *vec)
{
	return (int)SYS3(SYS_mincore, addr, size, vec);
}

/*
 * Descriptors 0..2 are not ours even when the program closed them: what it
 * prints later would land in our file.
 */
static long above_stdio(long fd)
{
	long high;

	if (fd < 0 || fd > 2)
		return fd;
	high = SYS3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3);
	SYS1(SYS_close, fd);
	return high;
}

int os_open(const char *path, enum os_open how)
{
	static const int mode[] = {
		[OS_READ] = O_RDONLY,
		[OS_UPDATE] = O_RDWR | O_NOFOLLOW,
		[OS_CREATE] = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW,
	};
	int flags = mode[how];
	long fd;

	if (fault())
		return -ENOMEM;
	do
		fd = SYS4(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
	while (fd == -EINTR);
	return (int)above_stdio(fd);
}

int os_mkdir(const char *path)
{
	return (int)SYS3(SYS_mkdirat, AT_FDCWD, path, 0777);
}

void os_close(int fd)
{
	SYS1(SYS_close, fd);
}

long os_read(int fd, void *buf, size_t size)
{
	long ret;

	do
		ret = SYS3(SYS_read, fd, buf, size);
	while (ret == -EINTR);
	return ret;
}

long os_write(int fd, const void *buf, size_t size)
{
	const char *p = buf;
	size_t done = 0;

	while (done < size) {
		long ret = SYS3(SYS_write, fd, p + done, size - done);

		if (ret == -EINTR)
			continue;
		if (ret <= 0)
			return done ? (long)done : ret;
		done += (size_t)ret;
	}
	return (long)done;
}

int os_pwrite(int fd, const void *buf, size_t size, u64 offset)
{
	const char *p = buf;

	while (size) {
		long ret = SYS4(SYS_pwrite64, fd, p, size, offset);

		if (ret == -EINTR)
			continue;
		if (ret <= 0)
			return ret ? (int)ret : -EIO;
		p += ret;
		offset += (u64)ret;
		size -= (size_t)ret;
	}
	return 0;
}

int os_identify(int fd, u64 *dev, u64 *inode)
{
	struct statx st;
	long ret = SYS5(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_INO, &st);

	if (ret < 0)
		return (int)ret;
	*dev = (u64)st.stx_dev_major << 32 | st.stx_dev_minor;
	*inode = st.stx_ino;
	return 0;
}

long os_readlink(const char *path, char *buf, size_t size)
{
	return SYS4(SYS_readlinkat, AT_FDCWD, path, buf, size);
}

int os_getcwd(char *buf, size_t size)
{
	long ret = SYS2(SYS_getcwd, buf, size);

	return ret < 0 ? (int)ret : 0;
}

void os_comm(char name[16])
{
	name[0] = 0;
	SYS2(SYS_prctl, PR_GET_NAME, name);
	name[15] = 0;
}

const char *os_brk(void)
{
	return (const char *)SYS1(SYS_brk, 0);
}

int os_fallocate(int fd, u64 offset, u64 size)
{
	long ret;

	if (fault())
		return -ENOSPC;
	do
		ret = SYS4(SYS_fallocate, fd, 0, offset, size);
	while (ret == -EINTR);
	return (int)ret;
}

int os_memfd(const char *name, u64 size)
{
	long fd, err;

	if (fault())
		return -ENOMEM;
	fd = above_stdio(SYS2(SYS_memfd_create, name, MFD_CLOEXEC));
	if (fd < 0)
		return (int)fd;
	err = SYS2(SYS_ftruncate, fd, size);
	if (err < 0) {
		os_close((int)fd);
		return (int)err;
	}
	return (int)fd;
}

int os_protect_read(void *addr, size_t size)
{
	if (fault())
		return -ENOMEM;
	return (int)SYS3(SYS_mprotect, addr, size, PROT_READ);
}

int os_next_data(int fd, u64 from, u64 *start, u64 *end)
{
	long at = SYS3(SYS_lseek, fd, from, SEEK_DATA);
	long hole;

	if (at < 0)
		return (int)at;
	hole = SYS3(SYS_lseek, fd, at, SEEK_HOLE);
	if (hole < 0)
		return (int)hole;
	*start = (u64)at;
	*end = (u64)hole;
	return 0;
}

int os_punch(int fd, u64 offset, u64 size)
{
	long ret;

	if (fault())
		return -ENOMEM;
	do
		ret = SYS4(SYS_fallocate, fd,
			   FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
			   size);
	while (ret == -EINTR);
	return (int)ret;
}

int os_unlink(const char *path)
{
	return (int)SYS3(SYS_unlinkat, AT_FDCWD, path, 0);
}

void os_futex_wait(u32 *addr, u32 val)
{
	SYS4(SYS_futex, addr, FUTEX_WAIT_PRIVATE, val, NULL);
}

void os_futex_wait_for(u32 *addr, u32 val, u64 ns)
{
	struct timespec ts = {
		.tv_sec = (time_t)(ns / 1000000000u),
		.tv_nsec = (long)(ns % 1000000000u),
	};

	SYS4(SYS_futex, addr, FUTEX_WAIT_PRIVATE, val, &ts);
}

void os_futex_wake(u32 *addr, int n)
{
	SYS3(SYS_futex, addr, FUTEX_WAKE_PRIVATE, n);
}

void os_yield(void)
{
	SYS0(SYS_sched_yield);
}

/* libc's clock_gettime reaches the vDSO, sets no errno for these clocks. */
static u64 clock_ns(clockid_t clock)
{
	struct timespec ts = { 0 };

	clock_gettime(clock, &ts);
	return (u64)ts.tv_sec * 1000000000u + (u64)ts.tv_nsec;
}

u64 os_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

u64 os_thread_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

u64 os_coarse_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC_COARSE);
}

u64 os_realtime_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

int os_getpid(void)
{
	return (int)SYS0(SYS_getpid);
}

int os_getppid(void)
{
	return (int)SYS0(SYS_getppid);
}

int os_gettid(void)
{
	return (int)SYS0(SYS_gettid);
}

u64 os_total_ram(void)
{
	struct sysinfo si = { 0 };

	if (SYS1(SYS_sysinfo, &si) < 0)
		return 0;
	return (u64)si.totalram * (si.mem_unit ? si.mem_unit : 1);
}

unsigned int os_nr_cpus(void)
{
	unsigned long mask[16] = { 0 };
	unsigned int n = 0;

	if (SYS3(SYS_sched_getaffinity, 0, sizeof(mask), mask) < 0)
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(mask); i++)
		n += (unsigned int)__builtin_popcountl(mask[i]);
	return n ? n : 1;
}

/* "0" or "0-3": the highest number comes last. */
unsigned int os_nr_nodes(void)
{
	char buf[64];
	unsigned int last = 0;
	int fd = os_open("/sys/devices/system/node/online", OS_READ);
	long n;

	if (fd < 0)
		return 1;
	n = os_read(fd, buf, sizeof(buf));
	os_close(fd);
	for (long i = 0; i < n; i++) {
		if (buf[i] >= '0' && buf[i] <= '9')
			last = last * 10 + (unsigned int)(buf[i] - '0');
		else if (buf[i] != '\n')
			last = 0;
	}
	return last + 1;
}

int os_bind_node(void *addr, size_t size, unsigned int node)
{
	enum { PREFERRED = 1 }; /* MPOL_PREFERRED */
	unsigned long mask = 1ul << node % 64;

	return (int)SYS6(SYS_mbind, addr, size, PREFERRED, &mask,
			 sizeof(mask) * 8 + 1, 0);
}

u64 os_limit(enum os_limit which)
{
	static const int resource[] = {
		[OS_LIMIT_AS] = RLIMIT_AS,
		[OS_LIMIT_DATA] = RLIMIT_DATA,
		[OS_LIMIT_FSIZE] = RLIMIT_FSIZE,
	};
	struct {
		u64 cur, max;
	} lim = { ~0ull, ~0ull };

	SYS4(SYS_prlimit64, 0, resource[which], NULL, &lim);
	return lim.cur;
}

/* The number a small file starts with; @none if there is no such. */
static u64 read_number(const char *path, u64 none)
{
	char buf[32];
	u64 v = 0;
	int fd = os_open(path, OS_READ);
	long n;

	if (fd < 0)
		return none;
	n = os_read(fd, buf, sizeof(buf));
	os_close(fd);
	if (n <= 0 || buf[0] < '0' || buf[0] > '9')
		return none;
	for (long i = 0; i < n && buf[i] >= '0' && buf[i] <= '9'; i++)
		v = v * 10 + (u64)(buf[i] - '0');
	return v;
}

u64 os_address_space_used(void)
{
	return read_number("/proc/self/statm", 0) * os_page_size();
}

void os_kill_self(void)
{
	SYS2(SYS_kill, SYS0(SYS_getpid), SIGKILL);
	for (;;)
		SYS1(SYS_exit_group, 127);
}

/*
 * A handler of SIGABRT gets its chance (crash reporters); if it returns, the
 * default action follows.
 */
void os_abort(void)
{
	struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		u64 mask;
	} dfl = { .handler = SIG_DFL };
	u64 abrt = 1ull << (SIGABRT - 1);
	long pid = SYS0(SYS_getpid), tid = SYS0(SYS_gettid);

	SYS4(SYS_rt_sigprocmask, SIG_UNBLOCK, &abrt, NULL, sizeof(abrt));
	SYS3(SYS_tgkill, pid, tid, SIGABRT);
	SYS4(SYS_rt_sigaction, SIGABRT, &dfl, NULL, sizeof(abrt));
	SYS3(SYS_tgkill, pid, tid, SIGABRT);
	for (;;)
		SYS1(SYS_exit_group, 127);
}
