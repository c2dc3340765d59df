/* SPDX-License-Identifier: MIT */
/*
 * seccomp errno|few|kill - in a sandbox that came after the start. `errno`:
 * beyond what glibc's malloc uses, system calls fail with EPERM; `few`:
 * madvise and mremap fail too, which must do no harm (a realloc copies then);
 * `kill`: any other call is fatal, so none may be tried.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "../t.h"

/* clang-format off */
static const unsigned int allowed[] = {
	SYS_read, SYS_write, SYS_exit, SYS_exit_group, SYS_brk, SYS_mmap,
	SYS_munmap, SYS_mprotect, SYS_futex, SYS_rt_sigaction,
	SYS_rt_sigprocmask, SYS_rt_sigreturn,
	/* not in `few` */
	SYS_mremap, SYS_madvise,
};
/* clang-format on */

static void install(size_t nr, unsigned int otherwise)
{
	static const struct sock_filter
		load = BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
				offsetof(struct seccomp_data, nr)),
		is_call = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_filter code[2 * T_NR(allowed) + 2];
	struct sock_fprog prog = { 0, code };
	size_t i, at = 0;

	code[at++] = load;
	for (i = 0; i < nr; i++) {
		code[at] = is_call;
		code[at++].k = allowed[i];
		code[at++] = allow;
	}
	code[at] = allow;
	code[at++].k = otherwise;
	prog.len = (unsigned short)at;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0))
		SKIP("no seccomp here");
}

/* Grow and shrink by realloc across all kinds of blocks. */
static void resize(void)
{
	size_t n, had = 1;
	void *p = t_good(malloc(1));

	t_fill(p, 1, 1);
	for (n = 3; n < 64 * T_MIB; n = n * 3 / 2) {
		p = t_good(realloc(p, n));
		CHECK(t_differs(p, had, 1) == had);
		t_fill(p, n, 1);
		had = n;
	}
	for (n = had; n > 1; n /= 3) {
		p = t_good(realloc(p, n));
		CHECK(t_differs(p, n, 1) == n);
	}
	free(p);
}

int main(int argc, char **argv)
{
	size_t nr = T_NR(allowed);
	int i;

	CHECK(argc == 2);
	free(t_good(malloc(10)));
	if (!strcmp(argv[1], "few"))
		nr -= 2;
	install(nr, strcmp(argv[1], "kill") ? SECCOMP_RET_ERRNO | EPERM :
					      SECCOMP_RET_KILL_PROCESS);
	for (i = 0; i < 5; i++) {
		t_work((uint64_t)i);
		resize();
		malloc_trim(0);
	}
	return 0;
}
