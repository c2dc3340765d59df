/* SPDX-License-Identifier: MIT */
/*
 * storm SECONDS - all that unwinding could deadlock or crash with, at once:
 * threads that allocate by ever new ways, short threads, dlopen and dlclose,
 * callbacks of dl_iterate_phdr and converters of libc that allocate while a
 * lock of the loader is held, a timer's signal handler that allocates; and
 * forks all the while, whose children allocate by new ways, throw it away,
 * fork again, exec. A child that hangs dies of SIGALRM, and that is a failure.
 */
#include <dlfcn.h>
#include <iconv.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "p.h"

static atomic_bool stop;
static atomic_uint_fast32_t seed = 1;

static int __attribute__((noinline)) ways(unsigned int way, int depth)
{
	int n;

	if (!depth) {
		free(malloc(16 + way % 2000));
		free(calloc(3, 100));
		return 1;
	}
	n = way & 1 ? ways(way >> 1, depth - 1) + 1 :
		      ways(way >> 1, depth - 1) + 2;
	P_FRAME;
	return n;
}

static void wander(int times)
{
	for (int i = 0; i < times; i++) {
		uint32_t s = atomic_fetch_add(&seed, 0x9e3779b9);

		ways(s * 2654435761u >> 12, (int)(s >> 5) % 16);
	}
}

static void *allocator(void *arg)
{
	while (!stop)
		wander(100);
	return arg;
}

static void *opener(void *arg)
{
	static const char *const libs[] = { "lib_first.so", "lib_second.so" };

	for (unsigned int i = 0; !stop; i++) {
		void *lib = dlopen(libs[i % 2], RTLD_NOW);

		P_CHECK(lib);
		wander(1);
		P_CHECK(!dlclose(lib));
	}
	return arg;
}

static int on_object(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)info;
	(void)size;
	(void)data;
	wander(1);
	return 0;
}

static void *iterator(void *arg)
{
	static const char *const codes[] = { "UTF-16", "UTF-7", "IBM037" };

	for (unsigned int i = 0; !stop; i++) {
		iconv_t cd = iconv_open(codes[i % 3], "UTF-8");

		dl_iterate_phdr(on_object, NULL);
		if (cd != (iconv_t)-1)
			iconv_close(cd);
	}
	return arg;
}

static void *short_life(void *arg)
{
	wander(2);
	return arg;
}

static void *starter(void *arg)
{
	pthread_t tid;

	while (!stop) {
		P_CHECK(!pthread_create(&tid, NULL, short_life, NULL));
		P_CHECK(!pthread_join(tid, NULL));
	}
	return arg;
}

static void on_timer(int sig)
{
	(void)sig;
	wander(1);
}

static void child(int how, const char *self)
{
	alarm(10);
	wander(20);
	switch (how % 4) {
	case 0:
		_exit(0);
	case 1:
		execl(self, self, "0", (char *)NULL);
		_exit(1);
	case 2:
		if (!fork()) {
			alarm(10);
			wander(20);
			_exit(0);
		}
		P_CHECK(wait(&how) > 0 && !how);
		_exit(0);
	default:
		exit(0);
	}
}

int main(int argc, char **argv)
{
	static void *(*const role[])(void *) = { allocator, allocator, opener,
						 iterator, starter };
	enum { ROLES = sizeof(role) / sizeof(role[0]) };
	struct sigaction sa = { .sa_handler = on_timer,
				.sa_flags = SA_RESTART };
	struct itimerval tick = { { 0, 3000 }, { 0, 3000 } };
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 5);
	pthread_t tid[ROLES];
	int forks = 0, status;

	P_CHECK(!sigaction(SIGPROF, &sa, NULL));
	if (argc > 1 && !atoi(argv[1])) {
		wander(50);
		return 0;
	}
	for (size_t i = 0; i < ROLES; i++)
		P_CHECK(!pthread_create(&tid[i], NULL, role[i], NULL));
	P_CHECK(!setitimer(ITIMER_PROF, &tick, NULL));
	while (time(NULL) < end) {
		pid_t pid = fork();

		if (!pid) {
			struct itimerval off = { 0 };

			setitimer(ITIMER_PROF, &off, NULL);
			child(forks, argv[0]);
		}
		P_CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
		if (status) {
			fprintf(stderr, "storm: child %d ended by %s %d\n",
				forks,
				WIFSIGNALED(status) ? "signal" : "status",
				WIFSIGNALED(status) ? WTERMSIG(status) :
						      WEXITSTATUS(status));
			return 1;
		}
		forks++;
	}
	memset(&tick, 0, sizeof(tick));
	P_CHECK(!setitimer(ITIMER_PROF, &tick, NULL));
	stop = 1;
	for (size_t i = 0; i < ROLES; i++)
		P_CHECK(!pthread_join(tid[i], NULL));
	p_about_me(0);
	fprintf(stderr, "storm: %d forks\n", forks);
	return 0;
}
